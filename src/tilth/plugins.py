"""Finds an extension by its kind and name: the only place that imports our own modules late.

A kind is a package, such as `tilth.data.formats`. The file name in it is the public name:
`csv` is `tilth/data/formats/csv.py`, whose `__all__` names exactly one class. Installed
distributions join through the entry-point group with the kind's name, and a project's own
class is written in full, with a dot: `shop.formats.Receipt`.

Names are listed without importing anything, so a broken plugin cannot break a listing.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tilth import installed
from tilth.errors import DefinitionError, MissingLibraryError, TilthError, UnknownNameError
from tilth.installed import Installed

_ROOT = Path(__file__).parent


def names(kind: str, *, among: Installed | None = None) -> tuple[str, ...]:
    """What there is of a kind, by name, in order; nothing is imported.

    Args:
        kind: The package, such as `tilth.data.formats`.
        among: The distributions whose entry points count; those of this process if not given.
    """
    return tuple(sorted({*_own(kind), *_offered(kind, among)}))


def find(
    kind: str,
    name: str,
    *,
    of: type = type,
    requires: Iterable[str] = (),
    among: Installed | None = None,
) -> object:
    """The class with a name, or the object where the kind is not one of classes.

    Args:
        kind: The package, such as `tilth.data.formats`.
        name: A file's name in it, an entry point's, or a class in full (with a dot).
        of: What its file's one public thing must be: a class, if not given.
        requires: The attributes that it must have to be of the kind.
        among: The distributions whose entry points count; those of this process if not given.

    Raises:
        UnknownNameError: Nothing has the name; says which is nearest.
        MissingLibraryError: It is there, but imports a library that is not installed.
        DefinitionError: It is there, but broken, or not of the kind.
    """
    found = _found(kind, name, among, of)
    missing = [each for each in requires if not hasattr(found, each)]
    if missing:
        raise DefinitionError(
            f"`{name}` is not a {_noun(kind)}: it has no "
            + ", ".join(f"`{each}`" for each in missing[:8]),
            hint=f"see what a {_noun(kind)} owes in `{kind.rpartition('.')[0]}.{_noun(kind)}`",
        )
    return found


def _found(kind: str, name: str, among: Installed | None, of: type) -> object:
    if "." in name or ":" in name:
        return _in_full(kind, name)
    if name in _own(kind):
        return _only_one(_imported(kind, name, f"{kind}.{name}", extra=name), of)
    target = _offered(kind, among).get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        held = _imported(kind, name, module, extra=None)
        return _attribute(kind, name, held, attribute) if attribute else _only_one(held, of)
    raise UnknownNameError(_noun(kind), name, names(kind, among=among))


def _noun(kind: str) -> str:
    return kind.rpartition(".")[2].removesuffix("s")


def _own(kind: str) -> set[str]:
    """The names of our own files; a folder with `__init__.py` counts as a file."""
    folder = _ROOT.joinpath(*kind.split(".")[1:])
    try:
        entries = list(folder.iterdir())
    except OSError:
        return set()
    found = {entry.stem for entry in entries if entry.suffix == ".py"}
    found |= {entry.name for entry in entries if (entry / "__init__.py").is_file()}
    return {each for each in found if not each.startswith("_")}


def _offered(kind: str, among: Installed | None) -> dict[str, str]:
    points = among.entry_points(kind) if among else installed.entry_points(kind)
    return {point.name: point.target for point in points}


def _in_full(kind: str, name: str) -> object:
    module, _, attribute = name.replace(":", ".").rpartition(".")
    held = _imported(kind, name, module, extra=None)
    return _attribute(kind, name, held, attribute)


def _attribute(kind: str, name: str, held: ModuleType, path: str) -> object:
    found: object = held
    for part in path.split("."):
        if not hasattr(found, part):
            known = [each for each in vars(held) if not each.startswith("_")]
            raise UnknownNameError(_noun(kind), name, known, where=f"module `{held.__name__}`")
        found = getattr(found, part)
    return found


def _imported(kind: str, name: str, module: str, *, extra: str | None) -> ModuleType:
    """The module, with what can go wrong on the way told in the words of the kind."""
    try:
        return import_module(module)
    except TilthError:
        raise
    except ModuleNotFoundError as error:
        missing = error.name or module
        if module == missing or module.startswith(f"{missing}."):
            raise UnknownNameError(_noun(kind), name, names(kind)) from error
        library = missing.partition(".")[0]
        raise MissingLibraryError(f"{_noun(kind)} `{name}`", library, extra=extra) from error
    except Exception as error:
        raise DefinitionError(
            f"{_noun(kind)} `{name}` cannot be imported from `{module}`: "
            f"{type(error).__name__}: {error}",
            hint=f"try `python -c 'import {module}'`",
        ) from error


def _only_one(module: ModuleType, of: type) -> object:
    public = getattr(module, "__all__", [])
    found = [getattr(module, each, None) for each in public]
    if len(found) != 1 or not isinstance(found[0], of):
        what = "class" if of is type else of.__name__.lower()
        raise DefinitionError(
            f"module `{module.__name__}` should name exactly one {what} in `__all__`, "
            f"but names {', '.join(map(str, public)) or 'nothing'}"
        )
    return found[0]
