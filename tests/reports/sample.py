"""A report about nothing real, of realistic size: ten subjects, fifty findings, strings that mean harm."""

import base64
import math
import random
import struct
import zlib
from typing import Any

from convoracle.reports import document
from convoracle.reports.operators import describe
from convoracle.spec.catalog import OPERATORS
from convoracle.spec.law_catalog import laws_of

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a | b `c` [d](e) *f* _g_",
    "null\x00 bell\x07 escape\x1b[31m lone \ud800 right\u202eleft",
    "]]> & &lt; <!-- --> ${x} {{ x }} {% x %}",
    "naïve — 日本語 🙂 " + "long " * 40,
)
STATUSES = ("PASS", "PASS_CONVENTION", "FAIL", "UNSUPPORTED", "VACUOUS", "FLAKY", "CRASH", "TIMEOUT", "NOT_RUN")
SUBJECTS = (
    "convoracle",
    "numpy",
    "scipy.signal",
    "torch",
    "jax",
    "onnxruntime",
    "opencv",
    "file.py:conv2d",
    *NASTY[:2],
)
FAILURES = ("FAIL", "FLAKY", "CRASH", "TIMEOUT")


def report(seed: int = 0) -> dict[str, Any]:
    """Return the report; the same one for the same seed."""
    draw = random.Random(seed)
    findings = [_finding(draw, index) for index in range(50)]
    evidence = [_evidence(draw, index) for index in range(60)]
    return document.empty(
        complete=True,
        profile="default",
        seed=seed,
        command="convoracle report --profile default --seed 0 # " + NASTY[0],
        started="2026-11-20T18:50:00+00:00",
        seconds=3725.25,
        environment={
            "python": "3.11.7",
            "platform": "Linux-6.1 " + NASTY[3],
            "processor": "x86_64",
            "threads": 2,
            "packages": {"numpy": "2.4.6", "sympy": "1.14.0", NASTY[4]: "1"},
        },
        operators=[describe(record) for record in OPERATORS],
        subjects=[_subject(name) for name in SUBJECTS],
        verdicts=[
            _verdict(draw, subject, record, index, findings)
            for index, subject in enumerate(SUBJECTS)
            for record in OPERATORS
        ],
        findings=findings,
        evidence=evidence,
        statements=[_statement(draw, index, evidence) for index in range(40)],
        mutants=_mutants(draw),
        real=[_real(draw, index) for index in range(3)],
        experiments=[_experiment(draw, index, evidence) for index in range(3)],
        known=[_known(index) for index in range(9)],
        comparison=_comparison(draw),
    )


def _known(index: int) -> dict[str, str]:
    states = ("met", "stale", "not judged")
    return {
        "subject": "scipy.*",
        "operator": "*",
        "law": NASTY[index % 6],
        "reason": NASTY[0],
        "state": states[index % 3],
    }


def _comparison(draw: random.Random) -> dict[str, Any]:
    kinds = {"worse": ("PASS", "FAIL"), "new": (None, "PASS"), "other": ("FAIL", "CRASH"), "better": ("FAIL", "PASS")}
    kinds["gone"] = ("PASS", None)
    pairs = [
        {"subject": NASTY[index % 6], "operator": NASTY[0], "before": before, "after": after, "change": kind}
        for index in range(12)
        for kind, (before, after) in kinds.items()
    ]
    texts = {name: draw.choice(NASTY) for name in ("subject", "operator", "law", "message")}
    findings = [{"change": what, **texts} for what in ("new", "gone")]
    return {
        "started": NASTY[1],
        "profile": NASTY[0],
        "seed": 1,
        "environment": list(NASTY),
        "definitions": ["conv2d", NASTY[0]],
        "pairs": pairs,
        "same": 500,
        "findings": findings,
    }


def _subject(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.2.3",
        "own": name == "convoracle",
        "operators": [record.name for record in OPERATORS],
    }


