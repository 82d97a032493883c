"""How far apart two right results may be: nothing where sums are exact, the bounds of both elsewhere."""

from fractions import Fraction

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties.bounds import Rules
from convoracle.properties.slack import bounds_of, close
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic

RULES = Rules(Arithmetic(BINARY64), "direct", {})


def bounds(name, *arrays, output=0, rules=RULES, **options):
    record = operator(name)
    named = dict(zip([array.name for array in record.inputs], arrays, strict=False))
    configuration = bind(record, {key: array.shape for key, array in named.items()}, options)
    return bounds_of(configuration, named, rules, output)


def test_sums_of_products_are_exact_on_the_data_of_laws():
    assert not bounds("convolve", np.arange(3.0), np.arange(2.0)).any()
    assert bounds("convolve", np.arange(3.0), np.arange(2.0)).shape == (1, 1, 4)


def test_other_definitions_have_the_bounds_of_their_enclosure():
    x = np.array([[[0.5, 2.0, -3.0]]])
    for form in (BINARY32, BINARY64):
        rules = Rules(Arithmetic(form), "direct", {}, 1.0)
        configuration = bind(operator("softmax"), {"x": x.shape}, {})
        (true,) = enclose(configuration, {"x": x}, rules.arithmetic)
        assert np.array_equal(bounds("softmax", x, rules=rules).ravel(), true.bounds[rules.rank])


def test_two_right_results_are_close_and_a_wrong_one_is_not():
    x = np.random.default_rng(0).standard_normal((2, 3, 5))
    shifted = impl.softmax(x + 4)
    slack = bounds("softmax", x) + bounds("softmax", x + 4)
    rounded = bounds("softmax", x) * 0 + 2.0**-50  # x + 4 is not exactly x, moved
    assert close(impl.softmax(x), shifted, slack + rounded)
    assert not close(impl.softmax(x), shifted * (1 + 2.0**-40), slack + rounded)


def test_selections_and_integers_have_no_slack():
    x = np.random.default_rng(0).permutation(12).astype(float).reshape(1, 1, 12)
    assert not bounds("relu", x).any()
    assert not bounds("max_pool1d_with_indices", x, kernel_size=3).any()
    assert not bounds("max_pool1d_with_indices", x, kernel_size=3, output=1).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nothing_is_known_of_results_that_are_no_numbers(value):
    assert bounds("relu", np.array([[[value, 1.0]]])) is None or value == -np.inf
    assert bounds("log_softmax", np.array([[[value, 1.0]]])) is None
    assert bounds("relu", np.array([[[-1.0, 1.0]]])) is not None


def test_nothing_is_known_where_a_step_may_overflow():
    x, naive = np.array([[[1000.0, 999.0]]]), Rules(Arithmetic(BINARY64), "naive", {})
    assert bounds("softmax", x) is not None
    assert bounds("softmax", x, rules=naive) is None


def test_complex_outputs_have_the_slack_of_either_part():
    x = np.array([[[1 + 2j]]])
    (slack,) = bounds("modulus_gradient", x.real, x).ravel().tolist()
    assert 0 < slack < 2.0**-48


# ---- closeness ----


def test_closeness_is_decided_exactly():
    a, tiny = np.array([1.0]), 2.0**-52
    assert close(a, a + tiny, np.array([tiny]))
    assert not close(a, a + 2 * tiny, np.array([tiny]))
    assert close(a, a, np.array([0.0]))
    assert not close(np.array([1e308]), np.array([-1e308]), np.array([1e308]))
    assert not close(np.array([2.0**-1074]), np.array([0.0]), np.array([0.0]))
    difference = Fraction(0.3) - Fraction(0.1)  # no number of the format: 0.3 - 0.1 rounds
    assert close(np.array([0.3]), np.array([0.1]), np.array([np.nextafter(float(difference), 1)]))


def test_one_element_apart_is_enough():
    a = np.zeros((2, 3))
    b = a.copy()
    b[1, 2] = 1.0
    assert close(a, b, b)
    assert not close(a, b, b / 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_infinities_and_nan_are_close_to_nothing(value):
    for a, b in ((value, value), (value, 0.0), (0.0, value)):
        assert not close(np.array([a]), np.array([b]), np.array([1e308]))
