"""Small networks out of the kernels: forward and backward passes, SGD with momentum, LeNet-5 and AlexNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from convoracle.impl import cross_entropy, cross_entropy_gradient
from convoracle.impl.layers import Layer, convolution, dense, detector, flatten, pooling, response_norm


class Network:
    """A stack of layers with its parameters.

    Parameters
    ----------
    layers : sequence of Layer
        In the order of the forward pass.
    seed : int
        Of the initialisation: filters are normal with variance 2 / fan-in (He et al. 2015), biases are zero.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    parameters : list of ndarray
        Filters and biases of all layers, in their order. They may be replaced or written to.

    Examples
    --------
    >>> import numpy as np
    >>> from convoracle.impl.layers import dense, detector
    >>> network = Network([dense(4, 3), detector("relu"), dense(2, 4)], seed=0, dtype=np.float64)
    >>> [p.shape for p in network.parameters]
    [(4, 3), (4,), (2, 4), (2,)]
    >>> network.forward(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, layers: Sequence[Layer], *, seed: int = 0, dtype: Any = np.float32) -> None:
        rng = np.random.default_rng(seed)
        self.layers = tuple(layers)
        self.parameters = [_initial(rng, shape, dtype) for layer in self.layers for shape in layer.shapes]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the output of the last layer: the logits of a classifier.

        Parameters
        ----------
        x : ndarray of shape (N, C, H, W), or (N, C) where the first layer is dense

        Returns
        -------
        ndarray of shape (N, classes)
        """
        return self.activations(x)[-1]

    def activations(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the input and the output of every layer: one array more than there are layers."""
        found = [x]
        for layer, parameters in self._owned():
            found.append(layer.forward(found[-1], *parameters))
        return found

    def backward(self, dy: np.ndarray, activations: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the gradients of ``sum(dy * output)`` with respect to the parameters, in their order.

        Parameters
        ----------
        dy : ndarray, the shape of the output
        activations : sequence of ndarray
            What `activations` returned.

        Returns
        -------
        list of ndarray
            ``(J_2 J_1)^T dy = J_1^T (J_2^T dy)``, layer by layer from the last to the first (seed U, U1).
        """
        gradients: list[np.ndarray] = []
        first, *others = zip(self._owned(), activations[:-1], strict=True)
        for (layer, parameters), x in reversed(others):
            gradients[:0] = layer.to_parameters(dy, x)
            dy = layer.to_input(dy, x, *parameters)
        (layer, _), x = first
        return layer.to_parameters(dy, x) + gradients

    def input_gradient(self, dy: np.ndarray, activations: Sequence[np.ndarray]) -> np.ndarray:
        """Return the gradient of ``sum(dy * output)`` with respect to the input."""
        for (layer, parameters), x in reversed(list(zip(self._owned(), activations[:-1], strict=True))):
            dy = layer.to_input(dy, x, *parameters)
        return dy

    def gradient(self, x: np.ndarray, labels: np.ndarray) -> tuple[float, list[np.ndarray]]:
        """Return the empirical risk and its gradients: the mean of the cross-entropies of softmax (seed U, U1).

        Parameters
        ----------
        x : ndarray of shape (N, C, H, W), N at least 1
        labels : ndarray of shape (N,)
            Integers below the number of classes.

        Returns
        -------
        risk : float
        gradients : list of ndarray, one for each parameter
        """
        activations = self.activations(x)
        logits = activations[-1]
        losses = cross_entropy(logits, labels)
        shares = np.full(losses.shape, 1 / len(losses), losses.dtype)
        return float(losses.mean()), self.backward(cross_entropy_gradient(shares, logits, labels), activations)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the class of the largest logit of each signal, as ndarray of shape (N,) of int64."""
        return self.forward(x).argmax(axis=1)

    def _owned(self) -> list[tuple[Layer, list[np.ndarray]]]:
        """Return every layer with its parameters."""
        left = iter(self.parameters)
        return [(layer, [next(left) for _ in layer.shapes]) for layer in self.layers]


def _initial(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    if len(shape) == 1:
        return np.zeros(shape, dtype)
    return (rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(dtype)


class SGD:
    """Stochastic gradient descent with momentum: ``v <- momentum v + g``, ``p <- p - rate v``.

    Parameters
    ----------
    rate, momentum : float
        The rate may be changed between steps.

    Examples
    --------
    >>> import numpy as np
    >>> point, descent = [np.array([1.0])], SGD(rate=0.5, momentum=0.5)
    >>> for _ in range(2):
    ...     descent.step(point, [2 * point[0]])
    >>> float(point[0][0])
    -0.5
    """

    def __init__(self, *, rate: float, momentum: float = 0.0) -> None:
        self.rate, self.momentum = rate, momentum
        self._velocities: list[np.ndarray] | None = None

    def step(self, parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
        """Move the parameters, in place; always the same ones, as each has a velocity."""
        if self._velocities is None:
            self._velocities = [np.zeros_like(p) for p in parameters]
        for p, g, v in zip(parameters, gradients, self._velocities, strict=True):
            v *= self.momentum
            v += g
            p -= self.rate * v


def lenet5(*, seed: int = 0, kernel: str = "avg_pool2d", function: str = "relu", dtype: Any = np.float32) -> Network:
    """Return LeNet-5 as seed K describes it (section 1 and Table 1): 32 x 32 pixels to 10 logits.

    conv 5 x 5 to 6 maps, 2 x 2 pooling, detector; conv 5 x 5 to 16 maps, pooling, detector; conv 5 x 5 to 120 maps,
    detector; dense to 84, detector; dense to 10: 61,706 parameters. The detector follows the pooling, as in the seed.

    Parameters
    ----------
    seed : int
        Of the initialisation.
    kernel : {"avg_pool2d", "max_pool2d"}
        The pooling of S2 and S4, which the seed leaves open ("sampling"); averages as in LeCun et al. 1998. There they
        have a learned factor and bias, C3 is partially connected and the output measures distances.
    function : {"relu", "tanh", "sigmoid"}
        The detector; the seed names the sigmoid and reasons with the rectifier.
    dtype : dtype
        float32 or float64.

    Examples
    --------
    >>> import numpy as np
    >>> lenet5().forward(np.zeros((2, 1, 32, 32), np.float32)).shape
    (2, 10)
    """
    layers = [
        *(convolution(6, 1, 5), pooling(kernel, 2, 2), detector(function)),
        *(convolution(16, 6, 5), pooling(kernel, 2, 2), detector(function)),
        *(convolution(120, 16, 5), detector(function), flatten()),
        *(dense(84, 120), detector(function), dense(10, 84)),
    ]
    return Network(layers, seed=seed, dtype=dtype)


def alexnet(*, seed: int = 0, groups: int = 1, classes: int = 1000, dtype: Any = np.float32) -> Network:
    """Return the AlexNet of seed K, Table 2: 3 x 227 x 227 pixels to 1000 logits, 62,378,344 parameters.

    Parameters
    ----------
    seed : int
        Of the initialisation.
    groups : int
        2 for the network of Krizhevsky et al. 2012, where Conv_2, Conv_4 and Conv_5 see half of the channels each.
    classes : int
        Number of logits.
    dtype : dtype
        float32 or float64.

    Notes
    -----
    Responses are normalised by ``(2 + 1e-4 sum of squares over 5 channels)^0.75``, and maxima are taken over 3 x 3 at
    stride 2. There is no dropout.
    """

    def normalised() -> list[Layer]:
        return [detector("relu"), response_norm(size=5, alpha=5e-4, beta=0.75, k=2.0), pooling("max_pool2d", 3, 2)]

    layers = [
        *(convolution(96, 3, 11, stride=4), *normalised()),
        *(convolution(256, 96, 5, padding=2, groups=groups), *normalised()),
        *(convolution(384, 256, 3, padding=1), detector("relu")),
        *(convolution(384, 384, 3, padding=1, groups=groups), detector("relu")),
        *(convolution(256, 384, 3, padding=1, groups=groups), detector("relu"), pooling("max_pool2d", 3, 2), flatten()),
        *(dense(4096, 256 * 6 * 6), detector("relu"), dense(4096, 4096), detector("relu"), dense(classes, 4096)),
    ]
    return Network(layers, seed=seed, dtype=dtype)
