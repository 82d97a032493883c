"""Section E of the statements: scattering of the translation group, its continuity, processes, inversion, classification."""

from .statement import Erratum, Statement
from .theorems_deformation import order_zero_counterexample, steep_counterexample
from .theorems_paths import (
    PRINTED_17,
    PRINTED_20,
    dimension_counterexample,
    equivalent_counterexample,
    order_counterexample,
    parenthesis_counterexample,
)
from .theorems_scattering import rising_orders
from .theorems_stationary import variance_counterexample

_TREE = "scattering: a tree of cascaded filters is one of equivalent filters"
_SIGNED = "scattering: detectors after low-passes change signed signals"
_CLOSED = ("scattering: waves and constants in closed form", "scattering1d: impulses in closed form")
_RATES = (
    "scattering1d: filters at a coarse rate have folded spectra",
    "scattering: spectra folded by their mean are not those of the filter",
    "scattering1d: the rate matters as little as the aliases allow",
    "scattering2d: the rate matters as little as the aliases allow",
)
_SHIFTS = (
    "scattering1d: a cyclic shift by output steps shifts the coefficients",
    "scattering2d: a cyclic shift by output steps shifts the coefficients",
)
_RECORDS = ("scattering1d", "scattering2d", "scattering3d")
_SIGNS = (
    "scattering: averages of moduli are >= 0 where the taps are",
    "scattering: a modulus after an average may change signed signals, and averages with taps below 0",
)
_CONTRACTION = (
    "scattering1d: at full rate it does not expand",
    "scattering2d: at full rate it does not expand",
    "scattering: it moves no pair apart by more than sqrt(B) max(1, B)^(m/2)",
    "scattering: B^((m+1)/2) is no Lipschitz constant where B < 1",
    "scattering: where B > 1 a cosine may be moved apart from 0",
    "scattering: B > 1 need not move signals apart",
)
_TRANSLATION = (
    "scattering: a translation by c changes coefficients by little",
    "scattering: a Gaussian average of width sigma keeps translations below (m+1)^(1/2) e^(-1/2) |c|/sigma",
)
_DEFORMATION = (
    "scattering: a deformation changes coefficients by no more than average and commutator do",
    "scattering1d: deformations stay below their certified bound",
    "scattering: no C holds for all warps",
)
_FOURIER = "scattering: slow warps move Fourier moduli farther"
_STEEP = (
    "The slope is a hypothesis, |g'| <= 1/2, and the bound has log and Hessian terms (Mallat 2012, Theorem 2.12). For each bank "
    "and index-valued warp: ((m+1)^(1/2) |A L - A| + m |[W, L]|) |x|, certified."
)

_CASCADES = (
    Statement(
        row="U14",
        equation=r"x_j(u, k_j) = \rho\left( x_{j-1}(\cdot, k_{j-1}) \ast w_{j,h} \right)(u), \quad k_j = (k_{j-1}, h)",
        meaning="One channel is convolved at a time: a tree of filters instead of a network (reconstructed).",
        becomes=(*_RECORDS, _TREE, *_RATES, *_SHIFTS, _CLOSED[0]),
    ),
    Statement(
        row="U15",
        equation=r"x_J(u, k_J) = \rho( \rho( \dots \rho(x \ast w_{1,h_1}) \dots ) \ast w_{J,h_J} )(u)",
        meaning="The recursion, expanded (reconstructed).",
        becomes=(*_RECORDS, _TREE, "scattering: the equation (17) closes what it does not open"),
    ),
    Statement(
        row="U16",
        equation=r"x_J(u, k_J) = \rho( \dots \rho( \rho(x \ast \psi_{j_1,k_1}) \ast \psi_{j_2,k_2}) \dots ) \ast \phi_J(u)",
        meaning="The same with equivalent wavelets and an average: the scattering transform (reconstructed).",
        becomes=(*_RECORDS, _TREE, _SIGNED, *_SIGNS, *_CLOSED),
    ),
    Statement(
        row="M16",
        equation=r"x_j(u, k_j) = \rho\left(x_{j-1}(\cdot, k_{j-1}) \star w_{j,h}(u)\right) \text{ with } k_j = (k_{j-1}, h)",
        meaning="Filters do not combine channels: a convolution tree.",
        becomes=(*_RECORDS, _TREE, *_RATES, *_SHIFTS, *_CLOSED),
    ),
    Statement(
        row="M17",
        equation=PRINTED_17,
        meaning="The tree, iterated on its depth; the detector after an average may be left out.",
        becomes=(_TREE, _SIGNED, *_SIGNS, "scattering: the equation (17) closes what it does not open"),
        erratum=Erratum(
            PRINTED_17,
            parenthesis_counterexample,
            r"x_J(u, k_J) = \rho(\rho(\rho(\rho(x \star w_{1,h_1}) \star \dots) \star w_{J-1,h_{J-1}}) \star w_{J,h_J})",
        ),
    ),
    Statement(
        row="M18",
        equation=r"\psi_{j_n, k_n}(u) = w_{j_{n-1}+1, h_{j_{n-1}+1}} \star \dots \star w_{j_n, h_{j_n}}(u)",
        meaning="The equivalent band-pass filters between two detectors.",
        becomes=(_TREE, "scattering: the filters of (18) depend on the wavelet before"),
        erratum=Erratum(
            r"\psi_{j_n, k_n} \text{ of (18) is } \psi_{j_n, k_n} \text{ of (11)}",
            equivalent_counterexample,
            r"\psi^{(11)}_{j_n, k_n} = \phi_{j_{n-1}} \star \psi^{(18)}_{j_n, k_n}, \quad "
            r"\phi^{(11)}_J = \phi_{j_{m-1}} \star \phi^{(20)}_J",
        ),
    ),
    Statement(
        row="M19",
        equation=r"x_J(u, k_J) = \rho(\rho(\dots\rho(x \star \psi_{j_1, k_1}) \star \psi_{j_2, k_2}) \dots \star "
        r"\psi_{j_{m-1}, k_{m-1}}) \star \psi_{J, k_J}(u))",
        meaning="J convolutions are m with equivalent filters, where detectors after averages change nothing.",
        becomes=(*_RECORDS, _TREE, _SIGNED, _SIGNS[1]),
    ),
    Statement(
        row="M20",
        equation=PRINTED_20,
        meaning="With an average at the end: the wavelet scattering transform.",
        becomes=(
            *_RECORDS,
            _TREE,
            *_SIGNS,
            "scattering1d: the Gaussian average has taps >= 0",
            *_CLOSED,
            "scattering: Gaussians through a Gabor function in closed form",
            "scattering: the coefficients of (20) have the order m-1",
        ),
        erratum=Erratum(
            r"\text{(20) has the order } m",
            order_counterexample,
            "With a low-pass at the end there are m - 1 wavelets: the order is m - 1.",
        ),
    ),
)

