"""Real images: where they come from, and small PNGs of what an operator makes of them."""

import base64
import io
from typing import Any

import numpy as np

WIDTH = 320
"""Columns of a photograph; enough to recognise it, few enough for a page that is one file."""

SOBEL = np.array(
    [[[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], [[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]]
)
"""Two filters of 3 by 3 taps that answer to vertical and to horizontal edges (Sobel)."""

_RAMP = np.array(
    [[253, 252, 246], [248, 215, 160], [233, 150, 103], [190, 82, 92], [113, 42, 92], [32, 16, 60]], dtype=float
)
"""Paper to ink through red; its lightness falls evenly, so that it reads in grey and with any colour vision."""


def photograph(name: str = "flower.jpg", width: int = WIDTH) -> np.ndarray:
    """Return a photograph that scikit-learn carries, in grey.

    Parameters
    ----------
    name : str
        "flower.jpg" or "china.jpg".
    width : int
        Columns of the result; the rows follow from the shape of the photograph.

    Returns
    -------
    ndarray of shape (rows, width)
        float64 in [0, 1]; the same values on every machine with the same Pillow.
    """
    from PIL import Image
    from sklearn.datasets import load_sample_image

    image = Image.fromarray(load_sample_image(name)).convert("L")
    rows = round(image.height * width / image.width)
    return np.asarray(image.resize((width, rows), Image.Resampling.BOX), dtype=np.float64) / 255


def digits(count: int = 16) -> np.ndarray:
    """Return handwritten digits that scikit-learn carries.

    Returns
    -------
    ndarray of shape (count, 8, 8)
        float64 in [0, 1], multiples of 1/16.
    """
    from sklearn.datasets import load_digits

    return load_digits().images[:count] / 16


def png_base64(pixels: np.ndarray) -> str:
    """Return pixels as a PNG in base64.

    Parameters
    ----------
    pixels : ndarray of shape (rows, columns) or (rows, columns, 3)
        Grey or red, green, blue in [0, 1]; what is outside is clipped, NaN is black.

    Raises
    ------
    ValueError
        If the array has another shape or is empty.
    """
    from PIL import Image

    if pixels.ndim not in (2, 3) or pixels.size == 0 or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise ValueError(
            f"png_base64: pixels must have the shape (rows, columns) or (rows, columns, 3), got {pixels.shape}"
        )
    levels = np.rint(np.clip(np.nan_to_num(pixels, nan=0.0), 0, 1) * 255).astype(np.uint8)
    image = Image.fromarray(levels)
    if pixels.ndim == 3:
        image = image.quantize(256, dither=Image.Dither.NONE)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def picture(caption: str, pixels: np.ndarray) -> dict[str, Any]:
    """Return the entry of a picture in the report; pixels as for `png_base64`."""
    return {"caption": caption, "png": png_base64(pixels), "width": pixels.shape[1], "height": pixels.shape[0]}


def panel(original: np.ndarray, filtered: np.ndarray, ratio: np.ndarray) -> list[dict[str, Any]]:
    """Return the pictures of a filtered image: what went in, the edges that came out, and where the errors are.

    Parameters
    ----------
    original : ndarray of shape (rows, columns)
        Grey in [0, 1].
    filtered : ndarray of shape (filters, rows', columns')
        The answers of the filters of `SOBEL`, or of others; shown is their Euclidean norm.
    ratio : ndarray of shape (filters, rows', columns') or (rows', columns')
        Error divided by bound; shown is the largest over the filters.
    """
    largest = ratio.max(axis=0) if ratio.ndim == 3 else ratio
    return [
        picture("The image.", original),
        picture(
            "Strength of the edges; dark is strong.", 1 - stretched(np.sqrt((filtered.astype(float) ** 2).sum(axis=0)))
        ),
        picture(f"Error / bound; the darkest is {_percent(largest)} of the bound.", ramp(stretched(largest))),
    ]


def _percent(ratio: np.ndarray) -> str:
    return f"{100 * float(np.max(ratio, initial=0.0)):.3g} %"


def stretched(values: np.ndarray) -> np.ndarray:
    """Return finite values divided by the largest, and 1 where a value is not finite."""
    finite = np.where(np.isfinite(values), values, 0.0)
    largest = finite.max(initial=0.0)
    return np.where(np.isfinite(values), finite / largest if largest > 0 else finite, 1.0)


def ramp(values: np.ndarray) -> np.ndarray:
    """Return colours for values in [0, 1]: light for 0, dark for 1.

    Returns
    -------
    ndarray of the shape of `values` and a last axis of 3
        Red, green, blue in [0, 1].
    """
    places = np.linspace(0, 1, len(_RAMP))
    return np.stack([np.interp(values, places, channel) for channel in _RAMP.T], axis=-1) / 255
