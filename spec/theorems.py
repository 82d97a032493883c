"""Every theorem about the records, and the proof of everything: laws first, then theorems, each with its evidence."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from . import (
    theorems_activation,
    theorems_algorithms,
    theorems_averages,
    theorems_closed_forms,
    theorems_cost,
    theorems_deformation,
    theorems_filter_bank,
    theorems_fourier,
    theorems_frame,
    theorems_gabor,
    theorems_learning,
    theorems_matrix,
    theorems_network,
    theorems_normalization,
    theorems_padding,
    theorems_paths,
    theorems_pooling,
    theorems_recos,
    theorems_recos_cascade,
    theorems_recos_mean,
    theorems_recos_negation,
    theorems_sampling,
    theorems_scale,
    theorems_scattering,
    theorems_scattering_sizes,
    theorems_shift,
    theorems_signal,
    theorems_sizes,
    theorems_solid_harmonic,
    theorems_stability,
    theorems_stationary,
    theorems_tight_banks,
    theorems_translation,
    theorems_uncertainty,
    theorems_wavelet,
    theorems_windows,
)
from .evidence import Evidence, Theorem
from .law_catalog import LAWS
from .law_proofs import prove_law
from .laws import Law

THEOREMS: tuple[Theorem, ...] = (
    *theorems_signal.THEOREMS,
    *theorems_sizes.THEOREMS,
    *theorems_padding.THEOREMS,
    *theorems_shift.THEOREMS,
    *theorems_matrix.THEOREMS,
    *theorems_cost.THEOREMS,
    *theorems_windows.THEOREMS,
    *theorems_pooling.THEOREMS,
    *theorems_activation.THEOREMS,
    *theorems_algorithms.THEOREMS,
    *theorems_normalization.THEOREMS,
    *theorems_stability.THEOREMS,
    *theorems_fourier.THEOREMS,
    *theorems_uncertainty.THEOREMS,
    *theorems_frame.THEOREMS,
    *theorems_wavelet.THEOREMS,
    *theorems_tight_banks.THEOREMS,
    *theorems_filter_bank.THEOREMS,
    *theorems_scale.THEOREMS,
    *theorems_gabor.THEOREMS,
    *theorems_scattering.THEOREMS,
    *theorems_sampling.THEOREMS,
    *theorems_scattering_sizes.THEOREMS,
    *theorems_translation.THEOREMS,
    *theorems_averages.THEOREMS,
    *theorems_paths.THEOREMS,
    *theorems_closed_forms.THEOREMS,
    *theorems_deformation.THEOREMS,
    *theorems_stationary.THEOREMS,
    *theorems_recos.THEOREMS,
    *theorems_recos_mean.THEOREMS,
    *theorems_recos_negation.THEOREMS,
    *theorems_recos_cascade.THEOREMS,
    *theorems_network.THEOREMS,
    *theorems_learning.THEOREMS,
    *theorems_solid_harmonic.THEOREMS,
)


def prove(statement: Law | Theorem) -> Evidence:
    """Prove a law or a theorem, and take the time."""
    if isinstance(statement, Theorem):
        return statement.prove()
    since = time.perf_counter()
    evidence = prove_law(statement)
    return replace(evidence, seconds=time.perf_counter() - since)


def prove_all(
    progress: Callable[[Evidence], None] | None = None, names: Collection[str] | None = None
) -> list[Evidence]:
    """Prove all laws and theorems, in the order in which they stand.

    Parameters
    ----------
    progress : callable, optional
        Called with each piece of evidence as it is found.
    names : collection of str, optional
        The names of laws and theorems to prove; all if not given.

    Returns
    -------
    list of Evidence
        "refuted" or "unknown" evidence is a defect of the specification.
    """
    found = []
    for statement in (*LAWS, *THEOREMS):
        if names is None or statement.name in names:
            found.append(prove(statement))
            if progress is not None:
                progress(found[-1])
    return found
