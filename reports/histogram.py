"""Histograms of error / bound as inline SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from .summary import number, raised

WIDTH, HEIGHT, BASE, TOP = 300, 84, 64, 14


def svg(histogram: Mapping[str, Any]) -> Markup:
    """Return a histogram as an `svg` element that takes its colours from the page.

    Bins have equal widths whatever their edges, which may be infinite (no error at all); heights are logarithmic, so
    that a single element near the bound is seen beside a million far below it.
    """
    counts, edges = histogram["counts"], histogram["edges"]
    body = Markup("").join([*_bars(counts), *_bound(edges), *_labels(edges, len(counts))])
    return Markup('<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, _sentence(histogram), body
    )


def _sentence(histogram: Mapping[str, Any]) -> str:
    counts, edges = histogram["counts"], histogram["edges"]
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return f"{histogram['dtype']}: no elements"
    last = filled[-1]
    greatest = f"the largest with log10(error / bound) between {number(edges[last])} and {number(edges[last + 1])}"
    return f"{histogram['dtype']}: error / bound of {sum(counts):,} elements, {greatest}"


def _bars(counts: Sequence[int]) -> Iterator[Markup]:
    step = WIDTH / max(1, len(counts))
    highest = math.log1p(max(counts, default=0)) or 1.0
    for index, count in enumerate(counts):
        if count:
            height = max(1.5, (BASE - TOP) * math.log1p(count) / highest)
            yield Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                index * step + 0.5, BASE - height, max(1.0, step - 1), height
            )


def _bound(edges: Sequence[float]) -> Iterator[Markup]:
    """Draw the bound, where error / bound is 1, if the bins reach it."""
    place = next((index for index, edge in enumerate(edges) if edge >= 0), None)
    if place is not None and len(edges) > 1:
        x = WIDTH * place / (len(edges) - 1)
        yield Markup('<line class="bound" x1="{0:.1f}" x2="{0:.1f}" y1="2" y2="{1}"/>').format(x, BASE)
        anchor = "end" if x > WIDTH / 2 else "start"
        yield _text(x + (-4 if anchor == "end" else 4), 10, anchor, "bound")


def _labels(edges: Sequence[float], bins: int) -> Iterator[Markup]:
    yield Markup('<line class="axis" x1="0" x2="{0}" y1="{1}" y2="{1}"/>').format(WIDTH, BASE)
    if not bins:
        return
    named = [index for index, edge in enumerate(edges) if math.isinf(edge) or edge == round(edge)] or [0, bins]
    for index in named[:: max(1, math.ceil(len(named) / 7))]:
        x = WIDTH * index / bins
        anchor = "start" if index == 0 else "end" if index == bins else "middle"
        yield _text(x, BASE + 12, anchor, _power(edges[index]))


def _power(edge: float) -> str:
    if math.isinf(edge):
        return "0" if edge < 0 else "∞"
    return "10" + raised(f"{edge:.3g}")


def _text(x: float, y: float, anchor: str, text: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))