def _finding(draw: random.Random, index: int) -> dict[str, Any]:
    script = (
        "import numpy as np\nfrom file import conv2d\n\nx = np.arange(25.0).reshape(1, 1, 5, 5)\nprint(conv2d(x))  # "
    )
    return {
        "id": f"F{index + 1}",
        "subject": SUBJECTS[1 + index % 9],
        "operator": OPERATORS[index % len(OPERATORS)].name,
        "law": draw.choice(["values", "shape", "rejection", *NASTY]),
        "cause": "values",
        "count": draw.randrange(1, 200),
        "message": f"y[0, 1, 2, 0] is wrong {draw.choice(NASTY)}",
        "configuration": {
            "shapes": {"x": (1, 2, 5, 5), "w": (4, 1, 3, 3)},
            "dtypes": {"x": "float32", "w": "float32"},
            "options": {"stride": (2, 1), "padding": ((0, 1), (2, 0)), "padding_mode": "reflect", "value": -math.inf},
            "layouts": {"x": "C-order", "w": "every axis reversed"},
        },
        "element": None if index % 7 == 0 else [0, 1, 2, 0],
        "got": "0x1.8p+1 (3.0)",
        "expected": draw.choice(["2.5", "nan", *NASTY]),
        "error": "0.5",
        "bound": "1.2e-06",
        "terms": [f"w[0, 0, {u}, 0] x[0, 0, {u}, 1] = 0.5 expected, missing" for u in range(draw.randrange(60))],
        "diagnosis": ["as if the dilation were ignored on the second axis", draw.choice(NASTY)][: draw.randrange(3)],
        "script": script + draw.choice(NASTY),
        "accepted": NASTY[index % 6] if index % 5 == 0 else None,
        "arrays": {"x": [[1.0, -0.0, 5e-324], [math.nan, math.inf, -math.inf]], "w": None, "z": [1 + 2j, 2**70, True]},
    }


def _verdict(draw: random.Random, subject: str, record: Any, index: int, findings: list[Any]) -> dict[str, Any]:
    status = "PASS" if subject == "convoracle" else STATUSES[(index + OPERATORS.index(record)) % 9]
    laws = [law.name for law in laws_of(record)] + ["shape", "dtype", "values", "rejection"]
    judged = status not in ("UNSUPPORTED", "NOT_RUN")
    return {
        "subject": subject,
        "operator": record.name,
        "status": status,
        "reason": "" if status == "PASS" else draw.choice(("one law failed", *NASTY)),
        "conventions": {"subnormals": "flushed"} if status == "PASS_CONVENTION" else {},
        "algorithm": draw.choice(("direct", "fft")),
        "cases": 200 * judged,
        "asked": 200,
        "unsupported_cases": 17 * judged,
        "laws": [_law(draw, name, status) for name in laws] if judged else [],
        "worst": [
            {"dtype": "float32", "ratio": draw.random(), "bits": 23.4},
            {"dtype": "float64", "ratio": math.nan if status in FAILURES else 0.5, "bits": None},
        ],
        "precision": {"float32": draw.choice(("float32", "TF32", "bfloat16", *NASTY))} if judged else {},
        "stages": {"double_double": 123456, "exact": 78, "integer": 9012, "enclosed": 345},
        "accuracy_classes": [{"dtype": "float32", "ulps": 1.0}],
        "histogram": [_histogram(draw)] if judged else [],
        "miss_probability": {"values": 17, "draws": 40, "bound": 1.1e-37} if judged else None,
        "coverage": [{"class": f"class {word}", "seen": 3, "of": 4} for word in ("stride", "padding", "dilation")],
        "pairs": {"seen": 181, "of": 190},
        "not_looked_at": ["arrays above 2**31 elements", NASTY[2]],
        "findings": [f["id"] for f in findings if (f["subject"], f["operator"]) == (subject, record.name)],
        "definition_sha256": "ab" * 32,
        "seconds": 12.5,
    }


def _law(draw: random.Random, name: str, status: str) -> dict[str, Any]:
    failed = draw.randrange(3) if status in FAILURES else 0
    return {
        "law": name,
        "status": "FAIL" if failed else "PASS",
        "checked": 200,
        "informative": 190,
        "failed": failed,
    }


