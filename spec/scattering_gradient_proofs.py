"""Proofs of the laws of the gradient of scattering, and its certificate: both sides of the law, in balls."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from flint import arb, ctx

from .configuration import bind
from .dual import tangent
from .enclosure import PRECISIONS, enclose
from .evidence import Evidence, certify, claim_of, prove_by_form
from .homogeneity import NOTHING, growth_of_output
from .laws import VALUE, Gradient, Transformed
from .relations import every_word
from .rounding import BINARY64, Arithmetic
from .scattering import SCATTERING1D
from .scattering_gradient import SCATTERING1D_GRADIENT

GRADIENTS = {SCATTERING1D: SCATTERING1D_GRADIENT}
"""The records whose gradients are certified here."""

SMALL = 2.0**-80
"""How far the two sides of a certificate may be apart, relative to what is added."""


def prove_scaled(law: Transformed) -> Evidence | None:
    """Prove that a positive factor of the signal leaves its gradient as it is; None for another law."""
    if law.operator not in GRADIENTS.values() or law.outer != VALUE or not (law.inner / VALUE).is_positive:
        return None
    words = list(every_word(law.operator, {}))
    grows = [str(chosen) for chosen in words if growth_of_output(law.operator, law.wrt, chosen, odd=False) != NOTHING]
    return prove_by_form(
        claim_of(law), grows, f"stage by stage, the power of the factor, in {len(words)} choices of words"
    )


def prove_gradient(law: Gradient) -> Evidence | None:
    """Certify that ``<J v, dy>`` and ``<v, dx>`` meet, in balls, at some signals; None for another law."""
    if law.operator not in GRADIENTS:
        return None
    return certify(claim_of(law), lambda: _meetings(law), "dual numbers in complex balls")


def _meetings(law: Gradient) -> str | None:
    """Return at how many calls both sides meet, None where they do not."""
    calls = list(_calls())
    if not all(_meets(law, n, options) for n, options in calls):
        return None
    return f"{len(calls)} calls with all options, both sides within 2^-80 of each other"


def _calls() -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield lengths and options: every word of every choice, with sizes that no power of 2 divides and others."""
    choices = {"boundary": ("periodic", "zero", "symmetric", "reflect"), "paths": ("decreasing", "all")}
    choices |= {
        "wavelet": ("morlet", "spline"),
        "normalization": ("cap", "tight", "scalar"),
        "two_sided": (False, True),
    }
    for number in range(8):
        words = {keyword: several[number % len(several)] for keyword, several in choices.items()}
        yield 8 + number, {"J": 2, "Q": (1 + number % 2, 1), "oversampling": number // 3, **words}


def _meets(law: Gradient, n: int, options: dict[str, Any]) -> bool:
    """Whether the balls of both sides overlap, and are small."""
    generator = np.random.default_rng(n)
    forward = bind(law.operator, {"x": (1, n)}, options)
    x, v, dy = (generator.standard_normal(shape) for shape in ((1, n), (1, n), forward.output_shape))
    _, slopes = tangent(forward, {"x": x}, {"x": v})[law.output]
    backward = bind(law.gradient, {"dy": dy.shape, "x": x.shape}, options)
    (gradient,) = enclose(backward, {"dy": dy, "x": x}, Arithmetic(BINARY64))
    with ctx.workprec(PRECISIONS[0]):
        apart = _dot(slopes, dy) - _dot(gradient.values, v)
    return bool(apart.contains(0)) and float(apart.rad()) < SMALL * n


def _dot(balls: np.ndarray, numbers: np.ndarray) -> arb:
    return sum((ball * arb(w) for ball, w in zip(np.ravel(balls), numbers.ravel().tolist(), strict=True)), arb(0))
