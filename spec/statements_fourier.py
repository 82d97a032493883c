"""Section D of the statements, first part: the Fourier transform, whole and windowed, and the uncertainty principle."""

from .fourier import TRANSFORMS
from .statement import Erratum, Statement
from .theorems_uncertainty import wavelet_counterexample

FOURIER_ROWS = (
    Statement(
        row="U8",
        equation=r"\hat{f}(\omega) = \int_{-\infty}^{\infty} f(t)\, e^{-i \omega t}\, dt",
        meaning="The Fourier transform decomposes a signal into its frequencies (reconstructed). It forgets nothing, though no "
        "coefficient tells of a place: its inverse undoes it, a shift turns it, convolutions become products.",
        becomes=(
            *(record.name for record in TRANSFORMS),
            *(
                f"dft: {law}"
                for law in ("linear in x", "Parseval", "a cyclic shift turns the result", "idft undoes it")
            ),
            "dft: a cyclic convolution becomes a product",
            "dft: of real numbers it is Hermitian",
            "the DFT matrix over the root of n is unitary",
            "two transforms reverse a signal",
            "circulant matrices are diagonal in the Fourier basis",
            "the transform of a Gaussian is a Gaussian",
        ),
    ),
    Statement(
        row="U9",
        equation=r"\tilde{f}(\omega, t) = \int_{-\infty}^{\infty} \overline{g(u - t)}\, f(u)\, e^{-i \omega u}\, du",
        meaning="The windowed Fourier transform captures what happens near t (reconstructed). Here frames are cyclic and their "
        "exponents count from their first sample, which turns them by a phase.",
        becomes=(
            "stft",
            "istft",
            "dual_window",
            "stft: Parseval with hop 1",
            "stft: a shift by hops moves the frames",
            "stft: istft with the dual window undoes it",
            "the energy of windowed frames",
            "phases of frames count from anywhere",
        ),
    ),
    Statement(
        row="U-Thm1",
        equation=r"\Delta t\, \Delta \omega \ge c",
        meaning="A function and its transform are not both narrow (reconstructed, stated informally): with standard deviations "
        "the constant is 1/2, and a Gaussian reaches it; on a cycle the sizes of both supports multiply to n at least.",
        becomes=(
            "the uncertainty principle",
            "a Gaussian has the least uncertainty",
            "a dilation keeps the uncertainty",
            "the uncertainty principle on a cycle",
            "supports on short cycles",
            "combs have the least supports",
            "supports on a cycle of prime length",
        ),
        erratum=Erratum(
            r"\text{the CWT considers all possible scalings and avoids the problem faced by the WFT}",
            wavelet_counterexample,
            "A dilation multiplies the deviation in time by a and divides that in frequency by a. Every wavelet obeys the same "
            "bound, of all scales; what changes is the shape of its cell, not its area.",
        ),
    ),
)
