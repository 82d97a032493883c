"""Theorems about softmax, the cross-entropy and normalisation (U1, M-norm)."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product

from sympy import (
    And,
    Basic,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    IndexedBase,
    Integer,
    Le,
    Rational,
    S,
    Sum,
    Symbol,
    exp,
    log,
    symbols,
)

from .activation import A
from .evidence import Claim, Derived, Evidence, Theorem, certify, identity, prove_by_identity, prove_by_z3, weakest
from .functions import Maximum
from .logic import Obligation
from .normalization import (
    BATCH_NORM,
    BIAS,
    MEAN,
    MEAN_OF_CHANNEL,
    MEAN_OF_SQUARES,
    VAR,
    VARIANCE_OF_CHANNEL,
    WEIGHT,
    D,
    X,
)
from .records import OperatorSpec, Stage
from .response_norm import LOCAL_RESPONSE_NORM
from .softmax import LOG_SOFTMAX, SOFTMAX
from .symbols import BETA, EPSILON, KAPPA
from .theorems_activation import composed

LARGEST, SHIFT, OWN, REST, ONE_HOT, UPSTREAM = symbols("M c a R delta g", real=True)
SCORES = IndexedBase("x", real=True)

Entry = Callable[[Expr], Expr]


def along_row(stages: Iterable[Stage], scores: Entry, largest: Expr) -> Entry:
    """Return what stages compute for a place of a row (axis -1), each put into the next; the maximum is the letter `largest`."""
    known: dict[str, Entry] = {"x": scores}
    result = scores
    for stage in stages:
        value = stage.value.replace(lambda e: isinstance(e, Maximum), lambda e: largest)
        value = value.replace(Sum, lambda f, *limits: Sum(f, (A.j, 0, A.n - 1)))
        value = value.replace(lambda e: isinstance(e, Indexed), lambda e: _held(known, e))
        known[str(stage.target.base)] = result = _at(value)
    return result


def _held(known: dict[str, Entry], read: Indexed) -> Expr:
    return known[str(read.base)](read.indices[-1])


def _at(value: Expr) -> Entry:
    return lambda place: value.xreplace({A.t: place})


def of_row(record: OperatorSpec, shift: Expr = S.Zero) -> Expr:
    """Return a softmax at place t of a row, to all scores of which `shift` is added."""
    return along_row(record.definition, lambda place: SCORES[place] + shift, LARGEST + shift)(A.t)


def _ways() -> tuple[tuple[Expr, Expr], ...]:
    """Return every way to compute the softmax and its logarithm, and the definition."""
    return tuple(
        (along_row(stages, lambda place: SCORES[place], LARGEST)(A.t), of_row(record))
        for record in (SOFTMAX, LOG_SOFTMAX)
        for stages in record.algorithms.values()
    )


def _logarithm() -> tuple[tuple[Expr, Expr], ...]:
    return ((of_row(SOFTMAX), exp(of_row(LOG_SOFTMAX))),)


def _shifted() -> tuple[tuple[Expr, Expr], ...]:
    return tuple((of_row(record, SHIFT), of_row(record)) for record in (SOFTMAX, LOG_SOFTMAX))


def _shares() -> tuple[tuple[Expr, Expr], ...]:
    """A share is an exponential over the sum of all of them."""
    share = exp(SCORES[A.t] - LARGEST)
    return ((of_row(SOFTMAX) * Sum(share.xreplace({A.t: A.j}), (A.j, 0, A.n - 1)), share),)


def _share_range() -> tuple[Obligation, ...]:
    """One exponential e > 0, the sum r >= 0 of the others, p (e + r) = e."""
    e, r, p = symbols("e r p", real=True)
    return (Obligation("share", (Gt(e, 0), Ge(r, 0), Eq(p * (e + r), e)), And(Gt(p, 0), Le(p, 1))),)


def _distribution(claim: Claim) -> Evidence:
    return weakest(claim, [prove_by_identity(claim, _shares()), prove_by_z3(claim, _share_range())])


# ---- the loss ----


def share(score: Expr) -> Expr:
    """Return the softmax at a class with this score, where `R` is the sum of the other exponentials."""
    return exp(score - LARGEST) / (exp(score - LARGEST) + REST)


def loss(score: Expr) -> Expr:
    """Return the cross-entropy by one score: ``delta`` is 1 at the label, and ``b`` the score of the label elsewhere."""
    chosen = ONE_HOT * score + (1 - ONE_HOT) * Symbol("b", real=True)
    return log(exp(score - LARGEST) + REST) - (chosen - LARGEST)


def _loss_gradient() -> tuple[tuple[Expr, Expr], ...]:
    """The risk is the mean of the losses, and a score enters the loss of its own item alone."""
    count = Symbol("N", integer=True, positive=True)
    risk, p = loss(OWN) / count, share(OWN)
    return (
        (loss(OWN).diff(OWN), p - ONE_HOT),
        (risk.diff(OWN), (p - ONE_HOT) / count),
        (loss(OWN).diff(OWN, 2), p * (1 - p)),
    )


def _softmax_gradients() -> tuple[tuple[Expr, Expr], ...]:
    """Rows of the Jacobian: at the same place, and at another one whose exponential is K."""
    k, mean, total = symbols("K r s", real=True)
    own, other = share(OWN), k / (exp(OWN - LARGEST) + REST)
    # The sum over k of g_k P_k (delta - P), its own term apart; the mean is the sum of g P, the total that of g.
    transposed = UPSTREAM * own * (1 - own) - own * (mean - own * UPSTREAM)
    logarithm = UPSTREAM * (1 - own) - own * (total - UPSTREAM)
    return (
        (own.diff(OWN), own * (1 - own)),
        (other.diff(OWN), -other * own),
        (log(own).diff(OWN), 1 - own),
        (log(other).diff(OWN), -own),
        (transposed, own * (UPSTREAM - mean)),
        (logarithm, UPSTREAM - own * total),
    )


# ---- normalisation ----


UNREGULARISED: dict[Basic, Basic] = {EPSILON: S.Zero, KAPPA: S.Zero, BETA: Rational(1, 2)}
FACTOR, OFFSET = Symbol("r", positive=True), Symbol("h", real=True)
ENTRIES: dict[Basic, Basic] = {entry: Symbol(str(entry.base), real=True) for entry in (X, MEAN, WEIGHT, BIAS)} | {
    VAR: Symbol("var", positive=True)
}


def batch_normalised(x: Expr, mean: Expr, variance: Expr) -> Expr:
    """Return the definition of batch_norm with epsilon = 0 at letters."""
    return composed(BATCH_NORM.definition, UNREGULARISED | ENTRIES | {X: x, MEAN: mean, VAR: variance})


def locally_normalised(factor: Expr) -> Expr:
    """Return the definition of local_response_norm with k = 0 and beta = 1/2, of which the signal has a factor."""
    read = {
        e: factor * e
        for stage in LOCAL_RESPONSE_NORM.definition
        for e in stage.value.atoms(Indexed)
        if str(e.base) == "x"
    }
    return composed(LOCAL_RESPONSE_NORM.definition, {**UNREGULARISED, **read})


def _statistics() -> tuple[tuple[Expr, Expr], ...]:
    """Mean and variance of r x are r m and r^2 v; the mean of squares less m^2 is the variance where m is the mean."""
    mean, variance, squares = (
        MEAN_OF_CHANNEL.value,
        VARIANCE_OF_CHANNEL.value.xreplace({D: X - MEAN}),
        MEAN_OF_SQUARES.value,
    )
    return (
        (mean.xreplace({X: FACTOR * X}), FACTOR * mean),
        (variance.xreplace({X: FACTOR * X, MEAN: FACTOR * MEAN}), FACTOR**2 * variance),
        (variance.expand().doit(), (squares + 2 * MEAN * (MEAN - mean)).expand()),
    )


def _scale() -> tuple[tuple[Expr, Expr], ...]:
    x, mean, variance = (ENTRIES[entry] for entry in (X, MEAN, VAR))
    plain = batch_normalised(x, mean, variance)
    return (
        *_statistics(),
        (batch_normalised(FACTOR * x, FACTOR * mean, FACTOR**2 * variance), plain),
        (batch_normalised(x + OFFSET, mean + OFFSET, variance), plain),
        (locally_normalised(FACTOR), locally_normalised(S.One)),
    )


def _folded() -> tuple[tuple[Expr, Expr], ...]:
    return tuple(
        (composed(stages, ENTRIES), composed(BATCH_NORM.definition, ENTRIES))
        for stages in BATCH_NORM.algorithms.values()
    )


def scale_counterexamples() -> str | None:
    """Return instances in which the scale law fails: a factor below 0, and epsilon above 0."""
    plain = {X: Integer(2), MEAN: S.One, VAR: S.One, WEIGHT: S.One, BIAS: S.Zero, EPSILON: S.Zero}
    flipped = plain | {X: Integer(-2), MEAN: S.NegativeOne}
    damped, doubled = (
        plain | {EPSILON: S.One},
        plain | {X: Integer(4), MEAN: Integer(2), VAR: Integer(4), EPSILON: S.One},
    )
    y, minus, small, large = (composed(BATCH_NORM.definition, at) for at in (plain, flipped, damped, doubled))
    if y == minus or small == large:
        return None
    return (
        f"x = 2, mean 1, variance 1: c = -1 gives {minus}, not {y}; with epsilon = 1, c = 2 gives {large}, not {small}"
    )


def neighbourhood_counterexample() -> str | None:
    """Return the smallest signal at which the printed quotient is no function of u: x(v) is divided, for every v near u."""
    for x in product(range(1, 3), repeat=2):
        squares = sum(value**2 for value in x)
        printed = [Fraction(value**2, squares) for value in x]  # squared: v = u, and its neighbour
        if printed[0] != printed[1]:
            return f"x = {x}, u = 0, neighbourhood {{0, 1}}: x(v)^2 / norm^2 = {printed[0]} for v = 0, {printed[1]} for v = 1"
    return None


THEOREMS = (
    identity(
        "the stages of softmax compute its definition",
        "What is subtracted from all scores before the exponential cancels: every declared way gives the same number.",
        ("U1",),
        Derived(_ways),
    ),
    identity(
        "log_softmax is the logarithm of softmax",
        "x - M - log(sum exp(x - M)) = log(exp(x - M) / sum exp(x - M)), for rows of any length.",
        ("U1",),
        Derived(_logarithm),
    ),
    identity(
        "softmax does not see a shift of all scores",
        "Adding one number to every score changes neither softmax nor its logarithm.",
        ("U1",),
        Derived(_shifted),
    ),
    Theorem(
        name="softmax is a distribution",
        statement="A softmax is exp(x - M) over the sum of these along the row: in (0, 1], and of sum 1.",
        formula=(_shares(), _share_range()),
        rows=("U1",),
        proof=_distribution,
    ),
    identity(
        "the gradient of the empirical risk is softmax less one-hot",
        "d loss / d x_k = softmax_k - delta_k for the cross-entropy, 1/N of it for the mean over N items; the second derivative "
        "is p (1 - p).",
        ("U1",),
        Derived(_loss_gradient),
    ),
    identity(
        "the gradients of softmax and its logarithm",
        "The transposed Jacobians give P (dy - sum P dy) and dy - P sum dy.",
        ("U1",),
        Derived(_softmax_gradients),
    ),
    identity(
        "normalised signals do not see a scale",
        "Batch norm with epsilon = 0 and local response norm with k = 0, beta = 1/2 are the same for c x and x, c > 0; batch "
        "norm does not see an offset either.",
        ("M-norm",),
        Derived(_scale),
    ),
    identity(
        "a folded batch norm is the batch norm",
        "x (w/S) + (b - mean w/S) = w (x - mean)/S + b.",
        ("M-norm",),
        Derived(_folded),
    ),
    Theorem(
        name="the scale law needs c > 0 and epsilon = 0",
        statement="A negative factor flips the sign, and epsilon > 0 damps small signals more.",
        formula=("exists c < 0; exists epsilon > 0", BATCH_NORM),
        rows=("M-norm",),
        proof=lambda claim: certify(claim, scale_counterexamples, "exact numbers"),
    ),
)
