"""What names do not tell: code that runs texts, and imports that texts name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tilth.fingerprint.names import Mentions

# Calls by which code reaches what its names do not tell.
UNKNOWABLE = (
    "builtins.eval",
    "builtins.exec",
    "builtins.globals",
    "builtins.__builtins__",
    "sys.modules",
    "runpy.run_path",
    "runpy.run_module",
    "importlib.util.spec_from_file_location",
    "importlib.util.module_from_spec",
    "importlib.machinery.SourceFileLoader",
)
# Attributes that lead to what is defined elsewhere.
HIDDEN = ("__subclasses__", "__globals__")

# Calls that import what a text names.
IMPORTERS = (
    "builtins.__import__",
    "importlib.import_module",
    "pkgutil.resolve_name",
    "pydoc.locate",
)


def risks(
    found: Mentions, imports_of: Callable[[str], Sequence[str] | None]
) -> tuple[list[tuple[str, int]], set[str]]:
    """What code does that names do not tell, and the imports that texts tell.

    Args:
        imports_of: What a name of the module is an import of; None if the module lacks it.
    """
    told: list[tuple[str, int]] = []
    imported: set[str] = set()
    for mention, line in found.plain.items():
        name = _risky(mention, imports_of)
        if name:
            told.append((name, line))
    for mention, literals in found.called.items():
        name = _risky(mention, imports_of)
        for literal, line in literals.items() if name else ():
            if name in IMPORTERS and re.fullmatch(r"\.*\w+([.:]\w+)*", literal):
                imported.add(_import_mention(literal))
            elif name:
                told.append((name, line))
    return told, imported


def _risky(mention: str, imports_of: Callable[[str], Sequence[str] | None]) -> str | None:
    for each in HIDDEN:
        if mention.endswith(f".{each}"):
            return each
    for full in _absolute(mention, imports_of):
        for each in (*UNKNOWABLE, *IMPORTERS):
            if full == each or full.startswith(f"{each}."):
                return each
    return None


def _absolute(mention: str, imports_of: Callable[[str], Sequence[str] | None]) -> list[str]:
    """The full names that a mention may have, if it is not the project's own."""
    if mention.startswith(">"):
        return [mention[1:].replace("|", ".").rstrip(".")]
    name, _, rest = mention.partition(".")
    targets = imports_of(name)
    if targets is None:
        return [f"builtins.{mention}"]
    return [f"{each.replace('|', '.').rstrip('.')}.{rest}".rstrip(".") for each in targets]


def _import_mention(literal: str) -> str:
    module, _, attribute = literal.partition(":")
    return f">{module}|{attribute}"
