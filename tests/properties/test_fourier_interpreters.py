"""The slack of the laws of Fourier transforms: results anywhere within their bounds obey them, results far outside do not."""

import numpy as np
import pytest

from convoracle.properties.interpreters import check_law
from convoracle.properties.subject import Judged, in_process
from convoracle.spec import operator
from convoracle.spec.configuration import bind
from convoracle.spec.enclosure import enclose
from convoracle.spec.fourier_laws import LAWS
from convoracle.spec.laws import Inverse, Isometry, Modulation, Multiplicative
from convoracle.spec.rounding import Arithmetic, format_of

KINDS = (Isometry, Modulation, Inverse, Multiplicative)
OWN = [law for law in LAWS if isinstance(law, KINDS)]
WITHIN, FAR = 0.875, 2.0**12
"""Shares of the bound by which results are off."""


def off_by(record, share):
    """A kernel whose results are off by shares of their bound that differ, away from zero: what changes norms most."""

    def kernel(*arrays, **options):
        given = dict(zip((array.name for array in record.inputs), arrays, strict=True))
        configuration = bind(record, {name: array.shape for name, array in given.items()}, options)
        common = np.result_type(*arrays)
        dtype = np.result_type(common, np.complex64) if record.output.complex else common
        found = enclose(configuration, given, Arithmetic(format_of(dtype)))[0]
        planes = [moved(part, share) for part in (found if isinstance(found, tuple) else (found,))]
        return (planes[0] if len(planes) == 1 else planes[0] + 1j * planes[1]).astype(dtype)

    return kernel


def moved(part, share):
    values = np.array([float(v.mid()) for v in part.values])
    away = np.where(values < 0, -1.0, 1.0) * (1 + np.arange(values.size) % 3) / 3
    return (values + share * part.bounds[-1] * away).reshape(part.shape)


def holds(law, share, drawn, count):
    """Return whether a law holds on each case that it is about, all operators off by a share of their bounds."""

    def judged(name):
        record = operator(name)
        return Judged(name="off", record=record, call=in_process(off_by(record, share)), others=judged)

    cases = drawn(law.operator.name, count)
    return [checked.failure is None for case in cases for checked in check_law(judged(law.operator.name), case, law)]


@pytest.mark.parametrize("law", OWN, ids=lambda law: law.name)
def test_results_within_their_bounds_obey_the_law(law, drawn):
    found = holds(law, WITHIN, drawn, 12)
    assert found
    assert all(found)


@pytest.mark.parametrize("law", OWN, ids=lambda law: law.name)
def test_results_far_outside_their_bounds_break_it(law, drawn):
    assert not all(holds(law, FAR, drawn, 12))
