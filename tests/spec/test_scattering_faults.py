"""Wrong definitions of scattering: each says what an implementation does that computes it, and nothing of a right one."""

import numpy as np
import pytest

from convoracle.impl import scattering1d
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.layer_faults import Trial, diagnose, values_of, wrong_definitions
from convoracle.spec.scattering_faults import SCATTERING_FAULTS

RECORD = operator("scattering1d")
CALLS = (
    {"J": 3, "Q": (2, 1)},
    {"J": 2, "Q": (1, 2), "oversampling": 1, "T": 6},
    {"J": 3, "wavelet": "meyer", "boundary": "symmetric"},
)
SIGNAL = np.array([[5, -3, 2, 7, -1, 0, 4, -6, 1, 3, -2, 8, -7, 2, 6, -4]], np.float64)


def configurations():
    return [bind(RECORD, {"x": SIGNAL.shape}, options) for options in CALLS]


def middle(enclosure):
    return np.array([float(value.mid()) for value in enclosure.values]).reshape(enclosure.shape)


def computed(configuration, stages):
    """What an implementation returns that computes wrong stages."""
    (enclosure,) = values_of(configuration, stages, {"x": SIGNAL})
    return Trial({"x": SIGNAL}, (middle(enclosure),))


@pytest.mark.parametrize("clause", SCATTERING_FAULTS["scattering1d"])
def test_what_computes_a_wrong_definition_is_said_to(clause):
    sentence, found = f"as if {clause}", []
    for configuration in configurations():
        for wrong in wrong_definitions(configuration):
            if sentence in wrong.sentences:
                found += diagnose(configuration, [computed(configuration, wrong.stages)])
    assert sentence in found


@pytest.mark.parametrize("options", CALLS, ids=str)
def test_our_kernel_has_no_diagnosis(options):
    configuration = bind(RECORD, {"x": SIGNAL.shape}, options)
    assert diagnose(configuration, [Trial({"x": SIGNAL}, (scattering1d(SIGNAL, **options),))]) == []
