"""The images of the experiments: scikit-learn's handwritten digits at 32 x 32 pixels, plain and on textures.

Grey levels run from 0 to `LEVEL`; ink is bright. They are multiples of 2**-9, as are all levels that reversal and centring
make of them, so that float32 holds every one of them exactly.
"""

from functools import cache

import numpy as np

from ..pictures import photograph

LEVEL = 2.0
"""The greatest grey level c: centred at c/2 the levels run from -1 to 1."""

SIZE = 32
SPLITS = 5
TEST_SHARE = 0.25
BY_FILE = "file order"
RANDOM = tuple(f"random {index}" for index in range(1, SPLITS + 1))
SCENES = 10


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits and their classes.

    Returns
    -------
    levels : ndarray of shape (1797, 1, 32, 32)
        float32 in [0, `LEVEL`], linear between the 8 x 8 samples.
    labels : ndarray of shape (1797,)
        int64 in 0..9. Digits of the same writers stand together.
    """
    from sklearn.datasets import load_digits

    loaded = load_digits()
    between = interpolation(loaded.images.shape[1])
    levels = (
        between @ loaded.images @ between.T * (LEVEL / 16)
    )  # loaded levels are 0..16; every product and sum is exact
    return _frozen(levels[:, None].astype(np.float32)), _frozen(loaded.target.astype(np.int64))


def interpolation(samples: int, size: int = SIZE) -> np.ndarray:
    """Return the matrix that interpolates samples linearly, pixel centres on pixel centres, constant beyond the outermost.

    Examples
    --------
    >>> interpolation(2, 4).tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    places = np.clip((np.arange(size) + 0.5) * samples / size - 0.5, 0, samples - 1)
    return np.maximum(0.0, 1 - np.abs(places[:, None] - np.arange(samples)))


@cache
def scenes(seed: int) -> np.ndarray:
    """Return textures: pieces of the two photographs that scikit-learn carries, each stretched over all grey levels.

    Returns
    -------
    ndarray of shape (10, 32, 32)
        float32 in [0, `LEVEL`].
    """
    rng = np.random.default_rng(seed)
    photographs = [photograph(name) for name in ("flower.jpg", "china.jpg")]
    cut = []
    for index in range(SCENES):
        image = photographs[index % len(photographs)]
        top, left = (rng.integers(0, length - SIZE) for length in image.shape)
        piece = image[top : top + SIZE, left : left + SIZE]
        cut.append((piece - piece.min()) / max(float(np.ptp(piece)), 1 / 255))
    return _frozen((LEVEL * np.array(cut)).astype(np.float32))


@cache
def textured(seed: int, strength: float = 0.75) -> np.ndarray:
    """Return every digit before one of the scenes, drawn by seed: the brighter of the ink and the darkened scene."""
    levels, _ = digits()
    drawn = np.random.default_rng([seed, 1]).integers(0, SCENES, len(levels))
    return _frozen(np.maximum(levels, np.float32(strength) * scenes(seed)[drawn, None]))


def centred(levels: np.ndarray) -> np.ndarray:
    """Return levels minus c/2, exactly where they are the digits'."""
    return levels - np.float32(LEVEL / 2)


def reversed_levels(levels: np.ndarray) -> np.ndarray:
    """Return c minus the levels, exactly where they are the digits'."""
    return np.float32(LEVEL) - levels


@cache
def splits(seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return (training, test) indices by name: five stratified random splits and the one by file order.

    In file order the last quarter was written by other people than the first three quarters.
    """
    from sklearn.model_selection import StratifiedShuffleSplit

    _, labels = digits()
    shuffled = StratifiedShuffleSplit(SPLITS, test_size=TEST_SHARE, random_state=seed).split(labels, labels)
    first = len(labels) - int(np.ceil(TEST_SHARE * len(labels)))
    return dict(zip(RANDOM, shuffled, strict=True)) | {BY_FILE: (np.arange(first), np.arange(first, len(labels)))}


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array
