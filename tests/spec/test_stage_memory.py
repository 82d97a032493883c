"""Calls share what their stages compute where nothing in it differs, and only there."""

import pytest

from convoracle.spec import stage_memory
from convoracle.spec.complex_balls import Operations, balls_of
from convoracle.spec.configuration import bind
from convoracle.spec.harmonic import PRECISION, interpreter_of_harmonic, plan
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.stage_memory import StageMemory


def called(n=12, **options):
    return bind(SCATTERING1D, {"x": (1, n)}, {"J": 2, **options})


def defined(memory, call, precision=PRECISION):
    """The arrays of the stages that give a call its filters."""
    interpreter, known = interpreter_of_harmonic(call, Operations(), balls_of), {}
    for stage in call.stages:
        if stage.target.base.name == "z":
            return {**interpreter.arrays, **interpreter.integers}
        memory.define(interpreter, stage, precision, known)
    raise AssertionError("no stage reads the data")


SAME = [{"oversampling": 1}, {"max_order": 1}, {"paths": "all"}]


@pytest.mark.parametrize("options", SAME, ids=str)
def test_calls_that_differ_in_rates_or_rows_share_their_filters(options):
    memory = StageMemory()
    one, other = (defined(memory, called(**more)) for more in ({}, options))
    assert all(other[name] is one[name] for name in ("phi_hat", "psi_1_hat", "psi_1", "psi_2"))


def test_what_depends_on_the_rate_is_computed_anew():
    memory = StageMemory()
    one, other = (defined(memory, called(oversampling=v)) for v in (0, 1))
    assert (one["r_1"].tolist(), other["r_1"].tolist()) == ([1, 2], [1, 1])


OTHER = [({"n": 13}, "phi_hat"), ({"J": 3}, "phi_hat"), ({"Q": 2}, "psi_1_raw"), ({"wavelet": "meyer"}, "phi_hat")]


@pytest.mark.parametrize(("options", "name"), OTHER, ids=str)
def test_calls_of_other_banks_share_nothing_that_differs(options, name):
    memory = StageMemory()
    one, other = (defined(memory, called(**more)) for more in ({}, options))
    assert other[name] is not one[name]
    assert other["psi_1"] is not one["psi_1"]


def test_a_stage_that_reads_another_one_differs_with_it():
    """The sum that makes taps is the same expression for every normalization, the spectra that it reads are not."""
    memory = StageMemory()
    one, other = (defined(memory, called(normalization=word)) for word in ("cap", "scalar"))
    assert other["psi_1_raw"] is one["psi_1_raw"]
    assert other["psi_1"] is not one["psi_1"]


def test_another_precision_is_another_value():
    memory = StageMemory()
    one, other = (defined(memory, called(), bits) for bits in (PRECISION, 2 * PRECISION))
    assert other["psi_1"] is not one["psi_1"]


def test_what_was_not_used_for_long_is_forgotten(monkeypatch):
    monkeypatch.setattr(stage_memory, "KEPT", 3)
    memory = StageMemory()
    one = defined(memory, called())
    assert len(memory.values) == 3
    again = defined(memory, called())
    assert again["phi_hat"] is not one["phi_hat"]
    assert [complex(z) for z in again["psi_2"].values] == [complex(z) for z in one["psi_2"].values]


def test_plans_of_calls_share_their_filters():
    assert plan(called(oversampling=1))["psi_1"] is plan(called(oversampling=2))["psi_1"]