_ENERGY = (
    Statement(
        row="M-order",
        equation=r"\|x\|^2 = \sum_{k \leq m} \|S_k x\|^2 + \|U_{m+1} x\|^2",
        meaning="Coefficients of order m have an amplitude that decreases quickly as m increases (formula: ours).",
        becomes=(
            *_RECORDS,
            "scattering: energy is conserved",
            "scattering: energy is conserved to 1e-12 up to order 5",
            "scattering: decreasing paths leave energy out",
            "scattering: weighted by its strides, energy is conserved at low rates",
            "scattering: aliases that meet make and lose energy",
            "scattering: a rectifier loses energy",
            "scattering: moduli lose 1/n of their energy in every layer",
            "scattering1d: what two orders leave of the energy has fallen at each",
            "scattering2d: what two orders leave of the energy has fallen at each",
            "scattering: the first layer need not lose energy",
            "scattering: amplitudes need not fall from order to order",
            "frame: subsampling costs nothing where no aliases overlap",
        ),
        erratum=Erratum(
            r"\text{coefficients of order } m \text{ have an amplitude which decreases as } m \text{ increases}",
            rising_orders,
            "Not from order to order, and order 0 may have none: what falls is the energy |U_{m+1}|^2 that all orders up to m "
            "leave, by 1/n in every layer after the first at least.",
        ),
    ),
    Statement(
        row="M-dim",
        equation=r"\dim \Phi_J x \approx (K \log_2 N)^2 / 2",
        meaning="The number of coefficients at the largest scale, 2^J = N.",
        becomes=(
            *_RECORDS,
            "scattering: paths of signals and images are counted",
            "scattering: the samples of a path are the multiples of the step",
            "scattering: (K log2 N)^2 / 2 is not the number of paths",
        ),
        erratum=Erratum(
            r"(K \log_2 N)^2 / 2",
            dimension_counterexample,
            "1 + K J + K^2 J (J-1)/2 paths for J scales and j_1 < j_2, with J - 1 for J where (20) has j < J; the dimension is "
            "that at one sample a path only.",
        ),
    ),
)

