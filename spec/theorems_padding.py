"""Theorems about padding and the range of reads (L-pad)."""

from collections.abc import Iterator

from sympy import Eq, Ge, Integer, Le, Lt, Symbol

from .catalog import OPERATORS
from .convolution import CONV1D, PADDING_MODES
from .evidence import Derived, Theorem, for_all, prove_by_z3
from .logic import Obligation
from .records import OperatorSpec, addends, bound
from .relations import every_word, inside, legal, relation_of, words_of
from .signal import AXES, CONVOLVE
from .sizes import strided_count
from .theorems_sizes import WINDOWS, A


def _extension() -> Iterator[Obligation]:
    for mode in ("reflect", "replicate", "circular"):
        place = relation_of(CONV1D, {"padding_mode": mode}).indices["x"][2]
        window = (Ge(A.t, 0), Lt(A.t, WINDOWS), Ge(A.u, 0), Lt(A.u, A.k))
        for goal in inside((place,), (A.n,)):
            yield Obligation(mode, (*legal(CONV1D, {"padding_mode": mode}), *window), goal)


def _extension_is_identity() -> tuple[Obligation, ...]:
    """Inside the array no padding mode moves an index."""
    given = (Ge(A.n, 1), Ge(A.j, 0), Lt(A.j, A.n))
    return tuple(Obligation(mode, given, Eq(extension(A.j, A.n), A.j)) for mode, extension in PADDING_MODES.items())


def _reads(record: OperatorSpec) -> Iterator[Obligation]:
    """Yield that the arrays which are not extended by zeros are read inside, for every output and every tap."""
    for words in every_word(record, {}):
        relation = relation_of(record, words)
        (stage,) = record.definition
        (addend,) = (part for part in addends(stage) if part.ranges)
        loops = [rule for v, low, high in addend.ranges for rule in (Ge(v, low), Le(v, high))]
        landing = dict(addend.equations)
        free = [(i, n) for i, n in zip(stage.target.indices, record.output.axes, strict=True) if i not in landing]
        binding = words_of(record, words)
        loops += [rule for index, n in free for rule in inside((index,), (bound(n, binding),))]
        for factor in addend.factors:
            array = record.array(factor.array)
            if not array.extended:
                for goal in inside(relation.indices[array.name], relation.extents[array.name]):
                    yield Obligation(f"{array.name} is read inside", (*legal(record, words), *loops), goal)


def _reads_theorem(record: OperatorSpec) -> Theorem:
    return Theorem(
        name=f"{record.name}: reads stay inside",
        statement="Every tap of every output reads inside the arrays that are not extended by zeros.",
        formula=("reads stay inside", record),
        rows=record.source.rows,
        proof=lambda claim: prove_by_z3(claim, _reads(record)),
    )


def _printed_padding() -> tuple[Obligation, ...]:
    """The printed index i + m - k, k = 0 .. m - 1, on x^p of length L: its hull is 1 .. L, not 0 .. L - 1."""
    length, i, k = Symbol("L", integer=True), Symbol("i", integer=True), Symbol("k_", integer=True)
    m = A.k
    given = (Ge(m, 1), Ge(length, m), Ge(i, 0), Lt(i, length - m + 1), Ge(k, 0), Lt(k, m))
    printed = i + m - k
    return (
        Obligation("never reads x^p[0]", given, Ge(printed, 1)),
        Obligation("reads past the end", given[:2], Eq(printed.xreplace({i: length - m, k: Integer(0)}), length)),
    )


def _corrected_padding() -> tuple[Obligation, ...]:
    """The corrected index i s + m - 1 - k reads inside, and is the tap of convolve in mode 'valid' where s = 1."""
    length, i, k = Symbol("L", integer=True), Symbol("i", integer=True), Symbol("k_", integer=True)
    m, s = A.k, A.s
    index = i * s + m - 1 - k
    given = (Ge(m, 1), Ge(s, 1), Ge(i, 0), Lt(i, strided_count(length, m, s)), Ge(k, 0), Lt(k, m))
    axis = AXES[0]
    tap = relation_of(CONVOLVE, {"mode": "valid"}).indices["h"][0].xreplace({axis.k: m, axis.t: i})
    same = Eq(tap.xreplace({axis.j: index.xreplace({s: Integer(1)})}), k)
    return (
        *(Obligation("inside", given, goal) for goal in inside((index,), (length,))),
        Obligation("the tap of convolve, valid", (), same),
    )


def padding_counterexample() -> str:
    """Return what the printed formula reads for the smallest signal and filter."""
    length, m = 1, 1
    reads = [i + m - k for i in range(length - m + 1) for k in range(m)]
    return f"x^p of length {length}, m = {m}: y[0] reads x^p{reads}, but x^p has the index 0 only"


def _closed(record: OperatorSpec) -> bool:
    """Whether the sum reads an array that is not extended by zeros."""
    (addend,) = (part for part in addends(record.definition[0]) if part.ranges)
    return any(not record.array(f.array).extended for f in addend.factors)


THEOREMS = (
    Theorem(
        name="padding modes read inside the signal",
        statement="Under reflect, replicate and circular padding every tap of every window reads a sample.",
        formula=("0 <= xi(s t + d u - p, n) < n", CONV1D),
        rows=("L-pad",),
        proof=lambda claim: prove_by_z3(claim, _extension()),
    ),
    for_all(
        "padding modes leave samples where they are",
        "An index inside the signal is read there in every padding mode.",
        ("L-pad",),
        Derived(_extension_is_identity),
    ),
    *(_reads_theorem(record) for record in OPERATORS if record.sums_products and _closed(record)),
    for_all(
        "the printed padding formula reads past the end",
        "Erratum: x^p[i + m - k] with k = 0 .. m-1 never reads x^p[0] and reads x^p[L], past the end.",
        ("L-pad",),
        Derived(_printed_padding),
    ),
    for_all(
        "the corrected padding formula",
        "x^p[i s + m - 1 - k] reads inside the padded signal, and is mode 'valid' of convolve where s = 1.",
        ("L-pad",),
        Derived(_corrected_padding),
    ),
)
