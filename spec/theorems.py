"""Every theorem about the records, and the proof of everything: laws first, then theorems, each with its evidence."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from . import theorems_cost, theorems_matrix, theorems_padding, theorems_shift, theorems_signal, theorems_sizes
from .convolution_laws import LAWS
from .evidence import Evidence, Theorem
from .law_proofs import prove_law
from .laws import Law

THEOREMS: tuple[Theorem, ...] = (
    *theorems_signal.THEOREMS,
    *theorems_sizes.THEOREMS,
    *theorems_padding.THEOREMS,
    *theorems_shift.THEOREMS,
    *theorems_matrix.THEOREMS,
    *theorems_cost.THEOREMS,
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
