"""Scattering is raced against a peer that is there, and an absent one is named."""

from types import SimpleNamespace

import pytest

from convoracle.reports import scattering_bench
from convoracle.reports.scattering_bench import LARGE, WORKLOADS, run


@pytest.fixture
def raced(monkeypatch):
    """A peer that does nothing, and what it was made for and called with."""
    seen = []

    def frontend(axes):
        def made(shape, **options):
            return lambda x: seen.append((axes, shape, options, x.shape, str(x.dtype)))

        return made

    peer = SimpleNamespace(Scattering1D=frontend(1), Scattering2D=frontend(2))
    monkeypatch.setattr(scattering_bench, "_kymatio", lambda: peer)
    monkeypatch.setattr(scattering_bench, "WORKLOADS", tuple(w for w in WORKLOADS if w.shape[0] == 128))
    return seen


def test_an_absent_peer_is_named(monkeypatch):
    monkeypatch.setattr(scattering_bench, "_kymatio", lambda: None)
    assert list(run(True)) == [
        "scattering: Kymatio is not installed, so there is no peer to compare with (pip install kymatio)"
    ]


def test_both_are_called_in_turn_with_the_same_float32_signals(raced):
    (line,) = run(True)
    assert line.startswith("scattering of 128 x 32 x 32, J=2, L=8, float32: ")
    assert "times as fast as Kymatio" in line
    assert raced == [(2, (32, 32), {"J": 2, "L": 8}, (128, 32, 32), "float32")] * 4


def test_a_quick_run_leaves_out_what_is_large():
    assert [w.shape for w in WORKLOADS if len(w.shape) == 2 and w.shape[0] * w.shape[1] > LARGE] == [(32, 65536)]
