"""``check(subject, "conv2d")``: judge an implementation on generated cases and return a verdict."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import chain
from typing import Any

from sympy import srepr

from convoracle.spec.algorithm_classes import EXACT_ON_INTEGERS
from convoracle.spec.catalog import operator as record_of
from convoracle.spec.records import OperatorSpec

from . import counterexamples
from .examination import FAILURES_UNTIL_HALTED, Examination
from .explanation import diagnosis, explain
from .generation import generate, smallest_failures
from .pairs import attainable
from .subject import Judged, judged_callable, target_of
from .universal import REPEATABLE
from .verdict import ENOUGH, Finding, Status, Verdict


def check(
    subject: Callable[..., Any] | str,
    operator: str | None = None,
    *,
    examples: int = 200,
    seed: int = 0,
    conventions: Mapping[str, str] | None = None,
    algorithm: str | None = None,
    accumulator: str | None = None,
    ulps: float | None = None,
    array: str | None = None,
    isolate: bool = False,
    name: str | None = None,
    known: Iterable[Any] | Callable[[str], Iterable[Any]] = (),
) -> Verdict:
    """Judge an implementation of an operator.

    Parameters
    ----------
    subject : callable or str
        Called as the public function of that name: arrays positional, options by keyword. A string ``module:function``,
        ``file.py:function`` or the name of a subject such as ``"numpy"`` runs in a worker process. What
        `convoracle.impl.backends.implements` declared of it holds where nothing else is given here.
    operator : str, optional
        Name of the record, such as ``"conv2d"``. Default: the one that the subject declares.
    examples : int
        Number of configurations; each is judged on several data families.
    seed : int
        Equal seeds give equal cases.
    conventions : mapping of str to str, optional
        Answers to the record's named conventions, where the subject follows another than the record.
    algorithm : str, optional
        The class whose rounding bound applies: "direct"; "pairwise" and "fft" for sums of products, "winograd_2_3" and
        "winograd_4_3" for convolution layers, "gauss" for complex products by three real ones; or an algorithm of the record;
        "folded or direct" where the subject follows now one of these, now the other. Default "direct".
    accumulator : str, optional
        Floating-point format of the sum, where it is not that of the result, such as ``"float64"``.
    ulps : {0.5, 1, 2, 4}, optional
        Accuracy class of the subject's elementary functions, in units in the last place. Default 4.
    array : str, optional
        Library whose arrays the subject takes and returns, such as ``"torch"`` or ``"jax"``: they are exchanged by DLPack.
    isolate : bool
        Run a callable in a worker process too; it must then be importable by its module and name.
    name : str, optional
        Name of the subject in the verdict.
    known : iterable, or callable
        The `Verdict.kept` of an earlier verdict, or what returns it for the name of the operator: failing cases that are judged
        again first, and not shrunk again.

    Returns
    -------
    Verdict
        Status, laws, findings with counterexamples, worst errors, coverage.

    Raises
    ------
    ValueError
        If there is no such operator, convention, answer or algorithm, the subject declares other operators, or `examples` is
        below 1.

    Examples
    --------
    >>> import numpy as np
    >>> def twice(x, h, *, mode="full"):
    ...     return 2 * np.convolve(x, h, mode)
    >>> check(twice, "convolve", examples=20).ok
    False
    """
    if examples < 1:
        raise ValueError(f"check: examples must be at least 1, got {examples}")
    if operator is not None:
        record_of(operator)
    given = {"name": name, "algorithm": algorithm, "accumulator": accumulator, "ulps": ulps}
    with opened(subject, operator, array, isolate) as judged:
        changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        judged = replace(judged, **changes, conventions={**judged.conventions, **(conventions or {})})
        found = known(judged.record.name) if callable(known) else known
        return judge(judged, examples=examples, seed=seed, known=found)


def opened(
    subject: Callable[..., Any] | str, operator: str | None, array: str | None, isolate: bool
) -> AbstractContextManager[Judged]:
    """Return a subject as it is judged on an operator, in a context that ends its worker process, if it has one."""
    if callable(subject) and not isolate:
        return nullcontext(judged_callable(subject, operator, array))
    from .isolation import isolated

    return isolated(target_of(subject) if callable(subject) else subject, operator, array)


def judge(
    judged: Judged, *, examples: int, seed: int = 0, entries: int | None = None, known: Iterable[Any] = ()
) -> Verdict:
    """Judge a subject that is wrapped already, see `check`.

    No case begins once those before had `entries` entries, see `effort`: dear operators are judged on fewer cases.
    """
    started = time.perf_counter()
    examination = survey(judged, examples=examples, seed=seed, entries=entries, known=known)
    smallest = smallest_failures(examination, sorted(examination.failures, key=_order))
    findings = tuple(
        replace(explain(judged, one.failure, examination.tallies[law].failed), cause=one.cause)
        for law, one in smallest.items()
    )
    kept = tuple(counterexamples.written(law, one.cause, one.case) for law, one in smallest.items())
    return _verdict(examination, findings, kept, seed, time.perf_counter() - started)


ORDER = (
    "crash",
    "timeout",
    "accepts legal calls",
    "shape",
    "dtype",
    "value",
    "memory layout",
    "inputs unchanged",
    REPEATABLE,
    "rejection",
)
"""Findings are told in this order; what a finding of the record's own laws says usually follows from one before it."""


