"""Libraries that a value or a format needs, imported no sooner than they are used."""

from __future__ import annotations

import sys
import sysconfig
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from tilth.errors import MissingLibraryError


def need(module: str, what: str, *, extra: str | None = None) -> Any:
    """Import a library for the one who needs it, or say how to install it.

    Args:
        module: Its import name, such as `pyarrow.parquet`.
        what: Who needs it, such as "format `csv`".
        extra: The extra of Tilth that brings it.

    Raises:
        MissingLibraryError: It is not installed.
    """
    loaded = sys.modules.get(module)
    if loaded is not None:
        return loaded
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise  # the library is there, but lacks something of its own
        raise MissingLibraryError(what, top, extra=extra) from None


def is_installed(module: str) -> bool:
    """Whether a top-level library could be imported; it is not imported for that."""
    if sys.modules.get(module) is not None:
        return True
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def is_library(module: str) -> bool:
    """Whether a module, which is not imported, is Python's or an installed library's."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return True
    try:
        found = find_spec(top)
    except (ImportError, ValueError):
        return False
    if found is None or found.origin is None:
        return False
    places = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    return found.origin.startswith(places)


def first_installed(modules: tuple[str, ...]) -> str | None:
    """The first of these libraries that is here."""
    return next((module for module in modules if is_installed(module)), None)
