"""Verdicts: what they say, what they cover, and how a failure is explained."""

import json
import runpy
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from convoracle import impl
from convoracle.properties import families, isolation
from convoracle.properties.check import check, diagnosed, judge, survey
from convoracle.properties.layouts import lay_out
from convoracle.properties.results import greatest_count
from convoracle.properties.subject import Judged, in_process
from convoracle.properties.verdict import ENOUGH, NonconformingError, Status
from convoracle.properties.worker import SubjectError, Worker
from convoracle.spec.catalog import OPERATORS, operator
from convoracle.spec.law_catalog import laws_of
from convoracle.spec.laws import Gradient

SUBJECTS = Path(__file__).with_name("check_subjects.py")
check_subjects = SimpleNamespace(**runpy.run_path(str(SUBJECTS), run_name="check_subjects"))


def strideless(x, w, b=None, *, stride=1, **options):
    """A conv1d that ignores the stride but for the size of its answer."""
    y = impl.conv1d(x, w, b, stride=stride, **options)
    return impl.conv1d(x, w, b, **options)[..., : y.shape[2]]


def twice(x, h, *, mode="full"):
    return 2 * impl.convolve(x, h, mode=mode)


@pytest.fixture(scope="module")
def wrong():
    return check(strideless, "conv1d", examples=20)


# ---- our own kernels ----


SELECTIONS = {
    *(f"{name}{dims}d" for name in ("max_pool", "max_unpool", "adaptive_max_pool") for dims in (1, 2, 3)),
    *(f"max_pool{dims}d_with_indices" for dims in (1, 2, 3)),
    *(f"max_unpool{dims}d_gradient" for dims in (1, 2, 3)),
    *("global_max_pool", "global_max_pool_gradient", "relu", "relu_gradient", "soft_threshold_gradient"),
}
"""Operators that only choose among numbers: nothing is rounded, and the error is 0."""
SELDOM_ROUNDED = {f"{kind}{dims}d_gradient" for kind in ("max_pool", "adaptive_max_pool") for dims in (1, 2, 3)}
"""Operators that add only where windows share their maximum: the error may be 0 in a short run."""


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_our_kernels_conform(record):
    verdict = check(getattr(impl, record.name), record.name, examples=25, seed=1)
    verdict.raise_if_failed()
    assert verdict.status is Status.PASS
    assert verdict.ok
    assert verdict.cases == 25
    assert verdict.counterexample is None
    assert verdict.diagnosis == ()
    if record.name in SELECTIONS:
        assert verdict.worst_error_ratio == 0
    else:
        assert 0 < verdict.worst_error_ratio <= 1 or (record.name in SELDOM_ROUNDED and verdict.worst_error_ratio == 0)
    # a function alone has no gradient to compare: see test_universal for those laws
    own = {law.name for law in laws_of(record) if not isinstance(law, Gradient)}
    assert own <= {tally.law for tally in verdict.laws}


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_our_kernels_warn_of_nothing(record, drawn):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for case in drawn(record.name, 15):
            for family in case.families:
                arrays = families.draw(family, case.shapes, case.dtypes, greatest_count(case), case.seed, case.domains)
                try:
                    getattr(impl, record.name)(
                        *(lay_out(a, case.layouts[n]) for n, a in arrays.items()), **case.options
                    )
                except OverflowError:
                    assert all(a.dtype.kind in "iu" for a in arrays.values())


# ---- what a verdict says ----


def test_a_wrong_kernel_fails_with_a_small_counterexample(wrong):
    assert wrong.status is Status.FAIL
    assert not wrong.ok
    assert "value: exact on small integers" in wrong.reason
    found = next(f for f in wrong.findings if f.law == "value: exact on small integers")
    assert sum(int(np.prod(shape)) for shape in found.configuration["shapes"].values()) <= 8
    assert found.element is not None
    assert (found.bound, found.count > 1) == ("0.0", True)
    assert found.terms[0].startswith("should sum: w[0, 0, 0] * x[0, 0, ")
    assert found.terms[1].startswith("does sum: ")
    assert found.terms[0].split(": ")[1] != found.terms[1].split(": ")[1]
    assert any("stride" in sentence for sentence in found.diagnosis)