def _order(law: str) -> int:
    return next((rank for rank, word in enumerate(ORDER) if law.startswith(word)), len(ORDER))


def survey(
    judged: Judged,
    *,
    examples: int,
    seed: int = 0,
    enough: int | None = None,
    entries: int | None = None,
    halts_after: int = FAILURES_UNTIL_HALTED,
    known: Iterable[Any] = (),
) -> Examination:
    """Examine a subject without explaining its failures; so many crashes or timeouts end it, and failures `enough` cases."""
    examination = Examination(judged, enough=enough, most_entries=entries, halts_after=halts_after)
    examination.replay(known)
    generate(examination, examples, seed)
    return examination


def diagnosed(judged: Judged, examination: Examination) -> tuple[str, ...]:
    """Return what the first failure that looks like a wrong definition looks like."""
    for failure in examination.failures.values():
        if found := diagnosis(judged, failure):
            return tuple(found)
    return ()


def not_run(subject: str, record: OperatorSpec, reason: str, *, asked: int, seed: int) -> Verdict:
    """Return the verdict on a subject that could not be asked."""
    status, sha256 = Status.NOT_RUN, definition_sha256(record)
    return Verdict(subject, record.name, status, reason, definition_sha256=sha256, asked=asked, seed=seed)


def definition_sha256(record: OperatorSpec) -> str:
    """Return the hash of a record's definition, algorithms, shape rule and preconditions."""
    stages = [*record.definition, *(stage for stages in record.algorithms.values() for stage in stages)]
    parts = [srepr(e) for stage in stages for e in (stage.target, stage.value)]
    parts += [srepr(axis) for array in record.outputs for axis in array.axes] + [
        srepr(rule.rule) for rule in record.requires
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _verdict(
    examination: Examination, findings: tuple[Finding, ...], kept: tuple[dict[str, Any], ...], seed: int, seconds: float
) -> Verdict:
    judged = examination.judged
    status, reason = _status(examination)
    return Verdict(
        subject=judged.name,
        operator=judged.record.name,
        status=status,
        reason=reason,
        algorithm=judged.algorithm,
        conventions=dict(judged.conventions),
        cases=examination.cases,
        asked=examination.asked,
        unsupported_cases=examination.unsupported,
        laws=tuple(sorted(examination.tallies.values(), key=lambda tally: tally.law)),
        findings=findings,
        worst={dtype: (ratio, examination.bits(dtype)) for dtype, (ratio, _) in sorted(examination.worst.items())},
        ulps={dtype: least for dtype, least in sorted(examination.ulps.items()) if least},
        precision=examination.explanations.precisions(),
        stages=dict(examination.stages),
        histogram={dtype: tuple(map(int, counts)) for dtype, counts in sorted(examination.histogram.items())},
        miss_probability=_miss_probability(examination),
        coverage=_coverage(examination),
        pairs=(len(examination.pairs.covered), examination.pairs.of),
        not_looked_at=_not_looked_at(examination),
        kept=kept,
        forgotten=tuple(examination.forgotten),
        definition_sha256=definition_sha256(judged.record),
        seed=seed,
        seconds=seconds,
    )


def _status(examination: Examination) -> tuple[Status, str]:
    if halted := examination.halted():
        return (Status.CRASH if examination.kinds["crash"] else Status.TIMEOUT), f"{halted}; the rest is not run"
    failed = [tally.law for tally in examination.tallies.values() if tally.failed]
    if "crash" in failed or "timeout" in failed:
        return (Status.CRASH if "crash" in failed else Status.TIMEOUT), "some calls did not return"
    if REPEATABLE in failed:
        return Status.FLAKY, "the same call gave different results"
    if failed:
        broken = f"breaks {len(failed)} law{'s' if len(failed) > 1 else ''}: {'; '.join(sorted(failed))}"
        return Status.FAIL, "; ".join((broken, *examination.explanations.sentences()))
    if examination.cases == 0:
        return Status.UNSUPPORTED, "; ".join(sorted(examination.reasons)) or "no case was supported"
    if examination.telling < ENOUGH:
        return (
            Status.VACUOUS,
            f"values were judged on {examination.telling} configurations, which are fewer than {ENOUGH}",
        )
    if examination.judged.conventions:
        named = ", ".join(f"{k}={v}" for k, v in examination.judged.conventions.items())
        return Status.PASS_CONVENTION, f"conforms under {named}"
    return Status.PASS, "conforms"


def _miss_probability(examination: Examination) -> tuple[int, int, float] | None:
    """Return (m, r, bound): a bilinear kernel wrong at one configuration survives r independent draws with at most this."""
    values = examination.fewest_values
    if examination.judged.algorithm not in EXACT_ON_INTEGERS or not values:
        return None
    return values, 1, 2 / values - 1 / values**2


def _coverage(examination: Examination) -> tuple[tuple[str, int, int], ...]:
    """Return (name, classes seen, classes that there are) per letter and option, and of dtypes and layouts."""
    there: dict[str, set[Any]] = {}
    for name, value in chain.from_iterable(attainable(examination.judged.record)):
        there.setdefault(name, set()).add(value)
    return tuple(
        (name, len(seen), len(seen | there.get(name, set()))) for name, seen in sorted(examination.seen.items())
    )


NEVER = ("arrays of another byte order", "one array as two operands", "other dtypes than those of the record")
COMPLEX_NEVER = ("complex NaN and infinities",)
"""What no case has."""


def _not_looked_at(examination: Examination) -> tuple[str, ...]:
    missing = [f"{reason} ({count} cases)" for reason, count in sorted(examination.reasons.items())]
    if examination.cases:
        record = examination.judged.record
        never = COMPLEX_NEVER if "complex" in record.numbers and not record.sums_products else ()
        missing.append(", ".join((f"axes of more than {examination.longest} entries", *NEVER, *never)))
    if examination.stages["unjudged"]:
        missing.append(
            f"{examination.stages['unjudged']} elements where the rounding model says nothing (overflow, NaN in FFT)"
        )
    if vacuous := examination.vacuous():
        missing.append(f"{len(vacuous)} laws on fewer than {ENOUGH} cases that could have failed: {'; '.join(vacuous)}")
    if examination.spent() and examination.cases < examination.asked:
        missing.append(
            f"{examination.asked - examination.cases} of {examination.asked} configurations: the definition has "
            f"{examination.entries / examination.cases:,.0f} array entries a case, and {examination.most_entries:,} are judged"
        )
    return tuple(missing)
