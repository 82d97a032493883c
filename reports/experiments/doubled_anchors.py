"""Doubled anchors [A, -A] in C1, which see a digit and its negative alike (K, section 2; row K-double)."""

from dataclasses import replace

import numpy as np

from convoracle.impl import conv2d, conv2d_input_gradient, conv2d_weight_gradient
from convoracle.impl.layers import Layer
from convoracle.impl.network import Network
from convoracle.spec.evidence import Evidence

from ..pictures import picture
from .data import centred, digits, reversed_levels, splits
from .figures import responses, stacked
from .outcome import Outcome, Progress, certified, percent
from .training import STANDARD, Lesson, Recipe, Training, accuracy, lenet5_layers, parts, taught, trained

ROWS = ("K-double",)
GRID = 2.0**12
"""Responses and filters are rounded to multiples of 1 / `GRID` where the integer kernels compare them."""


def anchors(outs: int, ins: int, taps: int) -> Layer:
    """Return conv2d without a bias: the correlations with anchor vectors."""
    return Layer(
        "conv2d",
        conv2d,
        lambda dy, x, w: conv2d_input_gradient(dy, w, input_size=x.shape[2:]),
        lambda dy, x: [conv2d_weight_gradient(dy, x, kernel_size=taps)],
        ((outs, ins, taps, taps),),
    )


def doubling() -> Layer:
    """Return the layer that makes of the responses of A those of [A, -A]."""
    return Layer(
        "doubling", lambda x: np.concatenate([x, -x], axis=1), lambda dy, x: np.subtract(*np.split(dy, 2, axis=1))
    )


def halving() -> Layer:
    """Return the layer that adds the halves, which with filters B is what duplicated filters [B, B] do."""
    return Layer("halving", halved, lambda dy, x: np.concatenate([dy, dy], axis=1))


def halved(x: np.ndarray) -> np.ndarray:
    """Return the sum of the two halves of the channels; it is the same whichever comes first."""
    return np.add(*np.split(x, 2, axis=1))


def doubled_layers(recipe: Recipe) -> list[Layer]:
    """Return LeNet-5 with doubled anchors in C1 and duplicated filters in C3."""
    _, *rest = lenet5_layers(recipe)
    return [anchors(recipe.anchors, 1, 5), doubling(), *rest[:2], halving(), *rest[2:]]


def double_anchors(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Train with single anchors, with [A, -A], and with 12 free anchors on both kinds; test on digits and reversed digits."""
    training = Training(recipe=recipe, seed=seed)
    single = trained([training], progress)[0]
    doubled, free = taught(_lessons(training), progress)
    tested = splits(seed)[training.split][1]
    levels, labels = digits()[0][tested], digits()[1][tested]
    images, reverse = centred(levels), centred(reversed_levels(levels))
    numbers = [
        percent(f"{name}, {which}", accuracy(network, seen, labels))
        for name, network in (
            ("6 anchors, trained on digits", single),
            ("[A, -A], trained on digits", doubled),
            ("12 free anchors, trained on both", free),
        )
        for which, seen in (("digits", images), ("reversed digits", reverse))
    ]
    halves = doubled.activations(images[:1])[4][0]
    shown = picture(
        "A digit's responses to A, and below to -A.", stacked(*(responses(half) for half in np.split(halves, 2)))
    )
    evidence = (_invariant(doubled, images, reverse), _duplicated(doubled, images[:50]))
    return Outcome(numbers=tuple(numbers), evidence=evidence, pictures=(shown,))


def _lessons(training: Training) -> list[Lesson]:
    """Return the lessons of the network with [A, -A], and of one with as many free anchors in as many steps on both kinds."""
    recipe, seed = training.recipe, training.seed
    images, labels, *_ = parts(training)
    tied = Lesson(Network(doubled_layers(recipe), seed=seed), recipe, images, labels, seed)
    wide = replace(recipe, anchors=2 * recipe.anchors, epochs=-(-recipe.epochs // 2))
    both, twice = np.concatenate([images, -images]), np.concatenate([labels, labels])
    return [tied, Lesson(Network(lenet5_layers(wide), seed=seed), wide, both, twice, seed)]


def _invariant(network: Network, images: np.ndarray, reverse: np.ndarray) -> Evidence:
    def witness() -> str | None:
        logits, other = network.forward(images), network.forward(reverse)
        return f"{logits.size} logits of {len(images)} digits" if logits.tobytes() == other.tobytes() else None

    return certified(
        "doubled-anchors: a digit and its negative have the same logits",
        "With anchors [A, -A], duplicated filters behind them and levels centred at c/2, the logits of a digit and of the "
        "reversed digit are the same, bit for bit.",
        ROWS,
        witness,
        "comparison of bits",
    )


def _duplicated(network: Network, images: np.ndarray) -> Evidence:
    """Compare in integers, as float32 adds the halves in another order than 12 channels."""

    def witness() -> str | None:
        halves = np.rint(GRID * network.activations(images)[4]).astype(np.int64)
        filters = np.rint(GRID * network.parameters[1]).astype(np.int64)
        added = conv2d(halved(halves), filters)
        joined = conv2d(halves, np.concatenate([filters, filters], axis=1))
        return f"{added.size} responses of C3" if np.array_equal(added, joined) else None

    return certified(
        "doubled-anchors: adding the halves is duplicating the filters",
        "C3 with filters B on the sum of both halves gives what duplicated filters [B, B] give on the 12 channels.",
        ROWS,
        witness,
        "exact integers",
    )
