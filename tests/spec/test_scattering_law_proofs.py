"""What is known of the laws of scattering, what is false of it is refuted, and how laws are written and interpreted."""

from dataclasses import replace

import numpy as np
import pytest
from sympy import Abs, Integer, Mod, sqrt

from convoracle.properties.interpreters import check_law
from convoracle.properties.scattering_calls import about
from convoracle.properties.subject import Judged, in_process
from convoracle.spec.catalog import operator
from convoracle.spec.configuration import bind
from convoracle.spec.evidence import FAILED
from convoracle.spec.harmonic import run_harmonic
from convoracle.spec.law_catalog import laws_of
from convoracle.spec.law_proofs import prove_law
from convoracle.spec.law_rendering import latex_law, text_law
from convoracle.spec.records import Stage
from convoracle.spec.rendering import mathml
from convoracle.spec.scattering_kinds import Covariance, RateIndependence
from convoracle.spec.scattering_laws import LAWS
from convoracle.spec.symbols import MU, L, axes

NAMED = {law.name: law for law in LAWS}
LINE, ROWS, COLUMNS = axes(1)[0], *axes(2)


def law(rule, name="scattering1d"):
    return NAMED[f"{name}: {rule}"]


# ---- evidence ----

PROVED = (
    "a cyclic shift by output steps shifts the coefficients",
    "falling paths are a selection of all paths",
    "the first order is a part of the second",
    "wavelets of one sign have sqrt(2) times the coefficients of those of both",
    "a factor comes out, without its phase where there is a modulus",
)
QUICK = [one for one in LAWS if isinstance(one, Covariance) or one.name.partition(": ")[2] in PROVED]


@pytest.mark.parametrize("one", QUICK, ids=lambda one: one.name)
def test_indices_are_proved_for_all_sizes_and_filters_on_small_banks(one):
    assert prove_law(one).kind == ("proved" if one.name.partition(": ")[2] in PROVED else "exhausted")


def spoilt(record, name, change):
    """The record with one stage changed."""
    stages = [
        Stage(s.target, change(s.value) if s.target.base.name == name else s.value, s.extents)
        for s in record.definition
    ]
    return replace(record, definition=tuple(stages))


SHIFT, REVERSAL, FULL = (
    law(rule)
    for rule in (
        "a cyclic shift by output steps shifts the coefficients",
        "a cyclic reversal reverses the coefficients",
        "a reversal at full rate reverses the coefficients",
    )
)
TRANSPOSED, TURNED = (
    law(rule, "scattering2d") for rule in ("the transpose mirrors the angles", "a quarter turn turns the angles")
)
SIGNS, CONJUGATE = (
    law(rule)
    for rule in ("wavelets of both signs agree on real data", "the conjugate exchanges the signs of frequencies")
)
SELECTION, BOTH_SIGNS = (
    law(rule)
    for rule in (
        "falling paths are a selection of all paths",
        "wavelets of one sign have sqrt(2) times the coefficients of those of both",
    )
)
FACTOR, POSITIVE, EXPANDED, CAPTURED, WAVE, CONSTANT = (
    law(rule)
    for rule in (
        "a factor comes out, without its phase where there is a modulus",
        "moduli averaged by a positive filter are not negative",
        "at full rate it does not expand",
        "what two orders leave of the energy has fallen at each",
        "a plane wave has the modulus of its spectrum",
        "a constant stays, and has no moduli",
    )
)
FALSE = {
    "a shift by one sample is one by one position": replace(SHIFT, image=(Mod(LINE.j + 1, LINE.n),)),
    "a shift of data that do not repeat": replace(SHIFT, words={}),
    "a reversal about another place": replace(REVERSAL, index=(Mod(1 - LINE.t, Integer(4)),)),
    "a reversal of complex data": replace(REVERSAL, real=False),
    "a reversal at a low rate": replace(FULL, solved=()),
    "a reversal that reads one place further": replace(FULL, image=(LINE.n - LINE.j,), index=(LINE.n - LINE.t,)),
    "the transpose keeps the angles": replace(TRANSPOSED, first=MU, later=MU),
    "the transpose exchanges octaves": replace(TRANSPOSED, first=MU + L, later=MU + L),
    "a quarter turn keeps the angles": replace(TURNED, first=MU, later=MU),
    "the conjugate changes nothing": replace(CONJUGATE, first=MU),
    "both signs agree on complex data": replace(SIGNS, real=False),
    "falling paths are as with another bank": replace(SELECTION, options={"normalization": "tight"}),
    "wavelets of one sign have the same coefficients": replace(BOTH_SIGNS, factor=Integer(1)),
    "wavelets of one sign have twice the coefficients": replace(BOTH_SIGNS, factor=Integer(2)),
    "a squared modulus has the factor": replace(FACTOR, operator=spoilt(FACTOR.operator, "U_1", lambda v: v**2)),
    "what is not a modulus is even": replace(FACTOR, operator=spoilt(FACTOR.operator, "U_1", lambda v: v.args[0])),
    "averages of Meyer are positive": replace(POSITIVE, words={"wavelet": "meyer"}),
    "averages of what has a sign are positive": replace(
        POSITIVE, operator=spoilt(POSITIVE.operator, "U_2", lambda v: v - Abs(v))
    ),
    "it contracts periodic data": replace(EXPANDED, constants={**EXPANDED.constants, "periodic": sqrt(2) / 2}),
    "it does not expand what it reflects": replace(EXPANDED, constants={**EXPANDED.constants, "reflect": Integer(1)}),
    "a bank that is not tight loses nothing": replace(CAPTURED, words={**CAPTURED.words, "normalization": "cap"}),
    "a wave at a low rate": replace(WAVE, solved=()),
    "a constant that ends in zeros": replace(CONSTANT, words={"boundary": "zero"}),
}


