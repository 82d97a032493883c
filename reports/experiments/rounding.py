"""How far the logits of two networks may be apart that differ in nothing but how C1 was computed.

Every bound comes from a record: S and n of each sum by `evaluate`, the factor by `direct_bound`. A difference of responses
passes a layer with filters w as at most |w| times it, a maximum over windows as at most the greatest in the window, relu as
itself; each layer adds what both networks round there. Maxima and relu do not round.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from convoracle.impl import max_pool2d
from convoracle.impl.network import Network
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evaluate import Evaluation, evaluate
from convoracle.spec.rounding import BINARY32, BINARY64, Arithmetic, direct_bound, direct_factor

SINGLE, DOUBLE = Arithmetic(BINARY32), Arithmetic(BINARY64)


def evaluated(name: str, arrays: Mapping[str, np.ndarray], options: Mapping[str, Any]) -> tuple[Evaluation, np.ndarray]:
    """Return the value of a call by its record, and the bound of a float32 sum of its terms in any order."""
    configuration = bind(operator(name), {key: array.shape for key, array in arrays.items()}, options)
    true = evaluate(configuration, arrays)
    return true, _up(direct_bound(true.magnitude, true.count, true.high, SINGLE), true.count)


def _up(values: np.ndarray, count: Any) -> np.ndarray:
    """Return values that were made in float64 of `count` positive terms and a few more, rounded up."""
    return values * (1 + direct_factor(np.asarray(count) + 8, DOUBLE))


def rounding_of(*calls: Mapping[str, np.ndarray], **options: Any) -> np.ndarray:
    """Return a bound on what computed conv2d with these operands round together, element by element."""
    return _up(np.sum([evaluated("conv2d", call, options)[1] for call in calls], axis=0), len(calls))


def logits_apart(
    networks: tuple[Network, Network], inputs: tuple[np.ndarray, np.ndarray], difference: np.ndarray
) -> np.ndarray:
    """Return how far the logits of two networks may be apart, that share everything but C1 and its input.

    Parameters
    ----------
    networks : two Network
        Of conv2d, max_pool2d, relu, flatten and linear.
    inputs : two ndarray of shape (N, C, H, W)
    difference : ndarray of shape (channels of C1,)
        How far the responses of C1 may be apart in exact arithmetic.

    Returns
    -------
    ndarray of shape (N, classes)

    Raises
    ------
    ValueError
        A layer is of another kind.
    """
    passed = [network.activations(x) for network, x in zip(networks, inputs, strict=True)]
    first = [{"x": a[0], "w": n.parameters[0], "b": n.parameters[1]} for n, a in zip(networks, passed, strict=True)]
    reach = _up(rounding_of(*first) + difference[:, None, None], 2)
    parameters = iter(networks[0].parameters[2:])
    for index, layer in enumerate(networks[0].layers[1:], 1):
        if layer.shapes:
            w, b = next(parameters), next(parameters)
            reach = _through(layer.name, w, b, reach, [a[index] for a in passed])
        elif layer.name == "max_pool2d":
            reach = max_pool2d(reach, kernel_size=2)
        elif layer.name == "flatten":
            reach = reach.reshape(len(reach), -1)
        elif layer.name != "relu":
            raise ValueError(f"logits_apart: a layer must not round or sum products, got {layer.name!r}")
    return reach


def _through(name: str, w: np.ndarray, b: np.ndarray, reach: np.ndarray, inputs: list[np.ndarray]) -> np.ndarray:
    carried, _ = evaluated(name, {"x": reach, "w": np.abs(w).astype(np.float64)}, {})
    rounded = [evaluated(name, {"x": x, "w": w, "b": b}, {})[1] for x in inputs]
    return _up(carried.high + carried.error + np.abs(carried.low) + rounded[0] + rounded[1], carried.count)
