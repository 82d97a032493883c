"""Results are judged element by element: right up to the bound, wrong beyond it, and by which output and where."""

import numpy as np
import pytest
from flint import arb, ctx

from convoracle import impl
from convoracle.properties import enclosed
from convoracle.properties.bounds import Rules
from convoracle.properties.enclosed import judge_enclosed
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.rounded import CLASSES
from convoracle.spec.rounding import Arithmetic, format_of

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def rules(dtype="float64", algorithm="direct", ulps=4.0, **conventions):
    return Rules(Arithmetic(format_of(np.dtype(dtype))), algorithm, conventions, ulps)


def call(name, *arrays, **options):
    """The bound call of an operator, and its arrays by name in the shapes of the record."""
    record = operator(name)
    named = dict(zip([array.name for array in record.inputs], arrays, strict=False))
    return bind(record, {key: array.shape for key, array in named.items()}, options), named


def judged(name, got, *arrays, rule=None, **options):
    configuration, named = call(name, *arrays, **options)
    outputs = got if isinstance(got, tuple) else (got,)
    shaped = tuple(o.reshape(shape) for o, shape in zip(outputs, configuration.output_shapes, strict=True))
    return judge_enclosed(configuration, named, shaped, rule or rules(str(arrays[0].dtype)))


def signals(dtype, count=24, seed=0):
    return (3 * np.random.default_rng(seed).standard_normal((2, 3, count))).astype(dtype)


def moved(name, fraction, *arrays, rule, **options):
    """The value of a call, each element moved away from it by a fraction of its bound, in binary64."""
    configuration, named = call(name, *arrays, **options)
    (true,) = enclose(configuration, named, rule.arithmetic, rule.algorithm)
    with ctx.workprec(200):
        values = [
            float((v + arb(fraction * b)).mid()) for v, b in zip(true.values, true.bounds[rule.rank], strict=True)
        ]
    return np.array(values).reshape(configuration.output_shape)


SMOOTH = ("sigmoid", "tanh", "softplus", "softmax", "log_softmax")


@DTYPES
@pytest.mark.parametrize("name", SMOOTH)
def test_right_results_are_accepted(name, dtype):
    x = signals(dtype)
    judgement = judged(name, getattr(impl, name)(x), x)
    assert (judgement.wrong, judgement.unjudged, judgement.mismatch) == (0, 0, None)
    assert judgement.enclosed == judgement.elements == x.size
    assert 0 < judgement.worst <= 1
    assert judgement.histogram.sum() == x.size


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("ulps", CLASSES)
@pytest.mark.parametrize("sign", [1, -1])
def test_results_are_right_up_to_the_bound_of_their_class_and_no_further(name, ulps, sign):
    x, rule = signals("float32"), rules("float32", ulps=ulps)  # the bound of binary32 is many steps of binary64
    near = judged(name, moved(name, sign * (1 - 2.0**-20), x, rule=rule), x, rule=rule)
    assert near.wrong == 0
    assert near.worst > 1 - 2.0**-18
    far = judged(name, moved(name, sign * (1 + 2.0**-20), x, rule=rule), x, rule=rule)
    assert far.wrong == x.size


def test_one_wrong_element_is_found_where_it_is():
    x = signals("float64")
    y = impl.sigmoid(x)
    y[1, 2, 5] *= 1 + 2.0**-40
    judgement = judged("sigmoid", y, x)
    assert (judgement.wrong, judgement.mismatch.index, judgement.mismatch.output) == (1, (1, 2, 5), 0)
    assert judgement.mismatch.got == y[1, 2, 5]
    assert judgement.mismatch.error > judgement.mismatch.bound > 0


@pytest.mark.parametrize("output", range(3))
def test_every_output_is_judged(output):
    x = signals("float64")
    parts = list(impl.batch_norm_training(x))
    assert judged("batch_norm_training", tuple(parts), x).wrong == 0
    parts[output] = parts[output] * (1 + 2.0**-20)
    judgement = judged("batch_norm_training", tuple(parts), x)
    assert judgement.wrong == parts[output].size
    assert judgement.mismatch.output == output


@pytest.mark.parametrize("part", [1, 1j])
def test_both_parts_of_complex_results_are_judged(part):
    x = signals("float64") + 1j * signals("float64", seed=1)
    dy = signals("float64", seed=2)
    right = impl.modulus_gradient(dy, x)
    assert judged("modulus_gradient", right, dy, x).wrong == 0
    wrong = judged("modulus_gradient", right + part * 2.0**-30, dy, x)
    assert wrong.wrong == x.size
    assert wrong.elements == 2 * x.size


