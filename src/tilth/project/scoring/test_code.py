"""A project's own tests, read as they are written: what they call, and whether they run by rote."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from tilth.project.scoring.known import PIPELINE_TEST, TEST_COMMANDS
from tilth.record import field, record

_FOLDERS = ("tests", "test")
_PATTERNS = ("test_*.py", "*_test.py")
_WORKFLOWS = (
    ".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".gitlab/*.yml",
    ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile",
    ".ci/*", ".woodpecker.yml", ".woodpecker/*.yml", ".drone.yml",
)  # fmt: skip
_MOST_BYTES = 1_000_000
_RUNS = re.compile(r"\btilth\s+(run|test)\b")


@record
class TestFile:
    """One file of tests.

    Attributes:
        path: Relative to the project.
        uses: Full name, `package.module.name`, -> the first line that uses it.
        strings: Text -> the first line where it stands.
        runs: The line where a whole pipeline is run; 0 where none is.
    """

    path: str
    uses: Mapping[str, int] = field(default_factory=dict)
    strings: Mapping[str, int] = field(default_factory=dict)
    runs: int = 0


class TestCode:
    """All files of tests, and the workflow that runs them.

    Args:
        files: In the order of their names; those alone that hold a test which asserts something.
        workflow: `file:line` where tests are run without a person; empty where nothing does.
        mini: `file:line` where `tilth test` runs without a person; empty where it does not.
    """

    __test__ = False  # for those who collect tests, this is none

    def __init__(
        self, files: tuple[TestFile, ...] = (), *, workflow: str = "", mini: str = ""
    ) -> None:
        self.files = files
        self.workflow = workflow
        self.mini = mini

    def of(self, function: str) -> str:
        """Where a function, `package.module:name`, is used by a test; empty where nowhere."""
        name = function.replace(":", ".")
        return self._first((each, each.uses.get(name, 0)) for each in self.files)

    def naming(self, text: str) -> str:
        """Where a test that runs the pipeline names something; empty where nowhere."""
        running = (each for each in self.files if each.runs)
        return self._first((each, each.strings.get(text, 0)) for each in running)

    @cached_property
    def run_of_pipeline(self) -> str:
        """Where a test runs a whole pipeline; empty where none does."""
        return self._first((each, each.runs) for each in self.files)

    @staticmethod
    def _first(places: Iterator[tuple[TestFile, int]]) -> str:
        return next((f"{file.path}:{line}" for file, line in places if line), "")


def test_code(folder: Path) -> TestCode:
    """Read the tests of a project; files that are no Python are passed over."""
    read = (_read(path, folder) for path in _test_files(folder))
    return TestCode(
        tuple(each for each in read if each is not None),
        workflow=_workflow(folder, TEST_COMMANDS),
        mini=_workflow(folder, PIPELINE_TEST),
    )


def _test_files(folder: Path) -> list[Path]:
    found = {
        path
        for name in _FOLDERS
        for pattern in _PATTERNS
        for path in (folder / name).rglob(pattern)
    }
    return sorted(found)


def _read(path: Path, folder: Path) -> TestFile | None:
    text = _text(path)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    if not any(_is_test(each) for each in ast.walk(tree)):
        return None
    names = _Names()
    names.visit(tree)
    return TestFile(
        path=path.relative_to(folder).as_posix(),
        uses=names.uses,
        strings=names.strings,
        runs=_run_of_pipeline(tree, names),
    )


def _is_test(found: ast.AST) -> bool:
    """A function that pytest takes for a test, and that can fail."""
    if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if not found.name.startswith("test"):
        return False
    return any(
        isinstance(each, ast.Assert)
        or (isinstance(each, ast.Call) and re.search(r"raises|assert|checked|ok$", _called(each)))
        for each in ast.walk(found)
    )


def _called(call: ast.Call) -> str:
    """The last part of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


class _Names(ast.NodeVisitor):
    """What a file imports and then uses, by full names, and the texts in it."""

    def __init__(self) -> None:
        self.uses: dict[str, int] = {}
        self.strings: dict[str, int] = {}
        self._known: dict[str, str] = {}

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            first = each.name.partition(".")[0]
            self._known[each.asname or first] = each.name if each.asname else first

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for each in node.names:
            if node.module and not node.level:
                self._known[each.asname or each.name] = f"{node.module}.{each.name}"

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self._known:
            self._note(self._known[node.id], node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain = [node.attr]
        inner: ast.expr = node.value
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self._known:
            self._note(".".join([self._known[inner.id], *reversed(chain)]), node.lineno)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.strings.setdefault(node.value, node.lineno)

    def _note(self, name: str, line: int) -> None:
        """With all that it is a part of: who uses a method uses its class."""
        while name:
            self.uses.setdefault(name, line)
            name = name.rpartition(".")[0]


def _run_of_pipeline(tree: ast.AST, names: _Names) -> int:
    """The line where a project is run: `Project(...).run()`, or a command `tilth run`."""
    commands = (line for text, line in names.strings.items() if _RUNS.search(text))
    opened = names.uses.get("tilth.Project") or names.uses.get("tilth.project.Project")
    calls = (
        each.lineno
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and _called(each) == "run" and opened
    )
    return next(calls, 0) or next(commands, 0)


def _workflow(folder: Path, command: str) -> str:
    """Where tests are run without a person: in the project, or the repository that it lies in."""
    for place in (folder, *_repositories(folder)):
        for pattern in _WORKFLOWS:
            for path in sorted(place.glob(pattern)):
                for number, line in enumerate(_text(path).splitlines(), 1):
                    if re.search(command, line.partition("#")[0]):
                        return f"{path.relative_to(place).as_posix()}:{number}"
    return ""


def _repositories(folder: Path) -> list[Path]:
    return [each for each in folder.parents if (each / ".git").exists()][:1]


def _text(path: Path) -> str:
    """A file's text; nothing of one that cannot be read or is no text of a person."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
