"""What a report says about an operator, read off its record."""

from typing import Any

from convoracle.spec.notation import TEXT
from convoracle.spec.records import Array, Choice, OperatorSpec, Parameter, Real
from convoracle.spec.rendering import latex, latex_rule, latex_sizes, legend, text, words
from convoracle.spec.writing import write


def describe(record: OperatorSpec) -> dict[str, Any]:
    """Return the entry of an operator in the report."""
    return {
        "name": record.name,
        "summary": record.summary,
        "latex": latex(record),
        "text": text(record),
        "size_latex": latex_sizes(record),
        "inputs": [
            {"name": array.name, "axes": [write(axis, TEXT) for axis in array.axes], "meaning": _meaning(array)}
            for array in record.inputs
        ],
        "options": [_option(parameter) for parameter in record.parameters],
        "requires": [
            {"code": rule.code, "latex": latex_rule(rule), "sentence": rule.sentence} for rule in record.requires
        ],
        "conventions": [
            {"name": c.name, "question": c.question, "answers": dict(c.answers), "ours": c.ours}
            for c in record.conventions
        ],
        "words": [{"keyword": keyword, "word": word, "latex": equations} for keyword, word, equations in words(record)],
        "symbols": [{"latex": letter, "meaning": meaning} for letter, meaning in legend(record)],
        "rows": list(record.source.rows),
        "reference": record.source.reference,
    }


def _meaning(array: Array) -> str:
    notes = ["may be left out, and its term with it"] * array.optional + ["zero outside its axes"] * array.extended
    return "; ".join([array.meaning, *notes])


def _option(parameter: Parameter | Choice | Real) -> dict[str, Any]:
    return {"keyword": parameter.keyword, "meaning": parameter.meaning, "default": parameter.default}
