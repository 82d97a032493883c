"""No law is unable to fail: each holds for the right kernel, says something, and rejects a wrong one."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties import interpreters
from convoracle.properties.case import rebuilt
from convoracle.properties.interpreters import check_law
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.law_catalog import LAWS
from convoracle.spec.laws import (
    Adjoint,
    Associative,
    Cascade,
    Constants,
    Contraction,
    Gradient,
    Inverse,
    Isometry,
    Linear,
    Modulation,
    Multiplicative,
    Transformed,
)
from convoracle.spec.scattering_kinds import (
    Capture,
    ClosedForm,
    Homogeneity,
    Nonexpansion,
    Positivity,
    RateIndependence,
)

CASES = 60


def looked_at(function, law, drawn, gradient=None):
    """Return what one law says of a function, and of its gradient: True where it holds, False where it fails."""

    def others(name):
        if not isinstance(law, Gradient) or name != law.gradient.name:
            return None
        return Judged(name="subject", record=law.gradient, call=in_process(gradient or getattr(impl, name)))

    judged = Judged(name="subject", record=law.operator, call=in_process(function), others=others)
    for case in drawn(law.operator.name, CASES):
        for checked in check_law(judged, case, law):
            assert checked.law == law.name
            yield checked.failure is None


def test_a_law_without_the_bias_draws_integers_for_the_dtypes_of_the_others(drawn):
    law = next(law for law in LAWS if law.operator.name == "conv2d" and isinstance(law, Linear) and law.wrt == "w")
    judged = Judged(name="subject", record=law.operator, call=in_process(impl.conv2d))
    dtypes = {"x": "float32", "w": "float32", "b": "float64"}
    cases = [case for case in drawn("conv2d", 400) if case.dtypes == dtypes]
    assert cases
    for case in cases:
        values = case.configuration.values
        many = rebuilt(case, {**values, "N": 4, "C": 64 * values["G"]}, case.configuration.words)
        assert all(checked.failure is None for checked in check_law(judged, many, law))


def test_linearity_allows_for_the_roundings_of_its_own_comparison_where_the_two_results_cancel(drawn, monkeypatch):
    law = next(law for law in LAWS if law.operator.name == "leaky_relu_gradient" and isinstance(law, Linear))
    case = next(
        case
        for case in drawn("leaky_relu_gradient", CASES)
        if not case.options and "float32" not in case.dtypes.values() and 0 not in case.shapes["x"]
    )
    gradients = {2: 540.0, 3: -1615.0}  # 3 * 540 - 1615 = 5, and 0.01 * 5 is 1.2 times as far off as both bounds allow

    def given(case, salt, headroom):
        return {"dy": np.full(case.shapes["dy"], gradients[salt]), "x": np.full(case.shapes["x"], -1.0)}

    monkeypatch.setattr(interpreters, "_integers", given)
    judged = Judged(name="subject", record=law.operator, call=in_process(impl.leaky_relu_gradient))
    assert [checked.failure for checked in check_law(judged, case, law)] == [None]


# ---- wrong kernels, each the right one with one fault ----


def result(change):
    """Return the wrapper that changes the first result, and keeps its dtype."""

    def wrapper(right):
        def kernel(*arrays, **options):
            value = right(*arrays, **options)
            first, *rest = value if isinstance(value, tuple) else (value,)
            changed = np.asarray(change(first, arrays, options)).astype(first.dtype)
            return (changed, *rest) if isinstance(value, tuple) else changed

        return kernel

    return wrapper


adds_one = result(lambda y, arrays, options: y + 1)
doubles = result(lambda y, arrays, options: 2 * y)
lowers = result(lambda y, arrays, options: -y - 1)
vanishes = result(lambda y, arrays, options: 0 * y)
scales_far = result(lambda y, arrays, options: 1024 * y)
weighs_by_position = result(lambda y, arrays, options: y * (1 + np.arange(y.size).reshape(y.shape) % 5))
adds_the_position = result(lambda y, arrays, options: y + np.arange(y.size).reshape(y.shape))
mixes_the_batch = result(lambda y, arrays, options: y + y[:1])
mixes_the_channels = result(lambda y, arrays, options: y + y[:, :1])


def squares_the_second(right):
    return lambda x, h, *others, **options: right(x, h * h, *others, **options)


def weighs_the_first_channel(right):
    def kernel(x, *others, **options):
        x = x.copy()
        x[:, :1] *= 2
        return right(x, *others, **options)

    return kernel


def weighs_the_input_by_position(right):
    return lambda x, *others, **options: right(
        x * (1 + np.arange(x.size).reshape(x.shape) % 5).astype(x.dtype), *others, **options
    )


def weighs_by(keyword):
    """Return the wrapper whose result depends on an option as the definition does not: as if it were misread."""
    return result(lambda y, arrays, options: y * (1 + int(np.max(np.abs(options.get(keyword) or 0)))))


def weighs_by_the_first_sample(right):
    return lambda x, h, **options: right(x, h, **options) * (1 + abs(x.flat[0]))


def weighs_by_the_input(law):
    """Return the wrapper whose result depends on the size and the signs of the input that a law is about."""
    place = [array.name for array in law.operator.inputs].index(law.wrt)
    return result(lambda y, arrays, options: y * (1 + np.abs(arrays[place]).sum() + (arrays[place] > 0).sum()))


REARRANGEMENTS = {
    "dilation is a zero-stuffed filter": weighs_by("dilation"),
    "groups are a block-diagonal filter bank": weighs_by("groups"),
    "zero padding is an explicit border of zeros": weighs_by("padding"),
    "counted padding is an explicit border of zeros": weighs_by("padding"),
    "stride keeps every s-th output": weighs_by("stride"),
    "stride keeps every s-th window": weighs_by("stride"),
    "exchanging two axes exchanges them everywhere": weighs_by_position,
    "exchanging two axes exchanges them in the result": weighs_by_position,
    "the axis may be exchanged with another": weighs_by("axis"),
    "cyclic shifts by the stride shift the output": weighs_by_position,
    "cyclic shifts by the stride": weighs_by_position,
    "cyclic shifts shift the result": weighs_by_position,
    "points do not mix": adds_the_position,  # far from the centre values vanish: a factor would not show
    "the order of input channels does not matter": weighs_the_first_channel,
    "reversing the inputs reverses the result": weighs_the_first_channel,
    "each item of the batch is pooled alone": mixes_the_batch,
    "each channel is pooled alone": mixes_the_channels,
    "it commutes": weighs_by_the_first_sample,
    "cyclic shifts change nothing": weighs_the_input_by_position,
    **dict.fromkeys(
        (f"reversing the {axis} axis changes nothing" for axis in ("first", "second", "third")),
        weighs_the_input_by_position,
    ),
    **dict.fromkeys(
        (f"exchanging the {axis} and the third axis changes nothing" for axis in ("first", "second")),
        weighs_the_input_by_position,
    ),
    "paths of one wavelet come first": weighs_by("max_order"),
    "wider wavelets come last": weighs_by("J"),
    "one power is one column": weighs_by("powers"),
    **dict.fromkeys(
        (
            "a cyclic shift by output steps shifts the coefficients",
            "a cyclic reversal reverses the coefficients",
            "a reversal at full rate reverses the coefficients",
            "falling paths are a selection of all paths",
            "the conjugate exchanges the signs of frequencies",
            "the transpose mirrors the angles",
            "a quarter turn turns the angles",
        ),
        weighs_by_position,
    ),
    "the first order is a part of the second": weighs_by("max_order"),
    "wavelets of one sign have sqrt(2) times the coefficients of those of both": weighs_by("two_sided"),
    "wavelets of both signs agree on real data": weighs_by_position,
}
"""What a Rearrangement or a Covariance says, and a fault that it is there to find."""
REVERSED = dict.fromkeys(
    (
        "reversing signal and filter reverses the output",
        "reversing the data reverses the result",
        *(f"reversing the {what} reverses the result" for what in ("last axis", "channels", "items")),
        *(f"reversing the {what} reverses the result" for what in ("outputs", "positions")),
        *(f"mode '{mode}' is a part of mode 'full'" for mode in ("same", "valid")),
    ),
    weighs_by_position,
)
ANOTHER = ("it is ", "max_pool")
"""How laws begin that say what another operator gives: any wrong factor breaks them."""
TRANSFORMED = ("a power of two", "it commutes with cubes", "a factor ", "the sigmoid of -x", "it is odd", "a half turn")
"""How laws begin that say which changed result follows from a changed input: a constant too much breaks them."""
MOVED = ("adding a number",)
"""How laws begin that say that a constant passes: a factor breaks them."""
UNCHANGED = (
    "changes nothing",
    "change nothing",
    "does not matter",
    "only the order of samples matters",
    "it is even",
    "in x",
)
"""How laws end that say which change of an input leaves the result as it is: a result that depends on it breaks them."""
FAULTS = {**REARRANGEMENTS, **REVERSED}


def fault(law):
    """Return a wrapper that breaks a law."""
    what = law.name.partition(": ")[2]
    kinds = {Linear: adds_one, Adjoint: doubles, Associative: squares_the_second, Contraction: scales_far}
    kinds |= {Isometry: doubles, Inverse: adds_one, Multiplicative: doubles}
    kinds |= {Constants: adds_one, Cascade: doubles, ClosedForm: adds_one, Homogeneity: adds_one}
    kinds |= {
        Positivity: lowers,
        Nonexpansion: scales_far,
        Capture: vanishes,
        RateIndependence: weighs_by("oversampling"),
    }
    if isinstance(law, Modulation):
        return weighs_by_position if law.conjugated else weighs_the_input_by_position
    if isinstance(law, Transformed):
        if what.endswith(UNCHANGED):
            return weighs_by_the_input(law)
        if what.startswith(MOVED):
            return doubles
        assert what.startswith(TRANSFORMED), what
        return adds_one
    return kinds.get(type(law)) or FAULTS.get(what) or _another(what)


def _another(what):
    assert what.startswith(ANOTHER), what
    return doubles


def broken(law, drawn):
    """Return what a law says of a wrong kernel, or of a wrong gradient."""
    if isinstance(law, Gradient):
        wrong = gradient_parts(law.part)(getattr(impl, law.gradient.name))
        return looked_at(getattr(impl, law.operator.name), law, drawn, wrong)
    return looked_at(fault(law)(getattr(impl, law.operator.name)), law, drawn)


def gradient_parts(part):
    """Return the wrapper that doubles one of the results."""

    def wrapper(right):
        def kernel(*arrays, **options):
            value = right(*arrays, **options)
            parts = list(value) if isinstance(value, tuple) else [value]
            parts[part] = 2 * parts[part]
            return tuple(parts) if isinstance(value, tuple) else parts[0]

        return kernel

    return wrapper


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_each_law_holds_for_the_right_kernel_and_rejects_a_wrong_one(law, drawn):
    holds = list(looked_at(getattr(impl, law.operator.name), law, drawn))
    assert len(holds) >= 3, f"{law.name} says something about {len(holds)} of {CASES} cases"
    assert all(holds)
    assert not all(broken(law, drawn))


def test_every_fault_belongs_to_a_law():
    said = {law.name.partition(": ")[2] for law in LAWS}
    assert set(FAULTS) <= said
    for start in (*ANOTHER, *TRANSFORMED, *MOVED):
        assert any(what.startswith(start) for what in said)
    for end in UNCHANGED:
        assert any(what.endswith(end) for what in said)


def test_laws_are_not_looked_at_where_sums_are_not_exact(drawn):
    judged = Judged(name="subject", record=LAWS[0].operator, call=in_process(impl.convolve), algorithm="fft")
    assert not [c for case in drawn("convolve", CASES) for c in check_law(judged, case, LAWS[0])]