_CONTINUITY = (
    Statement(
        row="U-Thm2",
        equation=r"\Phi x = \{ x \ast \phi_J, |x \ast \psi_{j,k}| \ast \phi_J \}, \quad "
        r"\|g\| = 2^{-J} \|g\|_\infty + \|\nabla g\|_\infty",
        meaning="First-order coefficients are locally invariant to translations at the scale 2^J, and Lipschitz continuous to "
        "deformations (reconstructed).",
        becomes=(
            *_RECORDS,
            *_TRANSLATION,
            "scattering: shifted noise and impulses stay within the bound",
            *_SHIFTS,
            _DEFORMATION[0],
            _DEFORMATION[2],
        ),
        erratum=Erratum(
            r"\|\Phi(g.x) - \Phi(x)\| \leq C \|g\| \|x\| \text{ for every } g",
            steep_counterexample,
            _STEEP,
        ),
    ),
    Statement(
        row="U-Thm3",
        equation=r"\text{there exists } C > 0 \text{ such that (17) holds for all diffeomorphisms } g \text{ and all } x",
        meaning="The scattering transform is Lipschitz continuous to deformations.",
        becomes=(
            *_RECORDS,
            *_CONTRACTION[:3],
            _TRANSLATION[0],
            *_DEFORMATION,
            _FOURIER,
        ),
        erratum=Erratum("for all diffeomorphisms", steep_counterexample, _STEEP),
    ),
    Statement(
        row="U17",
        equation=r"\|\Phi(g.x) - \Phi(x)\| \leq C m \left( 2^{-J} \|g\|_\infty + \|\nabla g\|_\infty \right) \|x\|",
        meaning="The bound of theorem 3 (reconstructed).",
        becomes=(*_DEFORMATION, "scattering: C m (..) is too little at m = 0"),
        erratum=Erratum("C m", order_zero_counterexample, f"C (m + 1). {_STEEP}"),
    ),
    Statement(
        row="M-diff",
        equation=r"\|\Phi_J(g.x) - \Phi_J x\| \leq C m \left( 2^{-J} \|g\|_\infty + \|\nabla g\|_\infty \right) \|x\|",
        meaning="Coefficients up to order m are Lipschitz continuous to deformations, plus a Hessian term which is neglected.",
        becomes=(
            *_RECORDS,
            *_CONTRACTION,
            *_TRANSLATION,
            *_DEFORMATION,
            _FOURIER,
            "scattering: C m (..) is too little at m = 0",
        ),
        erratum=Erratum("C m", order_zero_counterexample, f"C (m + 1). {_STEEP}"),
    ),
)

_MOMENTS = (
    "stationary: convolutions and pointwise operators keep stationarity",
    "stationary: the printed variance is a random number",
)

_PROCESSES = (
    Statement(
        row="M21",
        equation=r"\Phi_J x(u, k) = \rho(\dots \rho(\rho(x \star \psi_{j_1, k_1}) \star \psi_{j_2, k_2}) \dots \star "
        r"\psi_{j_m, k_m}) \star \phi_J(u)",
        meaning="Coefficients of order m of a stationary process.",
        becomes=(*_RECORDS, *_MOMENTS),
    ),
    Statement(
        row="M22",
        equation=r"\mathbb{E}(\Phi_J x(u, k)) = \mathbb{E} \left( \rho(\dots \rho(\rho(x \star \psi_{j_1, k_1}) \star "
        r"\psi_{j_2, k_2}) \dots \star \psi_{j_m, k_m}) \right)",
        meaning="Averages are unbiased estimators of scattering moments; their variance falls for processes that mix.",
        becomes=(
            *_RECORDS,
            "stationary: averages are unbiased estimators of scattering moments",
            "stationary: the variance of averages of independent samples falls like 2^-J",
            "stationary: without mixing the variance does not fall",
            *_MOMENTS,
        ),
        erratum=Erratum(
            r"\sigma_J^2 = \|\Phi_J x - \mathbb{E}(\Phi_J x)\|^2",
            variance_counterexample,
            r"\sigma_J^2 = \mathbb{E} \|\Phi_J x - \mathbb{E}(\Phi_J x)\|^2",
        ),
    ),
    Statement(
        row="M-inv",
        equation=r"\tilde{x}_{n+1} = \tilde{x}_n - \gamma \nabla \tfrac{1}{2} \|\Phi_J \tilde{x}_n - \Phi_J x\|^2",
        meaning="Signals with given coefficients by gradient descent: there is no guaranteed convergence (formula: ours).",
        becomes=(
            *_RECORDS,
            "scattering1d_gradient",
            "scattering2d_gradient",
            "scattering3d_gradient",
            "scattering1d: gradient in x",
            "scattering2d: gradient in x",
            "scattering3d: gradient in x",
            "inversion: the gradient of the loss is the transposed Jacobian of the residual",
            "inversion: orders above 0 do not see the sign",
            "inversion: the loss is not convex",
        ),
    ),
    Statement(
        row="M-class",
        equation=r"\langle w, \Phi_J x \rangle + b",
        meaning="A linear classifier on scattering vectors of order 2 at most (formula: ours).",
        becomes=(*_RECORDS, "read-out: a margin above the distance of signals keeps the class"),
    ),
)

SCATTERING_ROWS = (*_CASCADES, *_ENERGY, *_CONTINUITY, *_PROCESSES)
