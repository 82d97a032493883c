"""How far two computed results may differ where a law says that they are equal."""

from collections.abc import Mapping

import numpy as np
from flint import arb

from convoracle.spec.configuration import Configuration
from convoracle.spec.enclosure import Enclosure, enclose

from .bounds import Rules

Arrays = Mapping[str, np.ndarray]


def bounds_of(configuration: Configuration, arrays: Arrays, rules: Rules, output: int = 0) -> np.ndarray | None:
    """Return the bound on every element of an output; None where an element may be anything, or is NaN or infinite.

    Zero for definitions that are sums of products: laws are tried on integers so small that those are exact.
    """
    if configuration.record.sums_products:
        return np.zeros(configuration.output_shapes[output])
    return enclosed_bounds(configuration, arrays, rules, output)


def enclosed_bounds(configuration: Configuration, arrays: Arrays, rules: Rules, output: int = 0) -> np.ndarray | None:
    """Return the same for any data: sums of products have their bound, too. Of complex outputs it bounds either part."""
    enclosure = enclose(configuration, arrays, rules.arithmetic, rules.algorithm)[output]
    if isinstance(enclosure, np.ndarray):
        return np.zeros(configuration.output_shapes[output])
    parts = [_bounds(part, rules) for part in (enclosure if isinstance(enclosure, tuple) else (enclosure,))]
    known = [part for part in parts if part is not None]
    return np.maximum.reduce(known) if len(known) == len(parts) else None


def _bounds(enclosure: Enclosure, rules: Rules) -> np.ndarray | None:
    if np.any(enclosure.states) or not all(value.is_finite() for value in enclosure.values):
        return None
    return enclosure.bounds[rules.rank].reshape(enclosure.shape)


def close(a: np.ndarray, b: np.ndarray, slack: np.ndarray) -> bool:
    """Whether ``|a - b| <= slack`` everywhere, in both parts, decided exactly; infinities and NaN are close to nothing."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return close(a.real, b.real, slack) and close(a.imag, b.imag, slack)
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        return False
    rows = zip(a.ravel().tolist(), b.ravel().tolist(), slack.ravel().tolist(), strict=True)
    return all(abs(arb(p) - arb(q)) <= arb(s) * (1 + arb(2) ** -40) for p, q, s in rows)
