"""Training of LeNet-5 with our kernels; what is trained once serves every experiment of the same run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

import numpy as np

from convoracle.impl.layers import Layer, convolution, dense, detector, flatten, pooling
from convoracle.impl.network import SGD, Network

from .data import RANDOM, centred, digits, splits, textured
from .outcome import Progress
from .side_by_side import Stopped, side_by_side

MOVED = 2
"""Training images are moved by up to this many pixels on each axis, as writers place their digits differently."""

HEAD = 6
"""Layers up to S4: the feature extraction of K; what follows decides."""


@dataclass(frozen=True)
class Recipe:
    """How a LeNet-5 is built and trained: by SGD with momentum, the rate falling to zero like half a cosine."""

    anchors: int = 6
    detector: str | None = "relu"
    pooling: str = "max_pool2d"
    epochs: int = 12
    rate: float = 0.02
    momentum: float = 0.9
    batch: int = 16


STANDARD = Recipe()


@dataclass(frozen=True)
class Training:
    """One training: the recipe, the levels of the images, the split, the seed. Equal trainings give equal bits."""

    recipe: Recipe = STANDARD
    levels: str = "centred"
    split: str = RANDOM[0]
    seed: int = 0


LEVELS: dict[str, Callable[[int], np.ndarray]] = {
    "centred": lambda seed: centred(digits()[0]),
    "from zero": lambda seed: digits()[0],
    "textured": lambda seed: centred(textured(seed)),
}


def parts(training: Training) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training images and classes, test images and classes."""
    images, (_, labels) = LEVELS[training.levels](training.seed), digits()
    learned, tested = splits(training.seed)[training.split]
    return images[learned], labels[learned], images[tested], labels[tested]


def lenet5_layers(recipe: Recipe) -> list[Layer]:
    """Return the layers of `convoracle.impl.network.lenet5`, where C1 has 6 anchors.

    C5 stands as the dense layer that its 5 x 5 filters are on maps of 5 x 5: the same weights, and a row of 400 products is
    faster than 400 rows of one.
    """
    detected = [detector(recipe.detector)] if recipe.detector else []
    return [
        *(convolution(recipe.anchors, 1, 5), pooling(recipe.pooling, 2, 2), *detected),
        *(convolution(16, recipe.anchors, 5), pooling(recipe.pooling, 2, 2), *detected),
        *(flatten(), dense(120, 400), *detected, dense(84, 120), *detected, dense(10, 84)),
    ]


def accuracy(network: Network, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of images whose largest logit is that of their class."""
    return float((network.predict(images) == labels).mean())


def with_parameters(network: Network, parameters: Sequence[np.ndarray]) -> Network:
    """Return a network of the same layers with other parameters."""
    other = Network(network.layers)
    other.parameters = list(parameters)
    return other


@dataclass
class Lesson:
    """A network with what it learns from.

    Attributes
    ----------
    network : Network
        Its parameters are written to.
    head : Network or None
        Fixed layers that see the images first.
    """

    network: Network
    recipe: Recipe
    images: np.ndarray
    labels: np.ndarray
    seed: int = 0
    head: Network | None = None

    def run(self, stop: Event | None = None, tick: Callable[[], None] = lambda: None) -> Network:
        """Train; `tick` hears of every epoch, `stop` ends it early with `Stopped`."""
        rng, recipe = np.random.default_rng([self.seed, 2]), self.recipe
        descent = SGD(rate=recipe.rate, momentum=recipe.momentum)
        rates = iter(_falling(recipe.rate, recipe.epochs * -(-len(self.labels) // recipe.batch)))
        for _ in range(recipe.epochs):
            order = rng.permutation(len(self.labels))
            for start in range(0, len(order), recipe.batch):
                if stop is not None and stop.is_set():
                    raise Stopped
                chosen = order[start : start + recipe.batch]
                descent.rate = next(rates)
                _, gradients = self.network.gradient(self._seen(moved(self.images[chosen], rng)), self.labels[chosen])
                descent.step(self.network.parameters, gradients)
            tick()
        if not all(np.isfinite(p).all() for p in self.network.parameters):
            raise ValueError(f"training: the rate must be low enough to converge, got rate={recipe.rate}")
        return self.network

    def _seen(self, images: np.ndarray) -> np.ndarray:
        return images if self.head is None else self.head.forward(images)


def _falling(rate: float, steps: int) -> list[float]:
    return [rate * (1 + float(np.cos(np.pi * step / steps))) / 2 for step in range(steps)]


def moved(images: np.ndarray, rng: np.random.Generator, reach: int = MOVED) -> np.ndarray:
    """Return every image moved by up to `reach` pixels on each axis, its border repeated."""
    rows, columns = images.shape[2:]
    wide = np.pad(images, ((0, 0), (0, 0), (reach, reach), (reach, reach)), mode="edge")
    starts = rng.integers(0, 2 * reach + 1, (len(images), 2))
    return np.stack(
        [image[:, a : a + rows, b : b + columns] for image, (a, b) in zip(wide, starts, strict=True)]
    ).astype(images.dtype, copy=False)


_TRAINED: dict[Training, Network] = {}


def trained(wanted: Sequence[Training], progress: Progress) -> list[Network]:
    """Return a trained LeNet-5 for each training; those that this process has trained before are not trained again.

    The networks are shared: change copies (`with_parameters`).
    """
    missing = [training for training in dict.fromkeys(wanted) if training not in _TRAINED]
    lessons = [_lesson(training) for training in missing]
    _TRAINED.update(zip(missing, taught(lessons, progress), strict=True))
    return [_TRAINED[training] for training in wanted]


def _lesson(training: Training) -> Lesson:
    images, labels, _, _ = parts(training)
    network = Network(lenet5_layers(training.recipe), seed=training.seed)
    return Lesson(network, training.recipe, images, labels, training.seed)


def taught(lessons: Sequence[Lesson], progress: Progress) -> list[Network]:
    """Run lessons side by side: the kernels release the interpreter lock; Ctrl-C ends all soon."""
    _compile(lessons)
    ticks = list[None]()
    total = sum(lesson.recipe.epochs for lesson in lessons)
    works = [partial(lesson.run, tick=lambda: ticks.append(None)) for lesson in lessons]
    return side_by_side(works, lambda done: progress("epochs of training", len(ticks), total))


def _compile(lessons: Sequence[Lesson]) -> None:
    """Compile, or load, what the lessons need before threads ask for it at once."""
    for lesson in lessons:
        copy = with_parameters(lesson.network, [p.copy() for p in lesson.network.parameters])
        one = replace(lesson, network=copy, images=lesson.images[:1], labels=lesson.labels[:1])
        replace(one, recipe=replace(lesson.recipe, epochs=1)).run()
