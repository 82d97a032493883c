"""Every configuration on a small grid: kernels against the definition, legal calls and illegal ones.

A batch of identity inputs and identity filters yields the whole operator in one call, given that it is bilinear; a dense call of
the same shapes tells where it is not.
"""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from convoracle import impl
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evaluate import evaluate, evaluate_complex

PADS = tuple(product(range(4), repeat=2))


def identities(shape, axis):
    """All impulses of `shape`, one per entry of a leading batch axis (0) or of the channel axis (1), which is never empty."""
    count = int(np.prod(shape))
    stack = np.eye(count).reshape(count, *shape) if count else np.zeros((axis, *shape))
    return stack[:, None] if axis == 0 else stack[None]


def channels_apart(stack, groups, axis):
    """The same impulses in every group: channels that do not mix, as inputs (axis 1) or as filters (axis 0)."""
    if axis == 0:
        return np.concatenate([stack] * groups)
    return np.concatenate(
        [np.pad(stack, [(0, 0), (g, groups - 1 - g), *[(0, 0)] * (stack.ndim - 2)]) for g in range(groups)]
    )


def operands(name, n, k, m, groups=1):
    """Identity operands for sizes n (input), k (filter) and m (output), and the option that gives the size sought."""
    kind = name.replace("1d", "").replace("2d", "").replace("3d", "")
    scattered = channels_apart(identities(k, 0), groups, 0)
    if kind == "conv":
        return {"x": channels_apart(identities(n, 0), groups, 1), "w": scattered}, {}
    if kind == "conv_transpose":
        return {"x": channels_apart(identities(n, 0), groups, 1), "w": np.concatenate([identities(k, 1)] * groups)}, {}
    dy = channels_apart(identities(m, 0), groups, 1)
    if kind == "conv_input_gradient":
        return {"dy": dy, "w": np.concatenate([identities(k, 1)] * groups)}, {"input_size": n}
    if kind == "conv_transpose_input_gradient":
        return {"dy": dy, "w": scattered}, {"input_size": n}
    other = identities(n, 1), np.concatenate([identities(m, 1)] * groups, axis=1)
    return {"dy": other[1], "x": np.concatenate([other[0]] * groups, axis=1)}, {"kernel_size": k}


def dense(arrays):
    """Integers of the same shapes, none of them zero."""
    generator = np.random.default_rng(sum(a.size for a in arrays.values()))
    return {
        name: generator.integers(1, 9, a.shape) * generator.choice([-1.0, 1.0], a.shape) for name, a in arrays.items()
    }


def agrees(name, arrays, options):
    """Compare kernel and definition on one call: the same values, or both refuse; returns which."""
    function = getattr(impl, name)
    try:
        configuration = bind(operator(name), {key: a.shape for key, a in arrays.items()}, options)
    except IllegalCallError:
        with pytest.raises(ValueError, match=f"^{name}: "):
            function(*arrays.values(), **options)
        return "illegal"
    for data in (arrays, dense(arrays)):
        got = function(*data.values(), **options)
        expected = evaluate(configuration, data).high
        assert got.shape == configuration.output_shape
        assert np.array_equal(got, expected), (name, configuration.shapes, options)
    return "legal"


