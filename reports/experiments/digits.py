"""LeNet-5 on handwritten digits: writers known from the training, and others."""

import numpy as np

from ..pictures import picture
from .data import BY_FILE, RANDOM, digits, splits
from .figures import filters, sheet
from .outcome import Outcome, Progress, measured, percent
from .training import STANDARD, Recipe, Training, accuracy, parts, trained

GOAL = 0.98
"""Least mean accuracy on the random splits."""

SHOWN = 32


def recognise_digits(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Train on five random splits and on the split by file order, and test."""
    trainings = [Training(recipe=recipe, split=split, seed=seed) for split in (*RANDOM, BY_FILE)]
    networks = trained(trainings, progress)
    shares = [accuracy(network, *parts(t)[2:]) for network, t in zip(networks, trainings, strict=True)]
    mean, other = float(np.mean(shares[:-1])), shares[-1]
    numbers = [
        percent("test accuracy, mean of 5 stratified random splits", mean, "98.94 % (MNIST)"),
        percent("test accuracy, split by file order: other writers", other),
        *(percent(f"test accuracy, split {name}", share) for name, share in zip(RANDOM, shares, strict=False)),
    ]
    claim = measured(
        "digits: LeNet-5 reads at least 98 % of them",
        "LeNet-5, trained with these kernels, reads at least 98 % of the test digits (mean of five stratified random splits).",
        ("K-net", "K-out"),
        lambda: f"{100 * mean:.2f} %; split by file order: {100 * other:.2f} %" if mean >= GOAL else None,
    )
    wrong = _mistakes(networks[-1], trainings[-1])
    pictures = [picture("The 6 filters of C1, trained on the first split.", filters(networks[0].parameters[0][:, 0]))]
    if len(wrong):
        caption = f"Digits of other writers that were misread: {min(SHOWN, len(wrong))} of {len(wrong)}."
        pictures.append(picture(caption, sheet(wrong[:SHOWN], zoom=2)))
    return Outcome(numbers=tuple(numbers), evidence=(claim,), pictures=tuple(pictures))


def _mistakes(network, training: Training) -> np.ndarray:
    _, _, images, labels = parts(training)
    tested = splits(training.seed)[training.split][1]
    return digits()[0][tested[network.predict(images) != labels], 0]
