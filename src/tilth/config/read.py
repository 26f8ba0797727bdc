"""Opens the files of a project: one call, one record, or one error with every mistake."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.config.build import entries, project_settings
from tilth.config.check import check
from tilth.config.config import Config, Places, Secrets
from tilth.config.contract_layout import CONTRACT
from tilth.config.grammar import Kind
from tilth.config.item import Item, plain
from tilth.config.layout import CATALOG, PARAMS, TILTH
from tilth.config.load import KINDS, Loaded, Memory, load, remember
from tilth.config.mistake import (
    Mistake,
    Mistakes,
    Sources,
    did_you_mean,
    quoted,
    refuse,
    shown,
    width,
)
from tilth.config.place import Place
from tilth.config.reference import Resolver, is_unknown, too_large
from tilth.config.relation import relate
from tilth.errors import ConfigError

if TYPE_CHECKING:
    from tilth.contract.contract import Contract

PROJECT_FILE = "tilth.yml"


def find_project(start: Path) -> Path | None:
    """The nearest folder with a tilth.yml, from `start` upwards, or None."""
    start = start.absolute()
    return next((each for each in (start, *start.parents) if (each / PROJECT_FILE).is_file()), None)


def read_project(
    folder: Path,
    env: str | None = None,
    overrides: Sequence[str] = (),
    memo: Memory | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read, merge and validate the files of a project.

    Args:
        folder: The project's.
        env: The name of a folder in `env/`, whose files lie on top.
        overrides: Parameters, as `a.b=1` with a YAML value.
        memo: Remembers what was read, so that files that have not changed are not parsed.
        environ: The environment variables; those of the process where it is None.

    Raises:
        ConfigError: The files hold mistakes; all of them are in it.
    """
    if not (folder / PROJECT_FILE).exists():
        raise ConfigError([_no_project(folder).text()])
    mistakes = Mistakes(Sources())
    loaded = load(folder, env, overrides, memo, mistakes)
    resolver = Resolver(loaded.params, os.environ if environ is None else environ, mistakes)
    roots = _resolved(loaded, resolver, overrides, mistakes)
    if not loaded.checked or resolver.secrets:
        _check(roots, mistakes)
    contracts = _contracts(roots.get("catalog"), mistakes)
    if "tilth" in roots:
        _source_exists(folder, roots["tilth"], mistakes)
    refuse(mistakes.errors())
    if memo is not None and not loaded.checked:
        remember(loaded, memo)
    return _config(
        folder,
        env,
        roots,
        contracts,
        mistakes=mistakes,
        files=loaded.files,
        secrets=resolver.secrets,
    )


def _resolved(
    loaded: Loaded, resolver: Resolver, overrides: Sequence[str], mistakes: Mistakes
) -> dict[str, Item]:
    """The files that could be read, with references followed."""
    roots = {kind: item for kind, item in zip(KINDS, loaded.items(), strict=True) if item}
    if not mistakes.sources.hold("${") and not any("${" in each for each in overrides):
        return roots
    for kind, item in roots.items():
        roots[kind] = resolver.resolved(item)
        if too_large(roots[kind]):
            mistakes.add(
                "references to parameters make it larger than memory should hold",
                Place(f"{kind}.yml", 1, 1),
                hint="`${params:...}` of groups that hold such references multiply",
            )
            refuse(mistakes.errors())
    return roots


_DESCRIPTIONS: Mapping[str, Kind] = {"tilth": TILTH, "catalog": CATALOG, "params": PARAMS}


def _check(roots: Mapping[str, Item], mistakes: Mistakes) -> None:
    for kind, item in roots.items():
        check(_DESCRIPTIONS[kind], item, f"{kind}.yml", mistakes)
    if "tilth" in roots:
        relate(roots["tilth"], mistakes)


def _contracts(catalog: Item | None, mistakes: Mistakes) -> dict[str, Contract]:
    """The contracts of the entries that have one, where the files have the right form."""
    items = catalog.value if catalog is not None and isinstance(catalog.value, dict) else {}
    written = {name: item.child("contract") for name, item in items.items()}
    if not any(written.values()):
        return {}
    from tilth.config.contracts import contract_of  # only projects with contracts pay for it

    is_fine = not mistakes.errors()
    return {
        name: contract_of(item, name, mistakes)
        for name, item in written.items()
        if item is not None and item.value is not None and not name.startswith("_")
        # Where something is wrong somewhere, it may be the form of this one, which was told.
        if is_fine or _has_form(item, mistakes.sources)
    }


def _has_form(contract: Item, sources: Sources) -> bool:
    apart = Mistakes(sources)
    check(CONTRACT, contract, "", apart)
    return not apart.errors()


def _config(
    folder: Path,
    env: str | None,
    roots: Mapping[str, Item],
    contracts: Mapping[str, Contract],
    *,
    mistakes: Mistakes,
    files: tuple[str, ...],
    secrets: Mapping[str, str],
) -> Config:
    source = "src" if (folder / "src").is_dir() else "."
    name = folder.absolute().name or "project"
    return Config(
        folder=folder,
        env=env,
        settings=project_settings(roots["tilth"], name=name, source=source),
        catalog=entries(roots["catalog"], contracts),
        params=plain(roots["params"]),
        places=Places(roots, mistakes.sources),
        secrets=Secrets(texts=secrets),
        warnings=tuple(mistakes.warnings()),
        files=files,
    )


def _source_exists(folder: Path, tilth: Item, mistakes: Mistakes) -> None:
    item = tilth.child("source")
    if item is None or not isinstance(item.value, str) or is_unknown(item):
        return
    if "\0" in item.value or (folder / item.value).is_dir():
        return
    folders = [each.name for each in folder.iterdir() if each.is_dir() and each.name[0] != "."]
    mistakes.add(
        f"the folder {shown(item)} does not exist",
        item.place,
        expected="the folder that holds the project's Python code",
        hint=None if item.written else did_you_mean(item.value, folders),
        width=width(item),
    )


def _no_project(folder: Path) -> Mistake:
    wrong = (folder / "tilth.yaml").exists()
    whole = folder.absolute()
    return Mistake(
        message=f"there is no {PROJECT_FILE} in {quoted(whole.name or str(whole))}",
        expected="a project's folder",
        hint="rename `tilth.yaml` to `tilth.yml`" if wrong else "make a project: `tilth new NAME`",
    )
