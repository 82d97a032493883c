"""Every operation on rounded numbers: a computation in the format, errors of its operands included, stays within the error.

Operands are numbers of the format (what an implementation has) near values (what it should have), with errors that just
cover the difference. NumPy computes with the former; the exact result of the latter comes from fractions or from mpmath.
"""

from fractions import Fraction
from functools import reduce
from itertools import permutations, product
from math import inf, isfinite, nan

import mpmath
import numpy as np
import pytest
from flint import arb, ctx

from convoracle.spec.operations import Operations
from convoracle.spec.rounded import CLASSES, INFINITE, LOST, Complex, Rounded, exact, is_whole
from convoracle.spec.rounding import BFLOAT16, BINARY32, BINARY64

HIGH = mpmath.MPContext()
HIGH.prec = 400
FORMATS = {"float32": BINARY32, "float64": BINARY64}
DTYPES = pytest.mark.parametrize("dtype", FORMATS)
BITS = 160
SIZE = 8


@pytest.fixture(autouse=True)
def _as_in_an_enclosure():
    with ctx.workprec(BITS), np.errstate(all="ignore"):
        yield


# ---- operands: numbers of a format, and the values that they stand for ----


def magnitudes(generator, dtype, kind):
    """Numbers of a format: of size one, of all sizes, subnormal or nearly so, near overflow, or whole."""
    form, normal = FORMATS[dtype], generator.standard_normal(SIZE)
    scale = {
        "one": 1.0,
        "wide": 2.0 ** generator.integers(-40, 40, SIZE),
        "tiny": form.least_normal * 2.0 ** generator.integers(-form.precision, 4, SIZE),
        "huge": 2.0 ** generator.integers(form.greatest_exponent - 3, form.greatest_exponent - 1, SIZE),
        "whole": 1.0,
    }[kind]
    return np.rint(normal * 8).astype(dtype) if kind == "whole" else (np.clip(normal, -1.9, 1.9) * scale).astype(dtype)


def standing_for(generator, computed, far):
    """Return values at a relative distance of up to `far` from computed numbers, with the error that says so."""
    moved = computed * (1 + far * generator.uniform(-1, 1, len(computed)))
    values = np.where(np.isfinite(moved), moved, computed).astype(np.float64)
    gaps = [abs(Fraction(float(c)) - Fraction(v)) for c, v in zip(computed, values.tolist(), strict=True)]
    errors = np.array([np.nextafter(float(gap), inf) if gap else 0.0 for gap in gaps])
    return Rounded(values, None, np.tile(errors, (len(CLASSES), 1)))


def operands(dtype, seed, count=2, kinds=("one", "wide", "tiny", "huge", "whole"), positive=False):
    """Yield (computed numbers, rounded numbers), `count` of each, in all combinations of size and of distance."""
    generator = np.random.default_rng(seed)
    for chosen, far in product(product(kinds, repeat=count), (0.0, 2.0**-12)):
        computed = [magnitudes(generator, dtype, kind) for kind in chosen]
        computed = [abs(c) for c in computed] if positive else computed
        yield computed, [standing_for(generator, c, far) for c in computed]


def values_of(x):
    return [Fraction(v) for v in np.broadcast_to(x.plain, SIZE).tolist()]


def fraction(ball):
    """The midpoint and the radius of a ball."""
    parts = [tuple(int(p) for p in part.man_exp()) for part in (ball.mid(), ball.rad())]
    return [Fraction(mantissa) * Fraction(2) ** exponent for mantissa, exponent in parts]


# ---- what must hold ----


def encloses(result, true):
    """Assert that values are the true ones: fractions, infinities, NaN, or mpmath numbers known to hundreds of bits."""
    for ball, number in zip(result.balls, true, strict=True):
        if isinstance(number, Fraction) or (HIGH.isfinite(number) and number == number):
            middle, radius = fraction(ball)
            known = number if isinstance(number, Fraction) else as_fraction(number)
            doubt = 0 if isinstance(number, Fraction) else abs(known) / 2**350
            assert abs(middle - known) <= radius + doubt
            assert radius <= abs(known) / 2**100
        else:
            assert str(float(ball)) == str(float(number))


