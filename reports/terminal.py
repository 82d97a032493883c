"""What the commands share: exit codes, errors of the user in one line, common options, progress."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from convoracle.impl.backends import LibraryAbsentError

CONFORMS, DIFFERS, MISUSED = 0, 1, 2
"""Exit codes."""


def plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors that the user caused into one line on standard error and exit code 2."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        from convoracle.properties.worker import SubjectError

        try:
            return function(*args, **options)
        except (ValueError, TypeError, LibraryAbsentError, SubjectError, OSError) as error:
            click.echo("\n".join([f"convoracle: {error}", *getattr(error, "__notes__", ())]), err=True)
            sys.exit(MISUSED)
        except KeyboardInterrupt:
            click.echo("convoracle: interrupted", err=True)
            sys.exit(130)

    return run


def without_meaning(option: str, *others: str) -> None:
    """Refuse options that were given on the command line beside one that leaves them without meaning."""
    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in others and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{option} leaves {', '.join(given)} without meaning")


REPORT = "convoracle-report"


def folder_of(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that says where `what` is written."""
    folder = click.Path(path_type=Path, file_okay=False)
    return click.option("--out", default=REPORT, show_default=True, type=folder, help=f"Folder of {what}.")


resumable = click.option("--resume", is_flag=True, help="Go on with an interrupted run of the same command.")


class Progress:
    """A bar on a terminal, a line per finished task elsewhere."""

    def __enter__(self) -> "Progress":
        self._bar: Any = None
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(*exception)

    def __call__(self, task: Any, done: int, total: int) -> None:
        self.show(
            task.label if task is not None else "begun; the first results take a minute on a new machine", done, total
        )

    def show(self, label: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps are done; another total begins another bar."""
        if not sys.stderr.isatty():
            click.echo(f"[{done}/{total}] {label}", err=True)
            return
        if self._bar is not None and self._bar.length != total:
            self._bar.__exit__(None, None, None)
            self._bar = None
        if self._bar is None:
            self._bar = click.progressbar(
                length=total, file=sys.stderr, item_show_func=lambda text: text, show_pos=True
            )
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos, label)