def test_integer_outputs_are_judged_as_integers():
    x = np.random.default_rng(3).permutation(30).reshape(1, 2, 15).astype(np.float64)
    y, indices = impl.max_pool1d_with_indices(x, kernel_size=3)
    right = judged("max_pool1d_with_indices", (y, indices), x, kernel_size=3)
    assert (right.wrong, right.integer, right.enclosed) == (0, indices.size, y.size)
    wrong = judged("max_pool1d_with_indices", (y, indices + 1), x, kernel_size=3)
    assert (wrong.wrong, wrong.mismatch.output, wrong.mismatch.bound) == (indices.size, 1, 0.0)


# ---- doubt ----


def test_finer_precision_is_used_where_the_first_leaves_a_doubt(monkeypatch):
    x, seen = signals("float64"), []

    def coarse(configuration, arrays, arithmetic, algorithm, precision=20):
        seen.append(precision)
        return enclose(configuration, arrays, arithmetic, algorithm, precision)

    monkeypatch.setattr(enclosed, "enclose", coarse)
    y = impl.sigmoid(x)
    right = judged("sigmoid", y, x)
    assert (right.wrong, right.unjudged) == (0, 0)
    assert seen == [20, 2500]
    y[0, 0, 0] *= 1 + 2.0**-45
    assert judged("sigmoid", y, x).wrong == 1


def test_what_stays_in_doubt_is_not_judged(monkeypatch):
    x = signals("float64")
    monkeypatch.setattr(enclosed, "PRECISIONS", (20, 22))
    monkeypatch.setattr(enclosed, "enclose", lambda *call: enclose(*call[:4], *(call[4:] or (20,))))
    judgement = judged("sigmoid", impl.sigmoid(x), x)
    assert judgement.wrong == 0
    assert judgement.unjudged > 0
    assert judgement.unjudged + judgement.enclosed == judgement.elements


# ---- special values ----

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("name", "x", "right", "wrong"),
    [
        ("sigmoid", NAN, NAN, 0.5),
        ("sigmoid", INF, 1.0, NAN),
        ("sigmoid", -INF, 0.0, INF),
        ("softplus", INF, INF, -INF),
        ("softplus", INF, INF, 1e308),
        ("softplus", INF, INF, NAN),
        ("relu", NAN, NAN, 0.0),
        ("relu", -INF, 0.0, NAN),
        ("modulus", -INF, INF, -INF),
        ("tanh", 1.0, np.tanh(1.0), INF),
    ],
)
def test_nan_and_infinities_are_right_where_the_definition_has_them(name, x, right, wrong):
    x = np.full((1, 1, 2), x)
    assert judged(name, np.full(x.shape, right), x).wrong == 0
    assert judged(name, np.full(x.shape, wrong), x).wrong == 2


def test_an_overflow_between_is_right_with_its_sign_and_wrong_with_another():
    top = np.finfo(np.float32).max
    x, mean, var = np.full((1, 1, 1), top), np.full(1, -top), np.ones(1, np.float32)
    weight = np.full(1, 0.25, np.float32)
    outcomes = {INF: 0, top / 2: 0, -INF: 1, NAN: 1, 0.0: 1}
    for got, wrong in outcomes.items():
        judgement = judged("batch_norm", np.full((1, 1, 1), got, np.float32), x, mean, var, weight, eps=0.0)
        assert judgement.wrong == wrong, got


FAR = np.full((1, 1, 1), 3e38, np.float32)
ZERO_VARIANCE = {"mean": np.array([2.0]), "var": np.array([0.0])}
DEPARTURES = [
    ("batch_norm", "folded", {"x": np.ones((1, 1, 1)), **ZERO_VARIANCE}, (NAN,), 1, -INF),  # 1 inf + (0 - 2 inf)
    (
        "batch_norm_gradient",
        "summed_first",  # -1 + 0.25, and then times infinity
        {"dy": np.array([[[1.0, -0.25]]]), "x": np.ones((1, 1, 2)), **ZERO_VARIANCE},
        ((INF, -INF), -INF, 0.75),
        1,
        NAN,
    ),
    ("softmax", "naive", {"x": FAR}, (NAN,), 1, 1.0),  # infinity over infinity
    ("softplus", "naive", {"x": FAR}, (INF,), 0, float(FAR[0, 0, 0])),
    ("log_softmax", "naive", {"x": FAR}, (-INF,), 0, 0.0),  # 3e38 - infinity
]


@pytest.mark.parametrize(
    ("name", "algorithm", "arrays", "got", "unjudged", "expected"), DEPARTURES, ids=[case[0] for case in DEPARTURES]
)
def test_what_an_algorithm_finds_where_it_leaves_the_definition_is_excused_of_it_and_of_no_other(
    name, algorithm, arrays, got, unjudged, expected
):
    dtype = str(arrays["x"].dtype)
    options = {"eps": 0.0} if "var" in arrays else {}
    outputs = tuple(np.array(output, dtype) for output in got)
    declared, direct = (
        judged(name, outputs, *arrays.values(), rule=rules(dtype, each), **options) for each in (algorithm, "direct")
    )
    assert (declared.wrong, declared.unjudged) == (0, unjudged)
    assert direct.wrong == 1
    np.testing.assert_equal(direct.mismatch.expected, expected)


