"""All experiments by name."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .backgrounds import add_backgrounds
from .bank_certificates import certify_banks, certify_many_banks
from .bank_plots import show_banks
from .digits import recognise_digits
from .doubled_anchors import double_anchors
from .edge_cost import compare_costs
from .energy import spread_energy
from .kmeans_anchors import cluster_anchors
from .max_pool_shift import shift_maxima
from .no_rectification import remove_rectification
from .outcome import Outcome, Progress, outcome_entry
from .reconstruction import reconstruct
from .reversed_digits import reverse_digits
from .scattering_digits import classify
from .stationary import scatter_noise


@dataclass(frozen=True)
class Experiment:
    """An experiment: `run` takes a seed and someone to tell of progress; `trains` says that it takes a minute or more."""

    name: str
    question: str
    run: Callable[[int, Progress], Outcome]
    trains: bool = True


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "digits", "How well does LeNet-5, trained with these kernels, read handwritten digits?", recognise_digits
    ),
    Experiment(
        "reversed-digits", "Does a network with negated filters in C1 read reversed digits as well?", reverse_digits
    ),
    Experiment("no-rectification", "What is lost without rectification?", remove_rectification),
    Experiment("doubled-anchors", "Do anchors [A, -A] read a digit and its negative alike?", double_anchors),
    Experiment("max-pool-shift", "How many maxima does a shift by one sample change?", shift_maxima, trains=False),
    Experiment(
        "edge-cost", "What does finding edges cost as a convolution and as a matrix?", compare_costs, trains=False
    ),
    Experiment("backgrounds", "What do textured backgrounds change in the first two layers?", add_backgrounds),
    Experiment("kmeans-anchors", "Are anchors by K-means as good as trained ones?", cluster_anchors),
    Experiment("bank-certificates", "Has any bank of wavelets a frame bound above 1?", certify_banks),
    Experiment("bank-certificates-thorough", "Has any of 2,000 banks a frame bound above 1?", certify_many_banks),
    Experiment("banks", "What do wavelets, their frame functions and scattering look like?", show_banks, trains=False),
    Experiment("energy", "How does the energy of photographs and of a sound spread over the orders?", spread_energy),
    Experiment("stationary", "What are the scattering moments of stationary noises?", scatter_noise),
    Experiment("reconstruction", "What do scattering coefficients tell of what they come from?", reconstruct),
    Experiment("scattering-digits", "How well does a linear classifier of scattering vectors read digits?", classify),
)


def experiment(name: str) -> Experiment:
    """Return the experiment of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    for entry in EXPERIMENTS:
        if entry.name == name:
            return entry
    raise ValueError(f"no experiment {name!r}; there are {', '.join(e.name for e in EXPERIMENTS)}")


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without repetition, and those of every experiment for "all".

    Raises
    ------
    ValueError
        If there is no such experiment.
    """
    every = tuple(entry.name for entry in EXPERIMENTS)
    found = [name for given in names for name in (every if given == "all" else (experiment(given).name,))]
    return tuple(dict.fromkeys(found))


def quick() -> tuple[str, ...]:
    """Return the names of the experiments that train nothing and take seconds: those of a report by default."""
    return tuple(entry.name for entry in EXPERIMENTS if not entry.trains)


def run_experiment(name: str, seed: int, progress: Progress) -> dict[str, Any]:
    """Run one experiment and return its entry in a report, the evidence for its claims beside it."""
    chosen, since = experiment(name), time.perf_counter()
    outcome = chosen.run(seed, progress)
    return outcome_entry(name, chosen.question, seed, outcome, time.perf_counter() - since)
