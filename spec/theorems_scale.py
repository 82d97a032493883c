"""Theorems about averages and scales: shifts, limits, the scales of a transform, the first order (M9, M10, M13)."""

from itertools import pairwise

from sympy import Abs, Expr, Function, I, Integer, Symbol, exp, integrate, limit, oo, pi, powsimp, sqrt, symbols

from .evidence import Claim, Derived, Evidence, Theorem, certify, identity, prove_by_form, prove_by_identity, weakest
from .scattering import R1, SCATTERING1D
from .scattering_form import PHI, PSI1, U1, A, Z
from .symbols import MU, i
from .wavelet import filtered

T = Symbol("t", real=True)

# ---- averages (M9) ----


def _little() -> tuple[tuple[Expr, Expr], ...]:
    """Steps of ``|T_c phi_J - phi_J|_1 <= |c| |grad phi_J|_1 = 2^-J |c| |grad phi|_1``, which Young's inequality hands on to x.

    The difference is the integral of the derivative along the shift; a gradient scales by ``2^(-n J - J)``, the volume by
    ``2^(n J)``. For Gaussians the norm of the gradient is ``2 phi(0)`` on the line.
    """
    n, J, s, c = symbols("n J s c", real=True)
    u, phi = Symbol("u", real=True), Function("phi")
    sigma = Symbol("sigma", positive=True)
    gauss = exp(-(T**2) / (2 * sigma**2)) / (sqrt(2 * pi) * sigma)
    along = phi(u - s * c).diff(s).doit(), -c * phi(u - s * c).diff(u).doit()
    scaled = (2 ** (-n * J) * phi(2**-J * u)).diff(u), 2 ** (-n * J) * 2**-J * phi(T).diff(T).subs(T, 2**-J * u)
    volume = powsimp(2 ** (-n * J) * 2**-J * 2 ** (n * J)), 2**-J
    falling = -2 * integrate(gauss.diff(T), (T, 0, oo)), 2 * gauss.subs(T, 0)
    return tuple((left.doit(), right.doit()) for left, right in (along, scaled, volume, falling))


def infinite_average_counterexample() -> str | None:
    """Return averages at 0 of the box on [0, 1] by Gaussians of standard deviation 2^J, and their limit."""
    spread = Symbol("s", positive=True)
    average = integrate(exp(-(T**2) / (2 * spread**2)) / (sqrt(2 * pi) * spread), (T, 0, 1))
    values = {octaves: average.subs(spread, 2**octaves).evalf(6) for octaves in (0, 1, 2, 10, 20)}
    end = limit(average, spread, oo)
    if end != 0 or any(after > before for before, after in pairwise(values.values())):
        return None
    listed = ", ".join(f"{value} at J = {octaves}" for octaves, value in values.items())
    return f"the box on [0, 1] has integral 1; its Gaussian average at 0 is {listed}: the limit is {end}"


def _to_the_mean() -> tuple[tuple[Expr, Expr], ...]:
    """On a cycle the spectrum of the average tends to 1 at 0 and to 0 at every other bin: what is left is the mean."""
    nu, spread = symbols("nu spread", positive=True)
    return (
        (limit(exp(-(nu**2) * spread**2 / 2), spread, oo), Integer(0)),
        (exp(-(nu**2) * spread**2 / 2).subs(nu, 0), Integer(1)),
    )


# ---- scales (M10) ----


def scales_counterexample() -> str | None:
    """Return the scales of the wavelets of equation (10) for J = 2, and which of them are printed."""
    last = 2
    listed = [2**j for j in range(last + 1)]
    printed = [scale_ for scale_ in listed if scale_ >= 2**last]
    if printed == listed:
        return None
    return f"J = {last}: the wavelets j <= J have scales {listed}; of these only {printed} are >= 2^J = {2**last}, the average's"


# ---- the first order (M13) ----


def _first_order() -> list[str]:
    """Return where the record of scattering, at full rate, is not the average of moduli of wavelet coefficients."""
    stages = {
        str(stage.target.base): stage.value.xreplace({R1[MU]: Integer(1), A.s: Integer(1)}) for stage in _SCATTERED
    }
    moduli = Abs(filtered(Z[i, A.j], PSI1, MU))
    averages = filtered(U1[i, MU, A.j], PHI, Integer(0))
    wanted = {"U_1": moduli, "S_1": averages}
    return [name for name, value in wanted.items() if stages[name] != value]


_SCATTERED = SCATTERING1D.definition


def _phase_removed() -> tuple[tuple[Expr, Expr], ...]:
    """A coefficient of a wave turns, with the modulus ``|psi^(w)|``, which an average keeps, as it does not the coefficient."""
    angle, gain = symbols("theta g", real=True)
    return (Abs(gain * exp(I * angle)), Abs(gain)), (Abs(exp(I * angle)), Integer(1))


def _averaged_moduli(claim: Claim) -> Evidence:
    form = prove_by_form(claim, _first_order(), "stages U_1 and S_1 at full rate")
    return weakest(claim, [form, prove_by_identity(claim, _phase_removed())])


THEOREMS = (
    identity(
        "averages: a shift by c changes them by at most 2^-J |c| |grad phi|_1 |x|",
        "By Young's inequality, the integral of the gradient along the shift, and its scaling; for a Gaussian of standard "
        "deviation sigma on the line |grad phi|_1 = (2/pi)^(1/2)/sigma.",
        ("M9",),
        Derived(_little),
    ),
    identity(
        "averages: on a cycle they tend to the mean",
        "At every frequency but 0 the spectrum of the average tends to 0 as its scale grows, and at 0 it is 1.",
        ("M9",),
        Derived(_to_the_mean),
    ),
    Theorem(
        name="averages: on the line they tend to 0",
        statement="phi_J = 2^(-n J) phi(2^-J u) averages a function of integral 1 to values that tend to 0, not to the integral.",
        formula=("lim x * phi_J = 0, integral of x = 1",),
        rows=("M9",),
        proof=lambda claim: certify(claim, infinite_average_counterexample, "exact integrals"),
    ),
    Theorem(
        name="scattering1d: the first order averages moduli of wavelet coefficients",
        statement="At full rate the record's first order is rho(x * psi) * phi with rho the modulus, which removes the phase of "
        "a coefficient that turns; without it the average of a wave is psi^ phi^ times the wave.",
        formula=(_phase_removed(), SCATTERING1D),
        rows=("M13",),
        proof=_averaged_moduli,
    ),
)
