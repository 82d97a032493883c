"""Proofs of the laws of the gradients of scattering, and their certificate: both sides of the law, in balls."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from flint import arb, ctx
from sympy import Indexed

from .configuration import bind
from .dual import tangent
from .enclosure import PRECISIONS, enclose
from .evidence import Evidence, certify, claim_of, prove_by_form
from .homogeneity import NOTHING, growth_of_output
from .laws import VALUE, Gradient, Transformed
from .records import Choice, OperatorSpec
from .relations import every_word
from .rounding import BINARY64, Arithmetic
from .scattering import SCATTERING1D
from .scattering2d import SCATTERING2D
from .scattering_gradient import SCATTERING1D_GRADIENT, SCATTERING2D_GRADIENT
from .solid_harmonic import SCATTERING3D
from .solid_harmonic_gradient import SCATTERING3D_GRADIENT

GRADIENTS = {
    SCATTERING1D: SCATTERING1D_GRADIENT,
    SCATTERING2D: SCATTERING2D_GRADIENT,
    SCATTERING3D: SCATTERING3D_GRADIENT,
}
"""The records whose gradients are certified here."""

SMALL = 2.0**-80
"""How far the two sides of a certificate may be apart, relative to the norms of what is paired."""


def prove_scaled(law: Transformed) -> Evidence | None:
    """Prove that a positive factor of the signal leaves its gradient as it is; None for another law."""
    if law.operator not in GRADIENTS.values() or law.words or law.outer != VALUE or not (law.inner / VALUE).is_positive:
        return None
    words = list(every_word(law.operator, _idle_words(law.operator, law.wrt)))
    grows = [str(chosen) for chosen in words if growth_of_output(law.operator, law.wrt, chosen, odd=False) != NOTHING]
    return prove_by_form(
        claim_of(law), grows, f"stage by stage, the power of the factor, in {len(words)} choices of words"
    )


def _idle_words(record: OperatorSpec, wrt: str) -> dict[str, Any]:
    """Return a word for every choice that binds nothing in the stages that read an input, such as that of the filters."""
    reading, values = {wrt}, []
    for stage in record.definition:
        if {str(entry.base) for entry in stage.value.atoms(Indexed)} & reading:
            reading.add(str(stage.target.base))
            values.append(stage.value)
    choices = [p for p in record.parameters if isinstance(p, Choice)]
    return {p.keyword: p.default for p in choices if not any(value.has(*_bound(p)) for value in values)}


def _bound(choice: Choice) -> set[Any]:
    """Return what the words of a choice bind."""
    return {key for binding in choice.options.values() for key in binding}


def prove_gradient(law: Gradient) -> Evidence | None:
    """Certify that ``<J v, dy>`` and ``<v, dx>`` meet, in balls, at some signals; None for another law."""
    if law.operator not in GRADIENTS:
        return None
    return certify(claim_of(law), lambda: _meetings(law), "dual numbers in complex balls")


def _meetings(law: Gradient) -> str | None:
    """Return at how many calls both sides meet, None where they do not."""
    calls = list(_calls(law.operator))
    if not all(_meets(law, sizes, options) for sizes, options in calls):
        return None
    return f"{len(calls)} calls with all words of all options but the wavelets, both sides within 2^-80 of each other"


def _calls(record: OperatorSpec) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield sizes and options: every word of every choice, with sizes that no power of 2 divides and others."""
    choices = {
        p.keyword: list(p.options) for p in record.parameters if isinstance(p, Choice) and p.keyword != "wavelet"
    }
    for call in range(max(map(len, choices.values()))):
        words = {keyword: several[call % len(several)] for keyword, several in choices.items()}
        sizes, options = _sized(record, call)
        yield sizes, {"J": 2, **options, **words}


def _sized(record: OperatorSpec, call: int) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Return the sizes of one call, and its options that are numbers."""
    if record is SCATTERING3D:
        return (3, 2 + call % 3, 2), {"L": call % 4, "sigma": 0.5}
    oversampling = call % 3 // 2
    if record is SCATTERING1D:
        return (8 + call,), {"Q": (1 + call % 2, 1), "oversampling": oversampling}
    return (4 + call % 2, 5 - call % 2), {"L": 1 + call % 2, "oversampling": oversampling}


def _meets(law: Gradient, sizes: tuple[int, ...], options: dict[str, Any]) -> bool:
    """Whether the balls of both sides overlap, and are small."""
    generator = np.random.default_rng(len(sizes))
    forward = bind(law.operator, {"x": (1, *sizes)}, options)
    x, v, dy = (generator.standard_normal(shape) for shape in ((1, *sizes), (1, *sizes), forward.output_shape))
    _, slopes = tangent(forward, {"x": x}, {"x": v})[law.output]
    backward = bind(law.gradient, {"dy": dy.shape, "x": x.shape}, options)
    (gradient,) = enclose(backward, {"dy": dy, "x": x}, Arithmetic(BINARY64))
    with ctx.workprec(PRECISIONS[0]):
        apart = _dot(slopes, dy) - _dot(gradient.values, v)
    return bool(apart.contains(0) and float(apart.rad()) < SMALL * np.linalg.norm(dy) * np.linalg.norm(v))


def _dot(balls: np.ndarray, numbers: np.ndarray) -> arb:
    return sum((ball * arb(w) for ball, w in zip(np.ravel(balls), numbers.ravel().tolist(), strict=True)), arb(0))
