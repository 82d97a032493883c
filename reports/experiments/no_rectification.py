"""LeNet-5 with and without rectification (K, section 2; row K-sign)."""

from dataclasses import replace

import numpy as np

from convoracle.impl.network import Network
from convoracle.spec.evidence import Evidence

from .data import centred, digits, reversed_levels, splits
from .outcome import Outcome, Progress, certified, percent
from .training import STANDARD, Recipe, Training, accuracy, trained, with_parameters

ROWS = ("K-sign",)
POOLING = "avg_pool2d"
"""Averages are odd and linear; maxima would rectify on their own."""

SLOWER = 10
"""The rate is divided by this without rectification, where nothing bounds the responses and the usual rate diverges."""


def twice_negated(network: Network) -> Network:
    """Return the network with negated responses of C1 and negated weights on them in C3: the case (-, -)."""
    filters, bias, following, *rest = network.parameters
    return with_parameters(network, [-filters, -bias, -following, *rest])


def remove_rectification(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Train with average pooling, rectified and not, and negate the responses and weights between C1 and C3."""
    averaged = replace(recipe, pooling=POOLING)
    unbounded = replace(averaged, detector=None, rate=recipe.rate / SLOWER)
    trainings = [Training(recipe=r, seed=seed) for r in (averaged, unbounded)]
    rectified, linear = trained(trainings, progress)
    tested = splits(seed)[trainings[0].split][1]
    levels, labels = digits()[0][tested], digits()[1][tested]
    images, reverse = centred(levels), centred(reversed_levels(levels))
    numbers = []
    for name, network in (("rectified", rectified), ("not rectified", linear)):
        numbers += [
            percent(f"{name}, digits", accuracy(network, images, labels)),
            percent(f"{name}, reversed digits", accuracy(network, reverse, labels)),
            percent(f"{name}, C1 and C3 negated, digits", accuracy(twice_negated(network), images, labels)),
        ]
    return Outcome(numbers=tuple(numbers), evidence=(_confused(linear, images), _told_apart(rectified, images)))


def _confused(network: Network, images: np.ndarray) -> Evidence:
    def witness() -> str | None:
        logits, other = network.forward(images), twice_negated(network).forward(images)
        return f"{logits.size} logits of {len(images)} digits" if logits.tobytes() == other.tobytes() else None

    return certified(
        "no-rectification: (-, -) looks like (+, +)",
        "Without rectification, negative responses of C1 with negative weights in C3 give the same logits, bit for bit, as "
        "positive ones with positive weights.",
        ROWS,
        witness,
        "comparison of bits",
    )


def _told_apart(network: Network, images: np.ndarray) -> Evidence:
    def witness() -> str | None:
        logits, other = network.forward(images), twice_negated(network).forward(images)
        differ = int((logits != other).sum())
        return f"{differ} of {logits.size} logits differ" if differ else None

    return certified(
        "no-rectification: rectified, (-, -) does not look like (+, +)",
        "With rectification the two cases give different logits.",
        ROWS,
        witness,
        "comparison of bits",
    )
