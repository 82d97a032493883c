"""Theorems about the cost of a convolution and its receptive field (L-sparse, L-edge)."""

from collections.abc import Iterator
from itertools import product

from sympy import And, Expr, Ge, Integer, Lt, Mul, symbols

from .code import integers
from .convolution import CONV1D, CONV2D, read_position
from .evidence import Derived, Theorem, exhaust, for_all, identity
from .logic import Obligation
from .relations import relation_of
from .symbols import Axis, axes


def _cost() -> Obligation:
    """Without padding every tap of every window reads a sample, so that a channel pair costs k products per output."""
    a = Axis.of(0, 1)
    windows = CONV1D.output.axes[2].xreplace({a.p: Integer(0), a.q: Integer(0)})
    read = relation_of(CONV1D, {"padding_mode": "zeros"}).indices["x"][2].xreplace({a.p: Integer(0)})
    given = (Ge(a.n, 1), Ge(a.k, 1), Ge(a.s, 1), Ge(a.d, 1), Ge(a.t, 0), Lt(a.t, windows), Ge(a.u, 0), Lt(a.u, a.k))
    return Obligation("every tap reads a sample", given, And(Ge(read, 0), Lt(read, a.n)))


def edge_costs() -> tuple[Expr, Expr]:
    """Return the operations of a difference of neighbours on 280 x 320 pixels, and the entries of its dense matrix."""
    first, second = axes(2)
    image = {first.n: 280, second.n: 320, first.k: 1, second.k: 2}
    plain = {s: v for a in (first, second) for s, v in ((a.s, 1), (a.d, 1), (a.p, 0), (a.q, 0))}
    sizes = {s: Integer(v) for s, v in (image | plain).items()}
    pixels = Integer(280 * 320)
    outputs = Mul(*(size.xreplace(sizes) for size in CONV2D.output.axes[2:]))
    return outputs * (2 + 1), outputs * pixels


def _edge() -> tuple[tuple[Expr, Expr], ...]:
    operations, dense = edge_costs()
    return (operations, Integer(319 * 280 * 3)), (operations, Integer(267_960)), (dense, Integer(8_003_072_000))


def _field() -> tuple[tuple[Expr, Expr], ...]:
    """Compose a layer's read position with a field of jump J and width W that starts at B: the recursion of both."""
    a = Axis.of(0, 1)
    jump, width, start = symbols("J W B", integer=True)
    inner = read_position(a).args[0]
    first = jump * inner.xreplace({a.u: Integer(0)}) + start
    last = jump * inner.xreplace({a.u: a.k - 1}) + start + width - 1
    step = first.xreplace({a.t: a.t + 1}) - first
    return (last - first + 1, width + jump * a.d * (a.k - 1)), (step, jump * a.s)


def _reached(layers: tuple[tuple[int, int, int], ...]) -> bool:
    """Compare the recursion with the samples that output 0 of a stack of (k, s, d) reads, one by one."""
    a = Axis.of(0, 1)
    read = integers((read_position(a).args[0].xreplace({a.p: Integer(0)}),), (a.s, a.t, a.d, a.u))
    jump, width, reads = 1, 1, {0}
    for k, s, d in reversed(layers):
        reads = {read(s, t, d, u)[0] for t in reads for u in range(k)}
    for k, s, d in layers:
        jump, width = jump * s, width + jump * d * (k - 1)
    return max(reads) - min(reads) + 1 == width


def _stacks() -> Iterator[tuple[tuple[int, int, int], ...]]:
    layers = tuple(product((1, 2, 3), (1, 2, 3), (1, 2)))
    return product(layers, repeat=2)


THEOREMS = (
    for_all(
        "k products per output",
        "Without padding every tap of every window reads a sample: k products per output and channel, against n "
        "for a dense row.",
        ("L-sparse",),
        _cost(),
    ),
    identity(
        "the receptive field grows with depth",
        "A layer widens a field of width W and jump J to W + J d (k - 1), and its jump to J s.",
        ("L-sparse",),
        Derived(_field),
    ),
    Theorem(
        name="the receptive field is reached",
        statement="The samples that reach one output of two layers extend over exactly the width that the "
        "recursion gives.",
        formula=("last - first + 1 is reached", _field()),
        rows=("L-sparse",),
        proof=lambda claim: exhaust(claim, _stacks(), _reached, "two layers, k <= 3, s <= 3, d <= 2"),
    ),
    identity(
        "edge detection by a difference of neighbours",
        "On 280 x 320 pixels it costs 319 280 3 = 267 960 operations; the dense matrix has 8 003 072 000 entries.",
        ("L-edge",),
        Derived(_edge),
    ),
)
