"""Paths of scattering stand in their rows, sizes are known before, illegal scales are rejected; and theorems say so."""

from dataclasses import replace

import pytest
from sympy import Lambda

from convoracle.spec.catalog import operator
from convoracle.spec.configuration import IllegalCallError, bind
from convoracle.spec.evidence import FAILED, prove_by_identity
from convoracle.spec.scattering import SCATTERING1D
from convoracle.spec.scattering2d import SCATTERING2D
from convoracle.spec.scattering_form import OFFSET
from convoracle.spec.scattering_paths import CASCADES, rows_of
from convoracle.spec.symbols import MU
from convoracle.spec.theorems_scattering_sizes import THEOREMS, consecutive, counted


def called(shape, **options):
    return bind(SCATTERING2D, {"x": (1, *shape)}, options)


@pytest.mark.parametrize("name", ["scattering1d", "scattering2d"])
@pytest.mark.parametrize("paths", ["decreasing", "all"])
@pytest.mark.parametrize("two_sided", [False, True])
def test_paths_stand_in_the_order_of_their_wavelets(name, paths, two_sided):
    record = operator(name)
    per = {"Q": (2, 3)} if name == "scattering1d" else {"L": 2}
    call = bind(record, {"x": (1, *(8,) * record.dims)}, {"J": 3, "paths": paths, "two_sided": two_sided, **per})
    first, later = (2, 3) if name == "scattering1d" else (2, 2)
    ones = range(3 * first * (1 + two_sided))
    octaves = {mu: mu % (3 * first) // first for mu in ones}
    pairs = [(mu, nu) for mu in ones for nu in range(3 * later) if paths == "all" or nu // later > octaves[mu]]
    assert rows_of(call) == {path: row for row, path in enumerate([(), *((mu,) for mu in ones), *pairs])}


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((4, 4), {"J": 2, "L": 3}, (1, 16, 1, 1)),
        ((5, 7), {"J": 2, "L": 8}, (1, 81, 2, 2)),
        ((9, 8), {"J": 3, "L": 8}, (1, 217, 2, 1)),
        ((7, 4), {"J": 2, "L": 1, "oversampling": 1}, (1, 4, 4, 2)),
        ((3, 2), {"J": 1, "L": 2, "paths": "all", "two_sided": True}, (1, 13, 2, 1)),
        ((3, 2), {"J": 1, "max_order": 0, "oversampling": 5}, (1, 1, 3, 2)),
    ],
)
def test_the_shape_of_a_result_is_known_before(shape, options, expected):
    assert called(shape, **options).output_shape == expected


REJECTED = [
    ((4, 8), {"J": 3}, "the height of the image"),
    ((8, 7), {"J": 3}, "the width of the image"),
    ((8, 8), {"J": 0}, "J must be at least 1"),
    ((8, 8), {"J": 1, "L": 0}, "L must be at least 1"),
    ((8, 8), {"J": 1, "oversampling": -1}, "oversampling must be at least 0"),
    ((8, 8), {"J": 1, "boundary": "circular"}, "boundary must be one of"),
    ((8, 8), {"J": 1, "max_order": 3}, "max_order must be one of"),
]


@pytest.mark.parametrize(("shape", "options", "message"), REJECTED)
def test_an_illegal_call_is_rejected_with_the_rule_and_its_values(shape, options, message):
    with pytest.raises(IllegalCallError, match=message):
        called(shape, **options)


# ---- theorems ----

EXHAUSTED = (
    "scattering: the rows of small calls are those of their paths",
    "scattering: scales beyond the data are rejected",
)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.name)
def test_every_theorem_about_sizes_has_its_evidence(theorem):
    assert theorem.prove().kind == ("exhausted" if theorem.name in EXHAUSTED else "proved")


@pytest.mark.parametrize("record", [SCATTERING1D, SCATTERING2D], ids=str)
def test_another_number_of_paths_is_refuted(record):
    (pairs, right), *_ = counted(record)
    assert prove_by_identity(THEOREMS[3], [(pairs, right)]).kind == "proved"
    assert prove_by_identity(THEOREMS[3], [(pairs, right + CASCADES[record].first.count)]).kind in FAILED


@pytest.mark.parametrize("record", [SCATTERING1D, SCATTERING2D], ids=str)
def test_rows_that_leave_a_gap_are_refuted(record, monkeypatch):
    right = record.parameter("paths").options
    wide = {word: {**binding, OFFSET: Lambda(MU, 2 * binding[OFFSET](MU))} for word, binding in right.items()}
    parameters = tuple(replace(p, options=wide) if p.keyword == "paths" else p for p in record.parameters)
    spoilt = replace(record, parameters=parameters)
    monkeypatch.setitem(CASCADES, spoilt, CASCADES[record])
    assert prove_by_identity(THEOREMS[0], list(consecutive(spoilt))).kind in FAILED


def test_one_octave_has_no_pairs():
    assert rows_of(called((2, 2), J=1, L=3)) == {(): 0, (0,): 1, (1,): 2, (2,): 3}
