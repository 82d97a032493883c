"""Wrong gradients of scattering: steps left out, not transposed, or not turned."""

from __future__ import annotations

import numpy as np

from convoracle.impl.mutants.arithmetic import on_result
from convoracle.impl.mutants.mutant import Mutant, edited, wrapped

_BOTH = "scattering1d_gradient scattering2d_gradient"
_SOLID = "scattering3d_gradient"
_TURNED = "modulus_gradient(_ascend(plan, path, np.abs(values), dy), values)"
_PLACED = (
    "_spread(plan, fft.fftn(placed, axes=_axes(plan)), plan.grid, path.rates) * plan.average(path.rates, dy.dtype)"
)
_DIRECTION = "np.divide(part, modulus, out=np.zeros_like(part), where=modulus != 0) * handed"


def _planar(name: str, law: str, sentence: str, old: str, new: str) -> Mutant:
    return edited(name, _BOTH, law, sentence, "scattering_gradient", (old, new))


def _solid(name: str, sentence: str, old: str, new: str, law: str = "ADJ") -> Mutant:
    return edited(name, _SOLID, law, sentence, "solid_harmonic_gradient", (old, new))


MUTANTS = (
    _planar(
        "scattering-gradient-without-direction",
        "ADJ",
        "A modulus hands back what it is handed, whatever the direction of its argument.",
        _TURNED,
        "_ascend(plan, path, np.abs(values), dy).astype(values.dtype)",
    ),
    _planar(
        "scattering-gradient-of-unscaled-signals",
        "DEF",
        "Signals near overflow are transformed as they are: their spectra are infinite, and their directions NaN.",
        "near_one, _ = engine.scaled(x)",
        "near_one = x",
    ),
    _planar(
        "scattering-gradient-of-the-conjugate",
        "CONJ",
        "A modulus hands back along the conjugate of its argument.",
        _TURNED,
        f"np.conj({_TURNED})",
    ),
    _planar(
        "scattering-gradient-of-the-squared-modulus",
        "ADJ",
        "The gradient is that of squared moduli.",
        _TURNED,
        "2 * values * _ascend(plan, path, np.abs(values), dy)",
    ),
    _planar(
        "scattering-gradient-without-longer-paths",
        "ADJ",
        "What paths of two wavelets hand back to the modulus of the first is left out.",
        "if plan.children[path.row]:",
        "if plan.children[path.row] and not path.order:",
    ),
    _planar(
        "scattering-gradient-not-averaged",
        "ADJ",
        "Samples of dy are put in their places and not averaged.",
        _PLACED,
        _PLACED.removesuffix(" * plan.average(path.rates, dy.dtype)"),
    ),
    _planar(
        "scattering-gradient-mirror-image-not-reversed",
        "ADJ",
        "What mirror images hand back is added from the wrong end.",
        "+= np.flip(beyond, axis)",
        "+= beyond",
    ),
    _planar(
        "scattering-gradient-without-mirror-images",
        "ADJ",
        "Mirror images hand nothing back.",
        "if plan.boundary in (",
        'if plan.boundary in ("none",) and plan.boundary in (',
    ),
    edited(
        "solid-gradient-wavelets-not-reversed",
        _SOLID,
        "CONJ",
        "Spectra are not conjugated on the way back: wavelets of odd degree are not reversed.",
        "solid_harmonic",
        ("np.conj(self.phase)", "self.phase"),
    ),
    _solid(
        "solid-gradient-without-longer-paths",
        "What paths of two scales hand back to the modulus of the first is left out.",
        "        if later:\n",
        "        if False:\n",
    ),
    _solid(
        "solid-gradient-through-the-first-wavelet-twice",
        "What a path of two wavelets hands back goes through its first wavelet in the place of its second.",
        "return wavelets.transposed(_turned(parts, modulus, handed), second)",
        "return wavelets.transposed(_turned(parts, modulus, handed), first)",
    ),
    _solid(
        "solid-gradient-of-the-square-without-factor",
        "The square of a modulus has the slope U, not 2 U.",
        "lambda u: 2 * u",
        "lambda u: u",
    ),
    _solid(
        "solid-gradient-of-the-root-inverted",
        "The root of a modulus has the slope U^(1/2) / 2, not U^(-1/2) / 2.",
        "0.5 / np.sqrt(u)",
        "0.5 * np.sqrt(u)",
    ),
    _solid(
        "solid-gradient-without-direction",
        "A modulus hands back along its argument, not along its direction.",
        _DIRECTION,
        "part * handed",
    ),
    _solid(
        "solid-gradient-nan-where-a-modulus-vanishes",
        "Where a modulus is 0 it hands back 0/0.",
        _DIRECTION,
        "part / modulus * handed",
        "NAN",
    ),
    _solid(
        "solid-gradient-without-sign",
        "The modulus of the volume itself has the slope 1 below 0, too.",
        "np.sign(self.volumes) * self",
        "np.abs(np.sign(self.volumes)) * self",
    ),
    _solid(
        "solid-gradient-scaled-as-the-integral",
        "Large and small volumes have gradients scaled as their integrals are.",
        "int(2 * power) - 2",
        "int(2 * power)",
        "STABLE",
    ),
    _solid(
        "solid-gradient-of-the-volume-alone",
        "Wavelets hand nothing back.",
        "return total + self._returned(back)",
        "return total",
    ),
    _solid(
        "solid-gradient-of-the-first-column",
        "All columns of dy count as the first.",
        "dy[:, column]",
        "dy[:, 0]",
        "IDX",
    ),
    wrapped(
        "solid-gradient-always-float64",
        _SOLID,
        "DTYPE",
        "The result is float64 whatever the operands are.",
        on_result(lambda dx: dx.astype(np.float64)),
    ),
)
