"""Wrong wavelet transforms, filter banks and Gabor functions."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.mutant import Function, Mutant, edited, wrapped


def _wavelet(name: str, operators: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, operators, law, sentence, "wavelet", *changes)


def _bank(name: str, operators: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, operators, law, sentence, "filter_bank", *changes)


def _packet(name: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, "gabor", law, sentence, "gabor", *changes)


def _high_pass_negated(right: Function) -> Function:
    def analyze1d(x, w, *, stride=2, dilation=1):
        y = right(x, w, stride=stride, dilation=dilation)
        return np.concatenate([y[..., :1, :], -y[..., 1:, :]], axis=-2)

    return analyze1d


_TRANSFORM, _INVERSE, _CWT = "wavelet_transform1d", "inverse_wavelet_transform1d", "cwt"
_SPECTRA = "spectra = np.sqrt(a) * (mother(turn * upper) + mother(turn * lower)) / 2"
_DUAL = "found *= (_rows(bank) / frame).astype(found.real.dtype)"
_FRAME = "frame = bank.phi**2 + energy(bank.psi, 1)"
_BELL = "np.exp(-(number(alpha) * (u * u) + number(beta) * (v * v)))"
_WAVE = "np.sin(number(omega) * u + number(phase))"

_TRANSFORMS = (
    edited(
        "transform-without-zero-mean",
        _TRANSFORM,
        "MEAN",
        "Morlet wavelets lack the correction that makes their mean zero; frequency zero itself is left out.",
        "wavelet_bank",
        ("return here - low * (here[0] / low[0])", "return here"),
    ),
    edited(
        "transform-with-sqrt-2-at-nyquist",
        _TRANSFORM,
        "FRAME",
        "Analytic wavelets have the gain sqrt(2) at the frequency that is its own negative.",
        "wavelet_bank",
        ("np.where(upper == period, 1, ", "np.where(upper == period, math.sqrt(2), "),
    ),
    edited(
        "transform-with-one-octave-missing",
        f"{_TRANSFORM} {_INVERSE}",
        "SIZE",
        "A window that is no power of two counts as the power below: its last octave has no wavelets.",
        "wavelet_bank",
        ("return min(J, (T - 1).bit_length())", "return min(J, T.bit_length() - 1)"),
    ),
    edited(
        "two-sided-bank-of-twice-the-energy",
        f"{_TRANSFORM} {_INVERSE}",
        "FRAME",
        "Wavelets of both signs do not share their energy.",
        "bank_energy",
        (
            "return np.concatenate([psi, mirrored(psi, rank)]) / np.sqrt(2)",
            "return np.concatenate([psi, mirrored(psi, rank)])",
        ),
    ),
    _wavelet(
        "transform-averages-an-octave-too-little",
        f"{_TRANSFORM} {_INVERSE}",
        "DEF",
        "The average is over 2^(J-1) samples where no window is given.",
        ("window = 2**J if T is None", "window = 2 ** (J - 1) if T is None"),
    ),
    _wavelet(
        "transform-of-the-reversed-signal",
        _TRANSFORM,
        "CONJ",
        "The inverse transform is taken twice: filters are correlated, not convolved.",
        ("found = fft.fft(x)[..., None, :]", "found = fft.ifft(x)[..., None, :] * x.shape[-1]"),
    ),
    _wavelet(
        "transform-without-the-average",
        _TRANSFORM,
        "SHIFT",
        "Row 0 holds what the average leaves.",
        ("np.concatenate([bank.phi[None], bank.psi])", "np.concatenate([1 - bank.phi[None], bank.psi])"),
    ),
    _wavelet(
        "inverse-without-the-dual",
        _INVERSE,
        "DEF",
        "Rows are added up by the filters themselves: right for tight banks only.",
        (_DUAL, "found *= _rows(bank).astype(found.real.dtype)"),
    ),
    _wavelet(
        "inverse-by-the-root-of-the-energy",
        _INVERSE,
        "DEF",
        "Spectra are divided by the root of the energy of a bin.",
        (_DUAL, "found *= (_rows(bank) / np.sqrt(frame)).astype(found.real.dtype)"),
    ),
    _wavelet(
        "inverse-without-the-coarsest-wavelet",
        _INVERSE,
        "DEF",
        "The last row, that of the coarsest wavelet, is left out of the sum, after pvlib-python#1206.",
        (
            "z = fft.ifft(found.sum(axis=-2), overwrite_x=True)",
            "z = fft.ifft(found[..., :-1, :].sum(axis=-2), overwrite_x=True)",
        ),
    ),
    _wavelet(
        "inverse-of-one-sign",
        _INVERSE,
        "FRAME",
        "The energy of a bin leaves out its negative: that of complex signals, with a bank for real ones.",
        (_FRAME, "frame = bank.phi**2 + (bank.psi**2).sum(axis=0)"),
    ),
    _wavelet(
        "inverse-always-real",
        _INVERSE,
        "DTYPE",
        "The real part is taken for a two-sided bank too.",
        ("return z if two_sided else np.ascontiguousarray(z.real)", "return np.ascontiguousarray(z.real)"),
    ),
    _wavelet(
        "cwt-without-the-root-of-the-scale",
        _CWT,
        "DEF",
        "Dilated wavelets are not normalised: a^(1/2) is missing.",
        (_SPECTRA, "spectra = (mother(turn * upper) + mother(turn * lower)) / 2"),
    ),
    _wavelet(
        "cwt-of-one-sign-at-nyquist",
        _CWT,
        "DEF",
        "The highest frequency of an even length counts as positive alone.",
        ("bins - n * (2 * bins >= n)", "bins - n * (2 * bins > n)"),
    ),
    _wavelet(
        "cwt-unconjugated",
        _CWT,
        "CONJ",
        "The wavelet is not conjugated: its frequencies are negative.",
        ("2 * math.pi * a / n", "-2 * math.pi * a / n"),
    ),
    _wavelet(
        "cwt-from-one-sample-on",
        _CWT,
        "DEF",
        "Scales begin at one sample.",
        ("a = 2.0 ** (1 + np.arange(scales) / Q)", "a = 2.0 ** (np.arange(scales) / Q)"),
    ),
    _wavelet(
        "cwt-with-truncated-pi",
        _CWT,
        "DEF",
        "Frequencies are in units of 3.1415, after kymatio.",
        ("2 * math.pi * a / n", "2 * 3.1415 * a / n"),
    ),
    _wavelet(
        "cwt-gabor-with-a-mean",
        _CWT,
        "MEAN",
        "The Gabor function keeps its mean, exp(-18) of its peak; frequency zero itself is left out.",
        ("- np.exp(-(omega**2 + CENTRE**2) / 2)", "- 0 * omega"),
    ),
)

_FILTER_BANKS = (
    _bank(
        "cascade-filter-not-spread",
        "analyze1d",
        "DEF",
        "The dilation only widens the border: taps stay neighbours.",
        (
            "steps=((s,), (d,), (0,)),\n        terms=k,\n    )\n    return y",
            "steps=((s,), (1,), (0,)),\n        terms=k,\n    )\n    return y",
        ),
    ),
    _bank(
        "analysis-without-flip",
        "analyze1d",
        "COMM",
        "Signals are correlated with the filters.",
        ("np.flip(w, 1)[:, None],  # tap", "w[:, None],  # tap"),
    ),
    _bank(
        "analysis-by-zero-extension",
        "analyze1d",
        "DEF",
        "Signals go on as zeros, not as their own copies.",
        (
            "np.take(x.reshape(-1, n), np.arange(-reach, n) % n, axis=1)",
            "np.pad(x.reshape(-1, n), ((0, 0), (reach, 0)))",
        ),
    ),
    _bank(
        "analysis-of-any-length",
        "analyze1d",
        "ERR",
        "A length that the stride does not divide is taken, and its last samples are dropped.",
        ("if n % s:", "if n % s > n:"),
    ),
    wrapped(
        "high-pass-negated",
        "analyze1d",
        "LIN",
        "All bands but the first have the other sign.",
        _high_pass_negated,
    ),
    _bank(
        "synthesis-unconjugated",
        "synthesize1d",
        "CONJ",
        "Filters are not conjugated: the transpose, no adjoint of complex filters.",
        ("np.flip(w, 1).conj()[:, None]", "np.flip(w, 1)[:, None]"),
    ),
    _bank(
        "synthesis-cut-off",
        "synthesize1d",
        "ADJ",
        "What goes beyond the period is dropped, not wrapped around.",
        ("whole.reshape(-1, turns, n).sum(axis=1, dtype=extended.dtype)", "whole[:, :n].astype(extended.dtype)"),
    ),
    _bank(
        "synthesis-starts-late",
        "synthesize1d",
        "ADJ",
        "The result is not moved back by the reach of the filter.",
        (", -reach, axis=1)", ", 0, axis=1)"),
    ),
)

_GABOR = (
    _packet(
        "gabor-turned-the-other-way",
        "DEF",
        "The angle is negated, after images whose rows go down.",
        ("math.sin(angle),", "-math.sin(angle),"),
    ),
    _packet(
        "gabor-in-degrees",
        "DEF",
        "The angle is taken in degrees.",
        ('angle = number("theta", theta)', 'angle = math.radians(number("theta", theta))'),
    ),
    _packet(
        "gabor-of-one-decay",
        "DEF",
        "The Gaussian is round: beta is ignored.",
        (_BELL, "np.exp(-(number(alpha) * (u * u) + number(alpha) * (v * v)))"),
    ),
    _packet(
        "gabor-decays-exchanged",
        "DEF",
        "alpha and beta change places.",
        (_BELL, "np.exp(-(number(beta) * (u * u) + number(alpha) * (v * v)))"),
    ),
    _packet("gabor-even", "DEF", "A cosine stands in the place of the sine.", (_WAVE, _WAVE.replace("sin", "cos"))),
    _packet(
        "gabor-phase-outside",
        "SHIFT",
        "The phase is multiplied by the frequency.",
        (_WAVE, "np.sin(number(omega) * (u + number(phase)))"),
    ),
    _packet(
        "gabor-centre-on-the-first-axis",
        "DEF",
        "The second coordinate of the centre is that of the first.",
        ("- number(y0)", "- number(x0)"),
    ),
    _packet(
        "gabor-half-the-decay",
        "DEF",
        "The exponent is halved, as that of a normal density.",
        (_BELL, _BELL.replace("-(", "-0.5 * (")),
    ),
    _packet(
        "gabor-takes-points-of-space",
        "ERR",
        "Points of more than two coordinates are taken.",
        ("points.shape[-1] != 2", "points.shape[-1] < 2"),
        ("reshape(-1, 2)", "reshape(-1, points.shape[-1])"),
    ),
    _packet("gabor-grows", "ERR", "Negative decays are taken.", ('number("beta", beta, 0)', 'number("beta", beta)')),
)

MUTANTS = (*_TRANSFORMS, *_FILTER_BANKS, *_GABOR)