@pytest.mark.parametrize("wrong", FALSE.values(), ids=FALSE)
def test_what_is_false_is_refuted(wrong):
    assert prove_law(wrong).kind in FAILED


# ---- how laws are written ----


@pytest.mark.parametrize("one", LAWS, ids=lambda one: one.name)
def test_every_law_is_written_in_text_and_in_mathml(one):
    assert text_law(one).count("\n") == latex_law(one).count("\n")
    assert all(mathml(line) for line in latex_law(one).splitlines())


WRITTEN = {
    "scattering2d: the transpose mirrors the angles": (
        "scattering2d(x)[i, (mu), t_1, t_2] = scattering2d(x')[i, (mu + ((L/2 - mu) mod L) - (mu mod L)), t_2, t_1]",
        "x'[i, j_2, j_1] = x[i, j_1, j_2]",
        "when x=real and 2 divides L",
    ),
    "scattering1d: at full rate it does not expand": (
        "boundary = reflect: norm_l2(scattering1d(x) - scattering1d(x')) <= sqrt(2)*norm_l2(x - x')",
        "when V = max(J, octaves(T + 1) - 1, V)",
    ),
    "scattering1d: falling paths are a selection of all paths": (
        "scattering1d(x)[i, (mu, nu), t] = scattering1d(x, paths=all)[i, (mu, nu), t]",
        "when paths=decreasing",
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_law_says_what_moves_where_and_when(name):
    assert set(WRITTEN[name]) <= set(text_law(NAMED[name]).splitlines())


# ---- how laws are interpreted ----


def defined(x, **options):
    """The value of the definition itself."""
    call = bind(operator("scattering1d"), {"x": x.shape}, options)
    values = run_harmonic(call, {"x": x})[1][0].values
    numbers = np.array([complex(v.real.mid(), v.imag.mid()) for v in values]).reshape(call.output_shape)
    return (numbers if np.iscomplexobj(x) else numbers.real).astype(x.dtype)


def judged(function, **declared):
    return Judged(name="subject", record=operator("scattering1d"), call=in_process(function), **declared)


def calls_of(rule, drawn, count=6):
    """The data that a law sends to a subject."""
    seen = []

    def recording(x, **options):
        seen.append((x.copy(), options))
        return defined(x, **options)

    for case in drawn("scattering1d", count):
        assert all(found.failure is None for found in check_law(judged(recording), case, law(rule)))
    return seen


def test_laws_of_complex_data_see_complex_data_and_laws_of_real_data_none(drawn):
    kinds = {
        rule: {x.dtype.kind for x, _ in calls_of(rule, drawn)}
        for rule in ("the conjugate exchanges the signs of frequencies", "a cyclic reversal reverses the coefficients")
    }
    assert [*kinds.values()] == [{"c"}, {"f"}]


def test_data_are_moved_and_nothing_else_changes(drawn):
    calls = calls_of("a reversal at full rate reverses the coefficients", drawn)
    assert calls
    for (x, options), (moved, same) in zip(calls[::2], calls[1::2], strict=True):
        assert np.array_equal(x[:, ::-1], moved)
        assert options == same


def test_rates_are_compared_where_something_is_subsampled(drawn):
    calls = calls_of("the rate matters as little as the aliases allow", drawn)
    assert calls
    for (_, coarse), (_, fine) in zip(calls[::2], calls[1::2], strict=True):
        assert coarse["J"] >= 2
        assert (coarse["oversampling"], fine["oversampling"]) == (0, max(coarse["J"], fine["oversampling"]))


@pytest.mark.parametrize("one", laws_of(operator("scattering1d"))[:-1], ids=lambda one: one.name)
def test_nothing_is_said_of_calls_that_fail_or_are_not_supported(one, drawn):
    def failing(x, **options):
        raise RuntimeError("no")

    unsupported = judged(failing, limits=lambda shapes, dtypes, options: "not here")
    for subject in (judged(failing), unsupported):
        assert not [found for case in drawn("scattering1d", 3) for found in check_law(subject, case, one)]


def test_a_case_that_no_assignment_makes_legal_is_left_alone(drawn):
    some = (case for case in drawn("scattering1d", 20) if case.configuration.values["N"])
    case = next(case for case in some if case.dtypes["x"].startswith("float"))
    assert about(case, ((LINE.n, Integer(1)),)) is None
    assert about(case, of_complex=True).dtypes["x"].startswith("complex")


def test_a_failure_tells_the_law_the_place_and_the_call(drawn):
    one = law("a constant stays, and has no moduli")
    wrong = judged(lambda x, **options: 2 * defined(x, **options))
    found = (f for case in drawn("scattering1d", 12) for f in check_law(wrong, case, one) if f.failure)
    failure = next(found).failure
    assert failure.law == one.name
    assert one.statement in failure.message
    assert "it is off by" in failure.message
    assert set(failure.arrays) == {"x"}


def test_every_kind_of_law_is_about_signals_and_images():
    kinds = {
        name: {type(one) for one in LAWS if one.operator.name == name} for name in ("scattering1d", "scattering2d")
    }
    assert kinds["scattering1d"] == kinds["scattering2d"]
    assert RateIndependence in kinds["scattering1d"]
