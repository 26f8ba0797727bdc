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


def root(folder: Path) -> Path | None:
    """The folder of the repository; None outside of git."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    return Path(found.strip()) if found and found.strip() else None


def remotes(folder: Path) -> list[str]:
    """Addresses of its remotes, `origin` first."""
    listed = (_git(folder, "remote", "-v") or "").splitlines()
    rows = [each.split() for each in listed if each.endswith("(fetch)")]
    rows.sort(key=lambda row: row[0] != "origin")
    return [row[1] for row in rows if len(row) > 1]


def main_branch(folder: Path) -> str:
    """The branch that others start from, as far as git knows; else `main`."""
    head = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if head and "/" in head:
        return head.strip().partition("/")[2]
    known = (_git(folder, "branch", "--format=%(refname:short)") or "").split()
    return "master" if "master" in known and "main" not in known else "main"


def tracks(folder: Path, path: Path) -> bool:
    """Whether a file is part of the repository."""
    return _git(folder, "ls-files", "--error-unmatch", "--", str(path)) is not None


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