def test_an_infinity_that_an_algorithm_finds_in_place_of_a_finite_value_is_no_nan_and_of_no_other_sign():
    for got in (NAN, -INF):
        assert judged("softplus", np.full((1, 1, 1), got, np.float32), FAR, rule=rules("float32", "naive")).wrong == 1


def test_the_reciprocal_of_a_subnormal_divisor_may_be_infinite_but_is_no_nan():
    x = np.full((1, 1, 1), -100, np.float32)  # exp(-100) over exp(-100)
    naive, direct = rules("float32", "naive"), rules("float32", "direct")
    for got, rule, wrong in ((1, naive, 0), (INF, naive, 0), (-INF, naive, 1), (NAN, naive, 1), (INF, direct, 1)):
        assert judged("softmax", np.full(x.shape, got, np.float32), x, rule=rule).wrong == wrong, got


def test_what_precision_does_not_tell_of_an_algorithm_may_be_anything():
    """By logarithms 8e307 - 8e307 - log 3 may be 0 or -log 3: no ball of 160 bits holds that, and doubles do not either."""
    logits, labels = np.array([[1.0, 8e307, 8e307, 8e307]]), np.array([1])
    by_logarithm, direct = (rules("float64", algorithm) for algorithm in ("by_logarithm", "direct"))
    thirds = np.array([[0.0, -2 / 3, 1 / 3, 1 / 3]])
    for got, wrong in ((thirds, 0), (np.array([[0.0, 0.0, 1.0, 1.0]]), 3)):
        arguments = got, np.ones(1), logits, labels
        judgement = judged("cross_entropy_gradient", *arguments, rule=by_logarithm)
        assert (judgement.wrong, judgement.unjudged) == (0, 3)
        assert judged("cross_entropy_gradient", *arguments, rule=direct).wrong == wrong


def test_a_subject_may_follow_one_algorithm_or_another():
    """Before it is multiplied by the weight, the centred sample over the deviation overflows; folded, nothing does."""
    x, of_channel = np.full((1, 1, 1), 1.6e38, np.float32), [np.full(1, v, np.float32) for v in (3.5, 0.09, -0.4, 1.0)]
    for algorithm, wrong in (("folded", 1), ("direct", 0), ("folded or direct", 0)):
        rule = rules("float32", algorithm)
        assert judged("batch_norm", np.full_like(x, -INF), x, *of_channel, rule=rule).wrong == wrong, algorithm
    small = np.full((1, 1, 1), 3.5, np.float32), *of_channel  # weight (x - mean) is 0, and folded it is 4.7 less 4.7
    for off, algorithm, wrong in ((3e-7, "folded", 0), (3e-7, "direct", 1), (3e-7, "folded or direct", 0)):
        y = np.full_like(x, 1 + off)
        assert judged("batch_norm", y, *small, rule=rules("float32", algorithm)).wrong == wrong, algorithm
    assert judged("batch_norm", np.full_like(x, 1.1), *small, rule=rules("float32", "folded or direct")).wrong == 1


def test_elements_that_may_be_anything_are_not_judged():
    x = np.full((1, 1, 2), 1000.0, np.float32)
    naive = rules("float32", algorithm="naive")  # infinity over infinity
    for got in (0.5, NAN, INF, 7.0):
        judgement = judged("softmax", np.full(x.shape, got, np.float32), x, rule=naive)
        assert (judgement.wrong, judgement.unjudged) == (0, 2)
    assert judged("softmax", np.full(x.shape, 0.5, np.float32), x).unjudged == 0
    assert judged("softmax", np.full(x.shape, NAN, np.float32), x).wrong == 2


def test_negative_zeros_are_wrong_where_the_convention_says_so():
    x = np.full((1, 1, 2), -0.0)
    assert judged("modulus", np.abs(x), x).wrong == 0
    assert judged("modulus", x, x).wrong == 2


# ---- what is measured ----


def test_the_least_accuracy_class_that_explains_the_errors_is_told():
    x = signals("float32")
    for ulps in CLASSES[:-1]:
        least = rules("float32", ulps=ulps)
        y = moved("tanh", 1 - 2.0**-20, x, rule=least)
        assert judged("tanh", y, x, rule=rules("float32")).ulps == ulps


def test_selections_have_no_error_to_measure():
    x = signals("float64")
    judgement = judged("relu", impl.relu(x), x)
    assert (judgement.worst, judgement.wrong, judgement.ulps) == (0.0, 0, 0.0)
    assert judged("relu", np.nextafter(impl.relu(x), 9), x).wrong == x.size