def test_a_verdict_raises_with_its_first_finding(wrong):
    with pytest.raises(NonconformingError, match=r"strideless: conv1d: FAIL: breaks \d+ laws") as error:
        wrong.raise_if_failed()
    assert wrong.counterexample.script in str(error.value)
    assert wrong.counterexample is wrong.findings[0]
    assert wrong.diagnosis == wrong.findings[0].diagnosis


def test_a_verdict_is_plain_data(wrong):
    data = json.loads(json.dumps(wrong.to_dict()))
    assert data["status"] == "FAIL"
    assert {"law", "checked", "failed", "status"} <= set(data["laws"][0])
    assert {law["law"] for law in data["laws"] if law["status"] == "FAIL"} == {f["law"] for f in data["findings"]}
    assert len(data["definition_sha256"]) == 64


def test_equal_seeds_give_equal_verdicts_and_others_do_not(monkeypatch):
    monkeypatch.setattr("convoracle.properties.generation.SHRINK_CASES", 20)
    first, again, other = (check(strideless, "conv1d", examples=6, seed=seed).to_dict() for seed in (3, 3, 4))
    assert {**first, "seconds": 0} == {**again, "seconds": 0}
    assert first["stages"] != other["stages"]


def test_a_dear_definition_is_judged_on_fewer_cases_and_the_verdict_says_so():
    judged = Judged(name="ours", record=operator("scattering1d"), call=in_process(impl.scattering1d))
    verdict = judge(judged, examples=50, entries=2000)
    assert 0 < verdict.cases < verdict.asked == 50
    assert any(line.startswith(f"{50 - verdict.cases} of 50 configurations") for line in verdict.not_looked_at)
    assert judge(judged, examples=2, entries=10**6).cases == 2


def test_a_law_that_saw_too_few_cases_that_could_fail_is_vacuous():
    verdict = check(impl.conv1d, "conv1d", examples=3)
    few = [tally.law for tally in verdict.laws if tally.informative < ENOUGH]
    assert few
    assert all((tally.status is Status.VACUOUS) == (tally.law in few) for tally in verdict.laws)
    (line,) = [line for line in verdict.not_looked_at if "could have failed" in line]
    assert all(law in line for law in few)
    assert check(impl.conv1d, "conv1d", examples=ENOUGH - 1).status is Status.VACUOUS


def test_empty_results_say_nothing_of_values():
    def empty_only(shapes, dtypes, options):
        return None if shapes["x"][0] == 0 else "batches of nothing only"

    judged = Judged(name="ours", record=operator("conv1d"), call=in_process(impl.conv1d), limits=empty_only)
    verdict = judge(judged, examples=6)
    assert verdict.cases == 6
    assert verdict.status is Status.VACUOUS
    assert all(tally.informative == 0 for tally in verdict.laws if tally.law.startswith("value"))


def test_coverage_does_not_exceed_its_denominators():
    for name in (
        *("convolve", "conv2d", "conv_transpose1d_weight_gradient", "max_pool2d", "avg_pool1d", "softmax"),
        *("max_unpool1d", "batch_norm", "local_response_norm", "modulus_gradient", "cross_entropy"),
    ):
        verdict = check(getattr(impl, name), name, examples=40)
        assert all(0 < seen <= of for _, seen, of in verdict.coverage)
        full = [row for row, seen, of in verdict.coverage if seen == of]
        assert {"layout", "N"} & set(full) or name in ("convolve", "modulus_gradient")
        assert (verdict.miss_probability is not None) == operator(name).sums_products


def test_elements_are_counted_once_by_the_stage_that_decided_them():
    verdict = check(impl.conv1d, "conv1d", examples=30)
    assert set(verdict.stages) == {"double_double", "exact", "integer", "enclosed", "unjudged"}
    assert verdict.stages["double_double"] > verdict.stages["exact"] > 0
    assert verdict.stages["integer"] > 0
    assert verdict.stages["enclosed"] == 0


def test_elements_of_definitions_with_functions_are_enclosed():
    verdict = check(impl.softmax, "softmax", examples=20)
    assert verdict.stages["enclosed"] > verdict.stages["unjudged"] >= 0
    assert verdict.stages["double_double"] == verdict.stages["exact"] == verdict.stages["integer"] == 0


