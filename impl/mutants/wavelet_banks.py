"""Wrong banks of wavelets, which show in the scattering of signals and images."""

from __future__ import annotations

from convoracle.impl.mutants.mutant import Mutant, edited

_CORRECTION = "return here - low * (here[0] / low[0])"
_QUALITY = "quality = (1 - ratio) / ((1 + ratio) * math.sqrt(math.log(2)))"
_CAP = "return raw * np.minimum(1, np.sqrt(share))"
_TURN = "turn, scale = math.pi * angle / L"
_SIDES = "direction, width = np.stack([np.sin(turn), np.cos(turn)], -1), scale / (2 * math.pi * 0.8)"


def _bank(name: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, "scattering1d", law, sentence, "wavelet_bank", *changes)


def _level(name: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, "scattering1d scattering2d", law, sentence, "bank_energy", *changes)


def _image_bank(name: str, law: str, sentence: str, *changes: tuple[str, str]) -> Mutant:
    return edited(name, "scattering2d", law, sentence, "wavelet_bank2d", *changes)


MUTANTS = (
    _bank(
        "wavelets-without-zero-mean",
        "MEAN",
        "Morlet wavelets lack the correction that makes their mean zero: a Gabor bank.",
        (_CORRECTION, "return here"),
    ),
    _bank(
        "zero-mean-at-half-strength",
        "MEAN",
        "Half of the correction is subtracted.",
        (_CORRECTION, "return here - 0.5 * low * (here[0] / low[0])"),
    ),
    _bank(
        "width-without-the-half-power-factor",
        "DEF",
        "Neighbouring wavelets do not meet half-way down in power: their width lacks sqrt(log 2).",
        (_QUALITY, "quality = (1 - ratio) / (1 + ratio)"),
    ),
    _bank(
        "width-of-one-wavelet-per-octave",
        "DEF",
        "All banks have the relative width of one wavelet per octave.",
        ("quality * highest(Q) * 2 **", "(1 / 3) / math.sqrt(math.log(2)) * highest(Q) * 2 **"),
    ),
    _bank(
        "highest-centre-at-0.35",
        "DEF",
        "The highest wavelet stands at 0.35 cycles per sample whatever their number per octave.",
        ("return 1 / (1 + 2 ** (1 / Q))", "return 0.35"),
    ),
    _bank(
        "centres-in-octaves-only",
        "DEF",
        "All wavelets of an octave have the centre of its first.",
        ("2 ** (-mu / Q), 2.0 ** (1 - D)", "2.0 ** -(mu // Q), 2.0 ** (1 - D)"),
    ),
    _bank(
        "no-elbow",
        "DEF",
        "Centres go on falling by one ratio in the last octave instead of by equal steps.",
        ("np.where(mu <= elbow, ", "np.where(mu <= mu, "),
    ),
    _bank(
        "constant-relative-width-below-the-elbow",
        "DEF",
        "Wavelets of the last octave go on narrowing.",
        ("np.minimum(np.arange(Q * D), Q * (D - 1))", "np.arange(Q * D)"),
    ),
    _bank(
        "wavelets-of-negative-frequency",
        "CONJ",
        "Centres are negated, which a real signal does not show and a complex one does.",
        ("here, low = bell(period, centre, width)", "here, low = bell(period, -centre, width)"),
    ),
    _bank(
        "one-period-of-the-spectrum",
        "DEF",
        "Gaussians are not summed over the periods of the spectrum: the part beyond Nyquist is lost.",
        ("PERIODS = range(-3, 5)", "PERIODS = range(0, 1)"),
    ),
    _bank(
        "average-of-twice-the-length",
        "DEF",
        "The low-pass has half the bandwidth, that of an average over 2 T samples.",
        ("lowered(period, 1 / (4 * T))", "lowered(period, 1 / (8 * T))"),
    ),
    _bank(
        "average-of-one-tenth",
        "DEF",
        "The low-pass has the bandwidth 0.1/T of another library.",
        ("lowered(period, 1 / (4 * T))", "lowered(period, 0.1 / T)"),
    ),
    _bank(
        "average-in-radians",
        "DEF",
        "The bandwidth of the low-pass is taken for radians per sample.",
        ("lowered(period, 1 / (4 * T))", "lowered(period, 1 / (4 * T) / (2 * math.pi))"),
    ),
    _bank(
        "lowest-wavelet-missing",
        "DEF",
        "The lowest wavelet is zero, after kymatio#39.",
        ("psi[:, 0] = 0", "psi[:, 0], psi[-1:] = 0, 0"),
    ),
    _bank(
        "octaves-counted-from-one",
        "DEF",
        "Wavelets lie one octave lower than they do, so that they are sampled too coarsely.",
        ("octave = np.arange(Q * D) // Q", "octave = np.arange(Q * D) // Q + 1"),
    ),
    _bank(
        "octaves-rounded-up",
        "DEF",
        "The octave of a wavelet is rounded up.",
        ("octave = np.arange(Q * D) // Q", "octave = -(-np.arange(Q * D) // Q)"),
    ),
    _bank(
        "wavelets-within-the-average",
        "SIZE",
        "All J octaves hold wavelets, also where the average is shorter: their energies overlap.",
        ("return min(J, (T - 1).bit_length())", "return J"),
    ),
    _bank(
        "octaves-of-the-average-rounded-down",
        "SIZE",
        "An average whose length is no power of 2 leaves out the octave that holds it.",
        ("(T - 1).bit_length()", "T.bit_length() - 1"),
    ),
    _bank(
        "ramp-with-two-derivatives",
        "DEF",
        "Meyer's flank follows the polynomial of the next lower order.",
        ("x**4 * (35 - 84 * x + 70 * x**2 - 20 * x**3)", "x**3 * (10 - 15 * x + 6 * x**2)"),
    ),
    _bank(
        "gain-of-sqrt-2-at-nyquist",
        "FRAME",
        "The bin that is its own negative gets the gain of positive frequencies: B = 2 there, before it is scaled down.",
        ("np.where(upper == period, 1,", "np.where(upper == period, math.sqrt(2),"),
    ),
    _bank(
        "no-gain-of-analytic-wavelets",
        "FRAME",
        "Analytic wavelets keep the gain 1 of real ones, which loses half of the energy of a real signal.",
        ("math.sqrt(2), 0))", "1, 0))"),
    ),
    _bank(
        "spline-high-pass-not-moved",
        "DEF",
        "The high-pass of the spline cascade divides by the samples at the same frequency, not half a period away.",
        ("spline_sampled(nu + 0.5)", "spline_sampled(nu)"),
    ),
    _bank(
        "splines-of-another-degree",
        "DEF",
        "The spline cascade has the smoothness of quadratic splines and the samples of cubic ones.",
        ("np.sin(math.pi * nu), -scale) ** 4", "np.sin(math.pi * nu), -scale) ** 3"),
    ),
    _bank(
        "half-energy-lost-at-the-cut-off",
        "FRAME",
        "Shannon's low-pass keeps all energy at the cut-off, where it shares it with the band above.",
        ("np.where(place == period, math.sqrt(0.5), 0))", "np.where(place == period, 1, 0))"),
    ),
    _level(
        "energy-not-capped",
        "FRAME",
        "Wavelets keep their gain of sqrt(2) where their energies overlap: B exceeds 1 before all is scaled down.",
        (_CAP, "return raw"),
    ),
    _level(
        "cap-without-the-root",
        "FRAME",
        "Wavelets are multiplied by the share of the energy, not by its root.",
        (_CAP, "return raw * np.minimum(1, share)"),
    ),
    _level(
        "energy-not-symmetrised",
        "FRAME",
        "The energy of a bin is that of positive frequencies alone: right for no bank of analytic wavelets.",
        ("terms = squares + mirrored(squares, rank)", "terms = 2 * squares"),
    ),
    _level(
        "one-factor-for-every-normalisation",
        "FRAME",
        "All wavelets are multiplied by the least factor instead of bin by bin.",
        (_CAP, "return raw * min(1.0, float(np.sqrt(share.flat[1:].min(initial=1))))"),
    ),
    _level(
        "tight-banks-only-capped",
        "FRAME",
        "Wavelets are never raised to the energy that the average leaves.",
        ("return raw * np.sqrt(share)", "return raw * np.minimum(1, np.sqrt(share))"),
    ),
    _level(
        "energy-counted-twice",
        "FRAME",
        "Wavelets of both signs keep their full energy, before all is scaled down.",
        (
            "return np.concatenate([psi, mirrored(psi, rank)]) / np.sqrt(2)",
            "return np.concatenate([psi, mirrored(psi, rank)])",
        ),
    ),
    _level(
        "mirror-image-one-bin-off",
        "FRAME",
        "The spectrum is reversed without putting frequency zero back to the first bin.",
        ("return np.roll(np.flip(spectra, axes), 1, axes)", "return np.flip(spectra, axes)"),
    ),
    _image_bank(
        "pi-of-four-decimals",
        "PRED",
        "Angles are multiples of 3.1415, as in a known library.",
        (_TURN, "turn, scale = 3.1415 * angle / L"),
    ),
    _image_bank(
        "width-with-pi-of-four-decimals",
        "PRED",
        "The spectral width divides by 2 times 3.1415.",
        (_SIDES, _SIDES.replace("math.pi", "3.1415")),
    ),
    _image_bank(
        "angles-over-the-full-turn",
        "DEF",
        "Angles are multiples of 2 pi / L: half of them repeat the others' moduli on real images.",
        (_TURN, _TURN.replace("math.pi", "2 * math.pi")),
    ),
    _image_bank(
        "angles-in-the-other-sense",
        "DEF",
        "Angles run clockwise.",
        (_TURN, _TURN.replace("math.pi", "-math.pi")),
    ),
    _image_bank(
        "angle-before-octave",
        "DEF",
        "Wavelets are ordered by angle, then by octave.",
        ("octave, angle = np.divmod(np.arange(J * L), L)", "angle, octave = np.divmod(np.arange(J * L), J)"),
    ),
    _image_bank(
        "axes-of-the-wave-vector-swapped",
        "DEF",
        "Angles are measured from the first axis, after kymatio#412.",
        (_SIDES, _SIDES.replace("np.sin(turn), np.cos(turn)", "np.cos(turn), np.sin(turn)")),
    ),
    _image_bank(
        "slant-inverted",
        "DEF",
        "Wavelets are narrower across their direction in time than along it.",
        ("width[mu], 4 / L)", "width[mu], L / 4)"),
    ),
    _image_bank(
        "round-wavelets",
        "DEF",
        "Wavelets have no slant.",
        ("width[mu], 4 / L)", "width[mu], 1.0)"),
    ),
    _image_bank(
        "low-pass-one-octave-short",
        "DEF",
        "The average is as long as that of one octave less.",
        ("0.4 * 2**J))", "0.4 * 2 ** (J - 1)))"),
    ),
    _image_bank(
        "images-of-gabor-wavelets",
        "MEAN",
        "Wavelets of images lack the correction that makes their mean zero.",
        ("there = low * (here[0, 0] / low[0, 0])", "there = 0 * low"),
    ),
)
