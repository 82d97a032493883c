"""The uncertainty principle on the line and on a cycle (U-Thm1): standard deviations, and sizes of supports."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from sympy import (
    And,
    Derivative,
    Eq,
    Equivalent,
    Expr,
    Function,
    Ge,
    Gt,
    Le,
    Lt,
    Matrix,
    Rational,
    Symbol,
    conjugate,
    diff,
    divisors,
    exp,
    expand,
    integrate,
    isprime,
    oo,
    simplify,
    sqrt,
    symbols,
)

from .evidence import (
    Claim,
    Derived,
    Evidence,
    Theorem,
    exhaust,
    for_all,
    identity,
    prove_by_identity,
    prove_by_z3,
    weakest,
)
from .fourier import DFT
from .logic import Obligation
from .spectral_form import apart, geometric

MOST_POINTS = 10
PRIMES = (2, 3, 5, 7)
T = Symbol("t", real=True)
SCALE = Symbol("a", positive=True)

# ---- the line: Delta t Delta omega >= 1/2 ----


def _by_parts() -> tuple[Expr, Expr]:
    """``d/dt ((t - m) |f|^2) = |f|^2 + 2 Re((t - m) conj(f) (f' - i w f))`` for f = u + i v, mean time m and frequency w."""
    m, w = symbols("m omega", real=True)
    u, v = (Function(name, real=True)(T) for name in "uv")
    # (t - m) conj(f) (f' - i w f) = (t - m) (u - i v) (u' + w v + i (v' - w u)), of which this is the real part
    real = (T - m) * (u * (u.diff(T) + w * v) + v * (v.diff(T) - w * u))
    return expand(diff((T - m) * (u**2 + v**2), T)), expand(u**2 + v**2 + 2 * real)


def _gram() -> tuple[Expr, Expr]:
    """``|| |b|^2 a - <a, b> b ||^2 = |b|^2 (|a|^2 |b|^2 - |<a, b>|^2)``, from the Gram matrix of a and b."""
    a, b = symbols("A B", positive=True)
    c = Symbol("C", complex=True)
    gram, weights = Matrix([[a, c], [conjugate(c), b]]), Matrix([b, -c])
    norm = (weights.T * gram * weights.conjugate())[0]
    return expand(norm), expand(b * (a * b - c * conjugate(c)))


def _product() -> Iterator[Obligation]:
    """Yield ``A B >= 1/4`` from ``B (A B - |C|^2) >= 0`` and ``Re C = -1/2``: A and B are the squared deviations, B > 0."""
    a, b, re, im = symbols("A B x y", real=True)
    given = (Ge(a, 0), Gt(b, 0), Ge(b * (a * b - re**2 - im**2), 0), Eq(2 * re, -1))
    yield Obligation("the product of deviations", given, Ge(4 * a * b, 1))


def _heisenberg(claim: Claim) -> Evidence:
    steps = prove_by_identity(claim, [_by_parts(), _gram()], "integration by parts; Gram determinant")
    return weakest(claim, [steps, prove_by_z3(claim, tuple(_product()))])


def deviations(function: Expr) -> tuple[Expr, Expr]:
    """Return the standard deviations in time and frequency of an even or odd real function of t.

    The second is the norm of the derivative over that of the function: Plancherel.
    """

    def norm(of: Expr) -> Expr:
        return integrate(expand(of**2), (T, -oo, oo))

    whole = norm(function)
    squares = norm(T * function) / whole, norm(diff(function, T)) / whole
    return sqrt(simplify(squares[0])), sqrt(simplify(squares[1]))


def _gaussian_is_sharp() -> tuple[tuple[Expr, Expr], ...]:
    """The deviations of a Gaussian; that in frequency also from its transform, a Gaussian of deviation 1/s."""
    s = Symbol("s", positive=True)
    time, frequency = deviations(exp(-(T**2) / (2 * s**2)))
    of_transform, _ = deviations(exp(-(s**2) * T**2 / 2))
    return (time * frequency, Rational(1, 2)), (time, s / sqrt(2)), (frequency, of_transform)


def _dilated() -> tuple[tuple[Expr, Expr], ...]:
    """With t = a r, the integrands of the dilated function ``a^(-1/2) f(t/a)`` are those of f, times 1, a^2 and a^-2."""
    r = Symbol("r", real=True)
    f = Function("f", real=True)
    dilated = f(T / SCALE) / sqrt(SCALE)
    slope = Derivative(f(T / SCALE), T).doit() / sqrt(SCALE)
    here = {T: SCALE * r}
    there = f(r).diff(r)
    integrands = (
        ((dilated**2).subs(here) * SCALE, f(r) ** 2),
        ((T**2 * dilated**2).subs(here) * SCALE, SCALE**2 * r**2 * f(r) ** 2),
        ((slope**2).subs(here).doit() * SCALE, there**2 / SCALE**2),
    )
    deviation = Symbol("Delta_t", positive=True), Symbol("Delta_omega", positive=True)
    product_ = (SCALE * deviation[0]) * (deviation[1] / SCALE), deviation[0] * deviation[1]
    return (*((left.doit(), right) for left, right in integrands), product_)


MEXICAN_HAT = (1 - T**2) * exp(-(T**2) / 2)


def wavelet_counterexample() -> str | None:
    """Return a wavelet whose uncertainty is the same at all scales, and not below that of a window."""
    found = [deviations(MEXICAN_HAT.subs(T, T / scale)) for scale in (1, 2, 4)]
    products = {simplify(time * frequency) for time, frequency in found}
    if len(products) != 1 or not (least := products.pop()) >= Rational(1, 2):
        return None
    shown = "; ".join(
        f"scale {scale}: {time} {frequency}" for scale, (time, frequency) in zip((1, 2, 4), found, strict=True)
    )
    return f"(1 - t^2) exp(-t^2/2), Delta t and Delta omega at {shown}; their product is always {least} >= 1/2"


# ---- the cycle: # supp x # supp x^ >= n ----


def _supports() -> Iterator[Obligation]:
    """Yield ``a b >= n``: of x with a entries not 0, sums L1 and L2^2 of moduli and squares; of its transform b, M, H^2.

    ``M <= L1`` as exponentials have modulus 1; ``L1^2 <= a L2^2`` (Cauchy-Schwarz); ``H^2 = n L2^2`` (Parseval);
    ``H^2 <= b M^2`` as M is the largest modulus.
    """
    a, b, n, most, total, squares, transformed = symbols("a b n M L Q H", real=True)
    first = (Ge(most, 0), Le(most, total))
    yield Obligation("squares of the first", first, Le(most**2, total**2))
    chain = (
        Ge(a, 1),
        Ge(b, 1),
        Gt(most, 0),
        Le(most**2, a * squares),
        Eq(transformed, n * squares),
        Le(transformed, b * most**2),
    )
    yield Obligation("together", chain, Ge(a * b * squares, n * squares))
    yield Obligation("the sum of squares is not 0", chain, Gt(squares, 0))
    yield Obligation("over it", (Gt(squares, 0), Ge(a * b * squares, n * squares)), Ge(a * b, n))


def _patterns() -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """Yield (n, support of x, frequencies where x^ is zero) that must leave nothing but x = 0.

    Both supports may be moved so that they hold 0: a shift turns the transform and keeps its support, and the other way round.
    """
    for n in range(2, MOST_POINTS + 1):
        for a in range(1, n):
            for places in combinations(range(1, n), a - 1):
                for rest in combinations(range(1, n), -(-n // a) - 2):
                    yield n, (0, *places), tuple(f for f in range(1, n) if f not in rest)


def full_rank(n: int, places: Sequence[int], frequencies: Sequence[int]) -> bool:
    """Whether the columns `places` of the rows `frequencies` of the DFT matrix are independent, for certain.

    They are if they are modulo a prime q = 1 mod n, with a root of unity modulo q in the place of that in the complex
    numbers: a minor that is not 0 modulo a prime ideal is not 0.

    Examples
    --------
    >>> full_rank(4, (0, 1), (1, 2)), full_rank(4, (0, 2), (1, 3))
    (True, False)
    """
    prime, root = _root(n)
    rows = [[pow(root, -f * j % n, prime) for j in places] for f in frequencies]
    for column in range(len(places)):
        pivot = next((row for row in rows[column:] if row[column]), None)
        if pivot is None:
            return False
        rows.remove(pivot)
        inverse = pow(pivot[column], -1, prime)
        reduced = [
            [(v - row[column] * inverse * p) % prime for v, p in zip(row, pivot, strict=True)] for row in rows[column:]
        ]
        rows = [*rows[:column], pivot, *reduced]
    return True


LEAST_PRIME = 1 << 30
"""Primes so large that a minor which is not 0 is hardly 0 modulo one of them."""


def _root(n: int) -> tuple[int, int]:
    """Return a prime q = 1 mod n and a number of order n modulo q."""
    prime = next(q for q in range(LEAST_PRIME // n * n + 1, 2 * LEAST_PRIME, n) if isprime(q))
    roots = (pow(g, (prime - 1) // n, prime) for g in range(2, prime))
    return prime, next(r for r in roots if all(pow(r, d, prime) != 1 for d in divisors(n)[:-1]))


def _combs() -> tuple[tuple[Expr, Expr], ...]:
    """A comb of d teeth, n = d e: ``sum_m e^(-2 pi i f e m / n)`` over m < d is geometric, of d terms."""
    d, e, f, m = symbols("d e f m", integer=True, positive=True)
    return (f * e * m / (d * e), f * m / d), *geometric()


def _teeth() -> Iterator[Obligation]:
    """Yield that n = d e has e multiples of d, the frequencies at which a comb of d teeth is not 0: d e is n."""
    d, e, f = symbols("d e f", integer=True)
    below = And(Ge(d * f, 0), Lt(d * f, d * e))
    yield Obligation("multiples of d below d e", (Ge(d, 1), Ge(e, 1)), Equivalent(below, And(Ge(f, 0), Lt(f, e))))
    yield apart()


def _minors() -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """Yield the square submatrices of DFT matrices of prime size, up to shifts."""
    for p in PRIMES:
        for size in range(1, p + 1):
            places = [(0, *rest) for rest in combinations(range(1, p), size - 1)]
            yield from ((p, one, two) for one, two in product(places, repeat=2))


THEOREMS = (
    Theorem(
        name="the uncertainty principle",
        statement="Delta t Delta omega >= 1/2 for every f of norm 1 with t f and f' of finite norm: integrate (t - m) |f|^2 by "
        "parts, then Cauchy-Schwarz for a = (t - m) f and b = f' - i omega f, whose norms are the deviations (Plancherel).",
        formula=("A = |a|^2, B = |b|^2, C = <a, b>, Re C = -1/2", _by_parts(), _gram(), tuple(_product())),
        rows=("U-Thm1",),
        proof=_heisenberg,
    ),
    identity(
        "a Gaussian has the least uncertainty",
        "Delta t Delta omega = 1/2 for exp(-t^2/(2 s^2)), with Delta t = s/sqrt(2): the constant 1/2 is reached.",
        ("U-Thm1",),
        Derived(_gaussian_is_sharp),
    ),
    identity(
        "a dilation keeps the uncertainty",
        "Erratum: a^(-1/2) f(t/a) has the deviations a Delta t and Delta omega / a: wavelets of all scales share one product, "
        "and it is at least 1/2.",
        ("U-Thm1",),
        Derived(_dilated),
    ),
    for_all(
        "the uncertainty principle on a cycle",
        "A signal of n samples that is not 0 has, with its transform, supports whose sizes multiply to n at least.",
        ("U-Thm1",),
        Derived(_supports),
    ),
    Theorem(
        name="supports on short cycles",
        statement="Of any two supports whose sizes multiply to less than n, no signal but 0 has both: the columns of the first "
        "are independent in the rows outside the second.",
        formula=("# supp x # supp x^ >= n", DFT, MOST_POINTS),
        rows=("U-Thm1",),
        proof=lambda claim: exhaust(
            claim, _patterns(), lambda case: full_rank(*case), f"n <= {MOST_POINTS}, up to shifts"
        ),
    ),
    Theorem(
        name="combs have the least supports",
        statement="The comb of d teeth on n = d e samples has the transform d times the comb of e teeth: d e = n.",
        formula=("sum_m e^(-2 pi i f m / d) = d [d | f]", _combs(), tuple(_teeth())),
        rows=("U-Thm1",),
        proof=lambda claim: weakest(claim, [prove_by_identity(claim, _combs()), prove_by_z3(claim, tuple(_teeth()))]),
    ),
    Theorem(
        name="supports on a cycle of prime length",
        statement="For a prime p, # supp x + # supp x^ >= p + 1 (Tao 2005): every square submatrix of the DFT matrix is regular.",
        formula=("# supp x + # supp x^ >= p + 1", DFT, PRIMES),
        rows=("U-Thm1",),
        proof=lambda claim: exhaust(claim, _minors(), lambda case: full_rank(*case), "p <= 7, all minors up to shifts"),
    ),
)
