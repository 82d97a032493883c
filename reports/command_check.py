"""The commands ``convoracle check`` and ``convoracle vectors``: judge a kernel of somebody's."""

import sys
from pathlib import Path
from typing import Any

import click

from .terminal import CONFORMS, DIFFERS, REPORT, plainly, without_meaning


@click.command()
@click.argument("subject", required=False, metavar="[MODULE:FUNCTION | FILE.py:FUNCTION | NAME]")
@click.option(
    "--operator",
    "operator_name",
    metavar="NAME",
    help="The operator to judge; default the one that the function declares.",
)
@click.option("--examples", default=200, show_default=True, help="Number of configurations.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--algorithm",
    metavar="NAME",
    help="Class whose rounding bound applies: direct, pairwise, gauss, winograd_2_3, winograd_4_3, fft, or one of the record, "
    "where 'folded or direct' allows either; default what the function declares, or direct.",
)
@click.option(
    "--accumulator", metavar="FORMAT", help="Floating-point format of the sums, where it is not that of the result."
)
@click.option(
    "--convention",
    "conventions",
    multiple=True,
    metavar="NAME=ANSWER",
    help="Follow another answer to a named convention; see explain. Repeatable.",
)
@click.option("--array", metavar="LIBRARY", help="Hand over arrays of this library by DLPack: torch, jax, ...")
@click.option(
    "--replies",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Judge the replies to test vectors in this folder instead of a function.",
)
@click.option(
    "--fingerprint",
    "as_fingerprint",
    is_flag=True,
    help="Find the conventions, algorithm class and precision that the function follows, instead of judging it.",
)
@click.option(
    "--counterexamples",
    type=click.Path(path_type=Path, file_okay=False),
    default=f"{REPORT}/counterexamples",
    show_default=True,
    help="Folder of failing cases: those of earlier runs are judged first, those of this one are kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@plainly
def check(
    subject: str | None,
    operator_name: str | None,
    examples: int,
    seed: int,
    algorithm: str | None,
    accumulator: str | None,
    conventions: tuple[str, ...],
    array: str | None,
    replies: Path | None,
    as_fingerprint: bool,
    counterexamples: Path,
    as_json: bool,
) -> None:
    """Judge a function, in a worker process, or the replies to test vectors.

    Exit code 0: it conforms. 1: it does not. 2: wrong use.
    """
    from .checking import print_fingerprint, print_replies, print_verdict

    judging = ("examples", "algorithm", "accumulator", "conventions", "counterexamples")
    if replies is not None:
        without_meaning("--replies", "subject", "operator_name", "seed", "array", "as_fingerprint", *judging)
        sys.exit(CONFORMS if print_replies(replies, as_json) else DIFFERS)
    if subject is None:
        raise click.UsageError("give a function as MODULE:FUNCTION and --operator, or --replies DIR")
    if as_fingerprint:
        without_meaning("--fingerprint", *judging)
        sys.exit(CONFORMS if print_fingerprint(subject, operator_name, seed, array, as_json) else DIFFERS)
    from convoracle.properties.check import check as judged

    from .remembered import recalled, remember

    def known(operator: str) -> list[Any]:
        cases, wrong = recalled(counterexamples, subject, operator)
        if wrong:
            click.echo(wrong, err=True)
        return cases

    verdict = judged(
        subject,
        operator_name,
        examples=examples,
        seed=seed,
        algorithm=algorithm,
        accumulator=accumulator,
        conventions=dict(_pair(c) for c in conventions),
        array=array,
        known=known,
    )
    print_verdict(verdict, as_json)
    try:
        remember(counterexamples, subject, verdict.operator, verdict.kept)
    except OSError as error:  # where nothing can be written the verdict stands all the same
        click.echo(f"convoracle: failing cases are not kept: {error}", err=True)
    sys.exit(CONFORMS if verdict.ok else DIFFERS)


def _pair(text: str) -> tuple[str, str]:
    name, equals, answer = text.partition("=")
    if not equals:
        raise click.UsageError(f"--convention needs NAME=ANSWER, got {text!r}")
    return name, answer


@click.command()
@click.argument("operator_name", metavar="OPERATOR")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the vectors.")
@click.option("--examples", default=50, show_default=True, help="Number of vectors.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float64"]),
    help="Numbers of this dtype only; default both, in one set of vectors.",
)
@plainly
def vectors(operator_name: str, out: Path, examples: int, seed: int, dtype: str | None) -> None:
    """Write test vectors for kernels in other languages: inputs, enclosures and bounds."""
    from .vectors import DTYPES, write_vectors

    count = write_vectors(operator_name, out, examples, seed, (dtype,) if dtype else DTYPES)
    click.echo(f"{count} vectors of {operator_name} in {out}; README.txt there says how to reply")
