"""Which commit is checked out, and whether anything was changed since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_PATIENCE = 5.0  # seconds; a huge working tree is not worth more


def state(folder: Path) -> tuple[str, bool | None]:
    """Commit and whether the working tree is clean; `("", None)` outside of git."""
    if not any((each / ".git").exists() for each in (folder, *folder.parents)):
        return "", None
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return (commit or "").strip(), None if changed is None else not changed.strip()


def files(folder: Path, revision: str, wanted: Callable[[str], bool]) -> dict[str, str] | None:
    """Text of the files of a folder in a revision, by name; None where there is no such one."""
    listed = _git(folder, "ls-tree", "-r", "--name-only", "-z", f"{revision}^{{tree}}:./")
    if revision.startswith("-") or listed is None:
        return None
    names = [each for each in listed.split("\0") if wanted(each)]
    texts = {name: _git(folder, "show", f"{revision}:./{name}") for name in names}
    return {name: text for name, text in texts.items() if text is not None}


def _git(folder: Path, *arguments: str) -> str | None:
    import subprocess  # 4 ms, and only projects in git need it

    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git is meant
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
