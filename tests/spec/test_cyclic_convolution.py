"""Cyclic convolutions by transforms of balls are the sums that they stand for, and nothing else is taken for one."""

from math import prod

import numpy as np
import pytest
from flint import arb, ctx
from sympy import Mod, Sum, Symbol

from convoracle.spec.complex_balls import Operations, balls_of
from convoracle.spec.configuration import bind
from convoracle.spec.cyclic_convolution import BREAK_EVEN, CyclicInterpreter, pattern, transformed
from convoracle.spec.harmonic import PRECISION
from convoracle.spec.interpret import Interpreter
from convoracle.spec.scattering2d import SCATTERING2D
from convoracle.spec.symbols import array, axes, i

TINY = arb(2) ** -80
"""Balls of 128 bits tell what is larger than this from 0."""


def image(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


ONE, TWO = axes(2)
X, H = array("x"), array("h")
STEP, ROW = Symbol("step", integer=True), Symbol("row", integer=True)
CYCLIC = Sum(
    X[i, ONE.j, TWO.j] * H[ROW, Mod(STEP * ONE.t - ONE.j, ONE.n), Mod(TWO.t - 2 * TWO.j, TWO.n)],
    (ONE.j, 0, ONE.n - 1),
    (TWO.j, 0, TWO.n - 1),
)


def evaluated(kind, total, sizes, items=2):
    """A sum at all places, by one of the interpreters."""
    letters = {"n_1": sizes[0], "n_2": sizes[1], "step": 3}
    call = bind(SCATTERING2D, {"x": (1, 4, 4)}, {"J": 1})
    interpreter = kind(call, Operations(), {}, {}, {}, balls_of)
    interpreter.configuration.values.update(letters)
    interpreter.shapes |= {"x": (items, *sizes), "h": (2, *sizes)}
    interpreter.arrays |= {
        "x": balls_of(image(items, *sizes)),
        "h": balls_of(image(2, *sizes) + 1j * image(2, *sizes, seed=1)),
    }
    grid = np.indices((items, 2, *sizes)).reshape(4, -1)
    places = dict(zip(("i", "row", "t_1", "t_2"), grid, strict=True))
    with ctx.workprec(PRECISION):
        return interpreter._reduced(total, places).values


@pytest.mark.parametrize("sizes", [(8, 9), (5, 14), (1, 65), (70, 1)])
def test_a_cyclic_convolution_by_transforms_is_the_sum_term_by_term(sizes):
    assert 2 * 2 * prod(sizes) ** 2 > BREAK_EVEN
    found, expected = (evaluated(kind, CYCLIC, sizes) for kind in (CyclicInterpreter, Interpreter))
    assert all(one.overlaps(two) for one, two in zip(found, expected, strict=True))
    assert all(abs(one - two) < TINY for one, two in zip(found, expected, strict=True))


def test_a_cyclic_convolution_is_known_by_its_form():
    known = pattern(CYCLIC)
    assert (str(known.signal.base), str(known.filters.base)) == ("x", "h")
    assert known.slopes == (-1, -2)
    assert known.offsets == (STEP * ONE.t, TWO.t)


NO_CONVOLUTIONS = {
    "one array": Sum(X[i, ONE.j, TWO.j], (ONE.j, 0, ONE.n - 1), (TWO.j, 0, TWO.n - 1)),
    "three": Sum(X[i, ONE.j] * H[ROW, Mod(ONE.t - ONE.j, ONE.n)] * H[ROW, ONE.j], (ONE.j, 0, ONE.n - 1)),
    "from one on": Sum(X[i, ONE.j] * H[ROW, Mod(ONE.t - ONE.j, ONE.n)], (ONE.j, 1, ONE.n - 1)),
    "no remainder": Sum(X[i, ONE.j] * H[ROW, ONE.t - ONE.j], (ONE.j, 0, ONE.n - 1)),
    "a filter that varies": Sum(X[i, ONE.j] * H[ONE.j, Mod(ONE.t - ONE.j, ONE.n)], (ONE.j, 0, ONE.n - 1)),
    "a transform": Sum(X[i, ONE.j] * H[ROW, Mod(ONE.t * ONE.j, ONE.n)], (ONE.j, 0, ONE.n - 1)),
    "a square": Sum(X[i, ONE.j] * H[ROW, Mod(ONE.t - ONE.j**2, ONE.n)], (ONE.j, 0, ONE.n - 1)),
}


@pytest.mark.parametrize("total", NO_CONVOLUTIONS.values(), ids=NO_CONVOLUTIONS)
def test_what_is_no_cyclic_convolution_is_summed_as_it_stands(total):
    assert pattern(total) is None


def test_transforms_of_balls_are_those_of_numpy():
    z = image(3, 4, 6) + 1j * image(3, 4, 6, seed=1)
    with ctx.workprec(PRECISION):
        found = transformed(balls_of(z).values.reshape(z.shape), -1)
    numbers = np.array([complex(v) for v in found.flat]).reshape(z.shape)
    np.testing.assert_allclose(numbers, np.fft.fft2(z), atol=float(arb(2) ** -45))
