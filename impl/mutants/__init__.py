"""Wrong kernels, which the suite must reject."""

from __future__ import annotations

from convoracle.impl.backends.subject import Subject
from convoracle.impl.mutants import (
    activations,
    adaptive,
    algorithms,
    arithmetic,
    averages,
    dense,
    fourier,
    frames,
    gradients,
    indices,
    layer_gradients,
    layers,
    maxima,
    memory,
    norm_gradients,
    norms,
    options,
    pooling,
    pooling_gradients,
    rare_calls,
    scattering_gradients,
    scatterings,
    signals,
    softmaxes,
    solid_harmonics,
    transposes,
    wavelet_banks,
    wavelets,
)
from convoracle.impl.mutants.mutant import LAWS, Edit, Mutant
from convoracle.impl.mutants.systematic import systematic

MUTANTS: tuple[Mutant, ...] = (
    *signals.MUTANTS,
    *layers.MUTANTS,
    *options.MUTANTS,
    *arithmetic.MUTANTS,
    *algorithms.MUTANTS,
    *memory.MUTANTS,
    *gradients.MUTANTS,
    *transposes.MUTANTS,
    *pooling.MUTANTS,
    *maxima.MUTANTS,
    *indices.MUTANTS,
    *adaptive.MUTANTS,
    *averages.MUTANTS,
    *pooling_gradients.MUTANTS,
    *activations.MUTANTS,
    *layer_gradients.MUTANTS,
    *softmaxes.MUTANTS,
    *norms.MUTANTS,
    *norm_gradients.MUTANTS,
    *dense.MUTANTS,
    *fourier.MUTANTS,
    *frames.MUTANTS,
    *solid_harmonics.MUTANTS,
    *wavelets.MUTANTS,
    *wavelet_banks.MUTANTS,
    *scatterings.MUTANTS,
    *scattering_gradients.MUTANTS,
    *rare_calls.MUTANTS,
)


def mutant(name: str) -> Mutant:
    """Return the mutant called `name`; a systematic one where the name has dots, see `systematic`.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> mutant("correlate-without-conjugate").law
    'CONJ'
    """
    for one in MUTANTS:
        if one.name == name:
            return one
    if name.count(".") >= 3:
        return systematic(name).mutant()
    raise ValueError(f"no mutant {name!r}; there are {', '.join(one.name for one in MUTANTS)}")


def load_mutant(name: str) -> Subject:
    """Return the mutant called `name` as a subject, as ``convoracle.impl.backends.load`` returns libraries."""
    return mutant(name).subject()


__all__ = ["LAWS", "MUTANTS", "Edit", "Mutant", "load_mutant", "mutant"]
