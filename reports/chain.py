"""``convoracle explain``: the chain of one operator, read off its record."""

from importlib import import_module

from convoracle.impl import backends
from convoracle.properties.universal import FLOAT_LAW, INTEGER_LAW, VALUE_LAWS
from convoracle.spec import operator
from convoracle.spec.law_catalog import laws_of
from convoracle.spec.law_rendering import text_law
from convoracle.spec.laws import Law
from convoracle.spec.notation import TEXT
from convoracle.spec.records import Choice, Convention, OperatorSpec, Parameter, Real
from convoracle.spec.rendering import meanings, stage_text, symbols_of, text, text_rule, text_sizes, text_words
from convoracle.spec.writing import write


def chain_of(name: str) -> str:
    """Return the chain of an operator as text: defined, sized, takes, requires, computed, obeys, tested.

    Raises
    ------
    ValueError
        If there is no such operator.
    """
    record = operator(name)
    sections = {
        f"{record.name}: {record.summary}": _source(record),
        "defined": text(record).splitlines(),
        "letters": _letters(record),
        "sized": text_sizes(record).splitlines(),
        "takes": _takes(record),
        "requires": _requires(record),
        "conventions": [f"{c.name}={c.ours}   {c.question} Others: {_others(c)}" for c in record.conventions],
        "computed": [*_computed(record), *_algorithms(record)],
        "obeys": [line for law in laws_of(record) for line in _law(law)],
        "tested": _tested(record),
    }
    blocks = ("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in sections.items() if lines)
    return "\n\n".join(blocks)


def _source(record: OperatorSpec) -> list[str]:
    return [
        f"source: {record.source.reference}",
        f"rows: {', '.join(record.source.rows)}",
        f"example: {record.source.example.cited}",
    ]


def _letters(record: OperatorSpec) -> list[str]:
    named = {s.name.split("_")[0] for s in symbols_of(record)}
    return [f"{letter}  {meaning}" for letter, meaning in meanings(record).items() if letter in named]


def _takes(record: OperatorSpec) -> list[str]:
    lines = [f"{a.name}({', '.join(map(str, a.axes))})  {a.meaning}{' (optional)' * a.optional}" for a in record.inputs]
    for option in record.parameters:
        lines.append(f"{option.keyword}={_default(option)}  {option.meaning}{_words(option)}")
    lines += [
        f"{keyword}={word}: {equation}"
        for keyword, word, equations in text_words(record)
        for equation in equations.splitlines()
    ]
    return lines


Option = Parameter | Choice | Real


def _requires(record: OperatorSpec) -> list[str]:
    rules = [f"{text_rule(rule)}   ({rule.sentence})" for rule in record.requires]
    rules += [
        f"0 <= {a.name} < {write(a.below, TEXT)}   (indices in range)" for a in record.inputs if a.below is not None
    ]
    return rules or ["nothing but the axes"]


def _default(option: Option) -> str:
    left_open = isinstance(option, Parameter) and None in option.named
    return "…" if option.default is None and not left_open else repr(option.default)


def _words(option: Option) -> str:
    words = option.options if isinstance(option, Choice) else option.named if isinstance(option, Parameter) else ()
    return f"; {' | '.join(map(str, words))}" if words else ""


def _others(convention: Convention) -> str:
    return "; ".join(f"{k}: {v}" for k, v in convention.answers.items() if k != convention.ours)


def _computed(record: OperatorSpec) -> list[str]:
    function = getattr(import_module("convoracle.impl"), record.name)
    return [f"convoracle.impl.{record.name}  ({function.__module__})", f"numbers: {', '.join(record.numbers)}"]


def _algorithms(record: OperatorSpec) -> list[str]:
    """Return the ways to compute the definition that a subject may declare, and where they round."""
    lines = []
    for name, stages in record.algorithms.items():
        lines += [f"algorithm {name!r} rounds in", *(f"    {stage_text(stage)}" for stage in stages)]
    return lines


def _law(law: Law) -> list[str]:
    return [law.name, *(f"    {line}" for line in text_law(law).splitlines())]


def _tested(record: OperatorSpec) -> list[str]:
    universal = [*VALUE_LAWS.values(), FLOAT_LAW, INTEGER_LAW, "shape", "dtype", "inputs unchanged", "memory layout"]
    universal += ["rejection of calls that break one rule", "no state between calls", "results are kept"]
    universal += ["batch independence", "zero-size"] if record.batched else []
    universal += ["more axes"] if record.more_axes else []
    offered = [name for name in backends.names() if _offers(name, record.name)]
    return [f"laws of every operator: {'; '.join(universal)}", f"subjects: {', '.join(offered)}"]


def _offers(subject: str, name: str) -> bool:
    try:
        return name in backends.load(subject).operators
    except backends.LibraryAbsentError:
        return False
