"""Contracts proposed, written down and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.config.contract_layout import FOLDER
from tilth.config.contracts import contract_from
from tilth.config.read import read_project
from tilth.contract.contract import Contract
from tilth.contract.infer import Proposal, infer
from tilth.errors import DataError, MissingDataError
from tilth.project import git
from tilth.project.checking import contract_in_force, table_of

if TYPE_CHECKING:
    from tilth.project.project import Project

INFERRED = "inferred"
"""What stands for the contract that data itself would give."""


def inferred(project: Project, dataset: str, version: str | int | None = None) -> Proposal:
    """The contract that a version of a dataset would keep, with some room."""
    return infer(table_of(project, dataset, version), dataset)


def as_yaml(proposal: Proposal, dataset: str) -> str:
    """A proposal as the text of a file, a line to a column, with what it rests on."""
    lines = [f"# The contract of `{dataset}`, proposed from {proposal.remarks['']}: review it."]
    lines.append("columns:")
    entries = {name: _flow(each) for name, each in proposal.settings["columns"].items()}
    width = min(88, max((len(f"{_name(n)}: {e}") for n, e in entries.items()), default=0))
    for name, each in entries.items():
        line, remark = f"{_name(name)}: {each}", proposal.remarks.get(name, "")
        lines.append(f"  {line:<{width}}  # {remark}" if remark else f"  {line}")
    lines.append("checks:")
    lines += [f"  - {_flow(each)[1:-1]}" for each in proposal.settings["checks"]]
    return "\n".join(lines) + "\n"


def _name(name: str) -> str:
    return _flow([name])[1:-1]


def _flow(value: Any) -> str:
    """A value of YAML on one line."""
    import yaml  # type: ignore[import-untyped]  # late: only proposals are written

    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), sort_keys=False,
                          allow_unicode=True)  # fmt: skip
    return str(text).strip()


def write_contract(project: Project, dataset: str, text: str) -> Path:
    """Put a contract beside the catalog, as a file of its own.

    Raises:
        DataError: There is one already.
    """
    path = project.folder / f"{FOLDER}{dataset}.yml"
    if path.exists():
        raise DataError(
            f"there is a {FOLDER}{dataset}.yml already",
            hint=f"see what differs: `tilth data contract diff {dataset} {INFERRED}`",
        )
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def named_contract(project: Project, name: str, other: str) -> Contract:
    """The contract that a name means on the command line.

    Args:
        project: Whose contracts they are.
        name: A dataset, for the contract in force; `dataset@REVISION`, for that of a commit;
            a file; or `inferred`, for what the data itself would give.
        other: The name that it is compared with, which says what data is meant by `inferred`.

    Raises:
        MissingDataError: There is no such file or revision.
    """
    if name == INFERRED:
        dataset = other.partition("@")[0]
        return contract_from(inferred(project, dataset).settings, dataset)
    if name.endswith(".yml"):
        path = Path(name)
        if not path.is_file():
            raise MissingDataError(f"there is no file `{name}`")
        return contract_from(path.read_text(encoding="utf-8"), path.stem)
    dataset, at, revision = name.partition("@")
    if not at:
        return contract_in_force(project, dataset)
    return _of_revision(project, dataset, revision)


def _of_revision(project: Project, dataset: str, revision: str) -> Contract:
    import tempfile  # only comparisons with a commit need it

    files = git.files(project.folder, revision, _is_ours)
    if files is None:
        raise MissingDataError(
            f"git knows no revision `{revision}` here", hint="such as `trips@HEAD~1`"
        )
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), files)
        (Path(folder) / project.config.settings.source).mkdir(parents=True, exist_ok=True)
        entry = read_project(Path(folder), project.env).catalog.get(dataset)
    if entry is None or entry.contract is None:
        raise MissingDataError(f"dataset `{dataset}` has no contract in `{revision}`")
    return entry.contract


def _is_ours(name: str) -> bool:
    """Whether a file of the project's folder says what it is."""
    first = name.partition("/")[0]
    return name.endswith(".yml") and first in (
        "tilth.yml", "catalog.yml", "params.yml", "catalog", "params", "contracts", "env",
    )  # fmt: skip


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
