"""Two reports compared, and findings that are accepted."""

import json

import pytest
from click.testing import CliRunner

from convoracle.reports import accepted, document
from convoracle.reports.command import main
from convoracle.reports.comparison import compared, summary


def test_a_report_compared_with_itself_has_not_changed(report):
    made = compared(report, report)
    assert made["same"] == len(report["verdicts"])
    assert not any(made[name] for name in ("pairs", "findings", "definitions", "environment"))


def test_changes_are_named_pair_by_pair_and_finding_by_finding(report):
    earlier = json.loads(json.dumps(report))
    ours = [verdict for verdict in earlier["verdicts"] if verdict["subject"] == "convoracle"]
    ours[0]["status"], ours[1]["definition_sha256"] = "FAIL", "0" * 64
    earlier["verdicts"].remove(ours[2])
    gone = report["findings"].pop()
    fresh = earlier["findings"].pop(0)
    earlier["environment"]["packages"]["numpy"] = "1.0"
    made = compared(report, earlier)
    assert [(p["operator"], p["change"]) for p in made["pairs"]] == [
        (ours[0]["operator"], "better"),
        (ours[2]["operator"], "new"),
    ]
    assert made["definitions"] == [ours[1]["operator"]]
    assert [(f["change"], f["law"]) for f in made["findings"]] == [("new", fresh["law"]), ("gone", gone["law"])]
    assert made["environment"] == ["numpy: 1.0 → 2.4.6"]
    assert "1 new, 1 better" in summary(made)


def finding_of(report, **changes):
    return {**report["findings"][0], **changes}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("numpy conv1d value: exact  # why", "met"),
        ("num* * value:*", "met"),
        ("numpy conv1d shape", "stale"),
        ("numpy conv9d value: exact", "not judged"),
        ('[{"subject": "numpy", "operator": "*", "law": "value: exact", "reason": "why"}]', "met"),
    ],
)
def test_an_entry_is_met_stale_or_not_judged(text, state, tmp_path, report):
    path = tmp_path / "known.txt"
    path.write_text(f"{'' if text.startswith('[') else '# comment'}\n\n{text}\n")
    verdict = {**report["verdicts"][0], "subject": "numpy", "operator": "conv1d", "status": "FAIL", "findings": ["one"]}
    finding = finding_of(report, id="one", subject="numpy", operator="conv1d", law="value: exact", accepted=None)
    made = accepted.applied({**report, "verdicts": [verdict], "findings": [finding]}, accepted.read(path))
    assert [entry["state"] for entry in made["known"]] == [state]
    assert (made["findings"][0]["accepted"] is not None) == (state == "met")
    assert accepted.failing(made) == (set() if state == "met" else {"numpy"})


def test_a_broken_verdict_without_a_finding_cannot_be_accepted(report):
    verdict = {**report["verdicts"][0], "subject": "numpy", "status": "CRASH", "findings": []}
    everything = [{"subject": "*", "operator": "*", "law": "*", "reason": ""}]
    assert accepted.failing(accepted.applied({**report, "verdicts": [verdict]}, everything)) == {"numpy"}


def test_a_wrong_image_fails_its_subject(report):
    image = {**report["real"][0], "subject": "numpy", "status": "FAIL"}
    assert accepted.failing({**report, "verdicts": [], "real": [image]}) == {"numpy"}


@pytest.mark.parametrize("status", ["VACUOUS", "UNSUPPORTED", "PASS_CONVENTION"])
def test_our_own_kernels_must_pass_and_others_need_not_be_judged(status, report):
    verdict = {**report["verdicts"][0], "status": status, "findings": []}
    for subject, failing in (("convoracle", {"convoracle"}), ("numpy", set())):
        assert accepted.failing({**report, "verdicts": [{**verdict, "subject": subject}], "real": []}) == failing


@pytest.mark.parametrize(
    "text", ["numpy conv1d", "[{}]", "[1]", '[{"subject": 1}]', "[", '[{"subject": "a", "law": "b"}]']
)
def test_a_file_of_another_form_is_refused_with_its_name(text, tmp_path):
    path = tmp_path / "known.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"known\.txt"):
        accepted.read(path)


def test_continuous_integration_passes_on_accepted_findings_only(tmp_path):
    """scipy.ndimage sends int64 through float64, which the judge finds."""
    common = [
        "report",
        "--subject",
        "scipy.ndimage",
        "--operator",
        "convolve",
        "--profile",
        "quick",
        "--fail-on",
        "any",
    ]
    common += ["--out", str(tmp_path), *(w for kind in ("prove", "mutant", "image") for w in ("--without", kind))]
    first = CliRunner().invoke(main, common)
    assert first.exit_code == 1, first.output
    made = document.read(tmp_path)
    entries = [
        {name: f[name] for name in ("subject", "operator", "law")} | {"reason": "known"} for f in made["findings"]
    ]
    known = tmp_path / "known.json"
    known.write_text(json.dumps([*entries, {**entries[0], "law": "never broken", "reason": ""}]))
    before = tmp_path / "before.json"
    before.write_bytes((tmp_path / "report.json").read_bytes())
    second = CliRunner().invoke(main, [*common, "--known", str(known), "--compare", str(before)])
    assert second.exit_code == 0, second.output
    assert "known finding stale: scipy.ndimage convolve never broken" in second.output
    assert "1 as before; findings: 0 new, 0 gone" in second.output
    again = document.read(tmp_path)
    assert {f["accepted"] for f in again["findings"]} == {"known"}
    assert again["comparison"]["pairs"] == []
