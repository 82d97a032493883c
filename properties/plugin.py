"""The pytest plugin: a kernel becomes one test per law.

    from convoracle.properties.plugin import conforms

    @conforms("conv2d")
    def test_my_conv2d():
        return my_conv2d

The kernel is judged once, when the first of its tests runs; each test then says what came of one law. Nothing but pytest is
imported until a test that asks for it is collected.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .verdict import Finding, Verdict

MARK = "_convoracle"
LAW = "convoracle_law"

ASPECTS = {
    "returns": ("crash", "timeout", "accepts legal calls"),
    "shape": ("shape", "zero-size"),
    "dtype": ("dtype",),
    "value": ("value",),
    "memory layout": ("memory layout",),
    "inputs unchanged": ("inputs unchanged",),
    "no state between calls": ("same call, same result", "no state between calls", "results are kept"),
    "batch independence": ("batch independence",),
    "more axes": ("more axes",),
    "rejection": ("rejection",),
}
"""What every kernel is held to, as the ids of tests -> how the laws that a verdict tallies begin."""

VERDICTS = pytest.StashKey[dict[str, Any]]()


def conforms(operator: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Make a function that returns a kernel into tests, one per law of an operator.

    Parameters
    ----------
    operator : str
        Name of the record, such as ``"conv2d"``.
    **options
        Of `convoracle.properties.check.check`: examples, seed, conventions, algorithm, accumulator, ulps, array, isolate.

    Returns
    -------
    callable
        The decorator. What it decorates may take fixtures, and returns a callable, or a string ``module:function`` or
        ``file.py:function`` to be run in a worker process.

    Examples
    --------
    >>> from convoracle import impl
    >>> @conforms("conv1d", examples=50)
    ... def test_conv1d():
    ...     return impl.conv1d
    """

    def decorate(subject: Callable[..., Any]) -> Callable[..., None]:
        def test(convoracle_law: str, request: pytest.FixtureRequest) -> None:
            _report(convoracle_law, _verdict(request, subject, operator, options))

        for name in (
            "__name__",
            "__qualname__",
            "__module__",
            "__doc__",
        ):  # not wraps: pytest would look for its arguments
            setattr(test, name, getattr(subject, name))
        setattr(test, MARK, operator)
        return test

    return decorate


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("convoracle").addoption(
        "--convoracle-subject",
        metavar="MODULE:FUNCTION|FILE.py:FUNCTION|NAME",
        help="judge this function or subject, in a worker process, in place of what the tests marked by conforms() return",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    operator = getattr(metafunc.function, MARK, None)
    if operator is not None:
        metafunc.parametrize(LAW, laws(operator))


def laws(operator: str) -> list[str]:
    """Return the ids of the tests of an operator.

    Raises
    ------
    ValueError
        If there is no such operator.
    """
    from convoracle.spec.catalog import operator as record_of
    from convoracle.spec.law_catalog import laws_of
    from convoracle.spec.laws import Gradient

    own = [law.name for law in laws_of(record_of(operator)) if not isinstance(law, Gradient)]
    return [*ASPECTS, *own]


def _verdict(request: pytest.FixtureRequest, subject: Any, operator: str, options: dict[str, Any]) -> Verdict:
    """Judge the subject of a test, once for all of its laws."""
    known = request.config.stash.setdefault(VERDICTS, {})
    key = request.node.nodeid.partition("[")[0]
    if key not in known:
        from .check import check

        named = request.config.getoption("--convoracle-subject")
        arguments = {name: request.getfixturevalue(name) for name in inspect.signature(subject).parameters}
        known[key] = check(named or subject(**arguments), operator, **options)
    return known[key]


def _report(law: str, verdict: Verdict) -> None:
    """Pass, skip or fail for one law."""
    from .verdict import Status

    about = partial(_is_about, law)
    for finding in filter(about, verdict.findings):
        pytest.fail("\n".join(_told(verdict, finding)), pytrace=False)
    if verdict.status is not Status.FAIL and not verdict.ok:
        pytest.fail(f"{verdict.subject}: {verdict.operator}: {verdict.status}: {verdict.reason}", pytrace=False)
    if not any(tally.checked for tally in verdict.laws if about(tally)):
        pytest.skip(f"nothing to say in {verdict.cases} cases")


def _is_about(law: str, told: Any) -> bool:
    return told.law.startswith(ASPECTS[law]) if law in ASPECTS else told.law == law


def _told(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Yield the lines of a finding: element, terms, diagnosis, script."""
    yield f"{verdict.subject}: {verdict.operator}: {finding.law} ({finding.count} times)"
    yield finding.message
    if finding.element is not None:
        yield f"element {finding.element}: got {finding.got}, true {finding.expected}"
        yield f"error {finding.error}, bound {finding.bound}"
    yield from finding.terms
    yield from (f"it looks {sentence}" for sentence in finding.diagnosis)
    yield ""
    yield finding.script
