"""Signals and images of the scattering experiments: a sound like speech, noises, a texture, a sparse image.

All but the photographs are synthetic, and so are the same on every machine for the same seed.
"""

import numpy as np

from ..pictures import photograph

RATE = 16_000
"""Samples per second of the sound."""

PITCH = 110.0
FORMANTS = ((700.0, 90.0), (1_220.0, 110.0), (2_600.0, 160.0))
"""Resonances of the throat for the vowel of "father": frequency and bandwidth in hertz (Peterson & Barney 1952)."""

SYLLABLE = 4_096
"""Samples of a syllable, about a quarter of a second; each begins with a burst of noise and has a voiced middle."""

PHRASE = 8
"""Syllables of a phrase, which begins and ends softly."""


def speech_like(samples: int, seed: int) -> np.ndarray:
    """Return a sound with the rhythms of speech: glottal pulses through formants, and noise at the start of syllables.

    Returns
    -------
    ndarray of shape (samples,)
        float64 of mean 0 and Euclidean norm 1.
    """
    rng = np.random.default_rng(seed)
    syllable, place = np.divmod(np.arange(samples), SYLLABLE)
    loudness = rng.uniform(0.3, 1, syllable[-1] + 1)[syllable] * np.sin(np.pi * (syllable + 0.5) / PHRASE) ** 2
    voiced = resonant(_pulses(samples, rng)) * np.sin(np.pi * place / SYLLABLE) ** 2
    burst = np.diff(rng.standard_normal(samples), prepend=0.0) * np.exp(-20 * place / SYLLABLE)
    return normalised(loudness * (voiced / voiced.std() + burst))


def _pulses(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Return one pulse per period of a pitch that glides by a fifth up and down and trembles a little."""
    glide = 2 ** (0.3 * np.sin(2 * np.pi * 0.7 * np.arange(samples) / RATE) + 0.01 * rng.standard_normal(samples))
    periods = np.floor(np.cumsum(PITCH * glide / RATE))
    return np.diff(periods, prepend=0.0)


def resonant(signal: np.ndarray) -> np.ndarray:
    """Return a signal after the resonances of `FORMANTS`, two poles each."""
    from scipy.signal import lfilter

    for frequency, bandwidth in FORMANTS:
        radius, angle = np.exp(-np.pi * bandwidth / RATE), 2 * np.pi * frequency / RATE
        signal = lfilter([1.0], [1.0, -2 * radius * np.cos(angle), radius**2], signal)
    return signal


def fractional_density(samples: int, exponent: float) -> np.ndarray:
    """Return the spectral density ``|w|**-exponent`` on the bins of a period, 0 at frequency zero and 1 in the mean.

    Examples
    --------
    >>> fractional_density(4, 1.0).tolist()
    [0.0, 1.6, 0.8, 1.6]
    """
    step = np.minimum(np.arange(samples), samples - np.arange(samples))
    density = np.zeros(samples)
    density[1:] = step[1:] ** -float(exponent)
    return density / density.mean()


def gaussian_noise(density: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return realisations of a periodic stationary Gaussian process.

    Parameters
    ----------
    density : ndarray of shape (samples,)
        The variance of every bin; the variance of a sample is its mean.
    count : int
        Realisations.

    Returns
    -------
    ndarray of shape (count, samples)
    """
    white = rng.standard_normal((count, len(density)))
    return np.fft.irfft(np.fft.rfft(white) * np.sqrt(density[: len(density) // 2 + 1]), len(density))


def random_phases(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an image of the same mean and power spectrum with random phases: a realisation of the Gaussian model.

    The phases are those of white noise, so that they are odd as those of every real image.
    """
    phases = np.angle(np.fft.fftn(rng.standard_normal(image.shape)))
    phases.flat[0] = 0.0
    spectrum = np.fft.fftn(image)
    spectrum.flat[1:] = np.abs(spectrum.flat[1:])
    return np.fft.ifftn(spectrum * np.exp(1j * phases)).real


def cells(size: int, seed: int, count: int = 40, width: float = 1.5) -> np.ndarray:
    """Return a texture of walls between cells, each the surroundings of a random point on the torus.

    Returns
    -------
    ndarray of shape (size, size)
        float64 in (0, 1]: 1 on the walls.
    """
    points = np.random.default_rng(seed).uniform(0, size, (count, 2))
    rows, columns = (_around(np.arange(size)[:, None] - points[:, axis], size) for axis in (0, 1))
    distances = np.sqrt(rows[:, None] ** 2 + columns[None, :] ** 2)
    nearest, second = np.partition(distances, 1, axis=-1)[..., :2].transpose(2, 0, 1)
    return np.exp(-(((second - nearest) / width) ** 2))


def _around(distance: np.ndarray, size: int) -> np.ndarray:
    """Return distances on a circle of a circumference."""
    return (distance + size / 2) % size - size / 2


def strokes(size: int) -> np.ndarray:
    """Return a sparse image: a ring, a slanted line and two dots on exact zeros.

    Returns
    -------
    ndarray of shape (size, size)
        float64 in [0, 1].
    """
    rows, columns = (np.indices((size, size)) + 0.5) / size
    ring = np.abs(np.hypot(rows - 0.42, columns - 0.4) - 0.2)
    line = np.where(np.abs(columns - 0.62) < 0.25, np.abs(rows + 0.5 * columns - 1.03), 1.0)
    dots = np.minimum(np.hypot(rows - 0.42, columns - 0.4), np.hypot(rows - 0.25, columns - 0.78))
    return np.maximum(0.0, 1 - np.minimum.reduce([ring, line, dots]) * size / 1.5)


def crops(size: int, width: int) -> np.ndarray:
    """Return the squares that fit into the middle rows of the two photographs, `width` pixels wide.

    Returns
    -------
    ndarray of shape (count, size, size)
        float64, each of mean 0 and variance 1.
    """
    found = []
    for name in ("flower.jpg", "china.jpg"):
        image = photograph(name, width)
        top = (image.shape[0] - size) // 2
        found += [image[top : top + size, left : left + size] for left in range(0, width - size + 1, size)]
    return np.stack([normalised(tile) * size for tile in found])


def normalised(signal: np.ndarray) -> np.ndarray:
    """Return a signal less its mean, of Euclidean norm 1."""
    centred = signal - signal.mean()
    return centred / np.linalg.norm(centred)
