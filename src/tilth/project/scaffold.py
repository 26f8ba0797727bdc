"""Adds a node to a project: a function, a test of it, and its lines in tilth.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tilth.errors import DefinitionError, TilthError
from tilth.graph.name import checked, is_parameter
from tilth.record import record

if TYPE_CHECKING:
    from tilth.config.place import Place
    from tilth.project.project import Project

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


@record
class Scaffold:
    """What was added.

    Attributes:
        node: The name of the node.
        pipeline: Where it was plugged in.
        files: What was written, relative to the project.
    """

    node: str
    pipeline: str
    files: tuple[str, ...]


def scaffolded(
    project: Project, call: str, *, reads: Sequence[str] = (), makes: str = "", pipeline: str = ""
) -> Scaffold:
    """Write a function that hands on what it reads, a test of it, and plug it in.

    Either all files are written and the project can be opened with them, or none is.

    Args:
        project: Where.
        call: The function, as `package.module.function`; its module is made where it is missing.
        reads: Datasets and parameters that it reads.
        makes: The dataset that it makes; the function's name where not given.
        pipeline: The pipeline of tilth.yml; where not given, the only one that lists nodes. One
            that is not there is made.

    Raises:
        DefinitionError: The function is there already, a name does not do, or the pipeline's
            nodes are not written one to a line.
        ConfigError: The project could not be opened with it, such as for an input that is not
            there.
    """
    if project.script is not None:
        raise DefinitionError(
            "a single file has no tilth.yml to add to", hint="write the function, and `node(...)`"
        )
    if not _DOTTED.fullmatch(call):
        raise DefinitionError(
            f"`{call}` is not a function by its dotted name", hint="such as `shop.features.clean`"
        )
    module, _, name = call.rpartition(".")
    for each in reads:
        checked(each.removeprefix("params:"), f"an input of node `{name}`")
    arguments = _arguments(reads)
    texts = {
        **_function(project, module, name, arguments),
        **_test(project, module, name, arguments),
    }
    chosen = _pipeline(project, pipeline)
    texts.update(_plugged(project, chosen, _entry(call, reads, makes)))
    _write(project, texts)
    files = tuple(str(each.relative_to(project.folder)) for each in texts)
    return Scaffold(node=name, pipeline=chosen, files=files)


def _arguments(reads: Sequence[str]) -> list[str]:
    """Names of arguments: the last word of a dataset's or a parameter's name."""
    found = [re.sub(r"\W", "_", each.rpartition(":")[2].rpartition(".")[2]) for each in reads]
    if len(set(found)) < len(found):
        raise DefinitionError("two of the inputs end in the same name", hint="add one by hand")
    return found


# The function and its test


def _function(project: Project, module: str, name: str, arguments: list[str]) -> dict[Path, str]:
    root = project.folder / (project.config.settings.source or "src")
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    package = path.with_suffix("") / "__init__.py"
    path = package if package.is_file() else path
    found = {}
    for folder in path.relative_to(root).parents[:-1] if path != package else ():
        init = root / folder / "__init__.py"
        if not init.exists() and not any((root / folder).glob("*.py")):
            found[init] = f'"""{folder.name.replace("_", " ").capitalize()}."""\n'
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if re.search(rf"^(async )?(def|class) {name}\b", before, re.MULTILINE):
        raise DefinitionError(
            f"`{module}.{name}` is there already",
            hint="plug it in by `call:` in tilth.yml, or choose another name",
        )
    given = ", ".join(f'"{each}": {each}' for each in arguments)
    value = arguments[0] if len(arguments) == 1 else f"{{{given}}}"
    text = (
        f"def {name}({', '.join(arguments)}):\n"
        f'    """Hand on what it reads: say here what it will make of it."""\n'
        f"    return {value}\n"
    )
    head = f'"""{module.rpartition(".")[2].replace("_", " ").capitalize()}."""\n'
    return {**found, path: (before.rstrip("\n") or head.rstrip("\n")) + "\n\n\n" + text}


def _test(project: Project, module: str, name: str, arguments: list[str]) -> dict[Path, str]:
    path = project.folder / "tests" / f"test_{name}.py"
    if path.exists():
        raise DefinitionError(f"`tests/{path.name}` is there already", hint="choose another name")
    values = [f"[{i}]" for i in range(1, len(arguments) + 1)]
    given = ", ".join(f'"{a}": {value}' for a, value in zip(arguments, values, strict=True))
    expected = values[0] if len(values) == 1 else f"{{{given}}}"
    return {
        path: f"from {module} import {name}\n\n\n"
        f"def test_{name}_hands_on_what_it_reads():\n"
        f"    assert {name}({', '.join(values)}) == {expected}\n"
    }


# Its lines in tilth.yml


def _entry(call: str, reads: Sequence[str], makes: str) -> list[str]:
    given = ", ".join(f'"{each}"' if is_parameter(each) else each for each in reads)
    lines = [f"- call: {call}", f"  inputs: [{given}]"]
    return [*lines, f"  outputs: {makes}"] if makes else lines


def _pipeline(project: Project, name: str) -> str:
    listing = [
        each.name for each in project.config.settings.pipelines.values() if each.nodes is not None
    ]
    if name:
        there = project.config.settings.pipelines.get(name)
        if there is not None and there.nodes is None:
            raise DefinitionError(
                f"pipeline `{name}` lists no nodes: something else makes it",
                hint="name another pipeline; one that is not there is made",
            )
        return str(checked(name, "a pipeline"))
    if len(listing) == 1:
        return listing[0]
    if not listing:
        return "main"
    raise DefinitionError(
        "several pipelines list nodes",
        hint="say which: " + ", ".join(f"`--pipeline {each}`" for each in listing[:8]),
    )


def _plugged(project: Project, pipeline: str, entry: list[str]) -> dict[Path, str]:
    places, settings = project.config.places, project.config.settings
    if pipeline not in settings.pipelines:
        return _new_pipeline(project, pipeline, entry)
    n = len(settings.pipelines[pipeline].nodes or ())
    last = places.value("tilth", "pipelines", pipeline, "nodes", n - 1) if n else None
    if last is None:
        raise _by_hand(pipeline, entry)
    lines = (project.folder / last.file).read_text(encoding="utf-8").splitlines()
    indent = re.match(r"( *)- ", lines[last.line - 1])
    if indent is None:
        raise _by_hand(pipeline, entry)
    return _inserted(project, last, lines, entry, len(indent[1]))


def _new_pipeline(project: Project, pipeline: str, entry: list[str]) -> dict[Path, str]:
    head = project.config.places.key("tilth", "pipelines")
    lines = [f"{pipeline}:", "  nodes:", *(f"    {each}" for each in entry)]
    if head is None:
        path = project.folder / "tilth.yml"
        text = path.read_text(encoding="utf-8").rstrip("\n")
        return {path: "\n".join([text, "", "pipelines:", *(f"  {each}" for each in lines), ""])}
    there = (project.folder / head.file).read_text(encoding="utf-8").splitlines()
    if not there[head.line - 1].split("#")[0].rstrip().endswith(":"):
        raise _by_hand(pipeline, entry)
    return _inserted(project, head, there, ["", *lines], 2, inside=True)


def _inserted(  # noqa: PLR0917 - two places call it
    project: Project,
    place: Place,
    lines: list[str],
    new: list[str],
    indent: int,
    inside: bool = False,
) -> dict[Path, str]:
    """The file with new lines behind the block that begins in the line of a place."""
    end = place.line
    deepest = 0 if inside else indent
    for i in range(place.line, len(lines)):
        text = lines[i].strip()
        if text and not text.startswith("#"):
            if len(lines[i]) - len(lines[i].lstrip()) <= deepest:
                break
            end = i + 1
    written = [f"{' ' * indent}{each}" if each else "" for each in new]
    text = "\n".join([*lines[:end], *written, *lines[end:]]) + "\n"
    return {project.folder / place.file: text}


def _by_hand(pipeline: str, entry: list[str]) -> DefinitionError:
    return DefinitionError(
        f"the nodes of pipeline `{pipeline}` are not written one to a line",
        hint="write `nodes:` and each node on a line of its own below it, or add by hand: "
        + "; ".join(each.strip() for each in entry),
    )


# Writing


def _write(project: Project, texts: dict[Path, str]) -> None:
    """Write all, and see that the project can be opened; else have it as it was."""
    former = {path: path.read_bytes() if path.exists() else None for path in texts}
    new = {each for path in texts for each in path.parents if not each.exists()}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        project.reload()
    except (OSError, TilthError) as error:
        for path, data in former.items():
            if data is not None:
                path.write_bytes(data)
            else:
                path.unlink(missing_ok=True)
        for folder in sorted(new, reverse=True):  # the inner ones first
            folder.rmdir()
        if isinstance(error, OSError):
            raise DefinitionError(f"`{error.filename}` cannot be written: {error}") from error
        raise