def as_fraction(number):
    sign, mantissa, exponent, _ = number._mpf_
    return (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** exponent


def covers(result, computed, rank=0):
    """Assert that computed numbers are within the errors of an accuracy class; return how many are not lost."""
    length = len(computed)
    errors = np.broadcast_to(result.errors, (len(CLASSES), length))[rank]
    states = np.broadcast_to(result.states, length)
    told = 0
    for ball, got, error, state in zip(
        result.balls, np.asarray(computed).tolist(), errors.tolist(), states, strict=True
    ):
        if state & LOST:
            continue
        told += 1
        if not isfinite(got):
            infinite = ball.is_finite() and state & INFINITE and (ball > 0) == (got > 0)
            assert (got == got and infinite) or str(float(ball)) == str(got), (got, ball, state)
            continue
        assert ball.is_finite(), (got, ball)
        middle, radius = fraction(ball)
        assert error == inf or abs(Fraction(got) - middle) <= Fraction(error) + radius, (got, ball, error)
    return told


def tight(result, computed, roundings):
    """Assert that errors of exact operands are no more than a few roundings, and steps of the least number."""
    form = FORMATS[str(np.asarray(computed).dtype)]
    sizes = np.abs(np.asarray(computed, np.float64))
    known, errors = np.isfinite(sizes), np.broadcast_to(result.errors[0], len(sizes))
    allowed = roundings * form.unit * sizes * (1 + 2.0**-20) + (roundings + 2) * form.least
    assert np.all(errors[known] <= allowed[known])


# ---- sums, products, quotients ----


@DTYPES
def test_a_sum_of_two_is_within_its_error(dtype):
    for (a, b), (x, y) in operands(dtype, 1):
        result = Operations(FORMATS[dtype]).add([x, y])
        encloses(result, [p + q for p, q in zip(values_of(x), values_of(y), strict=True)])
        covers(result, a + b)
        if x.error is None:
            tight(result, a + b, 1)


@DTYPES
def test_a_sum_of_few_is_within_its_error_in_any_order(dtype):
    told = 0
    for computed, rounded in operands(dtype, 2, count=3, kinds=("one", "wide", "huge")):
        result = Operations(FORMATS[dtype]).add(rounded)
        for a, b, c in permutations(computed):
            told += covers(result, (a + b) + c)
    assert told > 200


@DTYPES
def test_a_product_is_within_its_error(dtype):
    for (a, b), (x, y) in operands(dtype, 3):
        result = Operations(FORMATS[dtype]).multiply(x, y)
        encloses(result, [p * q for p, q in zip(values_of(x), values_of(y), strict=True)])
        covers(result, a * b)
        if x.error is None:
            tight(result, a * b, 1)


@DTYPES
def test_a_quotient_is_within_its_error_as_one_and_through_the_reciprocal(dtype):
    for (a, b), (x, y) in operands(dtype, 4):
        if np.any(b == 0):
            a, b, x, y = a[b != 0], b[b != 0], x.take(np.flatnonzero(b)), y.take(np.flatnonzero(b))
        result = Operations(FORMATS[dtype]).divide(x, y)
        encloses(result, [Fraction(p) / Fraction(q) for p, q in zip(x.plain.tolist(), y.plain.tolist(), strict=True)])
        covers(result, a / b)
        normal = np.isfinite(1 / b) & (abs(1 / b) >= FORMATS[dtype].least_normal)
        reciprocal = np.flatnonzero(normal)
        covers(result.take(reciprocal), (a * (1 / b))[reciprocal])
        if x.error is None:
            tight(result, a / b, 2.5)


@DTYPES
def test_a_product_over_a_product_is_within_its_error_in_any_order(dtype):
    told = 0
    for (a, b, c), (x, y, z) in operands(dtype, 5, count=3, kinds=("one", "wide", "tiny")):
        if np.any(c == 0):
            continue
        result = Operations(FORMATS[dtype]).quotient([x, y], [z])
        told += sum(covers(result, way) for way in ((a * b) / c, (a / c) * b, a * (b / c)))
    assert told > 100
    told = 0
    for computed, rounded in operands(dtype, 6, count=3, kinds=("one", "wide", "tiny")):
        result = Operations(FORMATS[dtype]).quotient(rounded, [])
        told += sum(covers(result, (a * b) * c) for a, b, c in permutations(computed))
    assert told > 200


@DTYPES
@pytest.mark.parametrize("divisor", [0.25, 1.0, -2.0, 2.0**30])
def test_a_quotient_by_a_power_of_two_rounds_like_a_product(dtype, divisor):
    x = exact(magnitudes(np.random.default_rng(0), dtype, "one"))
    result = Operations(FORMATS[dtype]).divide(x, exact(np.array([divisor])))
    assert result.error is None


def ways_to_sum(generator, terms):
    """Sums of the same terms: as they come, backwards, shuffled, and pairwise."""
    yield reduce(lambda a, b: a + b, terms)
    yield reduce(lambda a, b: a + b, terms[::-1])
    yield reduce(lambda a, b: a + b, generator.permutation(terms))
    while len(terms) > 1:
        terms = np.array(
            [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + list(terms[len(terms) & ~1 :])
        )
    yield terms[0]


@DTYPES
@pytest.mark.parametrize("kind", ["one", "wide", "tiny", "huge"])
@pytest.mark.parametrize("far", [0.0, 2.0**-12])
def test_sums_of_runs_are_within_their_errors_in_any_order(dtype, kind, far):
    generator = np.random.default_rng(7)
    computed = magnitudes(generator, dtype, kind)
    computed[4:] = -computed[:4] * np.array(1.25, dtype)  # sums far below their terms
    terms = standing_for(generator, computed, far)
    starts = np.array([0, 1, 3])
    result = Operations(FORMATS[dtype]).sum(terms, starts)
    for run, (first, last) in enumerate(zip(starts, [*starts[1:], SIZE], strict=True)):
        one = result.take(np.array([run]))
        encloses(one, [sum(values_of(terms)[first:last])])
        for got in ways_to_sum(generator, computed[first:last]):
            covers(one, np.array([got]))


# ---- zeros, infinities and NaN, and numbers that are computed as such though they are none ----


def ends(dtype):
    """Yield (computed, value, error, state) at the ends of a format: of the first six nothing is lost."""
    form = FORMATS[dtype]
    yield from ((v, arb(v), 0.0, 0) for v in (1.5, -1.5, 0.0, inf, -inf, nan))
    yield from ((v, arb(v), 0.0, 0) for v in (form.largest, -form.largest, form.least))
    yield from ((c, arb(v), 2.5e-30, 0) for c, v in ((0.0, 1e-30), (0.0, -1e-30), (1e-30, 0.0), (-1e-30, 1e-30)))
    yield from ((sign * inf, arb(sign * form.largest) * 2, 0.0, INFINITE) for sign in (1, -1))


def combined_ends(dtype, count, first=None):
    """Return (computed numbers, rounded numbers) of which the entries together are all combinations of ends."""
    combinations = list(zip(*product(list(ends(dtype))[:first], repeat=count), strict=True))
    computed = [np.array([c for c, *_ in entries], dtype) for entries in combinations]
    return computed, [
        Rounded(
            None,
            np.array([v for _, v, _, _ in entries], object),
            np.tile([e for _, _, e, _ in entries], (len(CLASSES), 1)),
            np.array([s for *_, s in entries], np.uint8),
        )
        for entries in combinations
    ]


def joined_runs(x, y, z):
    """Return the terms of runs of three, and where they begin."""
    length = len(x)
    balls, errors, states = (
        np.stack([np.broadcast_to(getattr(term, part), shape) for term in (x, y, z)], -1)
        for part, shape in (("balls", (length,)), ("errors", (len(CLASSES), length)), ("states", (length,)))
    )
    terms = Rounded(None, balls.ravel(), errors.reshape(len(CLASSES), -1), states.ravel())
    return terms, np.arange(0, 3 * length, 3)


@DTYPES
def test_what_comes_of_two_ends_is_covered_and_of_exact_ones_never_lost(dtype):
    operations = Operations(FORMATS[dtype])
    for first in (None, 6):
        (a, b), (x, y) = combined_ends(dtype, 2, first)
        told = [
            covers(operations.add([x, y]), a + b),
            covers(operations.multiply(x, y), a * b),
            covers(operations.divide(x, y), a / b),
        ]
        assert first is None or told == [len(a)] * 3


@DTYPES
def test_what_comes_of_three_ends_is_covered_in_any_order_and_of_exact_ones_never_lost(dtype):
    operations = Operations(FORMATS[dtype])
    for first in (None, 6):
        (a, b, c), (x, y, z) = combined_ends(dtype, 3, first)
        told = [covers(operations.quotient([x, y], [z]), way) for way in ((a * b) / c, (a / c) * b)]
        told += [covers(operations.quotient([x, y, z], []), (p * q) * r) for p, q, r in permutations((a, b, c))]
        told += [covers(operations.add([x, y, z]), (p + q) + r) for p, q, r in permutations((a, b, c))]
        told += [covers(operations.sum(*joined_runs(x, y, z)), (p + q) + r) for p, q, r in permutations((a, b, c))]
        assert first is None or told == [len(a)] * len(told)


# ---- exactness on representable data ----


@DTYPES
def test_sums_and_products_of_small_whole_numbers_have_no_error(dtype):
    x, y = (exact(magnitudes(np.random.default_rng(seed), dtype, "whole")) for seed in (1, 2))
    operations = Operations(FORMATS[dtype])
    for result in (operations.add([x, y]), operations.multiply(x, y), operations.sum(x, np.array([0, 5]))):
        assert result.error is None
        assert result.state is None


@DTYPES
def test_a_sum_of_whole_numbers_beyond_the_precision_has_an_error(dtype):
    form = FORMATS[dtype]
    terms = exact(np.array([2.0**form.precision, 1.0, 1.0]))
    assert Operations(form).sum(terms, np.array([0])).errors[0, 0] >= 1


def test_integers_are_exact_at_any_size():
    x = exact(np.array([2**62, -(2**63), 5]))
    operations = Operations(BINARY64)
    for result, true in (
        (operations.add([x, x]), [2**63, -(2**64), 10]),
        (operations.multiply(x, x), [2**124, 2**126, 25]),
        (operations.sum(x, np.array([0, 2])), [-(2**62), 5]),
        (operations.quotient([x, x, x], []), [2**186, -(2**189), 125]),
        (operations.absolute(x), [2**62, 2**63, 5]),
        (operations.sign(x), [1, -1, 1]),
        (operations.negative(x), [-(2**62), 2**63, -5]),
        (operations.maximum(x, np.array([0])), [2**62]),
        (operations.largest([x, exact(np.array([0]))]), [2**62, 0, 5]),
    ):
        assert is_whole(result)
        assert result.plain.tolist() == true


@DTYPES
def test_a_conversion_keeps_numbers_of_the_narrower_format_and_rounds_others_once(dtype):
    x = exact(magnitudes(np.random.default_rng(3), dtype, "one"))
    operations = Operations(FORMATS[dtype])
    kept = operations.converted(exact(np.array([0.0, 1.5, -(2.0**100), 2.0**-133])), BFLOAT16)
    assert kept.error is None
    narrow = operations.converted(x, BFLOAT16)
    assert np.all(narrow.errors[0] <= BFLOAT16.unit * abs(x.plain) * (1 + 2.0**-20) + BFLOAT16.least)
    assert operations.converted(exact(np.array([1.0, 3e38])), BINARY32).state is None
    assert operations.converted(exact(np.array([1.0, 1e39])), BINARY32).states.tolist() == [0, INFINITE]


# ---- elementary functions ----


def nearest(number, dtype):
    """The number of a format that is nearest to a real one, by mpmath and NumPy's conversion of decimal digits."""
    if not HIGH.isfinite(number):
        return float(number)
    form, (_, _, exponent, bits) = FORMATS[dtype], number._mpf_
    if number == 0:
        return 0.0
    place = max(exponent + bits - form.precision, form.least_exponent)
    whole = as_fraction(number) / Fraction(2) ** place
    rounded = round(whole) * Fraction(2) ** place
    return float(rounded) if abs(rounded) <= Fraction(form.largest) else inf if rounded > 0 else -inf


def within_ulps(number, dtype, ulps):
    """All numbers of a format that are at most so many units in the last place from a real one."""
    form, middle = FORMATS[dtype], nearest(number, dtype)
    if not isfinite(middle) or number == 0:
        return [middle]
    true = as_fraction(number)
    place = max(as_place(true) - form.precision + 1, form.least_exponent)
    unit = Fraction(2) ** place
    candidates = [Fraction(middle) + k * unit for k in range(-int(ulps) - 1, int(ulps) + 2)]
    return [float(c) for c in candidates if abs(c - true) <= Fraction(ulps) * unit and abs(c) <= Fraction(form.largest)]


def as_place(number):
    """The exponent of the first bit of a positive or negative fraction."""
    place = abs(number.numerator).bit_length() - number.denominator.bit_length()
    return place if abs(number) >= Fraction(2) ** place else place - 1


FUNCTIONS = {
    "exp": (HIGH.exp, False),
    "log": (HIGH.log, True),
    "log1p": (HIGH.log1p, True),
    "tanh": (HIGH.tanh, False),
    "sin": (HIGH.sin, False),
    "cos": (HIGH.cos, False),
}


def arguments(dtype, seed, positive, kinds=("one", "wide", "tiny", "huge")):
    """Yield computed arguments and the values that they stand for."""
    for (computed,), (x,) in operands(dtype, seed, 1, kinds, positive):
        if not positive or np.all(x.plain > 0):
            yield computed, x


@DTYPES
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_within_the_error_of_its_accuracy_class(name, dtype):
    function, positive = FUNCTIONS[name]
    told = 0
    for computed, x in arguments(dtype, 8, positive):
        inside = (abs(computed) < 1000) | (name != "exp")  # beyond, see test_selections
        computed, x = computed[inside], x.take(np.flatnonzero(inside))
        if not len(computed):
            continue
        result = getattr(Operations(FORMATS[dtype]), name)(x)
        encloses(result, [function(HIGH.mpf(v)) for v in x.plain.tolist()])
        for rank, ulps in enumerate(CLASSES):
            told += covered_by_class(result, [function(HIGH.mpf(float(v))) for v in computed], dtype, rank, ulps)
    assert told > 100


def covered_by_class(result, images, dtype, rank, ulps):
    """Assert that all that a function of an accuracy class may return is within its errors; return how much was looked at."""
    told = 0
    for place, image in enumerate(images):
        one = result.take(np.array([place]))
        for got in within_ulps(image, dtype, ulps):
            told += covers(one, np.array([got]), rank)
    return told


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_a_wave_has_no_value_at_infinity_and_an_argument_that_may_be_infinite_loses_it(name):
    operations = Operations(BINARY64)
    assert all(ball.is_nan() for ball in getattr(operations, name)(exact(np.array([inf, -inf, np.nan]))).balls)
    endless = Rounded(np.array([1e308]), None, None, np.array([INFINITE], np.uint8))
    assert getattr(operations, name)(endless).states.tolist() == [LOST]


@DTYPES
def test_a_square_root_is_rounded_once(dtype):
    for computed, x in arguments(dtype, 9, True, ("one", "wide", "tiny", "huge", "whole")):
        result = Operations(FORMATS[dtype]).sqrt(x)
        encloses(result, [HIGH.sqrt(HIGH.mpf(v)) for v in x.plain.tolist()])
        covers(result, np.sqrt(computed))
        if x.error is None:
            tight(result, np.sqrt(computed), 1)


@DTYPES
@pytest.mark.parametrize("exponent", [0.75, -0.75, 2.0, 0.0])
def test_a_power_is_within_the_error_of_its_accuracy_class(dtype, exponent):
    told = 0
    for computed, x in arguments(dtype, 10, True, ("one", "wide")):
        result = Operations(FORMATS[dtype]).power(x, exact(np.array([exponent])))
        encloses(result, [HIGH.mpf(v) ** HIGH.mpf(exponent) for v in x.plain.tolist()])
        images = [HIGH.mpf(float(v)) ** HIGH.mpf(exponent) for v in computed]
        for rank, ulps in enumerate(CLASSES):
            told += covered_by_class(result, images, dtype, rank, ulps)
    assert told > 100


@DTYPES
def test_the_modulus_of_a_complex_number_is_within_the_error_of_its_accuracy_class(dtype):
    generator = np.random.default_rng(11)
    for kinds in product(("one", "wide", "tiny", "huge"), repeat=2):
        real, imag = (magnitudes(generator, dtype, kind) for kind in kinds)
        result = Operations(FORMATS[dtype]).absolute(Complex(exact(real), exact(imag)))
        images = [HIGH.hypot(HIGH.mpf(float(a)), HIGH.mpf(float(b))) for a, b in zip(real, imag, strict=True)]
        encloses(result, images)
        for rank, ulps in enumerate(CLASSES):
            covered_by_class(result, images, dtype, rank, ulps)


def test_classes_of_larger_errors_have_larger_bounds():
    x = exact(np.array([0.3, -2.0, 7.5]))
    for name in ("exp", "tanh", "log1p"):
        errors = getattr(Operations(BINARY32), name)(Rounded(abs(x.plain))).errors
        assert np.all(np.diff(errors, axis=0) > 0)
