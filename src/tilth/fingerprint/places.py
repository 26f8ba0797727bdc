"""Where modules are, told from directory listings; nothing is imported.

A module is the project's own if it lies below one of the roots, or if Python would find it on
its path outside of the standard library and of every installed distribution, as an editable
install is.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from tilth.installed import Installed
from tilth.record import record

_NATIVE = (".so", ".pyd")

# Never the user's own code, also where it is installed for editing.
_OURSELVES = __name__.partition(".")[0]


@record
class Place:
    """Where a module is.

    Attributes:
        kind: Whose it is; `missing` if Python would not find it.
        file: Its source, or for a `native` one its library; None for a namespace.
        package: Whether names below it are its modules.
    """

    kind: Literal["project", "native", "standard", "installed", "missing"]
    file: Path | None = None
    package: bool = False


class Places:
    """Finds modules. It is a view of the moment in which a folder is first looked at."""

    def __init__(self, roots: Sequence[Path], installed: Installed, path: Sequence[str]) -> None:
        """Look below some roots first, then along Python's path."""
        self.roots = tuple(Path(root) for root in roots)
        self._installed = installed
        self._path = tuple(path)
        self._homes: dict[str, Place | tuple[Path, ...]] = {}
        self._places: dict[str, Place] = {}
        self._listings: dict[Path, frozenset[str]] = {}
        self._mapped: dict[str, Path] | None = None
        self._shown: dict[Path, str] = {}

    def place(self, module: str) -> Place:
        """Where a module is, by its full name."""
        found = self._places.get(module)
        if found is None:
            found = self._places[module] = self._find(module)
        return found

    def names(self) -> Iterator[str]:
        """The names of all modules below the roots."""
        for root in self.roots:
            for folder, folders, files in os.walk(root):
                folders[:] = sorted(each for each in folders if each.isidentifier())
                inside = Path(folder).relative_to(root).parts
                for file in sorted(files):
                    if file.endswith(".py"):
                        stem = file.removesuffix(".py")
                        yield ".".join(inside if stem == "__init__" else (*inside, stem))

    def module_of(self, file: str | os.PathLike[str]) -> str | None:
        """The name under which Python would import a file, if it is a module that we know."""
        path = Path(file).resolve()
        for root in (*self.roots, *map(Path, self._path)):
            if not path.is_relative_to(root.resolve()):
                continue
            inside = path.relative_to(root.resolve()).with_suffix("").parts
            name = ".".join(inside[:-1] if inside[-1] == "__init__" else inside)
            found = self.place(name).file if name else None
            if found is not None and found.resolve() == path:
                return name
        return None

    def shown(self, file: Path) -> str:
        """A file's path as errors name it: below the folder that holds its root, if it is."""
        found = self._shown.get(file)
        if found is None:
            found = self._shown[file] = _below(self.roots, file)
        return found

    def _find(self, module: str) -> Place:
        top, *rest = module.split(".")
        if not all(each.isidentifier() for each in (top, *rest)):
            return Place(kind="missing")
        home = self._homes.get(top)
        if home is None:
            home = self._homes[top] = self._home(top)
        if isinstance(home, Place):
            return home
        if rest and not self.place(module.rpartition(".")[0]).package:
            return Place(kind="missing")
        return next(self._at(home, [top, *rest]), Place(kind="missing"))

    # Whose a package is

    def _home(self, top: str) -> Place | tuple[Path, ...]:
        """The folders in which a project's package lies, or whose else it is."""
        roots = [root for root in self.roots if self._holds(root, top)]
        if roots and top not in sys.builtin_module_names:
            return (roots[0],)
        if top in sys.stdlib_module_names:
            return Place(kind="standard")
        if top == _OURSELVES:
            return Place(kind="installed")
        return self._home_on_path(top) or self._home_of_namespace(top)

    def _home_on_path(self, top: str) -> Place | tuple[Path, ...] | None:
        for entry in self._path:
            if not self._holds(Path(entry), top):
                continue
            if entry in self._installed.sites and self._installed.version_of(top):
                return Place(kind="installed")
            return (Path(entry),)
        mapped = self._editable().get(top)
        return (mapped.parent,) if mapped is not None else None

    def _home_of_namespace(self, top: str) -> Place | tuple[Path, ...]:
        folders = [root for root in self.roots if (root / top).is_dir()]
        if folders:
            return tuple(folders)
        for entry in self._path:
            if (Path(entry) / top).is_dir():
                if entry in self._installed.sites:
                    return Place(kind="installed")
                return (Path(entry),)
        return Place(kind="missing")

    def _editable(self) -> dict[str, Path]:
        """Packages that setuptools' import hook takes from elsewhere, told by the hook's file."""
        if self._mapped is None:
            self._mapped = {}
            for site in self._installed.sites:
                for hook in Path(site).glob("__editable__*_finder.py"):
                    self._mapped.update(_mapping_in(hook))
        return self._mapped

    # What lies in a folder

    def _listing(self, folder: Path) -> frozenset[str]:
        found = self._listings.get(folder)
        if found is None:
            try:
                found = frozenset(os.listdir(folder))  # noqa: PTH208 (names are all that is needed)
            except OSError:
                found = frozenset()
            self._listings[folder] = found
        return found

    def _holds(self, folder: Path, top: str) -> bool:
        """Whether a folder has a module or a package of a name; a namespace is not enough."""
        names = self._listing(folder)
        if f"{top}.py" in names or (top in names and self._is_package(folder / top)):
            return True
        return next(self._native(folder, top), None) is not None

    def _is_package(self, folder: Path) -> bool:
        return "__init__.py" in self._listing(folder)

    def _native(self, folder: Path, stem: str) -> Iterator[Path]:
        for name in sorted(self._listing(folder)):
            if name.startswith(f"{stem}.") and name.endswith(_NATIVE):
                yield folder / name

    def _at(self, folders: Sequence[Path], parts: Sequence[str]) -> Iterator[Place]:
        """The places of a module in the order of Python's preference."""
        for folder in folders:
            base = folder.joinpath(*parts)
            if self._is_package(base):
                yield Place(kind="project", file=base / "__init__.py", package=True)
            for library in self._native(base.parent, parts[-1]):
                yield Place(kind="native", file=library)
            if f"{parts[-1]}.py" in self._listing(base.parent):
                yield Place(kind="project", file=base.with_name(f"{parts[-1]}.py"))
        if any(folder.joinpath(*parts).is_dir() for folder in folders):
            yield Place(kind="project", package=True)


def _below(roots: Sequence[Path], file: Path) -> str:
    for root in roots:
        if file.is_relative_to(root):
            base = root.parent if root.name == "src" else root
            return str(file.relative_to(base))
    return str(file)


def _mapping_in(hook: Path) -> dict[str, Path]:
    try:
        found = re.search(r"^MAPPING[^=]*= *(\{.*?\})", hook.read_text("utf-8"), re.M | re.S)
        mapping = ast.literal_eval(found.group(1)) if found else {}
    except (OSError, ValueError, SyntaxError):
        return {}
    return {str(name): Path(path) for name, path in mapping.items()}
