"""Whatever a user can type, set, name or meet is documented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import generate
import pytest

import tilth
from tilth import plugins
from tilth.cli.command import shared_options
from tilth.cli.main import tilth as command_line
from tilth.engine import hooks
from tilth.project.listing import EXTENSIONS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
COMMANDS = dict(generate.all_commands(command_line, "tilth"))
OWN = [
    (path, each)
    for path, command in COMMANDS.items()
    for each in command.params
    if isinstance(each, click.Option) and each.name not in {e.name for e in shared_options()}
]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The pages as they are made now, by name."""
    folder = tmp_path_factory.mktemp("reference")
    generate.main(folder)
    return {page.stem: page.read_text(encoding="utf-8") for page in folder.glob("*.md")}


def files_of(package: str) -> set[str]:
    """The extensions that have a file, found without Tilth's own finder."""
    folder = ROOT / "src" / Path(*package.split("."))
    return {path.stem for path in folder.glob("[a-z]*.py")} | {
        path.parent.name for path in folder.glob("[a-z]*/__init__.py")
    }


def test_every_command_has_a_section(reference):
    for path in COMMANDS:
        assert f"\n## `{path}`\n" in reference["commands"]


def test_every_command_s_file_is_a_command():
    names = {path.split()[1] for path in COMMANDS}

    assert files_of("tilth.cli.commands") == names


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_says_what_it_does(path):
    assert len(COMMANDS[path].help or "") > 15


@pytest.mark.parametrize("path", [p for p, c in COMMANDS.items() if not isinstance(c, click.Group)])
def test_every_command_teaches_by_examples(path):
    examples = COMMANDS[path].examples

    assert examples
    assert any(path in typed for typed, _ in examples)


@pytest.mark.parametrize(("path", "option"), OWN, ids=lambda value: str(getattr(value, "name", "")))
def test_every_option_says_what_it_means(path, option):
    assert option.help, f"{path} {option.opts}"


def test_every_example_of_a_command_names_a_command_that_exists():
    words = {path.split()[1] for path in COMMANDS}

    for path, command in COMMANDS.items():
        for typed, _ in getattr(command, "examples", ()):
            named = re.findall(r"\btilth (?:-\S+ \S+ )*([a-z]\w*)", typed)
            assert named, f"{path}: {typed}"
            assert set(named) <= words, f"{path}: {typed}"


@pytest.mark.parametrize("file", generate.SETTINGS_FILES)
def test_every_setting_says_what_it_means_and_nothing_else_is_said(file):
    keys = {path for path, _, _ in generate.keys(generate.SETTINGS_FILES[file])}

    assert set(generate.setting_notes()[file]) == keys


def test_every_setting_is_on_the_page(reference):
    for kind in generate.SETTINGS_FILES.values():
        for path, _, _ in generate.keys(kind):
            assert f"| `{path}` |" in reference["settings"]


@pytest.mark.parametrize("kind", ["checks", "formats", "executors", "histories", "stages"])
def test_every_extension_has_a_section_that_says_something(reference, kind):
    names = files_of(EXTENSIONS[kind])
    sections = dict(re.findall(r"^## `(\w+)`\n+(.*?)(?=^## |\Z)", reference[kind], re.M | re.S))

    assert names <= set(sections)
    assert names <= set(plugins.names(EXTENSIONS[kind]))
    for name in names:
        assert len(sections[name]) > 40, name


def test_every_error_has_a_section_and_an_exit_code(reference):
    names = re.findall(r"^class (\w+)\(", (ROOT / "src/tilth/errors.py").read_text(), re.M)

    for name in names:
        assert f"### `{name}`" in reference["errors"]
        assert re.search(rf"[├└]── {name}\b", reference["errors"]) or name == "TilthError", (
            f"{name} is not in the tree that errors.py draws"
        )
    for each in generate.error_classes():
        assert re.search(rf"^\s+{each.exit_code}\s", command_line.epilog, re.M), each


def test_every_hook_has_a_section(reference):
    assert set(hooks.NAMES) == {
        name
        for name, value in vars(hooks.Observer).items()
        if callable(value) and not name.startswith("_")
    }
    for name in hooks.NAMES:
        assert f"## `{name}`" in reference["hooks"]
        assert getattr(hooks.Observer, name).__doc__


def test_every_public_name_is_told(reference):
    for name in set(tilth.__all__) - {"__version__"}:
        assert f"## `{name}`" in reference["python"]
        assert getattr(tilth, name).__doc__


def test_every_page_can_be_found_from_the_menu():
    menu = (ROOT / "zensical.toml").read_text()
    tomllib.loads(menu)
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    made = {f"reference/{name}.md" for name in generate.PAGES}

    assert pages | made == set(re.findall(r'"([\w/]+\.md)"', menu))


def test_the_gate_types_what_the_readme_tells_a_person_to_type():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    for command in ("make demo", "make test"):
        assert f"$ {command}" in readme
        assert re.search(rf"^{command}\b", gate, re.M)


def test_nothing_that_is_committed_names_a_package_host():
    files = [ROOT / name for name in ("constraints.txt", "Makefile", "pyproject.toml")]
    for path in (*files, *(ROOT / "bench" / "peers").glob("*/*.txt")):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "--hash" not in text, path
