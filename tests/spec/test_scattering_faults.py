"""Wrong definitions of scattering: each says what an implementation does that computes it, and nothing of a right one."""

import numpy as np
import pytest

from convoracle.impl import scattering1d, scattering2d
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.layer_faults import Trial, diagnose, values_of, wrong_definitions
from convoracle.spec.scattering_faults import SCATTERING_FAULTS

SIGNAL = np.array([[5, -3, 2, 7, -1, 0, 4, -6, 1, 3, -2, 8, -7, 2, 6, -4]], np.float64)
IMAGE, SQUARE = SIGNAL[:, 2:8].reshape(1, 2, 3), SIGNAL.reshape(1, 4, 4)
CALLS = {
    "scattering1d": (
        (SIGNAL, {"J": 3, "Q": (2, 1)}),
        (SIGNAL, {"J": 2, "Q": (1, 2), "oversampling": 1, "T": 6}),
        (SIGNAL, {"J": 3, "wavelet": "meyer", "boundary": "symmetric"}),
    ),
    "scattering2d": (
        (IMAGE, {"J": 1, "L": 3, "paths": "all"}),
        (SQUARE, {"J": 2, "L": 1, "max_order": 1, "oversampling": 1}),
        (SQUARE, {"J": 2, "L": 2}),
    ),
}
KERNELS = {"scattering1d": scattering1d, "scattering2d": scattering2d}


def configuration(name, x, options):
    return bind(operator(name), {"x": x.shape}, options)


def middle(enclosure):
    return np.array([float(value.mid()) for value in enclosure.values]).reshape(enclosure.shape)


def computed(call, stages, x):
    """What an implementation returns that computes wrong stages."""
    (enclosure,) = values_of(call, stages, {"x": x})
    return Trial({"x": x}, (middle(enclosure),))


def diagnoses(name, sentence):
    """Yield what is said of an implementation that computes one wrong definition, call by call."""
    for x, options in CALLS[name]:
        call = configuration(name, x, options)
        for wrong in wrong_definitions(call):
            if sentence in wrong.sentences:
                yield diagnose(call, [computed(call, wrong.stages, x)])


@pytest.mark.parametrize(("name", "clause"), [(name, clause) for name in CALLS for clause in SCATTERING_FAULTS[name]])
def test_what_computes_a_wrong_definition_is_said_to(name, clause):
    sentence = f"as if {clause}"
    assert any(sentence in found for found in diagnoses(name, sentence))


@pytest.mark.parametrize(("name", "x", "options"), [(name, *call) for name, calls in CALLS.items() for call in calls])
def test_our_kernel_has_no_diagnosis(name, x, options):
    assert diagnose(configuration(name, x, options), [Trial({"x": x}, (KERNELS[name](x, **options),))]) == []


def test_angles_that_turn_the_other_way_are_told_from_exchanged_axes():
    x = SIGNAL[:, 2:14].reshape(1, 3, 4)
    call = configuration("scattering2d", x, {"J": 1, "L": 3, "max_order": 1})
    clauses = {"as if the angles turned the other way", "as if the axes were exchanged"}
    for wrong in wrong_definitions(call):
        if clauses & set(wrong.sentences):
            assert clauses & set(diagnose(call, [computed(call, wrong.stages, x)])) == clauses & set(wrong.sentences)
