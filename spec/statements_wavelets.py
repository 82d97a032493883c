"""Section D of the statements, second part: continuous wavelets, averages, wavelet transforms, filter banks, Gabor functions."""

from .statement import Erratum, Statement
from .theorems_scale import infinite_average_counterexample, scales_counterexample
from .theorems_wavelet import dilation_counterexample

_CONTINUOUS = (
    "cwt: linear in x",
    "cwt: cyclic shifts shift the result",
    "cwt: what a constant gives",
    "cwt: reversing a real signal reverses and conjugates",
    "cwt: mother wavelets have mean 0 and norm 1",
    "cwt: dilations move scales by octaves",
    "cwt: a negative scale is a reflection",
)
_TIGHT = (
    "tight banks: Shannon's and Meyer's filters are quadrature pairs",
    "tight banks: the cubic Battle-Lemarie filters are a quadrature pair",
    "tight banks: energies telescope to 1 for every number of octaves",
    "tight banks: closed forms summed over periods are not tight",
)
_FRAMES = (
    "frame: bounds are those of the frame function",
    "frame: the gain sqrt(2) doubles a bin that is its own negative",
    "frame: one-sided banks do not fit complex signals",
    "frame: every normalisation keeps B at most 1",
    "frame: banks have B <= 1 and phi^(0) = 1",
    "frame: subsampling folds spectra by sums",
    "frame: subsampling costs nothing where no aliases overlap",
    "frame: the canonical dual gives signals back",
)
_CASCADE = (
    "analyze1d",
    "synthesize1d",
    "analyze1d: two steps are one",
    "filter bank: a cascade is the direct transform",
)

