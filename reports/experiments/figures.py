"""Small pictures of images, filters and responses."""

import numpy as np

from ..pictures import stretched
from .data import LEVEL

GAP = 2
FRAME = 0.25
"""Grey between feature maps, which are white where nothing responds."""


def sheet(images: np.ndarray, columns: int = 16, zoom: int = 1) -> np.ndarray:
    """Return images of one size side by side, from black at 0 to white at `LEVEL`.

    Parameters
    ----------
    images : ndarray of shape (count, rows, columns)

    Returns
    -------
    ndarray of two axes, in [0, 1]
    """
    return _tiled(np.clip(images / LEVEL, 0, 1), columns, zoom)


def filters(weights: np.ndarray, zoom: int = 8) -> np.ndarray:
    """Return filters side by side: grey is 0, white the greatest and black the least weight by modulus."""
    return _tiled((1 + weights / np.abs(weights).max(initial=np.finfo(np.float32).tiny)) / 2, len(weights), zoom)


def responses(maps: np.ndarray, side: int = 48, columns: int = 8) -> np.ndarray:
    """Return feature maps side by side, each about `side` pixels wide: white is 0, black the greatest response of all."""
    return 1 - _tiled(stretched(np.abs(maps)), columns, max(1, side // maps.shape[-1]), paper=FRAME)


def stacked(*pictures: np.ndarray) -> np.ndarray:
    """Return pictures one below the other, each from the left."""
    width = max(p.shape[1] for p in pictures)
    rows = [np.pad(p, ((0, GAP), (0, width - p.shape[1])), constant_values=1.0) for p in pictures]
    return np.vstack(rows)[:-GAP]


def _tiled(images: np.ndarray, columns: int, zoom: int, paper: float = 1.0) -> np.ndarray:
    large = np.kron(images, np.ones((1, zoom, zoom)))
    columns = min(columns, len(large))
    blanks = np.full((-len(large) % columns, *large.shape[1:]), paper)
    framed = np.pad(np.concatenate([large, blanks]), ((0, 0), (0, GAP), (0, GAP)), constant_values=paper)
    height, width = framed.shape[1:]
    rows = framed.reshape(-1, columns, height, width).swapaxes(1, 2).reshape(-1, columns * width)
    return rows[:-GAP, :-GAP]
