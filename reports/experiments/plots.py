"""Plots of the experiments by Matplotlib: on a canvas of their own, without state that other code could see."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..pictures import picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 100
STYLE: Any = {
    "font.family": "DejaVu Sans",  # Matplotlib brings it along: the same on every machine
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
}
SEQUENCE = ("#3b6fb6", "#e08a3c", "#5b9e6f", "#a8496a", "#7d6bb0", "#8a8a8a")
"""Colours of curves, told apart by lightness too."""


def plot(caption: str, draw: Callable[["Figure"], None], width: int = 640, height: int = 320) -> dict[str, Any]:
    """Return the entry of a picture that `draw` draws on a figure of a width and height in pixels.

    Examples
    --------
    >>> entry = plot("A line.", lambda figure: figure.subplots().plot([0, 1]), width=200, height=100)
    >>> entry["caption"], entry["width"], entry["height"]
    ('A line.', 200, 100)
    """
    return picture(caption, drawn(draw, width, height))


def drawn(draw: Callable[["Figure"], Any], width: int, height: int) -> np.ndarray:
    """Return what `draw` draws on a figure, as pixels.

    Returns
    -------
    ndarray of shape (height, width, 3)
        Red, green, blue in [0, 1].
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        size = width / PIXELS_PER_INCH, height / PIXELS_PER_INCH
        canvas = FigureCanvasAgg(Figure(figsize=size, dpi=PIXELS_PER_INCH, layout="constrained"))
        draw(canvas.figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def image(axes: Any, values: np.ndarray, extent: tuple[float, float, float, float] | None = None) -> None:
    """Show colours (rows, columns, 3) in [0, 1] or grey (rows, columns) there, stretched over the axes, the first row on top."""
    grey = {"cmap": "gray", "vmin": 0.0, "vmax": 1.0} if values.ndim == 2 else {}
    axes.imshow(values, aspect="auto", interpolation="nearest", extent=extent, **grey)
