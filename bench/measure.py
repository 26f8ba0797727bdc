"""What a process cost, with all that it waited for: CPU seconds, wall seconds, peak memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

QUIET = {
    "DO_NOT_TRACK": "1",
    # Otherwise Hamilton imports pandas, Polars and more because they are installed.
    "HAMILTON_AUTOLOAD_EXTENSIONS": "0",
    "HAMILTON_TELEMETRY_ENABLED": "false",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "METAFLOW_USER": "bench",
    "NO_COLOR": "1",
    "PYTHONHASHSEED": "0",
    "USERNAME": "bench",
}


class CommandError(Exception):
    """A measured command failed, so that its figure would mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a command cost.

    Attributes:
        cpu: User and system seconds of the process and of the children it waited for.
        wall: Seconds from start to end.
        peak: Megabytes: the largest resident set of any single process among them.
        output: What it printed, both streams.
    """

    cpu: float
    wall: float
    peak: float
    output: str = ""


def inherited() -> dict[str, str]:
    """Our environment, less what would make Python behave otherwise than for a user.

    PYTHONDONTWRITEBYTECODE, for one, makes it compile all sources at every start.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def command(
    arguments: Sequence[str | os.PathLike[str]],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    may_fail: bool = False,
) -> Usage:
    """Run a command to its end and say what it cost.

    Raises:
        CommandError: It failed.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [os.fspath(argument) for argument in arguments],
            cwd=folder,
            env={**inherited(), **QUIET, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        # wait4 instead of process.wait(): it alone tells the usage of this very child.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode and not may_fail:
        raise CommandError(
            f"`{' '.join(map(str, arguments))}` ended with {process.returncode}:\n{text[-3000:]}"
        )
    return Usage(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        peak=usage.ru_maxrss / 1024,
        output=text,
    )
