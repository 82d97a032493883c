"""The transposed stage: exchange the output of a sum of products with one of its factors.

If ``y[T] = sum over R of w[W] x[X]``, then ``dx[X] = sum over (T, R) of w[W] dy[T]``: the same index relation read from another
side. It is the adjoint, since both sides of ``<y, dy> = <x, dx>`` sum ``w[W] x[X] dy[T]`` over the relation.
"""

from sympy import Expr, IndexedBase, KroneckerDelta, Mul, Sum, Symbol

from .records import Addend, Factor, Stage, addends


def transposed(stage: Stage, wrt: str, letters: tuple[Symbol, ...], extents: dict[Symbol, Expr]) -> Stage:
    """Return the stage of the gradient with respect to the factor `wrt`.

    Parameters
    ----------
    stage : Stage
        One sum of products; bare addends (a bias) do not depend on `wrt` and are left out.
    wrt : str
        The array whose gradient is taken; the result defines ``d<wrt>`` and reads ``d<output>``.
    letters : tuple of Symbol
        Names for those indices of the result that are no summation variable already.
    extents : dict
        The extent of each output index that becomes a summation variable.
    """
    (addend,) = (a for a in addends(stage) if a.ranges)
    output = tuple(dict(addend.equations).get(index, index) for index in stage.target.indices)
    (old,) = (f for f in addend.factors if f.array == wrt)
    loops = {v: (low, high) for v, low, high in addend.ranges}
    loops |= {index: (0, extents[index] - 1) for index in stage.target.indices if index in output}
    index, equations = _landing(old.index, letters, loops)
    kept = [f for f in addend.factors if f is not old]
    read = Factor(f"d{stage.target.base}", output)
    ranges = tuple((v, *loops[v]) for v in loops if v not in index)
    return Stage(IndexedBase(f"d{wrt}")[index], _sum(Addend((*kept, read), ranges, equations)))


def _landing(
    index: tuple[Expr, ...], letters: tuple[Symbol, ...], loops: dict[Symbol, tuple[Expr, Expr]]
) -> tuple[tuple[Symbol, ...], tuple[tuple[Symbol, Expr], ...]]:
    """Return the target indices, and the equations that fix those which are expressions."""
    fresh = iter(letters)
    landing, equations = [], []
    for expr in index:
        if expr in loops:
            landing.append(expr)
        else:
            letter = next(fresh)
            landing.append(letter)
            equations.append((letter, expr))
    return tuple(landing), tuple(equations)


def _sum(addend: Addend) -> Expr:
    factors = [IndexedBase(f.array)[f.index] for f in addend.factors]
    deltas = [KroneckerDelta(letter, expr) for letter, expr in addend.equations]
    return Sum(Mul(*factors, *deltas), *addend.ranges)
