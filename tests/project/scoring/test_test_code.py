"""Tests of a project are read as they are written; none is run."""

from __future__ import annotations

import textwrap

import pytest

from tilth.project.scoring.test_code import test_code as read_tests


@pytest.fixture
def written(tmp_path):
    def made(**files):
        for name, text in files.items():
            path = tmp_path / "tests" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return read_tests(tmp_path)

    return made


CALLS = {
    "by its own name": """
        from shop.clean import rows
        def test_it():
            assert rows([]) == []
        """,
    "by another name": """
        from shop.clean import rows as cleaned
        def test_it():
            assert cleaned([]) == []
        """,
    "through its module": """
        from shop import clean
        def test_it():
            assert clean.rows([]) == []
        """,
    "through its package": """
        import shop.clean
        def test_it():
            assert shop.clean.rows([]) == []
        """,
    "in a class, that it raises": """
        import pytest
        from shop.clean import rows
        class TestRows:
            def test_it(self):
                with pytest.raises(ValueError):
                    rows(None)
        """,
}


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_a_function_that_a_test_calls_is_found_with_its_line(written, text):
    called = ("rows([])", "cleaned([])", "rows(None)")
    lines = text.splitlines()
    line = next(n for n, each in enumerate(lines, 1) if any(e in each for e in called))

    assert written(test_clean=text).of("shop.clean:rows") == f"tests/test_clean.py:{line}"


NO_CALLS = {
    "imported and not used": """
        from shop.clean import rows
        def test_it():
            assert True
        """,
    "a test that cannot fail": """
        from shop.clean import rows
        def test_it():
            rows([])
        """,
    "no test at all": """
        from shop.clean import rows
        def helper():
            assert rows([]) == []
        """,
    "another function": """
        from shop.clean import columns
        def test_it():
            assert columns([]) == []
        """,
    "no Python": "def test_it(:",
    "nothing": "",
}


@pytest.mark.parametrize("text", NO_CALLS.values(), ids=NO_CALLS)
def test_what_tests_nothing_does_not_count(written, text):
    assert written(test_clean=text).of("shop.clean:rows") == ""


def test_a_class_counts_where_a_test_uses_one_of_its_methods(written):
    text = """
        from shop import fit
        def test_it():
            assert fit.Model.of([]).depth == 1
        """

    assert written(test_fit=text).of("shop.fit:Model") == "tests/test_fit.py:4"


@pytest.mark.parametrize(
    "text",
    [
        "from tilth import Project\ndef test_it(a):\n    assert Project(a).run().ok\n",
        "import tilth\ndef test_it(a):\n    with tilth.Project(a) as p:\n"
        "        assert p.run().ok\n",
        "import os\n\ndef test_it():\n    assert os.system('tilth run --to page') == 0\n",
    ],
)
def test_a_run_of_the_pipeline_is_found(written, text):
    assert written(test_all=text).run_of_pipeline.startswith("tests/test_all.py:")


def test_the_run_of_something_else_is_none(written):
    text = "import subprocess\ndef test_it():\n    assert subprocess.run(['ls']).returncode == 0\n"

    assert written(test_all=text).run_of_pipeline == ""


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        (".github/workflows/ci.yml", "on: push\njobs: {t: {steps: [{run: pytest -q}]}}\n", 2),
        (".gitlab-ci.yml", "test:\n  script:\n    - make test\n", 3),
        (".gitlab-ci.yml", "test:\n  script:\n    - tilth test\n", 0),
        (".github/workflows/ci.yml", "jobs:\n  # pytest\n  lint: {run: ruff check}\n", 0),
        ("README.md", "run pytest\n", 0),
    ],
)
def test_the_workflow_that_runs_tests_is_found_with_its_line(tmp_path, file, text, found):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

    assert read_tests(tmp_path).workflow == (f"{file}:{found}" if found else "")


def test_the_workflow_of_the_repository_around_the_project_counts(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitlab-ci.yml").write_text("script: tox\n")
    (tmp_path / "projects" / "shop").mkdir(parents=True)

    assert read_tests(tmp_path / "projects" / "shop").workflow == ".gitlab-ci.yml:1"


def test_a_workflow_that_tests_on_a_small_data_set_is_told_apart(tmp_path):
    (tmp_path / ".gitlab-ci.yml").write_text("script:\n  - tilth test --rows 500\n")
    found = read_tests(tmp_path)

    assert (found.workflow, found.mini) == ("", ".gitlab-ci.yml:2")
