"""Verdicts and findings as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from math import ceil, log
from typing import Any


class Status(StrEnum):
    """What a verdict says; only PASS counts as pass, PASS_CONVENTION under the conventions that it names."""

    PASS = "PASS"
    PASS_CONVENTION = "PASS_CONVENTION"
    FAIL = "FAIL"
    UNSUPPORTED = "UNSUPPORTED"
    VACUOUS = "VACUOUS"
    FLAKY = "FLAKY"
    CRASH = "CRASH"
    TIMEOUT = "TIMEOUT"
    NOT_RUN = "NOT_RUN"


@dataclass(frozen=True)
class Finding:
    """One way in which a subject is wrong: the law, the smallest case found, the element, and a script that shows it.

    `cause` is the law of the finding whose smallest case breaks this law too, or its own where none before it does.
    """

    law: str
    message: str
    configuration: Mapping[str, Any]
    count: int = 1
    element: tuple[int, ...] | None = None
    got: str = ""
    expected: str = ""
    error: str = ""
    bound: str = ""
    terms: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] = ()
    script: str = ""
    arrays: Mapping[str, Any] | None = None
    cause: str = ""


SHARE, RISK = 0.5, 0.05
ENOUGH = ceil(log(RISK) / log(1 - SHARE))
"""Informative cases without which a law that held says too little, 5: a fault that shows in at least the `SHARE` of such cases
gets through n independent ones with probability at most (1 - SHARE)^n, which is below `RISK` from here on."""


@dataclass
class LawTally:
    """How often a law was checked and failed; an informative check is one that could have failed."""

    law: str
    checked: int = 0
    informative: int = 0
    failed: int = 0
    first_failure: int | None = None

    @property
    def status(self) -> Status:
        if self.failed:
            return Status.FAIL
        return Status.PASS if self.informative >= ENOUGH else Status.VACUOUS


class NonconformingError(AssertionError):
    """Raised by `Verdict.raise_if_failed`."""


@dataclass(frozen=True)
class Verdict:
    """What judging one subject on one operator found, and what it covers.

    Attributes
    ----------
    status : Status
        PASS, FAIL, …; see `Status`.
    laws : tuple of LawTally
        Every law with how often it was checked and failed.
    findings : tuple of Finding
        One per failed law, each shrunk.
    cases, asked : int
        Configurations judged, and those asked for: fewer are judged where they are dear, or where a subject supports few.
    kept : tuple of mapping
        The smallest failing cases, as plain data that `check` takes as `known`.
    forgotten : tuple of str
        What became of `known` failures that fail no longer, or are none of this record.
    worst : mapping of dtype to (err/bound, bits)
        The largest error relative to its bound, and the precision in bits that the largest error relative to S implies.
    precision : mapping of dtype to str
        The least class of precision that explains the errors of results of a dtype: "float64", "float32", "TF32", "float32 with
        a float16 accumulator", "float16" or "bfloat16"; "none" where none does.
    coverage : tuple of (class, seen, of)
        Per letter and option how many of its classes the cases had: 0, 1, 2 and more count as values of a letter.
    pairs : (seen, of)
        How many pairs of classes the cases had, of those that a search among legal calls attained.
    ulps : mapping of dtype to float
        The least accuracy class of elementary functions that explains the errors.
    """

    subject: str
    operator: str
    status: Status
    reason: str
    definition_sha256: str
    asked: int
    seed: int
    algorithm: str = "direct"
    conventions: Mapping[str, str] = field(default_factory=dict)
    cases: int = 0
    unsupported_cases: int = 0
    laws: tuple[LawTally, ...] = ()
    findings: tuple[Finding, ...] = ()
    worst: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ulps: Mapping[str, float] = field(default_factory=dict)
    precision: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    histogram: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    miss_probability: tuple[int, int, float] | None = None
    coverage: tuple[tuple[str, int, int], ...] = ()
    pairs: tuple[int, int] = (0, 0)
    not_looked_at: tuple[str, ...] = ()
    kept: tuple[Mapping[str, Any], ...] = ()
    forgotten: tuple[str, ...] = ()
    seconds: float = field(compare=False, default=0.0)

    @property
    def ok(self) -> bool:
        """Whether the subject conforms."""
        return self.status in (Status.PASS, Status.PASS_CONVENTION)

    @property
    def counterexample(self) -> Finding | None:
        """The first finding."""
        return self.findings[0] if self.findings else None

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """What the first finding looks like."""
        return self.findings[0].diagnosis if self.findings else ()

    @property
    def worst_error_ratio(self) -> float:
        """The largest err/bound over all dtypes."""
        return max((ratio for ratio, _ in self.worst.values()), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as nested plain data."""
        data = asdict(self)
        data["laws"] = [{**asdict(tally), "status": tally.status.value} for tally in self.laws]
        return data

    def raise_if_failed(self) -> None:
        """Raise `NonconformingError` with the first finding unless the subject conforms."""
        if not self.ok:
            detail = f"\n{self.counterexample.message}\n\n{self.counterexample.script}" if self.counterexample else ""
            raise NonconformingError(f"{self.subject}: {self.operator}: {self.status}: {self.reason}{detail}")
