"""The files of an earlier commit, in a folder of their own."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PATIENCE = 60.0  # seconds


@contextmanager
def checked_out(folder: Path, commit: str) -> Iterator[Path | None]:
    """What a folder held at a commit, for as long as the body runs.

    Neither the working tree nor git's own record of it is touched.

    Args:
        folder: A folder in a git repository.
        commit: Which.

    Yields:
        The folder with the files; None where git does not have them.
    """
    archive = _archive(folder, commit) if commit else None
    if archive is None:
        yield None
        return
    with TemporaryDirectory(prefix="tilth-") as home:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(home, filter="data")
        yield Path(home).resolve()


def _archive(folder: Path, commit: str) -> bytes | None:
    try:
        done = subprocess.run(  # noqa: S603 - a commit's digest from the history, no shell
            ["git", "-C", str(folder), "archive", "--format=tar", commit],  # noqa: S607
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
