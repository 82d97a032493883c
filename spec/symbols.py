"""The one symbol table: every letter that a definition may use.

Symbols are integers and nothing more. A positive symbol would make SymPy simplify the rule ``stride >= 1`` to ``True``, and a
substitution by a symbol of other assumptions silently does nothing; so the letters live here and nowhere else, and the
domains (``stride >= 1``) stand in the records.
"""

from dataclasses import dataclass
from functools import lru_cache

from sympy import Function, IndexedBase, Symbol

N, C, O, G = (Symbol(letter, integer=True) for letter in "NCOG")  # noqa: E741  batch, channels in, channels out, groups
i, o, c, a, h = (Symbol(letter, integer=True) for letter in "iocah")

z, g, v, l = (Symbol(letter, integer=True) for letter in "zgvl")  # noqa: E741  ceil mode or axis, counted padding, divisor, channels
J, T, P, V, M, W, K, D = (Symbol(letter, integer=True) for letter in "JTPVMWKD")
F, S = (Symbol(letter, integer=True) for letter in "FS")
Q1, Q2 = (Symbol(f"Q_{order}", integer=True) for order in (1, 2))
f, b = (Symbol(letter, integer=True) for letter in "fb")
P1, P2, F1, F2, B1, B2 = (Symbol(f"{letter}_{axis}", integer=True) for letter in "Pfb" for axis in (1, 2))
L = Symbol("L", integer=True)
MU, NU, RHO = (Symbol(name, integer=True) for name in ("mu", "nu", "rho"))
H, R = (Symbol(letter, integer=True) for letter in "HR")
ETA, CHI, TAU = (Symbol(name, integer=True) for name in ("eta", "chi", "tau"))
SIGMA = Symbol("sigma", real=True)
EPSILON, THETA, LAMBDA, ALPHA, BETA, KAPPA = (
    Symbol(name, real=True) for name in ("epsilon", "theta", "lambda", "alpha", "beta", "kappa")
)
AMPLITUDE, OMEGA, PSI, X0, Y0 = (Symbol(name, real=True) for name in ("A", "omega", "psi", "x_0", "y_0"))

EXTENSION = Function("xi", integer=True)
"""``xi(j, n)``: where an index ``j`` outside ``0 .. n-1`` reads; the padding mode says which map it is."""

MEANING = {
    "N": "batch size",
    "C": "input channels",
    "O": "output channels",
    "G": "groups",
    "i": "index in the batch",
    "o": "output channel",
    "c": "input channel inside its group",
    "a": "input channel",
    "h": "output channel inside its group",
    "n": "input size",
    "k": "filter size",
    "s": "stride",
    "d": "dilation",
    "p": "padding before",
    "q": "padding after",
    "r": "output padding",
    "m": "output size",
    "t": "output position",
    "u": "tap of the filter",
    "j": "position in the longer array",
    "e": "offset of the first output inside the full correlation",
    "z": "1 in ceil mode (1 where the reduction runs over the channels), else 0",
    "g": "1 where padding counts in the divisor, else 0",
    "v": "divisor that overrides the count, 0 for none",
    "l": "channels that a normalisation sums over",
    "J": "number of octaves",
    "D": "octaves that hold wavelets",
    "Q": "wavelets per octave",
    "L": "orientations in half a turn",
    "T": "length of the average",
    "P": "period of the extended signal",
    "V": "octaves of oversampling",
    "M": "largest order",
    "W": "1 where wavelets of negative frequency are used too",
    "K": "paths of two wavelets of one sign",
    "F": "number of frames",
    "S": "number of scales",
    "f": "frequency bin",
    "b": "period of the spectrum",
    "mu": "wavelet of the first order",
    "nu": "wavelet of the second order",
    "rho": "path",
    "H": "largest degree of a harmonic",
    "R": "number of powers",
    "eta": "degree of a harmonic",
    "chi": "order of a harmonic, counted from minus its degree",
    "tau": "column of a power",
    "gamma": "power of a factor of a harmonic",
    "zeta": "side from which the highest frequency is taken",
    "sigma": "width of the narrowest wavelet",
    "epsilon": "added to the variance",
    "theta": "threshold",
    "lambda": "slope of the negative half",
    "alpha": "weight of the sum of squares",
    "beta": "exponent of the divisor",
    "kappa": "added to the sum of squares",
    "A": "amplitude",
    "omega": "frequency of a wave in radians",
    "psi": "phase of a wave",
    "x": "place on the first axis",
    "y": "place on the second axis",
}


@dataclass(frozen=True)
class Axis:
    """The letters of one spatial axis; ``Axis.of(0, 2)`` is the first of two and carries the index 1."""

    n: Symbol
    k: Symbol
    s: Symbol
    d: Symbol
    p: Symbol
    q: Symbol
    r: Symbol
    m: Symbol
    t: Symbol
    u: Symbol
    j: Symbol
    e: Symbol

    @staticmethod
    @lru_cache
    def of(index: int, dims: int) -> "Axis":
        suffix = "" if dims == 1 else f"_{index + 1}"
        return Axis(*(Symbol(letter + suffix, integer=True) for letter in "nksdpqrmtuje"))


def axes(dims: int) -> tuple[Axis, ...]:
    """Return the letters of ``dims`` spatial axes."""
    return tuple(Axis.of(index, dims) for index in range(dims))


def array(name: str) -> IndexedBase:
    """Return the indexed name of an array."""
    return IndexedBase(name)