WAVELET_ROWS = (
    Statement(
        row="U10",
        equation=r"\psi_{s,t}(u) = |s|^{-1/2}\, \psi\!\left( \frac{u - t}{s} \right)",
        meaning="A mother wavelet, moved and dilated (reconstructed): of mean 0 and norm 1, at scales from 2 samples on, Q per "
        "octave. A negative scale is a reflection.",
        becomes=("cwt", *_CONTINUOUS, "morlet: wavelets have mean 0 by construction"),
    ),
    Statement(
        row="U11",
        equation=r"\tilde{f}(s, t) = \int_{-\infty}^{\infty} \overline{\psi_{s,t}(u)}\, f(u)\, du",
        meaning="The continuous wavelet transform (reconstructed), exact for trigonometric polynomials through periodic samples.",
        becomes=("cwt", *_CONTINUOUS, "cwt: a wave is multiplied by a^(1/2) conj(psi^(a w))"),
    ),
    Statement(
        row="M9",
        equation=r"\Phi_J x(u) = x \star \phi_J(u), \quad \phi_J(u) = 2^{-nJ} \phi(2^{-J} u), \quad \int \phi(u)\, du = 1",
        meaning="An average over 2^J samples is locally invariant to translations: row 0 of the transform.",
        becomes=(
            "wavelet_transform1d",
            "wavelet_transform1d: linear in x",
            "wavelet_transform1d: cyclic shifts shift the result",
            "wavelet_transform1d: what a constant gives",
            "averages: a shift by c changes them by at most 2^-J |c| |grad phi|_1 |x|",
            "averages: on a cycle they tend to the mean",
            "averages: on the line they tend to 0",
        ),
        erratum=Erratum(
            r"J = \infty: \ \Phi_\infty x = \int x(u)\, du",
            infinite_average_counterexample,
            "With the factor 2^(-nJ) the limit is 0; on a cyclic grid it is the mean.",
        ),
    ),
    Statement(
        row="M10",
        equation=r"\mathcal{W}x = \{x \star \phi_J(u), x \star \psi_{j,k}(u)\}_{j \leq J, 1 \leq k \leq K}",
        meaning="The wavelet transform: contractive, as frame bounds of the stored filters certify, inverted by the dual frame.",
        becomes=(
            "wavelet_transform1d",
            "inverse_wavelet_transform1d",
            "wavelet_transform1d: linear in x",
            "wavelet_transform1d: cyclic shifts shift the result",
            "wavelet_transform1d: reversing a real signal reverses and conjugates",
            "wavelet_transform1d: what a constant gives",
            "wavelet_transform1d: Lipschitz in x",
            "wavelet_transform1d: the dual frame gives signals back",
            "inverse_wavelet_transform1d: linear in y",
            "inverse_wavelet_transform1d: cyclic shifts shift the result",
            "morlet: wavelets have mean 0 by construction",
            *_TIGHT,
            *_FRAMES,
        ),
        erratum=Erratum(
            r"\text{the local average of } x \text{ at a scale } 2^j, \text{ and variations at scales } 2^j \geq 2^J",
            scales_counterexample,
            "The average is at the scale 2^J, the variations at scales 2^j <= 2^J.",
        ),
    ),
    Statement(
        row="M-dil",
        equation=r"\psi_k(u) = 2^{k/K} \psi(2^{-k/K} u)",
        meaning="K wavelets per octave, dilations of one by 2^(k/K).",
        becomes=("dilated wavelets: which norms are kept",),
        erratum=Erratum(
            r"\psi_k(u) = 2^{k/K} \psi(2^{-k/K} u)",
            dilation_counterexample,
            r"2^{-k/K} \psi(2^{-k/K} u), or 2^{k/K} \psi(2^{k/K} u) towards higher frequencies: as in (10), the L1 norm is kept.",
        ),
    ),
    Statement(
        row="M11",
        equation=r"\phi_j = w_{j,0} \star \phi_{j-1} \quad \text{and} \quad \psi_{j,k} = w_{j,k} \star \phi_{j-1}",
        meaning="A cascade of small filters makes the averages and wavelets of all scales.",
        becomes=(
            *_CASCADE,
            "analyze1d: linear in x",
            "analyze1d: linear in w",
            "analyze1d: dilation is a zero-stuffed filter",
            "synthesize1d: linear in y",
            "synthesize1d: dilation is a zero-stuffed filter",
            *_TIGHT,
        ),
    ),
    Statement(
        row="M12",
        equation=r"x_j(u, k) = x_{j-1}(\cdot, 0) \star w_{j,k}(u)",
        meaning="The cascade gives what the direct transform does, subsampled by 2 at every scale or not at all.",
        becomes=(
            *_CASCADE,
            "analyze1d: cyclic shifts by the stride",
            "synthesize1d: cyclic shifts by the stride",
            "analyze1d: stride keeps every s-th output",
            "analyze1d: adjoint in x",
            "synthesize1d: adjoint in y",
            "filter bank: lattices of rotations rebuild signals",
            "filter bank: Haar's and Daubechies' pairs are orthonormal",
            "frame: subsampling folds spectra by sums",
        ),
    ),
    Statement(
        row="M13",
        equation=r"\Phi_J x(u, j, k) = \rho(x \star \psi_{j,k}) \star \phi_J(u)",
        meaning="A modulus removes the phase of wavelet coefficients, so that their average is not 0: first-order scattering.",
        becomes=(
            "scattering1d",
            "modulus",
            "wavelet_transform1d",
            "scattering1d: the first order averages moduli of wavelet coefficients",
        ),
    ),
    Statement(
        row="L-gabor",
        equation=r"G(x,y) = A \exp \left(-\alpha \tilde{x}^2 - \beta \tilde{y}^2\right) "
        r"\sin \left(\omega \tilde{x} + \psi\right), \quad \tilde{x} = (x-x_0)\cos \theta + (y-y_0) \sin \theta, \quad "
        r"\tilde{y} = -(x-x_0)\sin \theta + (y-y_0) \cos \theta",
        meaning="Gabor functions model the responses of simple cells in the visual cortex.",
        becomes=(
            "gabor",
            "gabor: points do not mix",
            "gabor: a half turn about the origin, with the phase turned, changes the sign",
            "gabor: a factor of the amplitude passes",
            "gabor: a dilation of the plane and of the function changes nothing",
            "gabor: turning the function turns its values",
            "gabor: phases 0 and pi/2 are odd and even",
            "gabor: phases a quarter apart are a quadrature pair",
            "gabor: the mean is proportional to sin(psi)",
        ),
    ),
)
