"""Wrong definitions of wavelet transforms: each says what an implementation does that computes it, and nothing of a right one."""

import numpy as np
import pytest

from convoracle import impl
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.layer_faults import Trial, diagnose, values_of, wrong_definitions
from convoracle.spec.wavelet_faults import WAVELET_FAULTS

CALLS = {
    "wavelet_transform1d": [({"x": (1, 8)}, {"J": 2, "Q": 2}), ({"x": (1, 9)}, {"J": 3, "T": 6, "two_sided": True})],
    "inverse_wavelet_transform1d": [
        ({"y": (1, 5, 8)}, {"J": 2, "Q": 2}),
        ({"y": (1, 3, 9)}, {"J": 2, "normalization": "tight"}),
    ],
    "cwt": [({"x": (1, 8)}, {"scales": 3, "Q": 2}), ({"x": (2, 5)}, {"scales": 3, "wavelet": "mexican_hat"})],
}
CLAUSES = [(name, clause) for name in CALLS for clause in WAVELET_FAULTS[name]]


def data(shapes):
    generator = np.random.default_rng(0)
    drawn = {name: generator.integers(-9, 10, (2, *shape)).astype(float) for name, shape in shapes.items()}
    return {name: one + 1j * other if name == "y" else one for name, (one, other) in drawn.items()}


def middle(part):
    return np.array([float(value.mid()) for value in part.values]).reshape(part.shape)


def computed(configuration, stages, arrays):
    """What an implementation returns that computes wrong stages."""
    (value,) = values_of(configuration, stages, arrays)
    found = middle(value[0]) + 1j * middle(value[1]) if isinstance(value, tuple) else middle(value)
    return Trial(arrays, (found,))


@pytest.mark.parametrize(("name", "clause"), CLAUSES, ids=lambda part: part)
def test_what_computes_a_wrong_definition_is_said_to(name, clause):
    sentence, found = f"as if {clause}", []
    for shapes, options in CALLS[name]:
        configuration, arrays = bind(operator(name), shapes, options), data(shapes)
        for wrong in wrong_definitions(configuration):
            if sentence in wrong.sentences:
                found += diagnose(configuration, [computed(configuration, wrong.stages, arrays)])
    assert sentence in found


@pytest.mark.parametrize("name", CALLS)
def test_our_kernels_have_no_diagnosis(name):
    for shapes, options in CALLS[name]:
        arrays = data(shapes)
        trial = Trial(arrays, (getattr(impl, name)(*arrays.values(), **options),))
        assert diagnose(bind(operator(name), shapes, options), [trial]) == []