def test_nothing_to_judge_is_unsupported():
    record = operator("conv1d")
    judged = Judged(name="none", record=record, call=in_process(impl.conv1d), limits=lambda *declared: "not today")
    verdict = judge(judged, examples=5)
    assert (verdict.status, verdict.reason, verdict.ok) == (Status.UNSUPPORTED, "not today", False)
    assert verdict.unsupported_cases > 0
    assert verdict.not_looked_at


# ---- declarations ----


def test_a_declared_convention_is_named_in_the_status():
    verdict = check(impl.conv1d, "conv1d", examples=12, conventions={"subnormals": "gradual"})
    assert (verdict.status, verdict.ok) == (Status.PASS_CONVENTION, True)
    assert verdict.reason == "conforms under subnormals=gradual"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"conventions": {"colour": "red"}}, r"convolve has no convention 'colour', there are padding_times_inf"),
        (
            {"conventions": {"subnormals": "sometimes"}},
            r"convention subnormals knows gradual, flushed, got 'sometimes'",
        ),
        ({"algorithm": "magic"}, r"algorithm must be 'pairwise' or 'direct' or 'gauss' or 'fft', got 'magic'"),
        ({"algorithm": "direct or fft"}, r"algorithm must be 'pairwise' or .*, got 'direct or fft'"),
        ({"accumulator": "float12"}, r"accumulator must be one of float64, .*, got 'float12'"),
        ({"examples": 0}, r"examples must be at least 1, got 0"),
    ],
)
def test_a_wrong_declaration_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        check(impl.convolve, "convolve", **options)


@pytest.mark.parametrize(
    ("name", "alike"),
    [("maxpool2d", r" \(perhaps max_pool2d or max_unpool2d or max_pool3d\)"), ("nothing", "")],
)
def test_an_unknown_operator_is_answered_with_those_of_like_names_and_the_list(name, alike):
    with pytest.raises(ValueError, match=f"no operator '{name}'{alike}; there are convolve, correlate, conv1d"):
        check(impl.convolve, name)


# ---- explanations ----


def run_script(script):
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)


