"""Anchor vectors by K-means against trained ones (K, section 2: anchors are centroids of clusters; row K-out)."""

import numpy as np

from convoracle.impl.layers import Layer
from convoracle.impl.network import Network

from ..pictures import picture
from .figures import filters
from .outcome import Outcome, Progress, measured, percent
from .training import (
    HEAD,
    STANDARD,
    Lesson,
    Recipe,
    Training,
    accuracy,
    lenet5_layers,
    parts,
    taught,
    trained,
    with_parameters,
)

ROWS = ("K-out",)
PATCHES = 20_000
TAPS = 5
SCALED_ON = 200
"""Images on which the mean square of the responses to fixed anchors is made 1, as training from there needs."""


def cluster_anchors(seed: int, progress: Progress, recipe: Recipe = STANDARD) -> Outcome:
    """Train LeNet-5 as a whole, then only what follows S4, on anchors by K-means and, for comparison, at random."""
    training = Training(recipe=recipe, seed=seed)
    images, labels, *tested = parts(training)
    whole = trained([training], progress)[0]
    progress("clusters", 0, 1)
    heads = {
        "K-means": clustered_head(recipe, images, seed),
        "random": Network(lenet5_layers(recipe)[:HEAD], seed=seed),
    }
    lessons = [_decisions(recipe, head, images, labels, seed) for head in heads.values()]
    joined = [_joined(lesson, tail) for lesson, tail in zip(lessons, taught(lessons, progress), strict=True)]
    networks = {"trained anchors": whole} | {f"{name} anchors": n for name, n in zip(heads, joined, strict=True)}
    shares = {name: accuracy(network, *tested) for name, network in networks.items()}
    claim = measured(
        "kmeans-anchors: trained, clustered and random anchors",
        "Test accuracy with trained anchors in C1 and C3, and with fixed ones by K-means and at random, the rest trained.",
        ROWS,
        lambda: ", ".join(f"{name} {100 * share:.2f} %" for name, share in shares.items()),
    )
    pictures = [picture(f"C1: {name}.", filters(network.parameters[0][:, 0])) for name, network in networks.items()]
    numbers = tuple(percent(f"test accuracy, {name}", share) for name, share in shares.items())
    return Outcome(numbers=numbers, evidence=(claim,), pictures=tuple(pictures))


def _decisions(recipe: Recipe, head: Network, images: np.ndarray, labels: np.ndarray, seed: int) -> Lesson:
    tail = Network(lenet5_layers(recipe)[HEAD:], seed=seed)
    return Lesson(tail, recipe, images, labels, seed, head)


def _joined(lesson: Lesson, tail: Network) -> Network:
    assert lesson.head is not None
    whole = Network([*lesson.head.layers, *tail.layers])
    return with_parameters(whole, [*lesson.head.parameters, *tail.parameters])


def clustered_head(recipe: Recipe, images: np.ndarray, seed: int) -> Network:
    """Return C1 to S4 with scaled centroids as filters and no bias: of image patches in C1, of patches of its responses in C3."""
    layers = lenet5_layers(recipe)[:HEAD]
    first = _anchors(layers[0], images, seed)
    half = with_parameters(Network(layers[: HEAD // 2]), first)
    second = _anchors(layers[HEAD // 2], half.forward(images), seed)
    return with_parameters(Network(layers), [*first, *second])


def _anchors(layer: Layer, images: np.ndarray, seed: int) -> list[np.ndarray]:
    shape, bias = layer.shapes
    found = centroids(patches(images, PATCHES, seed), shape[0], seed).reshape(shape)
    none = np.zeros(bias, found.dtype)
    responses = layer.forward(images[:SCALED_ON], found, none)
    return [found / np.sqrt(np.mean(responses**2)), none]


def patches(images: np.ndarray, count: int, seed: int, taps: int = TAPS) -> np.ndarray:
    """Return patches of all channels, drawn by seed, less their mean and scaled to length 1: RECOS lives on the sphere.

    Constant patches, which have no direction then, are left out.

    Parameters
    ----------
    images : ndarray of shape (N, C, H, W)

    Returns
    -------
    ndarray of shape (count or fewer, C taps taps)
    """
    rng = np.random.default_rng([seed, 3])
    tops = [rng.integers(0, size, count) for size in (len(images), *(n - taps + 1 for n in images.shape[2:]))]
    windows = np.lib.stride_tricks.sliding_window_view(images, (taps, taps), axis=(2, 3))
    rows = windows[tops[0], :, tops[1], tops[2]].reshape(count, -1)
    rows = rows[np.ptp(rows, axis=1) > 0]
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def centroids(rows: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the centroids of K-means, scaled to length 1 (the best anchor of a cluster on the sphere)."""
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=4, random_state=seed).fit(rows).cluster_centers_
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(rows.dtype)
