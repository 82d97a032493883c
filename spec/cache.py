"""What is derived once and kept between runs, in files named by what they were derived from."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def folder() -> Path:
    """Return the folder of what is kept (``CONVORACLE_CACHE``, else the user's cache folder)."""
    chosen = os.environ.get("CONVORACLE_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "convoracle"
    generated = base / "generated"
    generated.mkdir(parents=True, exist_ok=True)
    return generated


def write(path: Path, text: str) -> None:
    """Write a file at once, so that other processes see all of it or nothing."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False) as file:
        file.write(text)
    os.replace(file.name, path)


def sha256_of(folders: Iterable[Path]) -> str:
    """Return a hash of the Python files of some folders."""
    digest = hashlib.sha256()
    for each in folders:
        for path in sorted(each.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
