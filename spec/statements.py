"""What the seed documents state, row by row, and what each statement becomes here.

`becomes` names operators of the catalog, laws and theorems; evidence finds its statement by the row. Where a seed is
wrong as printed, the erratum shows a counterexample that a function computes. Section A: convolution and correlation.
"""

from .statement import Erratum, Statement
from .statements_fourier import FOURIER_ROWS
from .statements_layers import LAYER_ROWS
from .statements_recos import RECOS
from .statements_scattering import SCATTERING_ROWS
from .statements_wavelets import WAVELET_ROWS
from .theorems_matrix import circulant_counterexample
from .theorems_padding import padding_counterexample

_CONTINUOUS = (
    "two boxes convolve to a trapezoid",
    "two Gaussians convolve to a Gaussian",
    "continuous convolution commutes",
)
LAYERS = ("conv1d", "conv2d", "conv3d")


def _each(*laws: str) -> tuple[str, ...]:
    return tuple(f"{layer}: {law}" for layer in LAYERS for law in laws)


CONVOLUTION = (
    Statement(
        row="L-conv",
        equation=r"s(t) = (x \ast w)(t) = \sum_{a=-\infty}^{+\infty} x(a)\, w(t-a), \quad "
        r"S(i, j) = (I \ast K)(i,j) = \sum_m \sum_n I(m,n)\, K(i-m,j-n)",
        meaning="The convolution of two signals on one and on two axes, and its continuous form (reconstructed).",
        becomes=("convolve", "convolve: the equation as printed", *_CONTINUOUS),
    ),
    Statement(
        row="U7",
        equation=r"(x \ast w)(u) = \sum_{v} x(v)\, w(u-v)",
        meaning="The discrete convolution (reconstructed).",
        becomes=("convolve", "convolve: the equation as printed"),
    ),
    Statement(
        row="U12",
        equation=r"(x \ast w)(t) = \int x(a)\, w(t-a)\, da",
        meaning="The continuous convolution (reconstructed).",
        becomes=_CONTINUOUS,
    ),
    Statement(
        row="L-comm",
        equation=r"S(i, j) = (K \ast I)(i,j) = \sum_m \sum_n I(i-m,j-n)\, K(m,n)",
        meaning="Convolution commutes, because the filter is flipped; it also associates, distributes and has an "
        "identity.",
        becomes=(
            "convolve: it commutes",
            "convolve: it is associative",
            "convolve: linear in x",
            "convolve: linear in h",
            "convolve: the impulse is the identity",
        ),
    ),
    Statement(
        row="L-corr",
        equation=r"S(i, j) = (I \ast K)(i,j) = \sum_m \sum_n I(i+m,j+n)\, K(m,n)",
        meaning="Cross-correlation: the filter is not flipped. Exchanged operands reverse and conjugate; it does "
        "not associate.",
        becomes=(
            "correlate",
            "correlate: the equation as printed",
            "correlate: it is convolve with the reversed conjugate filter",
            "correlate: exchanging the signals reverses and conjugates",
            "correlating twice is correlating with a convolution",
            "correlation is not associative",
        ),
    ),
    Statement(
        row="L-toeplitz",
        equation=r"\begin{pmatrix} 2 & -1 & & \\ -1 & 2 & -1 & \\ & \ddots & \ddots & \ddots \\ & & -1 & 2 "
        r"\end{pmatrix}",
        meaning="A convolution is a sparse matrix with tied entries; on two axes it is said to be doubly block "
        "circulant.",
        becomes=(
            "the matrix of a convolution is Toeplitz",
            "a cyclic convolution is circulant",
            "non-zero entries",
            "circulant matrices are diagonal in the Fourier basis",
            "the printed matrix is diagonal in the sine basis",
            "the printed matrix is the convolution with (-1, 2, -1)",
            "conv1d: adjoint in x",
            "conv_transpose1d: it is the input gradient of the convolution of its size",
        ),
        erratum=Erratum(
            r"\text{a doubly block circulant matrix corresponds to convolution}",
            circulant_counterexample,
            "Circulant only with periodic borders; with zero extension the matrix is doubly block Toeplitz.",
        ),
    ),
    Statement(
        row="L-sparse",
        equation=r"O(m \times n) \to O(k \times n)",
        meaning="Few connections: k products per output instead of a dense row; the receptive field grows with depth.",
        becomes=(
            "k products per output",
            "non-zero entries",
            "the receptive field grows with depth",
            "the receptive field is reached",
        ),
    ),
    Statement(
        row="L-edge",
        equation=r"y[i,j] = x[i,j] - x[i,j-1]",
        meaning="Subtracting the left neighbour finds edges, at a small part of the cost of a dense matrix (sizes"
        " reconstructed).",
        becomes=("conv2d", "edge detection by a difference of neighbours"),
    ),
    Statement(
        row="L-equiv",
        equation=r"f(g(x)) = g(f(x))",
        meaning="Convolution is equivariant to shifts: on the integers and on a cycle, by multiples of the stride.",
        becomes=(
            "convolution on the integers commutes with shifts",
            "a strided convolution passes on multiples of the stride only",
            "a shift that is no multiple of the stride is lost",
            "cyclic shifts need s | n as well",
            "zero padding breaks a shift to the right at the stated outputs only",
            "zero padding breaks a shift to the left at the stated outputs only",
            "the stated outputs do break",
            *_each("cyclic shifts by the stride shift the output", "reversing signal and filter reverses the output"),
        ),
    ),
    Statement(
        row="L-shape",
        equation=r"(n, m, k_1, \dots, k_N)",
        meaning="The axes of a bank of filters, and the output size on an axis as a function of that axis alone.",
        becomes=(
            *LAYERS,
            "the size on an axis depends on that axis alone",
            "the printed size is the special case of equal padding",
            "parameters of a layer",
            "conv2d: exchanging two axes exchanges them everywhere",
            "conv3d: exchanging two axes exchanges them everywhere",
        ),
    ),
    Statement(
        row="L-pad",
        equation=r"y[i] = \sum_{k=0}^{m-1} x^p[i+m-k]\, w[k]",
        meaning="Convolution of a padded signal.",
        becomes=(
            "the printed padding formula reads past the end",
            "the corrected padding formula",
            "padding modes read inside the signal",
            "padding modes leave samples where they are",
            *_each("zero padding is an explicit border of zeros"),
        ),
        erratum=Erratum(
            r"y[i] = \sum_{k=0}^{m-1} x^p[i+m-k]\, w[k]",
            padding_counterexample,
            r"y[i] = \sum_{k=0}^{m-1} x^p[i s + m - 1 - k]\, w[k]",
        ),
    ),
    Statement(
        row="L-modes",
        equation=r"\text{full, same, valid}",
        meaning="Three modes of padding: sizes and centres.",
        becomes=(
            "modes full and valid keep what they say",
            "mode same keeps the centre",
            "convolve: mode 'same' is a part of mode 'full'",
            "convolve: mode 'valid' is a part of mode 'full'",
            "padding 'same' gives ceil(n/s) windows",
        ),
    ),
    Statement(
        row="L-size",
        equation=r"o = \left\lfloor \frac{n+2p-m}{s} + 1 \right\rfloor",
        meaning="The output size is the number of windows that fit.",
        becomes=(
            "the size is the number of windows that fit",
            "the printed size is the special case of equal padding",
            "truncation is not floor",
            "the transposed size inverts the size exactly",
            *_each("dilation is a zero-stuffed filter", "stride keeps every s-th output"),
        ),
    ),
    *(
        Statement(
            row=row,
            equation=equation,
            meaning="A layer sums convolutions over its input channels and adds a bias (U: reconstructed); a "
            "detector follows.",
            becomes=(
                *LAYERS,
                "a layer is a sum of convolutions over channels",
                "a layer with reversed filters convolves",
                "groups do not mix",
                *_each("groups are a block-diagonal filter bank", "the order of input channels does not matter"),
            ),
        )
        for row, equation in {
            "L-multi": r"\textbf{Z} = \textbf{W} \ast \textbf{X} + b",
            "U5": r"x_j = \rho W_j x_{j-1}",
            "U6": r"x_j(u, k_j) = \rho\left( \sum_k (x_{j-1}(\cdot, k) \ast w_{j,k_j}(\cdot, k))(u) \right)",
            "M15": r"[W_j x_{j-1}](u, k_j) = \sum_k \sum_v x_{j-1}(v, k) w_{j, k_j}(u - v, k) "
            r"= \sum_k [x_{j-1}(\cdot, k) \star w_{j, k_j}(\cdot, k)](u)",
        }.items()
    ),
)

STATEMENTS: tuple[Statement, ...] = (*CONVOLUTION, *LAYER_ROWS, *FOURIER_ROWS, *WAVELET_ROWS, *SCATTERING_ROWS, *RECOS)
"""All sections, in the order of the report."""
