"""Write the reference from the code, so that no page of it is edited by hand.

python docs/generate.py [FOLDER]
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import click
import yaml

import tilth
from tilth import errors, plugins
from tilth.cli.command import shared_options
from tilth.cli.main import tilth as command_line
from tilth.config import grammar
from tilth.config.goals_layout import GOALS
from tilth.config.layout import CATALOG, TILTH
from tilth.config.score_layout import SCORE
from tilth.engine import hooks
from tilth.engine.reason import Reason
from tilth.graph.options import Options
from tilth.project.listing import EXTENSIONS

sys.path.insert(0, str(Path(__file__).parent))
from docstring import as_markdown, first_sentence

HERE = Path(__file__).resolve().parent
HEAD = "<!-- made by docs/generate.py; not edited by hand -->\n\n"


def main(folder: Path = HERE / "reference") -> None:
    """Write all pages into a folder."""
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / f"{name}.md").write_text(HEAD + page().strip() + "\n", encoding="utf-8")


# Commands


def commands() -> str:
    """The command line: each command with its arguments, options and examples."""
    parts = [
        "# Commands",
        "Each command is a file in `tilth.cli.commands`; installed packages add their own.",
        f"```text\n{help_of(command_line, 'tilth')}\n```",
        "## Options of every command",
        "They may stand before the command's name or after it.",
        options_table(shared_options()),
    ]
    for path, found in all_commands(command_line, "tilth"):
        parts += list(command_parts(path, found))
    return "\n\n".join(parts)


def all_commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by the words that one types."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None, f"{path} {name} is listed and cannot be found"
        yield f"{path} {name}", found
        if isinstance(found, click.Group):
            yield from all_commands(found, f"{path} {name}")


def command_parts(path: str, found: click.Command) -> Iterator[str]:
    """What is to be said of one command."""
    yield f"## `{path}`"
    yield inspect.cleandoc(found.help or "").replace("\b\n", "")
    if isinstance(found, click.Group):
        return
    context = click.Context(found, info_name=path)
    yield f"```text\n{' '.join([path, *found.collect_usage_pieces(context)])}\n```"
    shared = {each.name for each in shared_options()}
    own = [each for each in found.params if each.name not in shared]
    if any(isinstance(each, click.Option) for each in own):
        yield options_table(own)
    examples = getattr(found, "examples", ())
    if examples:
        width = max(len(typed) for typed, _ in examples)
        lines = [f"$ {typed.ljust(width)}  # {what}" for typed, what in examples]
        yield "```console\n" + "\n".join(lines) + "\n```"


def options_table(parameters: Iterable[click.Parameter]) -> str:
    """Options with what they mean."""
    lines = ["| option | meaning |", "| --- | --- |"]
    for each in parameters:
        record = each.get_help_record(click.Context(click.Command("x")))
        if isinstance(each, click.Option) and record:
            meaning = record[1]
            if each.envvar:
                meaning += f" Also by the environment variable `{each.envvar}`."
            lines.append(f"| `{escaped(record[0])}` | {escaped(meaning)} |")
    return "\n".join(lines)


def help_of(found: click.Command, path: str) -> str:
    """What `--help` prints."""
    context = click.Context(found, info_name=path, terminal_width=88, max_content_width=88)
    return found.get_help(context)


# Settings


def settings() -> str:
    """What the files of a project may say: every key, what it takes and what it means."""
    notes = setting_notes()
    parts = [
        "# Settings",
        "What `tilth.yml` and `catalog.yml` may say; `params.yml` holds whatever parameters you "
        "name. `NAME` is a name of your own; `[]` is an entry of a list. "
        "`tilth schema` gives the same to an editor.",
    ]
    for file, kind in SETTINGS_FILES.items():
        parts.append(f"## `{file}`")
        lines = ["| key | takes | meaning |", "| --- | --- | --- |"]
        for path, expected, required in keys(kind):
            note = notes[file].get(path, "")
            must = " **Required.**" if required else ""
            lines.append(f"| `{path}` | {escaped(expected)} | {escaped(note)}{must} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


SETTINGS_FILES: Mapping[str, grammar.Kind] = {
    "tilth.yml": TILTH,
    "catalog.yml": CATALOG,
    "goals.yml": GOALS,
    "score.yml": SCORE,
}


def setting_notes() -> dict[str, dict[str, str]]:
    """File -> key -> what it means; written by hand, as the checks know only what it takes."""
    text = (HERE / "settings.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def keys(kind: grammar.Kind, path: str = "") -> Iterator[tuple[str, str, bool]]:
    """Every key that a kind allows, with what it takes and whether it must be there."""
    match kind:
        case grammar.Record():
            for key, each in kind.keys.items():
                below = f"{path}.{key}" if path else key
                yield below, each.expected, key in kind.required
                yield from keys(each, below)
        case grammar.Table():
            for key, each in kind.special.items():
                yield f"{path}.{key}", each.expected, False
            yield from keys(kind.of, f"{path}.NAME" if path else "NAME")
        case grammar.Sequence():
            yield from keys(kind.of, f"{path}[]")
        case grammar.Either():
            for each in kind.kinds:
                yield from keys(each, path)


# Extensions


def extensions(title: str, kind: str, intro: str, *, of: type = type) -> str:
    """A page with every extension of a kind, from the docstring of its class or function."""
    package = EXTENSIONS[kind]
    parts = [f"# {title}", intro]
    for name in plugins.names(package):
        found = plugins.find(package, name, of=of)
        skipped = () if of is FunctionType else ("Args",)
        parts += [f"## `{name}`", as_markdown(getattr(found, "__doc__", ""), skip=skipped)]
        parts += [signature_of(found, name)] if isinstance(found, FunctionType) else facts(found)
    return "\n\n".join(parts)


def facts(found: object) -> list[str]:
    """What a format says of itself beside its docstring."""
    lines = []
    for attribute, words in (("shapes", "read as"), ("types", "written from")):
        values = getattr(found, attribute, ())
        if values and isinstance(values, tuple):
            shown = ", ".join(f"`{each}`" for each in values)
            lines.append(f"- {words}: {shown.replace('`object`', 'any Python value')}")
    if isinstance(getattr(found, "suffix", None), str):
        lines.append(f"- files end in `{found.suffix}`")  # type: ignore[attr-defined]
    return ["\n".join(lines)] if lines else []


def formats() -> str:
    """Formats."""
    return extensions(
        "Formats",
        "formats",
        "`format:` in `catalog.yml` names one of these, an installed one, or a class of your own "
        "by its dotted name.",
    )


def executors() -> str:
    """Executors."""
    return extensions(
        "Executors",
        "executors",
        "Where nodes run: `executor:` in `tilth.yml`, or `--executor` on the command line.",
    )


def checks() -> str:
    """What a contract may promise."""
    package = EXTENSIONS["checks"]
    parts = [
        "# Checks",
        "What a contract may promise: below a column, or among its `checks`. Each may also have "
        "a `severity`: `stop`, `warn` or `quarantine`.",
    ]
    for name in plugins.names(package):
        found: Any = plugins.find(package, name)
        where = " and ".join({"column": "below a column", "table": "among `checks`"}[each]
                             for each in found.about)  # fmt: skip
        parts += [f"## `{name}`", as_markdown(found.__doc__ or ""), f"It stands {where}."]
        lines = ["| setting | takes |", "| --- | --- |"]
        lines += [
            f"| `{key}` | {escaped(each.expected)}{' **Required.**' if each.required else ''} |"
            for key, each in found.settings.items()
        ]
        parts += ["\n".join(lines)] if found.settings else []
    return "\n\n".join(parts)


def histories() -> str:
    """Where the record of runs is kept."""
    return extensions("Histories", "histories", "Where the record of all runs lives.")


def stages() -> str:
    """Ready-made pipelines."""
    return extensions(
        "Stages",
        "stages",
        "`stage:` of a pipeline in `tilth.yml` names one of these, an installed one, or a function "
        "of your own by its dotted name that returns a pipeline; `with:` gives its settings.",
        of=FunctionType,
    )


# Errors, hooks, Python


def error_page() -> str:
    """The tree of errors, and what the command line returns for each."""
    parts = [
        "# Errors and exit codes",
        as_markdown(command_line_epilog()),
        "## The tree",
        as_markdown(errors.__doc__),
        "## One by one",
    ]
    for each in error_classes():
        parts += [
            f"### `{each.__name__}`",
            as_markdown(each.__doc__),
            f"Exit code {each.exit_code}; a kind of `{each.__mro__[1].__name__}`.",
        ]
    return "\n\n".join(parts)


def command_line_epilog() -> str:
    """The table of exit codes, as `tilth --help` ends with it."""
    title, _, body = (command_line.epilog or "").partition("\n")
    return f"{title}:\n\n```text\n{body}\n```".replace("::", ":")


def error_classes() -> list[type[errors.TilthError]]:
    """All error classes, in the order of their definition."""
    return [
        each
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, errors.TilthError)
    ]


def reasons() -> str:
    """Why a node runs: the first that applies."""
    lines = ["| reason | meaning |", "| --- | --- |"]
    lines += [f"| {each} | {each.meaning} |" for each in Reason]
    intro = "Why a node must run: the first of these that applies, as `tilth why` tells it."
    return "\n\n".join(["# Reasons", intro, "\n".join(lines)])


def hook_page() -> str:
    """The hooks."""
    parts = ["# Hooks", as_markdown(hooks.__doc__), as_markdown(hooks.hook.__doc__)]
    for name in hooks.NAMES:
        found = getattr(hooks.Observer, name)
        called = signature_of(found, name, method=True)
        parts += [f"## `{name}`", called, as_markdown(found.__doc__)]
    return "\n\n".join(parts)


def python() -> str:
    """The public names of the package."""
    parts = ["# Python", "What `from tilth import ...` gives; everything else is inside."]
    for name in tilth.__all__:
        found = getattr(tilth, name)
        if name == "__version__":
            continue
        parts += [f"## `{name}`"]
        if inspect.isclass(found) and not issubclass(found, Exception):
            parts += class_parts(found)
        elif inspect.isclass(found):
            parts += [as_markdown(found.__doc__)]
        else:
            parts += [signature_of(found, name), as_markdown(found.__doc__)]
    parts += ["## Options of a node", as_markdown(Options.__doc__)]
    return "\n\n".join(part for part in parts if part)


def class_parts(found: type) -> list[str]:
    """A class: what it is, how it is made, and its public methods and properties."""
    parts = [as_markdown(found.__doc__)]
    made = vars(found).get("__init__")
    if made is not None and made.__doc__:
        parts += [signature_of(made, found.__name__, method=True), as_markdown(made.__doc__)]
    for name, each in vars(found).items():
        plain = each.func if hasattr(each, "func") else each
        plain = getattr(plain, "__func__", plain)
        doc = getattr(plain, "__doc__", None)
        if name.startswith("_") or not doc:
            continue
        if callable(plain) and not hasattr(each, "func"):
            parts += [f"### `{found.__name__}.{name}`", signature_of(plain, name, method=True)]
        elif isinstance(each, property) or hasattr(each, "func"):
            parts += [f"### `{found.__name__}.{name}`"]
        else:
            continue
        parts.append(as_markdown(doc))
    return parts


def signature_of(function: Callable[..., Any], name: str, *, method: bool = False) -> str:
    """A function as it is called."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if method and parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    # Annotations are texts here (`from __future__ import annotations`), which show their quotes.
    text = f"{name}{signature.replace(parameters=parameters)}".replace(" -> 'None'", "")
    text = text.replace("'", "")
    if len(text) > 88 and parameters:
        inner = ",\n    ".join(str(each).replace("'", "") for each in parameters)
        text = f"{name}(\n    {inner},\n)"
    return f"```python\n{text}\n```"


def escaped(text: str) -> str:
    """Text in a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def index() -> str:
    """What there is of reference."""
    lines = [
        f"- [{name.title()}]({name}.md): {first_sentence(page.__doc__)}"
        for name, page in PAGES.items()
        if name != "index"
    ]
    return "\n\n".join(["# Reference", "Made from the code of this version.", "\n".join(lines)])


PAGES: Mapping[str, Callable[[], str]] = {
    "index": index,
    "commands": commands,
    "settings": settings,
    "formats": formats,
    "checks": checks,
    "executors": executors,
    "histories": histories,
    "stages": stages,
    "hooks": hook_page,
    "reasons": reasons,
    "errors": error_page,
    "python": python,
}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