def test_scripts_of_findings_run_and_show_the_failure(tmp_path):
    subject = tmp_path / "subject.py"
    subject.write_text(
        "from convoracle import impl\ndef f(x, h, *, mode='full'):\n    return 2 * impl.convolve(x, h, mode=mode)\n"
    )
    verdict = check(f"{subject}:f", "convolve", examples=5)
    finding = next(f for f in verdict.findings if f.law == "value: exact on small integers")
    done = run_script(finding.script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["got", "2.0", "expected", "1.0", "within", "0.0"]
    assert len(finding.script.splitlines()) <= 12


@pytest.mark.parametrize("name", ["mutant:correlate-without-conjugate", "adapter:numpy"])
def test_scripts_of_loaded_subjects_run(name, drawn):
    case = next(c for c in drawn("correlate", 20) if set(c.dtypes.values()) == {"float64"})
    judged = Judged(name=name, record=case.record, call=in_process(twice), reference=name)
    failing = survey(judged, examples=3).failures["value: exact on small integers"]
    from convoracle.properties.script import script

    assert run_script(script(judged, failing)).returncode == 0


def test_every_script_is_python_whatever_the_layout_and_the_data(drawn):
    from convoracle.properties.script import script
    from convoracle.properties.universal import Failure

    for case in drawn("conv2d", 40):
        for family in case.families:
            arrays = families.draw(family, case.shapes, case.dtypes, 1, case.seed)
            judged = Judged(
                name="f", record=case.record, call=in_process(impl.conv2d), reference="convoracle.impl:conv2d"
            )
            lines = script(judged, Failure("law", "message", case, arrays, case.options)).splitlines()
            names = {}
            exec("\n".join(lines[:-2]), names)
            for name, array in arrays.items():
                assert np.array_equal(names[name], array, equal_nan=array.dtype.kind in "fc")
                assert names[name].dtype == array.dtype


def test_a_subject_that_cannot_be_imported_leaves_its_place_open():
    finding = check(lambda x, h, *, mode="full": 2 * impl.convolve(x, h, mode=mode), "convolve", examples=3).findings[0]
    assert "convolve = ...  # the subject: " in finding.script
    compile(finding.script, "script", "exec")


def test_a_kernel_that_is_right_has_no_diagnosis():
    judged = Judged(name="f", record=operator("convolve"), call=in_process(impl.convolve))
    assert diagnosed(judged, survey(judged, examples=5)) == ()


# ---- subjects in a process of their own ----


def test_a_file_and_a_function_of_it_name_a_subject():
    assert check(f"{SUBJECTS}:right", "convolve", examples=10).status is Status.PASS
    assert check("convoracle.impl:convolve", "convolve", examples=5).status is Status.PASS
    assert check(impl.convolve, "convolve", examples=5, isolate=True).status is Status.PASS


def test_wrong_values_are_found_in_a_worker_too():
    isolated = check(f"{SUBJECTS}:without_a_flip", "convolve", examples=10)
    assert isolated.status is Status.FAIL
    assert "value: exact on small integers" in isolated.reason


def test_five_crashes_end_the_run():
    verdict = check(f"{SUBJECTS}:crashes", "convolve", examples=50)
    assert verdict.status is Status.CRASH
    assert "5 calls ended with crash; the rest is not run" in verdict.reason
    assert "exit code 7" in verdict.counterexample.message
    assert verdict.cases < 10


def test_a_crash_on_an_illegal_call_is_a_crash():
    assert check(f"{SUBJECTS}:crashes_on_illegal_calls", "convolve", examples=5).status is Status.CRASH


def test_a_subject_that_hangs_times_out(monkeypatch):
    monkeypatch.setattr(isolation, "Worker", partial(Worker, seconds=0.2))
    verdict = check(f"{SUBJECTS}:hangs", "convolve", examples=5)
    assert verdict.status is Status.TIMEOUT
    assert "no answer within 0.2 s" in verdict.counterexample.message


def test_what_is_no_array_is_wrong_in_a_worker_as_in_process():
    verdict = check(f"{SUBJECTS}:returns_a_list", "convolve", examples=3)
    assert "shape" in {f.law for f in verdict.findings}
    verdict = check(f"{SUBJECTS}:answers_illegal_calls_with_nothing", "convolve", examples=3)
    assert all(finding.law.startswith("rejection") for finding in verdict.findings)
    assert verdict.findings


@pytest.mark.parametrize("target", ["module:", ":function"])
def test_a_subject_is_named_by_module_and_function(target):
    with pytest.raises(ValueError, match=r"a subject is named module:function or file\.py:function"):
        check(target, "convolve")


def test_a_name_alone_is_that_of_a_subject():
    verdict = check("numpy", "convolve", examples=20)
    assert (verdict.subject, verdict.status) == ("numpy", Status.PASS_CONVENTION)
    assert verdict.conventions["valid_order"] == "swapped"
    with pytest.raises(SubjectError, match="no subject 'nothing'; there are convoracle, numpy"):
        check("nothing", "convolve")


@pytest.mark.parametrize(
    "subject", [check_subjects.declares, f"{SUBJECTS}:declares"], ids=["in process", "in a worker"]
)
def test_what_a_function_declares_holds_where_nothing_else_is_said(subject):
    verdict = check(subject, "convolve", examples=60)
    assert (verdict.status, verdict.algorithm) == (Status.PASS, "fft")
    assert verdict.unsupported_cases > 0
    assert any("declared" in line for line in verdict.not_looked_at)
    assert check(subject, "convolve", examples=3, algorithm="direct").algorithm == "direct"


@pytest.mark.parametrize(
    "subject", [check_subjects.declares, f"{SUBJECTS}:declares"], ids=["in process", "in a worker"]
)
def test_a_function_is_judged_on_the_operators_that_it_declares(subject):
    with pytest.raises(ValueError, match="declares declares convolve, correlate, not conv1d"):
        check(subject, "conv1d")
    with pytest.raises(ValueError, match="which operator"):
        check(subject)


def test_the_only_operator_declared_need_not_be_named():
    verdict = check(check_subjects.declares_one, examples=5)
    assert (verdict.operator, verdict.status) == ("convolve", Status.PASS)


def test_limits_that_fail_are_an_error_of_the_subject():
    with pytest.raises(SubjectError, match="asked what it declares: ZeroDivisionError"):
        check(f"{SUBJECTS}:cannot_say_its_limits", "convolve", examples=3)


def test_a_subject_that_is_not_there_is_an_error():
    with pytest.raises(SubjectError, match="cannot be imported"):
        check("convoracle.impl:no_such_function", "convolve")
