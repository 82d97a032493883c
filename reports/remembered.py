"""Failing cases that were found before, one text file per subject and operator, to be judged again first."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from . import document

FOLDER = "counterexamples"
"""Where they are kept, inside the folder of the report."""


def file(folder: Path, subject: str, operator: str) -> Path:
    """Return where the failing cases of a subject on an operator are kept."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", subject).strip(".-")
    return folder / f"{plain}-{operator}-{crc32(subject.encode()):08x}.json"


def recalled(folder: Path, subject: str, operator: str) -> tuple[list[Any], str | None]:
    """Return the failing cases that are kept, and what is wrong with the file, if anything is: then there are none."""
    path = file(folder, subject, operator)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], None
    except (OSError, ValueError, RecursionError) as error:
        return [], f"{path}: not read, nothing is replayed: {error}"
    if not isinstance(data, list):
        return [], f"{path}: not read, nothing is replayed: not a list of failing cases"
    return data, None


def remember(folder: Path, subject: str, operator: str, cases: Sequence[Mapping[str, Any]]) -> None:
    """Keep failing cases in place of those that were kept before; where there are none, no file stays."""
    path = file(folder, subject, operator)
    if cases:
        text = json.dumps(document.plain(cases), indent=1, allow_nan=False) + "\n"
        document.write_files(folder, {path.name: text})
    else:
        path.unlink(missing_ok=True)
