"""Strings of strangers made safe to show: control characters, half surrogates, and the signs of Markdown."""

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~$&])")


def printable(text: str) -> str:
    """Return `text` with each character that XML forbids, or that reorders what is around it, as U+FFFD.

    Examples
    --------
    >>> printable("a\\x00b")
    'a\ufffdb'
    """
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def markdown(text: object) -> str:
    """Return one line of Markdown that shows `text` as it is, in a table cell too.

    Examples
    --------
    >>> markdown("a|b <i>")
    'a\\\\|b \\\\<i\\\\>'
    """
    return _MARKDOWN.sub(r"\\\1", " ".join(printable(str(text)).split()))


def code(text: object) -> str:
    """Return `text` as inline code of Markdown."""
    line = " ".join(printable(str(text)).split()).replace("|", "\\|")
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}" if line else ""


def math(latex: object) -> str:
    """Return a formula in the notation of GitHub, which shields it from Markdown."""
    line = " ".join(printable(str(latex)).replace("`", "'").split()).replace("|", "\\|")
    return f"$`{line}`$" if line else ""


def fenced(text: str, language: str = "") -> str:
    """Return `text` as a block of code of Markdown, with a fence longer than any run of backticks in it."""
    text = printable(text).strip("\n")
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
