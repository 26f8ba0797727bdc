"""The user's modules, imported as their sources are, not as they were.

Python keeps a module as it was when it was first imported, and takes compiled code for current
where its source has the size and the second that it had. A notebook that edits and runs again,
two projects with a module of the same name, or an edit while a run is under way would then
record the results of one text under the fingerprint of another. So whoever imports says which
sources it has read: a module that was made from others is imported anew, and where the source
itself is another by now, that is an error.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from time import time
from types import CodeType, ModuleType
from typing import Any

from tilth.errors import DefinitionError, UnknownNameError
from tilth.fingerprint.canonical import of_bytes
from tilth.record import record

STEP_SECONDS = 2.0
"""The coarsest step of a file system's clock."""


@record(kw_only=False)
class Source:
    """What a module was read as.

    Attributes:
        module: Its full name.
        fingerprint: Of its file's bytes.
    """

    module: str
    fingerprint: str


def imported(ref: str, roots: Sequence[str], sources: Iterable[Source] = ()) -> Any:
    """What a name `module:qualified.name` means, made from these sources.

    Args:
        ref: The name.
        roots: Folders with the user's modules.
        sources: What modules below them were read as; others may be as they are.

    Raises:
        DefinitionError: A source is another by now.
        UnknownNameError: The module has no such name.
    """
    prepare(roots, sources)
    return prepared(ref, sources)


def prepared(ref: str, sources: Iterable[Source] = ()) -> Any:
    """What a name means, once imports were prepared; see `imported`."""
    module, _, qualified = ref.partition(":")
    found: Any = import_module(module)
    for part in qualified.split("."):
        if not hasattr(found, part):
            raise UnknownNameError("function or class", qualified, dir(found), where=f"`{module}`")
        found = getattr(found, part)
    verify(sources)
    return found


def prepare(roots: Sequence[str], sources: Iterable[Source] = ()) -> None:
    """Have imports find the user's modules, and forget those that were made from other sources."""
    if _FINDER.roots == tuple(roots) and not any(map(_is_stale, sources)):
        return
    with _LOCK:
        if _FINDER.roots != tuple(roots):
            _forget(roots)
            _FINDER.look_in(roots)
        stale = {_top(each.module) for each in sources if _is_stale(each)}
        if stale:
            _forget(roots, stale)


def verify(sources: Iterable[Source]) -> None:
    """See that what was imported is what was read.

    Raises:
        DefinitionError: A module's source changed after it was read.
    """
    for each in sources:
        if _MADE_FROM.get(each.module, each.fingerprint) != each.fingerprint:
            raise DefinitionError(
                f"the source of module `{each.module}` changed after this run had begun",
                hint="run again: then what is written now is what runs",
            )


_LOCK = threading.RLock()
_MADE_FROM: dict[str, str] = {}  # module -> fingerprint of the source that it was made from


def _is_stale(source: Source) -> bool:
    made_from = _MADE_FROM.get(source.module)
    if made_from is None:  # whoever has the name by now is another
        top = _top(source.module)
        return source.module in sys.modules or (top in sys.modules and top not in _FINDER.found)
    return made_from != source.fingerprint


def _top(module: str) -> str:
    return module.partition(".")[0]


def _forget(roots: Sequence[str], names: Iterable[str] = ()) -> None:
    """Let go of all modules of users: one that stays would hold on to those that go.

    Args:
        roots: Folders with the user's modules.
        names: Of the user's top modules, which something else in this process may bear.
    """
    names = frozenset(names)
    below = tuple(f"{root}/" for root in roots)
    for name, module in list(sys.modules.items()):
        ours = name in _FINDER.found or _top(name) in names or _is_below(module, below)
        if ours and name != "__main__":
            del sys.modules[name]
    _MADE_FROM.clear()
    _FINDER.found.clear()
    for folder, finder in list(sys.path_importer_cache.items()):
        if isinstance(finder, FileFinder) and f"{folder}/".startswith(below):
            finder.invalidate_caches()  # a new module may be there


def _is_below(module: ModuleType, folders: tuple[str, ...]) -> bool:
    file = getattr(module, "__file__", None) or ""
    return file.startswith(folders) and "site-packages" not in file


class _Finder:
    """Finds the user's modules first, and has them loaded by a loader that knows its source."""

    def __init__(self) -> None:
        self.roots: tuple[str, ...] = ()
        self.found: set[str] = set()

    def look_in(self, roots: Sequence[str]) -> None:
        """From now on, the user's modules lie here."""
        for root in self.roots:
            if root in sys.path:
                sys.path.remove(root)
        self.roots = tuple(roots)
        sys.path[:0] = [root for root in roots if root not in sys.path]  # for child processes
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As the import system asks for it."""
        if path is not None and name.rpartition(".")[0] not in self.found:
            return None
        spec = PathFinder.find_spec(name, list(self.roots) if path is None else path, target)
        if spec is None:
            return None
        if spec.origin is None:  # a namespace, which may go on elsewhere
            self.found.add(name)
            return None
        if type(spec.loader) is not SourceFileLoader or not self._is_ours(spec.origin):
            return None
        self.found.add(name)
        spec.loader = _Loader(spec.loader.name, spec.loader.path)
        # Before the module is there, or another thread would take it for one of unknown origin.
        _MADE_FROM[name] = of_bytes(spec.loader.get_data(spec.origin))
        return spec

    def _is_ours(self, file: str) -> bool:
        return file.startswith(tuple(f"{root}/" for root in self.roots))


class _Loader(SourceFileLoader):
    """Makes a module from its source, and notes which that was."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The compiled source."""
        _MADE_FROM[fullname] = of_bytes(self.get_data(self.path))
        return super().get_code(fullname)

    def path_stats(self, path: str) -> Any:
        """What compiled code is compared with; an error where it is not to be trusted.

        Code that was compiled in the very moment in which its source was written may be that
        of an earlier text of the same length.
        """
        found = super().path_stats(path)
        safe_from = found["mtime"] + STEP_SECONDS
        compiled = Path(cache_from_source(path))
        if compiled.exists() and compiled.stat().st_mtime < safe_from:
            compiled.unlink(missing_ok=True)
        if time() < safe_from:
            raise OSError("written just now")  # so that none is kept either
        return found


_FINDER = _Finder()
