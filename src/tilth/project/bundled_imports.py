"""Which libraries have to be there for a project's modules to be imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import resolve_name


def imported_by(code: Mapping[str, bytes], modules: Iterable[str]) -> set[str]:
    """Modules beyond these sources that importing some of them imports, by full names.

    What functions import when they are called, and what is for type checkers alone, does not
    count.

    Args:
        code: File, such as `shop/models.py`, -> its source.
        modules: Those that are imported, such as `shop.models`.
    """
    waiting, seen, found = list(modules), set[str](), set[str]()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        waiting += _parents(module)
        file = f"{module.replace('.', '/')}.py"
        folder = f"{module.replace('.', '/')}/__init__.py"
        source = code.get(file, code.get(folder))
        if source is not None:
            waiting += _imports(source, module if folder in code else module.rpartition(".")[0])
        elif not _is_name_in(module, code):
            found.add(module)
    return found


def _parents(module: str) -> list[str]:
    """Packages around a module: their code runs first."""
    above = module.rpartition(".")[0]
    return [above] if above else []


def _is_name_in(module: str, code: Mapping[str, bytes]) -> bool:
    """Whether it is a name of one of the sources, or a folder, and no module of its own."""
    top = module.partition(".")[0]
    return f"{top}.py" in code or any(file.startswith(f"{top}/") for file in code)


def _imports(source: bytes, package: str) -> Iterator[str]:
    """What a module imports as it is imported; names in it may be modules as well."""
    for statement in _at_once(ast.parse(source)):
        if isinstance(statement, ast.Import):
            yield from (each.name for each in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            base = statement.module or ""
            if statement.level:
                base = resolve_name("." * statement.level + base, package)
            yield base
            yield from (f"{base}.{each.name}" for each in statement.names)


def _at_once(node: ast.AST) -> Iterator[ast.AST]:
    """Statements that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from (each for other in child.orelse for each in (other, *_at_once(other)))
            continue
        yield child
        yield from _at_once(child)
