"""The command line, as a user meets it: exit codes, messages, files."""

import json
import subprocess
import sys
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner

from convoracle import impl
from convoracle.reports import document
from convoracle.reports.command import main
from convoracle.spec import OPERATORS


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("record", OPERATORS, ids=str)
def test_explain_shows_every_link_of_the_chain(record):
    outcome = run("explain", record.name)
    assert outcome.exit_code == 0
    for link in ("defined", "letters", "sized", "takes", "requires", "conventions", "computed", "obeys", "tested"):
        assert f"\n{link}\n" in outcome.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain", "conv9d"], "no operator 'conv9d'"),
        (["check", "numpy:convolve", "--operator", "conv9d"], "no operator 'conv9d'"),
        (["check", "numpy:convolve"], "which operator? numpy:convolve declares none"),
        (["check", "numpy:", "--operator", "convolve"], "module:function"),
        (["check", "sciepy", "--operator", "convolve"], "no subject 'sciepy'; there are convoracle, numpy"),
        (["check", "numpy", "--operator", "conv2d"], "declares convolve, correlate, not conv2d"),
        (["check", "numpy:convolve", "--operator", "convolve", "--array", "json"], "json has no from_dlpack"),
        (["check", "numpy:nothing", "--operator", "convolve"], "nothing"),
        (["check", "numpy:convolve", "--operator", "convolve", "--examples", "0"], "at least 1"),
        (["check", "numpy:convolve", "--operator", "convolve", "--convention", "x"], "NAME=ANSWER"),
        (["check", "numpy:convolve", "--operator", "convolve", "--convention", "x=y"], "no convention 'x'"),
        (["report", "--subject", "nobody"], "no subject 'nobody'; there are convoracle, numpy"),
        (["report", "--subject", "scipy.", "--operator", "dft"], "no subject 'scipy.'"),
        (["report", "--operator", "conv9d"], "no operator 'conv9d'"),
        (["report", "--subject", "numpy.fft", "--operator", "conv2d"], "none of numpy.fft offers one of conv2d"),
        (["report", "--subject", "numpy.fft", "--operator", "dft", "--out", "/dev/null/x"], "Not a directory"),
        (["prove", "--name", "no such law"], "no law or theorem"),
        (["vectors", "conv9d", "--out", "unused"], "no operator 'conv9d'"),
        (["vectors", "conv1d", "--out", "unused", "--examples", "0"], "at least 1"),
        (["check", "numpy", "--replies", "."], "--replies leaves subject without meaning"),
        (["check", "--replies", ".", "--seed", "3"], "--replies leaves --seed without meaning"),
        (["check", "numpy:convolve", "--fingerprint", "--examples", "9"], "--fingerprint leaves --examples without"),
        (["mutants", "--all", "--sample", "9"], "--all leaves --sample without meaning"),
        (["report", "--without", "experiment", "--experiment", "x"], "leaves --experiment without meaning"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_gets_one_clear_sentence_and_exit_code_2(arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert sentence in outcome.output
    assert "Traceback" not in outcome.output


def test_check_accepts_a_right_kernel_with_exit_code_0():
    outcome = run("check", "convoracle.impl:conv1d", "--operator", "conv1d", "--examples", "15")
    assert outcome.exit_code == 0, outcome.output
    assert "PASS" in outcome.output


def test_check_rejects_a_wrong_kernel_and_prints_a_script(tmp_path):
    path = tmp_path / "kernels.py"
    path.write_text("import numpy as np\ndef twice(x, h, *, mode='full'):\n    return 2 * np.convolve(x, h, mode)\n")
    outcome = run("check", f"{path}:twice", "--operator", "convolve", "--examples", "15")
    assert outcome.exit_code == 1
    assert "FAIL" in outcome.output
    assert "import numpy as np" in outcome.output


def test_check_prints_strict_json():
    outcome = run("check", "convoracle.impl:correlate", "--operator", "correlate", "--examples", "5", "--json")
    verdict = json.loads(outcome.output, parse_constant=pytest.fail)
    assert verdict["status"] == "PASS"
    assert verdict["operator"] == "correlate"


def test_prove_prints_evidence_and_exits_with_0():
    outcome = run("prove", "--name", "convolve: it commutes")
    assert outcome.exit_code == 0
    assert "proved" in outcome.output


def test_prove_exits_with_1_on_a_falsified_copy(monkeypatch):
    from convoracle.reports import proving
    from convoracle.spec import theorems
    from convoracle.spec.evidence import identity
    from convoracle.spec.symbols import C, G

    false = identity("a falsehood", "C = G", (), (C, G))
    for module in (proving, theorems):
        monkeypatch.setattr(module, "THEOREMS", (false,))
    outcome = run("prove", "--name", "a falsehood")
    assert outcome.exit_code == 1
    assert "refuted" in outcome.output


def write_replies(folder, spoil=lambda value: value):
    for entry in json.loads((folder / "vectors.json").read_text())["vectors"]:
        with np.load(folder / f"{entry['name']}.npz") as stored:
            arrays = [stored[name] for name in entry["inputs"]]
        options = {name: to_tuple(value) for name, value in entry["options"].items()}
        value = impl.conv2d(*arrays, **options)
        spoil(value).tofile(folder / f"{entry['name']}.bin")


def to_tuple(value):
    return tuple(map(to_tuple, value)) if isinstance(value, list) else value


def test_replies_to_vectors_are_accepted_when_right(tmp_path):
    assert run("vectors", "conv2d", "--out", tmp_path, "--examples", "8").exit_code == 0
    write_replies(tmp_path)
    outcome = run("check", "--replies", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    assert "8 of 8 replies are right" in outcome.output


def test_replies_to_vectors_are_rejected_when_wrong_or_missing(tmp_path):
    run("vectors", "conv2d", "--out", tmp_path, "--examples", "4")
    assert "4 missing" in run("check", "--replies", tmp_path).output
    write_replies(tmp_path, lambda value: value + np.ones_like(value))
    outcome = run("check", "--replies", tmp_path)
    assert outcome.exit_code == 1
    assert "0 of 4 replies are right" in outcome.output


REPORT = (
    "report",
    "--subject",
    "numpy",
    "--operator",
    "correlate",
    "--profile",
    "quick",
    "--without",
    "prove",
    "--without",
    "mutant",
)


def test_report_writes_four_files_that_agree(tmp_path):
    outcome = run(*REPORT, "--out", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    report = document.read(tmp_path / "report.json")
    document.validate(report)
    assert report["complete"]
    assert [(v["subject"], v["operator"]) for v in report["verdicts"]] == [("numpy", "correlate")]
    assert not (tmp_path / ".unfinished").exists()
    for name in ("report.md", "report.html", "junit.xml"):
        assert "correlate" in (tmp_path / name).read_text()


INTERRUPTED = """
import sys
from convoracle.reports.command import main
from convoracle.reports.pool import Kept

if __name__ == "__main__":
    kept = Kept.keep
    def keep_one(self, task, result):
        kept(self, task, result)
        raise KeyboardInterrupt
    Kept.keep = keep_one
    main(sys.argv[1:])
"""


def test_an_interrupted_report_leaves_the_last_complete_one_and_resumes(tmp_path):
    assert run(*REPORT, "--out", tmp_path / "out").exit_code == 0
    before = (tmp_path / "out" / "report.json").read_bytes()
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    more = (
        "report",
        "--subject",
        "numpy",
        *("--operator", "convolve", "--operator", "relu"),
        "--profile",
        "quick",
        "--without",
        "prove",
        "--without",
        "mutant",
        "--out",
        str(tmp_path / "out"),
    )
    ended = subprocess.run([sys.executable, str(script), *more], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 130, ended.stderr
    assert (tmp_path / "out" / "report.json").read_bytes() == before
    assert len(list((tmp_path / "out" / ".unfinished").glob("*.json"))) == 1
    assert run(*more, "--resume").exit_code == 0
    resumed = document.read(tmp_path / "out" / "report.json")
    assert run(*more).exit_code == 0
    assert without_times(resumed) == without_times(document.read(tmp_path / "out" / "report.json"))


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in ("seconds", "started")}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def test_the_name_of_a_library_stands_for_all_its_subjects(tmp_path):
    options = ["--operator", "relu", "--profile", "quick", "--without", "prove", "--without", "mutant"]
    outcome = run("report", "--subject", "numpy", "--subject", "numpy.layers", *options, "--out", tmp_path)
    assert outcome.exit_code == 0, outcome.output
    made = document.read(tmp_path / "report.json")
    assert [subject["name"] for subject in made["subjects"]] == ["numpy", "numpy.layers", "numpy.fft"]
    assert [(v["subject"], v["operator"]) for v in made["verdicts"]] == [("numpy.layers", "relu")]


def test_wrong_kernels_are_tried_where_ours_are_judged(tmp_path):
    options = ["--operator", "relu", "--profile", "quick", "--without", "prove", "--out", tmp_path]
    assert run("report", "--subject", "numpy.layers", *options).exit_code == 0
    assert json.loads((tmp_path / "report.json").read_text())["mutants"] is None
    assert run("report", "--subject", "convoracle", *options).exit_code == 0
    assert json.loads((tmp_path / "report.json").read_text())["mutants"]["rows"]


def test_a_subject_whose_library_is_absent_is_reported_and_when_it_is_named_an_error(tmp_path):
    from convoracle.impl.backends import ADAPTERS, Adapter

    gone = Adapter("own", "more", {"no_such_library": "the-library"})
    few = {"numpy.layers": ADAPTERS["numpy.layers"], "gone": gone}
    sentence = "subject 'gone' needs the-library, which is not installed: pip install the-library (the extra 'more')"
    with patch.dict(ADAPTERS, few, clear=True):  # which puts all of them back in their order
        named = run("report", "--subject", "gone", "--out", tmp_path)
    assert (named.exit_code, named.stderr.splitlines()[-1]) == (2, f"convoracle: {sentence}")
    options = ["--operator", "relu", "--profile", "quick", "--without", "prove", "--without", "mutant"]
    with patch.dict(ADAPTERS, few, clear=True):
        default = run("report", *options, "--out", tmp_path)
    assert default.exit_code == 0, default.output
    made = json.loads((tmp_path / "report.json").read_text())
    assert [(s["name"], s.get("absent")) for s in made["subjects"]] == [("numpy.layers", None), ("gone", sentence)]
    assert "gone is absent: subject 'gone' needs the-library" in (tmp_path / "report.md").read_text()
    assert "pip install the-library" in (tmp_path / "report.html").read_text()
