"""Wrong solid harmonic scattering."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import edited, wrapped

_COORDINATES = "x, y, z = grid.coordinates\n    for order"
_ANGLES_SWAPPED = """x, y, z = np.broadcast_arrays(*grid.coordinates)
    length = np.sqrt(grid.square)
    polar, azimuth = np.arctan2(y, x), np.arccos(z / np.where(length, length, 1))
    x, y, z = length * np.sin(polar) * np.cos(azimuth), length * np.sin(polar) * np.sin(azimuth), length * np.cos(polar)
    for order"""
_FREQUENCIES = "steps = np.fft.fftfreq(depth), np.fft.fftfreq(height)"
_FROM_BELOW = "((np.arange({0}) + ({0} + 1) // 2) % {0} - ({0} + 1) // 2) / {0}"
_SQUARES = "total += filtered * filtered"
_INTEGRAL = "raised[power](modulus).sum(axis=VOLUME)"
_PATHS = "for paths in scales for path in paths for degree in range(L + 1)"
_WINDOW = "found = level(degree) * width**degree *"


def _solid(name: str, law: str, sentence: str, *changes: tuple[str, str]):
    return edited(name, "scattering3d", law, sentence, "solid_harmonic", *changes)


MUTANTS = (
    _solid(
        "solid-angles-swapped",
        "DEF",
        "The polar angle and the azimuth change places, as in a port from SciPy's sph_harm, after kymatio#1069.",
        (_COORDINATES, _ANGLES_SWAPPED),
    ),
    _solid(
        "solid-degree-and-order-swapped",
        "DEF",
        "Degree and order change places, as in a port from SciPy's sph_harm to sph_harm_y, after kymatio#1065.",
        ("_rising(degree, order, z, grid.square)", "_rising(order, degree, z, grid.square)"),
    ),
    _solid(
        "solid-order-zero-dropped",
        "DEF",
        "The modulus leaves out the order 0 of degrees above 0.",
        ("for order in range(degree + 1):", "for order in range(min(1, degree), degree + 1):"),
    ),
    _solid(
        "solid-one-order-alone",
        "DEF",
        "The modulus is that of one order, which turns of the volume change.",
        ("for polynomial in self.polynomials:", "for polynomial in self.polynomials[:1]:"),
    ),
    _solid(
        "solid-without-root",
        "DEF",
        "The squares over all orders are added up, and no root is taken.",
        ("return np.sqrt(total, out=total)", "return total"),
    ),
    _solid(
        "solid-sum-of-moduli",
        "DEF",
        "The moduli of all orders are added up instead of their squares.",
        (_SQUARES, "total += np.abs(filtered)"),
        ("return np.sqrt(total, out=total)", "return total"),
    ),
    _solid(
        "solid-orders-without-weight",
        "DEF",
        "Orders other than 0 have the weight 1 instead of the square root of 2.",
        ("weight = math.sqrt(2) if order else 1.0", "weight = 1.0"),
    ),
    _solid(
        "solid-scale-off-by-an-octave",
        "DEF",
        "The narrowest wavelet has twice the width.",
        ("sigma * 2.0 ** min(j, 400)", "sigma * 2.0 ** min(j + 1, 400)"),
    ),
    _solid(
        "solid-mean-for-integral",
        "DEF",
        "The mean over the volume is returned instead of the integral.",
        (_INTEGRAL, "raised[power](modulus).mean(axis=VOLUME)"),
    ),
    _solid(
        "solid-power-of-the-integral",
        "DEF",
        "The integral is raised to the power instead of the modulus.",
        (_INTEGRAL, "raised[power](modulus.sum(axis=VOLUME))"),
    ),
    _solid(
        "solid-truncated-pi",
        "DEF",
        "Frequencies are multiples of 3.1415, after kymatio.",
        ("2 * np.pi * axis", "2 * 3.1415 * axis"),
    ),
    _solid(
        "solid-level-missing",
        "DEF",
        "The factor of a degree is missing that makes its modulus integrate to 1.",
        (_WINDOW, "found = width**degree *"),
    ),
    _solid(
        "solid-width-missing",
        "DEF",
        "Spectra lack the power of the width: wider wavelets of a degree integrate to less than 1.",
        (_WINDOW, "found = level(degree) *"),
    ),
    _solid(
        "solid-frequencies-not-folded",
        "ALIAS",
        "Frequencies of the first axis run up to the rate of sampling: none is negative.",
        (_FREQUENCIES, "steps = np.arange(depth) / depth, np.fft.fftfreq(height)"),
    ),
    _solid(
        "solid-grid-from-below",
        "ALIAS",
        "The frequencies of an odd axis begin at -(n + 1)/2, by a floor of a negative number, as in kymatio 0.3.0.",
        (_FREQUENCIES, f"steps = {_FROM_BELOW.format('depth')}, {_FROM_BELOW.format('height')}"),
    ),
    _solid(
        "solid-one-side-at-the-end",
        "ALIAS",
        "The highest frequency of an even axis counts as negative: turns change the integrals, as in kymatio 0.3.0.",
        ("if is_odd and size % 2 == 0:", "if is_odd and size % 2 == 0 and axis == 2:"),
    ),
    _solid(
        "solid-second-order-of-the-volume",
        "DEF",
        "The second wavelet filters the volume and not the modulus.",
        ("wavelets.modulus(again, second)", "wavelets.modulus(spectra, second)"),
    ),
    _solid(
        "solid-rows-by-degree",
        "DEF",
        "Rows go by degree, then by scale.",
        (_PATHS, "for paths in map(list, scales) for degree in range(L + 1) for path in paths"),
    ),
    _solid(
        "solid-degrees-up-to-nine",
        "ERR",
        "Degrees above 4 are taken.",
        ("LARGEST_DEGREE = 4", "LARGEST_DEGREE = 9"),
    ),
    wrapped(
        "solid-complex-result",
        "scattering3d",
        "DTYPE",
        "The result is complex, after kymatio#811 and kymatio#889.",
        on_result(lambda y: y.astype(np.result_type(y, np.complex64))),
    ),
    wrapped(
        "solid-always-float64",
        "scattering3d",
        "DTYPE",
        "The result is float64 whatever the volume is.",
        on_result(lambda y: y.astype(np.float64)),
    ),
)