def _histogram(draw: random.Random) -> dict[str, Any]:
    edges = [-math.inf, *(-6 + index / 2 for index in range(14)), math.inf]
    return {"dtype": "float32", "edges": edges, "counts": [int(10 ** draw.uniform(0, 6)) for _ in edges[1:]]}


def _evidence(draw: random.Random, index: int) -> dict[str, Any]:
    return {
        "name": f"claim {index}: {NASTY[index] if index < len(NASTY) else 'sizes'}",
        "statement": "conv2d(x, w) = conv2d(x', w') for all sizes",
        "kind": ("proved", "exhausted", "certified", "tested", "measured", "refuted")[index % 6],
        "method": "z3 4.13: unsat",
        "detail": draw.choice(("16 integer unknowns", *NASTY)),
        "seconds": draw.random(),
        "statement_sha256": "cd" * 32,
        "rows": [f"L-{index % 40}", "M14"],
        "counterexample": NASTY[0] if index % 6 > 4 else None,
    }


def _statement(draw: random.Random, index: int, evidence: list[Any]) -> dict[str, Any]:
    printed = (r"S(i,j) = \sum_m \sum_n I(m,n) K(i-m,j-n)", r"\frac{", r"\text{<script>alert(1)</script>} & x", "")
    erratum = {
        "printed": r"y[i] = \sum_k x[i+m-k]\, w[k]",
        "counterexample": "m = 1: y[0] = x[1] w[0] " + NASTY[0],
        "corrected": NASTY[4],
    }
    return {
        "row": f"L-{index}",
        "seed": "lecture",
        "printed": printed[index % 4],
        "meaning": draw.choice(("convolution commutes", *NASTY)),
        "becomes": ["conv2d", "convolve", NASTY[2]],
        "evidence": [{"name": entry["name"], "kind": entry["kind"]} for entry in draw.sample(evidence, 2)],
        "erratum": erratum if index % 8 == 3 else None,
    }


def _mutants(draw: random.Random) -> dict[str, Any]:
    laws = ["shape", "values", "rejection", *(law.name for law in laws_of(OPERATORS[3]))]
    rows = [
        {
            "mutant": f"conv2d_{index}",
            "operator": "conv2d",
            "sentence": draw.choice(("the stride of the first axis is used on both", *NASTY)),
            "rejected": index % 9 != 4,
            "by": {law: draw.randrange(200) for law in draw.sample(laws, 4)} if index % 9 != 4 else {},
            "diagnosis": "as if the dilation were ignored",
        }
        for index in range(30)
    ]
    return {"laws": laws, "rows": rows, "score": {"rejected": 27, "of": 30, "equivalent": 2}}


def _real(draw: random.Random, index: int) -> dict[str, Any]:
    return {
        "title": f"flower {index} {NASTY[1]}",
        "subject": "convoracle",
        "operator": "conv2d",
        "worst_ratio": draw.random(),
        "status": "PASS",
        "pictures": [
            {"caption": f"edges {NASTY[0]}", "png": _png(160, 100), "width": 160, "height": 100} for _ in range(2)
        ],
    }


def _experiment(draw: random.Random, index: int, evidence: list[Any]) -> dict[str, Any]:
    return {
        "name": f"experiment-{index} {NASTY[index]}",
        "question": draw.choice(NASTY),
        "seed": 7,
        "command": "convoracle experiment digits --seed 7 " + NASTY[index],
        "numbers": [
            {"name": f"accuracy {text}", "value": value, "unit": unit, "printed": text}
            for text, value, unit in zip(
                NASTY, (98.44, 3, math.nan, math.inf, 1e-9, -1), ("%", NASTY[2], *"sxyz"), strict=True
            )
        ],
        "claims": [entry["name"] for entry in draw.sample(evidence, 2)],
        "pictures": [{"caption": NASTY[1], "png": _png(60, 40), "width": 60, "height": 40}],
        "seconds": 90.5,
    }


def _png(width: int, height: int) -> str:
    """Return a grey ramp; written by hand, so that the renderer's own PNGs are not judged by themselves."""
    rows = b"".join(b"\0" + bytes(column * 255 // width for column in range(width)) for _ in range(height))
    chunks = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"".join(struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode("ascii")