def windows(n, k, s, d, p, q):
    return max(0, (n + p + q - d * (k - 1) - 1) // s + 1)


def spread(n, k, s, d, p, q, r):
    return max(0, s * (n - 1) + d * (k - 1) + 1 - p - q + r)


# ---- one axis ----

LAYER = ("conv1d", "conv1d_input_gradient", "conv1d_weight_gradient")
TRANSPOSED = ("conv_transpose1d", "conv_transpose1d_input_gradient", "conv_transpose1d_weight_gradient")
STEPS = list(product(range(1, 5), range(1, 4), range(1, 4)))


@pytest.mark.parametrize(("k", "s", "d"), STEPS)
def test_layers_of_one_axis(k, s, d):
    seen = Counter()
    for name, n, (p, q) in product(LAYER, range(9), PADS):
        m = windows(n, k, s, d, p, q)
        arrays, size = operands(name, (n,), (k,), (m,))
        seen[agrees(name, arrays, {**size, "stride": s, "dilation": d, "padding": ((p, q),)})] += 1
    assert sum(seen.values()) == 3 * 9 * 16
    assert min(seen["legal"], seen["illegal"]) > 0


@pytest.mark.parametrize(("k", "s", "d"), STEPS)
def test_transposed_layers_of_one_axis(k, s, d):
    seen = Counter()
    for name, n, (p, q), r in product(TRANSPOSED, range(9), PADS, range(s + 1)):
        m = spread(n, k, s, d, p, q, r)
        arrays, size = operands(name, (n,), (k,), (m,))
        options = {**size, "stride": s, "dilation": d, "padding": ((p, q),), "output_padding": r}
        verdict = agrees(name, arrays, options)
        assert verdict == "illegal" or r < s
        seen[verdict] += 1
    assert sum(seen.values()) == 3 * 9 * 16 * (s + 1)
    assert min(seen["legal"], seen["illegal"]) > 0


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("name", LAYER)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_padding_modes_of_one_axis(name, mode, k):
    seen = Counter()
    for n, (p, q), s, d in product(range(6), PADS, (1, 2), (1, 2)):
        arrays, size = operands(name, (n,), (k,), (windows(n, k, s, d, p, q),))
        options = {**size, "stride": s, "dilation": d, "padding": ((p, q),), "padding_mode": mode}
        seen[agrees(name, arrays, options)] += 1
    assert min(seen["legal"], seen["illegal"]) > 0


@pytest.mark.parametrize("name", [*LAYER[1:], *TRANSPOSED[1:]])
def test_output_gradients_of_another_size_are_refused(name):
    for n, k, s, (p, q), off in product(range(1, 5), (1, 2, 3), (1, 2), PADS[:6], (-1, 1, 2)):
        size = spread(n, k, s, 1, p, q, 0) if "transpose" in name else windows(n, k, s, 1, p, q)
        arrays, option = operands(name, (n,), (k,), (max(0, size + off),))
        if size + off >= 0:
            assert agrees(name, arrays, {**option, "stride": s, "padding": ((p, q),)}) == "illegal"


@pytest.mark.parametrize("word", ["same", "valid"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_padding_by_name(word, k):
    for n, s, d in product(range(9), (1, 2, 3), (1, 2, 3)):
        arrays, _ = operands("conv1d", (n,), (k,), (0,))
        verdict = agrees("conv1d", arrays, {"stride": s, "dilation": d, "padding": word})
        assert verdict == ("legal" if n >= 1 and (word == "same" or n > d * (k - 1)) else "illegal")


# ---- signals ----


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_signals_of_up_to_eight_samples(name, mode):
    function, record = getattr(impl, name), operator(name)
    for n, k in product(range(9), repeat=2):
        legal = min(n, k) >= 1 and (mode != "valid" or k <= n)
        if not legal:
            assert agrees(name, {"x": np.zeros(n), "h": np.zeros(k)}, {"mode": mode}) == "illegal"
            continue
        configuration = bind(record, {"x": (n,), "h": (k,)}, {"mode": mode})
        # the unit 1j on the second operand tells a conjugate from none
        impulses = [{"x": x + 0j, "h": 1j * h} for x, h in product(np.eye(n), np.eye(k))]
        for arrays in [
            *impulses,
            {name: 1j * a + a**2 for name, a in dense({"x": np.zeros(n), "h": np.zeros(k)}).items()},
        ]:
            real, imaginary = evaluate_complex(configuration, arrays)
            got = function(*arrays.values(), mode=mode)
            assert np.array_equal(got, (real.high + 1j * imaginary.high).ravel()), (n, k, arrays)


# ---- two axes ----

TAPS = list(product((1, 2), (1, 2, 3)))
SIDES = ((0, 0), (1, 0), (1, 2))


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("k", TAPS)
def test_layers_of_two_axes(k, groups):
    grid = product(
        product((1, 2, 4), (1, 3)), ((1, 1), (2, 1), (1, 2)), ((1, 1), (1, 2), (2, 1)), product(SIDES, repeat=2)
    )
    verdicts = {agrees_in_two(name, n, k, s, d, pads, groups) for n, s, d, pads in grid for name in PLANES}
    assert "legal" in verdicts


PLANES = ("conv2d", "conv2d_input_gradient", "conv2d_weight_gradient")
TRANSPOSED_PLANES = ("conv_transpose2d", "conv_transpose2d_input_gradient", "conv_transpose2d_weight_gradient")


def agrees_in_two(name, n, k, s, d, pads, groups, **options):
    if name.startswith("conv_transpose"):
        r = options.get("output_padding", (0, 0))
        m = tuple(spread(*axis, *pad, more) for *axis, pad, more in zip(n, k, s, d, pads, r, strict=True))
    else:
        m = tuple(windows(*axis, *pad) for *axis, pad in zip(n, k, s, d, pads, strict=True))
    arrays, size = operands(name, n, k, m, groups)
    return agrees(name, arrays, {**size, "stride": s, "dilation": d, "padding": pads, "groups": groups, **options})


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("k", TAPS)
def test_transposed_layers_of_two_axes(k, groups):
    grid = product(
        product((1, 3), (1, 2)),
        ((1, 1), (2, 1), (2, 3)),
        ((1, 1), (1, 2)),
        product(SIDES, repeat=2),
        ((0, 0), (1, 0), (0, 2)),
    )
    verdicts = Counter(
        agrees_in_two(name, n, k, s, d, pads, groups, output_padding=r)
        for n, s, d, pads, r in grid
        for name in TRANSPOSED_PLANES
    )
    assert min(verdicts["legal"], verdicts["illegal"]) > 0


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("name", PLANES)
def test_padding_modes_of_two_axes(name, mode):
    grid = product(
        product((1, 2, 3), (2, 3)), ((1, 2), (2, 1)), ((1, 1), (2, 1)), product(((0, 0), (1, 0), (2, 1)), repeat=2)
    )
    verdicts = Counter(agrees_in_two(name, n, (2, 2), s, d, pads, 1, padding_mode=mode) for n, s, d, pads in grid)
    assert min(verdicts["legal"], verdicts["illegal"]) > 0
