"""Which class of algorithms and of precision explains the errors of a subject."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convoracle.spec.algorithm_classes import algorithm_classes
from convoracle.spec.functions import First
from convoracle.spec.precision import narrower
from convoracle.spec.records import OperatorSpec

from .bounds import Rules
from .results import judge_under
from .subject import Judged
from .universal import VALUE_LAWS, Checked, directed

UNEXPLAINED = "none"


@dataclass(frozen=True)
class ErrorClass:
    """An algorithm and a precision, and the rules by which results of the class are judged."""

    algorithm: str
    precision: str
    rules: Rules
    declared: bool = False


def error_classes(judged: Judged, dtype: np.dtype) -> tuple[ErrorClass, ...]:
    """Return the declared class; then the other algorithms, and the narrower formats, those of the smaller bound first.

    Narrower formats are none where the definition asks which operand is the largest: narrowed ones may change places.
    """
    rules = judged.rules(dtype)
    result = rules.arithmetic.result.name
    others = [name for name in algorithm_classes(judged.record) if name != rules.algorithm]
    formats = () if _asks_for_places(judged.record) else narrower(rules.arithmetic)
    return (
        ErrorClass(rules.algorithm, result, rules, declared=True),
        *(ErrorClass(name, result, replace(rules, algorithm=name)) for name in others),
        *(ErrorClass(rules.algorithm, p, replace(rules, arithmetic=a)) for p, a in formats),
    )


def _asks_for_places(record: OperatorSpec) -> bool:
    return any(isinstance(stage.value, First) for stage in record.definition)


@dataclass
class Explanations:
    """The classes that explain every result so far, by the dtype of the result; the declared one is tried by the judge.

    What becomes of NaN and infinities tells classes apart, but may be a fault of its own: where no class explains that too,
    those are left that explain the results of finite data.
    """

    of_finite: dict[str, Sequence[ErrorClass]] = field(default_factory=dict)
    of_special: dict[str, Sequence[ErrorClass]] = field(default_factory=dict)

    def seen(self, judged: Judged, dtype: str) -> None:
        """Note that the judge has measured errors of results of a dtype."""
        if dtype not in self.of_finite:
            self.of_finite[dtype] = self.of_special[dtype] = error_classes(judged, np.dtype(dtype))

    def refute(self, judged: Judged, wrong: Checked) -> None:
        """Drop the classes that do not explain a result which the declared class does not.

        Where several are left the subject is called again, with data on which they differ.
        """
        self._drop(wrong)
        if len(self.of_finite[wrong.dtype]) > 1 and wrong.failure is not None:
            for checked in directed(judged, wrong.failure.case):
                if checked.value is not None and checked.dtype == wrong.dtype:
                    self._drop(checked)

    def _drop(self, wrong: Checked) -> None:
        assert wrong.failure is not None
        case, arrays = wrong.failure.case, wrong.failure.arrays
        left = self.of_special if wrong.law == VALUE_LAWS["special"] else self.of_finite
        left[wrong.dtype] = [
            c for c in left[wrong.dtype] if judge_under(case, arrays, wrong.value, c.rules).mismatch is None
        ]

    def left(self) -> dict[str, Sequence[ErrorClass]]:
        """Return the classes that are left, by dtype."""
        both = {dtype: [c for c in left if c in self.of_special[dtype]] for dtype, left in self.of_finite.items()}
        return {dtype: both[dtype] or self.of_finite[dtype] for dtype in sorted(both)}

    def precisions(self) -> dict[str, str]:
        """Return the least precision that explains all results, by dtype; "none" where no class does."""
        return {dtype: left[0].precision if left else UNEXPLAINED for dtype, left in self.left().items()}

    def sentences(self) -> list[str]:
        """Return, for every dtype with errors that the declared class does not explain, the least class that does."""
        return [_sentence(dtype, left) for dtype, left in self.left().items() if not left or not left[0].declared]


def _sentence(dtype: str, left: Sequence[ErrorClass]) -> str:
    if not left:
        return f"no class of algorithms or precision explains the {dtype} results"
    return f"the {dtype} results are explained by {left[0].precision} and the algorithm {left[0].algorithm!r}"
