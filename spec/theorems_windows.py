"""Theorems about the windows of a pooling and their divisors (L-partial, L-pool).

Window counts, reads, divisors and rules are those of the records: the window fits, ``p <= d (k - 1)``, ``q <= d (k - 1)``,
``n >= 1``, and for a dilated window ``p = 0 or n >= d``.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from sympy import And, Eq, Equivalent, Expr, Ge, Gt, IndexedBase, Integer, Le, Lt, Max, Min, Sum, floor

from .code import integers
from .convolution import CONV1D
from .evidence import Claim, Derived, Evidence, Theorem, certify, for_all, prove_by_identity, prove_by_z3, weakest
from .logic import Obligation
from .pooling import counted_places, read_position, rules_of, windows_of
from .relations import relation_of
from .sizes import adaptive_end, adaptive_start, plain_ceil_count
from .symbols import g, z
from .theorems_sizes import EXTENT, SIZED, WINDOWS, A

ZERO, ONE = Integer(0), Integer(1)
READ = read_position(A)
RULES = {rule.code: rule.rule for rule in rules_of((A,))}
MEETS = RULES["meets"]
LEGAL: tuple[Any, ...] = (*SIZED, *(rule for rule in RULES.values() if rule is not MEETS))
TAP = (Ge(A.u, 0), Lt(A.u, A.k))
SIZES = (A.n, A.k, A.s, A.d, A.p, A.q)
DIVISOR, SAMPLES = (counted_places(A).xreplace({g: flag}) for flag in (ONE, ZERO))
"""How many places a window counts: of the padded input, and of the input alone."""


def count(ceil_mode: Expr) -> Expr:
    """Return the number of windows."""
    return windows_of((A,))[0].xreplace({z: ceil_mode})


def plain(ceil_mode: Expr) -> Expr:
    """Return the plain quotient, rounded up in ceil mode."""
    return plain_ceil_count(A.n, A.p, A.q, A.k, A.d, A.s, ceil_mode)


def undilated(*statements: Any) -> tuple[Any, ...]:
    """Put in ``d = 1``: average pooling has no dilation."""
    return tuple(rule for rule in (statement.subs(A.d, 1) for statement in statements) if rule != True)  # noqa: E712


def window_of(ceil_mode: Expr) -> tuple[Any, ...]:
    """Return that ``t`` is a window of a legal pooling."""
    return *LEGAL, Ge(A.t, 0), Lt(A.t, count(ceil_mode))


def _floor_mode() -> tuple[Obligation, ...]:
    fits = Le(A.s * A.t + EXTENT, A.n + A.p + A.q)
    return (
        Obligation("windows that fit", (*LEGAL, Ge(A.t, 0)), Equivalent(fits, Lt(A.t, count(ZERO)))),
        Obligation("the size of a convolution", LEGAL, Eq(count(ZERO), WINDOWS)),
        Obligation("at least one", LEGAL, Ge(count(ZERO), 1)),
    )


def _ceil_mode() -> tuple[Obligation, ...]:
    """The window that starts last before a sample, or the last window, spans the sample."""
    span = Min(floor((A.j + A.p) / A.s), count(ONE) - 1)
    start = A.s * span - A.p
    found = And(Ge(span, 0), Lt(span, count(ONE)), Le(start, A.j), Lt(A.j, start + EXTENT))
    given = (*LEGAL, Le(A.s, EXTENT), Ge(A.j, 0), Lt(A.j, A.n))
    more = And(Ge(count(ONE), count(ZERO)), Le(count(ONE), count(ZERO) + 1))
    return Obligation("spanned", given, found), Obligation("one window more at most", LEGAL, more)


def _starts() -> tuple[Obligation, ...]:
    inside = Lt(A.s * A.t, A.n + A.p)
    within = Equivalent(And(Lt(A.t, plain(ONE)), inside), Lt(A.t, count(ONE)))
    return (
        *(Obligation(f"ceil_mode = {z}", window_of(z), inside) for z in (ZERO, ONE)),
        Obligation("no other window is dropped", (*LEGAL, Ge(A.t, 0)), within),
    )


def dropped_once(windows: Expr) -> Expr:
    """Return a number of windows less one if the last starts after the input: the rule that libraries compute."""
    return windows - Min(1, Max(0, A.s * (windows - 1) - (A.n + A.p) + 1))


def _small(most: int = 3) -> Iterator[dict[Any, Integer]]:
    """Yield sizes, the smallest sum first."""
    ranges = [range(low, most + 1) for low in (0, 1, 1, 1, 0, 0)]
    for values in sorted(product(*ranges), key=lambda sizes: (sum(sizes), sizes)):
        yield dict(zip(SIZES, map(Integer, values), strict=True))


def _shown(sizes: dict[Any, Integer]) -> str:
    return ", ".join(f"{letter} = {value}" for letter, value in sizes.items())


def dropping_counterexample() -> str | None:
    """Return the smallest sizes for which more than one window starts after the input."""
    counts = integers((dropped_once(plain(ONE)), count(ONE)), SIZES)
    others = [rule for rule in LEGAL if rule is not RULES["reach_after"]]
    for sizes in _small():
        if all(rule.xreplace(sizes) for rule in others):
            dropped, right = counts(*map(int, sizes.values()))
            if dropped != right:
                return (
                    f"{_shown(sizes)}: one dropped leaves {dropped} windows, {right} start before the end of the input"
                )
    return None


def empty_window(others: tuple[Any, ...]) -> str | None:
    """Return the smallest sizes that obey the `others` and have a window that fits the padded input but holds no sample."""
    windows = integers((plain(ZERO),), SIZES)
    for sizes in _small():
        if all(rule.xreplace(sizes) for rule in others):
            n, k, s, d, p, _ = values = tuple(map(int, sizes.values()))
            for t in range(windows(*values)[0]):
                reads = [s * t + d * u - p for u in range(k)]
                if not any(0 <= place < n for place in reads):
                    return f"{_shown(sizes)}: window {t} reads {reads}, the samples are 0 .. {n - 1}"
    return None


def _others(code: str) -> tuple[Any, ...]:
    """Return all rules but one; without dilation, where nothing else asks for a sample, in the case of ``n >= 1``."""
    kept = tuple(rule for name, rule in RULES.items() if name != code)
    return (*SIZED, *kept) if code != "at_least_one_n" else (*SIZED, Eq(A.d, 1), *(r for r in kept if r is not MEETS))


def empty_windows() -> str | None:
    """Return, for each rule but that a window fits, an empty window without it."""
    found = {RULES[code]: empty_window(_others(code)) for code in RULES if code != "window_fits"}
    return None if None in found.values() else "; ".join(f"without {rule}: {text}" for rule, text in found.items())


def _no_empty_window() -> tuple[Obligation, ...]:
    """The first tap at or after the start of the input reads a sample."""
    first = Max(0, floor((A.p - A.s * A.t + A.d - 1) / A.d))
    place = READ.xreplace({A.u: first})
    hit = And(Ge(first, 0), Lt(first, A.k), Ge(place, 0), Lt(place, A.n))
    return tuple(Obligation(f"ceil_mode = {z}", (*window_of(z), MEETS), hit) for z in (ZERO, ONE))


def _divisors() -> tuple[Obligation, ...]:
    """Both divisors count taps: those that read a sample, and those that read the padded input, overhang left out."""
    given = undilated(*window_of(ONE))
    (read,) = undilated(READ)
    first = Max(0, A.p - A.s * A.t)
    exists, padded = And(Ge(read, 0), Lt(read, A.n)), And(Ge(read, -A.p), Lt(read, A.n + A.q))
    counted = And(Ge(A.u, first), Lt(A.u, first + SAMPLES))
    return (
        Obligation("samples", (*given, *TAP), Equivalent(exists, counted)),
        Obligation("padded samples", (*given, *TAP), Equivalent(padded, Lt(A.u, DIVISOR))),
        Obligation(
            "1 <= samples <= padded samples <= k", given, And(Ge(SAMPLES, 1), Le(SAMPLES, DIVISOR), Le(DIVISOR, A.k))
        ),
    )


def _adaptive() -> tuple[Obligation, ...]:
    """Window t of m holds a sample, the windows cover the input in order, and equal ones stand where m divides n."""
    start, end = (f(A.n, A.m, A.t) for f in (adaptive_start, adaptive_end))
    following = adaptive_start(A.n, A.m, A.t + 1)
    given = (Ge(A.n, 1), Ge(A.m, 1), Ge(A.t, 0), Lt(A.t, A.m))
    ends = Eq(adaptive_start(A.n, A.m, ZERO), 0), Eq(adaptive_end(A.n, A.m, A.m - 1), A.n)
    equal = And(Eq(start, A.k * A.t), Eq(end, A.k * A.t + A.k))
    return (
        Obligation("a sample, inside", given, And(Ge(start, 0), Lt(start, end), Le(end, A.n))),
        Obligation("no gap, an overlap of one at most", given, And(Le(following, end), Le(end, following + 1))),
        Obligation("from end to end", given, And(*ends)),
        Obligation("m divides n", (*given, Ge(A.k, 1), Eq(A.n, A.k * A.m)), equal),
    )


def _average_windows() -> tuple[Obligation, ...]:
    """The divisor is k exactly where the window does not leave the padded input, and the windows are those of conv1d."""
    given, floor_mode = undilated(*window_of(ONE)), undilated(*window_of(ZERO))
    whole = Le(A.s * A.t + A.k, A.n + A.p + A.q)
    partial = Gt(count(ONE), count(ZERO))
    last = Gt(A.s * (count(ONE) - 1) + EXTENT, A.n + A.p + A.q)
    read = relation_of(CONV1D, {"padding_mode": "zeros"}).indices["x"][2]
    windows = CONV1D.output.axes[2]
    inside = And(Ge(A.s * A.t, A.p), Le(A.s * A.t - A.p + A.k, A.n))
    return (
        Obligation("divisor", given, Equivalent(Eq(DIVISOR, A.k), whole)),
        Obligation("floor mode", floor_mode, Eq(DIVISOR, A.k)),
        Obligation("ceil mode has a partial window where it has one more", LEGAL, Equivalent(partial, last)),
        Obligation("the taps of conv1d", LEGAL, Eq(READ, read)),
        Obligation("the windows of conv1d", LEGAL, Eq(count(ZERO), windows)),
        Obligation("padding that does not count", given, Equivalent(Eq(SAMPLES, A.k), inside)),
    )


def _average(claim: Claim) -> Evidence:
    x = IndexedBase("x")
    weighted = Sum(x[READ] / A.k, (A.u, 0, A.k - 1)), Sum(x[READ], (A.u, 0, A.k - 1)) / A.k
    return weakest(claim, [prove_by_z3(claim, _average_windows()), prove_by_identity(claim, [weighted])])


def uncounted_padding() -> str | None:
    """Return the smallest padded average, padding not counted, that is no convolution: two windows divide by two numbers."""
    samples = integers((SAMPLES,), (*SIZES, A.t))
    windows = integers((count(ZERO),), SIZES)
    for sizes in _small():
        values = tuple(map(int, sizes.values()))
        if values[3] == 1 and all(rule.xreplace(sizes) for rule in LEGAL):
            divisors = [samples(*values, t)[0] for t in range(windows(*values)[0])]
            if len(set(divisors)) > 1:
                return f"{_shown(sizes)}: the divisors are {divisors}"
    return None


THEOREMS = (
    for_all(
        "floor mode pools the windows that fit",
        "Without ceil_mode the windows of a pooling are those that fit in the padded input, as in a convolution; there is one.",
        ("L-partial", "L-pool"),
        Derived(_floor_mode),
    ),
    for_all(
        "ceil mode leaves no sample out",
        "With ceil_mode and s <= d(k-1)+1 every sample lies in the span of a window (for d = 1: in a window); there is at most "
        "one window more.",
        ("L-partial",),
        Derived(_ceil_mode),
    ),
    for_all(
        "every pooling window starts before the end of the input",
        "t s < n + p for every window; in ceil mode the windows are exactly those of the plain quotient that start there.",
        ("L-partial",),
        Derived(_starts),
    ),
    for_all(
        "dropping one last window is enough",
        "Given q <= d(k-1), the plain quotient less one, if its last window starts after the input, is the number of windows.",
        ("L-partial",),
        Obligation("one dropped", LEGAL, Eq(dropped_once(plain(ONE)), count(ONE))),
    ),
    Theorem(
        name="dropping one last window needs q <= d(k-1)",
        statement="With more padding after the input several windows start after it.",
        formula=(
            "exists q > d(k-1): one dropped != windows that start before the end",
            dropped_once(plain(ONE)),
            count(ONE),
        ),
        rows=("L-partial",),
        proof=lambda claim: certify(claim, dropping_counterexample, "smallest counterexample, enumerated"),
    ),
    for_all(
        "the divisors of average pooling count what they say",
        "Without and with count_include_pad the divisor is the number of taps that read a sample, or the padded input; overhang "
        "never counts, and 1 <= samples <= padded samples <= k.",
        ("L-partial", "L-pool"),
        Derived(_divisors),
    ),
    for_all(
        "no pooling window is empty",
        "Where p <= d(k-1), q <= d(k-1), and p = 0 or n >= d, every window reads a sample, in both modes.",
        ("L-partial", "L-pool"),
        Derived(_no_empty_window),
    ),
    Theorem(
        name="each rule of pooling is needed",
        statement="Without any one of the rules there are sizes with a window that reads no sample.",
        formula=("for each rule, exists a window without sample", tuple(RULES.values())),
        rows=("L-partial", "L-pool"),
        proof=lambda claim: certify(claim, empty_windows, "smallest counterexamples, enumerated"),
    ),
    for_all(
        "adaptive windows cover the input",
        "The window floor(t n/m) .. ceil((t+1) n/m) - 1 holds a sample; neighbours leave no gap and share one sample at most; "
        "where m divides n they are equal blocks.",
        ("L-pool",),
        Derived(_adaptive),
    ),
    Theorem(
        name="average pooling is the convolution with 1/k",
        statement="Where padding counts, the average is conv1d with one group a channel and the filter 1/k exactly in windows "
        "inside the padded input: all of them in floor mode. Where padding does not count: in windows inside the input.",
        formula=_average_windows(),
        rows=("L-pool",),
        proof=_average,
    ),
    Theorem(
        name="average pooling without counted padding is no convolution",
        statement="Where padding does not count, the divisor changes from window to window.",
        formula=("exists sizes: the divisors of two windows differ", SAMPLES),
        rows=("L-pool",),
        proof=lambda claim: certify(claim, uncounted_padding, "smallest counterexample, enumerated"),
    ),
)
