"""Digits on textured backgrounds, and what the first two layers make of them (K, section 3 and Fig. 8; row K-out)."""

import numpy as np

from convoracle.impl.network import Network

from ..pictures import picture
from .data import centred, digits, splits, textured
from .figures import responses, sheet, stacked
from .outcome import Number, Outcome, Progress, measured, percent
from .training import HEAD, STANDARD, Recipe, Training, accuracy, trained

ROWS = ("K-out",)
LAYERS = {"layer 1": HEAD // 2, "layer 2": HEAD}
"""Where the rectified, pooled responses of C1 and C3 stand among the activations."""

SHOWN = 3


def add_backgrounds(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Train on plain and on textured digits, test on both, and compare the responses with those to plain digits."""
    trainings = [Training(recipe=recipe, levels=levels, seed=seed) for levels in ("centred", "textured")]
    plain, robust = trained(trainings, progress)
    tested = splits(seed)[trainings[0].split][1]
    labels, scenic = digits()[1][tested], textured(seed)[tested]
    kinds = {"plain": centred(digits()[0][tested]), "textured": centred(scenic)}
    numbers = [
        percent(f"trained on {learned} digits, {name} digits", accuracy(network, images, labels))
        for learned, network in (("plain", plain), ("textured", robust))
        for name, images in kinds.items()
    ]
    changes = {name: change(robust, name, kinds["plain"], kinds["textured"]) for name in LAYERS}
    numbers += [
        Number(f"change of {name} by a background", value, "of the response") for name, value in changes.items()
    ]
    claim = measured(
        "backgrounds: what a background changes in the first two layers",
        "The change of the responses by a background, relative to the responses to the plain digits, was measured in layers 1 "
        "and 2 (K sees it diminish).",
        ROWS,
        lambda: ", ".join(f"{name}: {value:.3g}" for name, value in changes.items()),
    )
    return Outcome(numbers=tuple(numbers), evidence=(claim,), pictures=tuple(_pictures(robust, scenic)))


def change(network: Network, layer: str, plain: np.ndarray, other: np.ndarray) -> float:
    """Return the distance of the responses to two kinds of images, divided by the norm of those to the plain ones."""
    index = LAYERS[layer]
    one, two = (network.activations(images)[index] for images in (plain, other))
    return float(np.linalg.norm(two - one) / np.linalg.norm(one))


def _pictures(network: Network, levels: np.ndarray) -> list[dict]:
    shown = [picture("Digits before ten scenes.", sheet(levels[:20, 0], columns=10, zoom=2))]
    for index in range(SHOWN):
        passed = network.activations(centred(levels[index : index + 1]))
        maps = [responses(passed[place][0]) for place in LAYERS.values()]
        both = stacked(sheet(levels[index], zoom=3), *maps)
        shown.append(picture(f"Digit {index + 1}, 6 responses of layer 1, 16 of layer 2; dark is strong.", both))
    return shown
