"""The workflow files of forges: their shape, what is in them, and that none is overwritten."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
import yaml

FILES = {"github": ".github/workflows/tilth.yml", "gitlab": ".gitlab-ci.yml"}


def git(folder, *arguments):
    name = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(project):
    """The project, with all of its files in git."""
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "begin")
    return project


@pytest.fixture
def made(tilth):
    """The text of a forge's file, and what YAML reads in it."""

    def text(forge):
        answer = tilth("ci", forge, "--stdout")
        assert answer.code == 0, answer.err
        return answer.out, yaml.safe_load(answer.out)

    return text


def commands_of(forge, told):
    """All that a workflow types, step by step."""
    if forge == "github":
        return [each["run"] for each in told["jobs"]["check"]["steps"] if "run" in each]
    return told["check"]["script"]


def test_a_workflow_of_github_has_the_shape_that_github_reads(repository, made):
    _, told = made("github")

    assert set(told) == {"name", True, "permissions", "concurrency", "jobs"}  # `on` is true in YAML
    assert told[True] == {"push": {"branches": ["main"]}, "pull_request": None}
    assert told["permissions"] == {"contents": "read"}
    (job,) = told["jobs"].values()
    assert set(job) == {"runs-on", "timeout-minutes", "steps"}
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"name", "uses", "with", "run", "if"}
        assert "run" not in step or isinstance(step["run"], str)
        assert re.fullmatch(r"actions/[a-z-]+@v\d", step.get("uses", "actions/checkout@v4"))


def test_a_pipeline_of_gitlab_has_the_shape_that_gitlab_reads(repository, made):
    _, told = made("gitlab")

    assert set(told) == {"stages", "check"}
    job = told["check"]
    assert job["stage"] in told["stages"]
    assert all(isinstance(each, str) for each in job["script"])
    assert all(set(each) <= {"key", "fallback_keys", "paths"} for each in job["cache"])
    assert len(job["cache"]) <= 4  # GitLab takes no more
    assert [set(each) for each in job["rules"]] == [{"if"}, {"if"}]
    assert job["artifacts"]["expose_as"]


@pytest.mark.parametrize("forge", FILES)
def test_what_a_workflow_types_is_shell_and_all_of_it_is_known(repository, made, tilth, forge):
    _, told = made(forge)
    typed = commands_of(forge, told)

    for each in typed:
        subprocess.run(["bash", "-n", "-c", each], check=True)
    ours = re.findall(r"^\s*(tilth [^|;\n]+)", "\n".join(typed).replace(" 2>&1", ""), re.M)
    assert {each.split()[1] for each in ours} >= {"doctor", "test", "run"}
    for each in ours:
        _, name, *options = shlex.split(each)
        told_by_help = tilth(name, "--help")
        assert told_by_help.code == 0
        assert all(option in told_by_help.out for option in options)


@pytest.mark.parametrize("forge", FILES)
def test_what_has_been_run_is_cached_by_what_decides_it(repository, made, forge):
    _, told = made(forge)

    if forge == "github":
        (cache,) = [
            e["with"] for e in told["jobs"]["check"]["steps"] if "cache" in e.get("uses", "")
        ]
        assert cache["path"] == ".tilth"
        assert cache["key"].startswith(cache["restore-keys"].strip())
        assert "'src/**'" in cache["key"]
    else:
        assert told["check"]["cache"][1]["paths"] == [".tilth"]
        assert "$CI_DEFAULT_BRANCH" in told["check"]["cache"][1]["fallback_keys"][0]


@pytest.mark.parametrize("forge", FILES)
def test_only_what_a_project_has_is_checked(repository, made, forge):
    bare = "\n".join(commands_of(forge, made(forge)[1]))
    assert "pytest" not in bare
    assert "ruff" not in bare
    (repository / "tests").mkdir()
    (repository / "tests/test_flow.py").write_text("def test_it():\n    pass\n")
    (repository / "pyproject.toml").write_text(
        '[project]\nname = "shop"\nversion = "0.1"\nrequires-python = ">=3.12"\n'
        '[dependency-groups]\ndev = ["pytest"]\n[tool.ruff]\n[tool.mypy]\n'
    )

    text, told = made(forge)
    typed = "\n".join(commands_of(forge, told))

    assert "python -m pip install -e . --group dev" in typed
    assert "python -m pip install tilth ruff mypy" in typed  # asked for nowhere
    assert "python -m pytest -q" in typed
    assert "ruff check" in typed
    assert "3.12" in text


@pytest.mark.parametrize("forge", FILES)
def test_libraries_of_tables_that_functions_use_are_installed_beside_all(made, edit, forge):
    assert "pip install 'tilth[all]'" in "\n".join(commands_of(forge, made(forge)[1]))
    uses = "import pandas\n\n\ndef clean(orders: pandas.DataFrame)"
    edit("src/shop/flow.py", "def clean(orders: list)", uses)

    typed = "\n".join(commands_of(forge, made(forge)[1]))

    assert "pip install 'tilth[all,pandas]'" in typed


@pytest.mark.parametrize("forge", FILES)
def test_locked_requirements_are_installed_as_they_are_locked(repository, made, forge):
    (repository / "uv.lock").write_text("version = 1\n")

    typed = "\n".join(commands_of(forge, made(forge)[1]))

    assert "uv sync --frozen --all-groups" in typed
    assert ".venv/bin" in typed


@pytest.mark.parametrize("forge", FILES)
def test_a_project_inside_a_repository_is_checked_where_it_lies(
    tmp_path, project, made, tilth, forge
):
    inner = project / "models" / "shop"
    inner.mkdir(parents=True)
    for name in ("tilth.yml", "catalog.yml", "params.yml", "src", "data"):
        (project / name).rename(inner / name)
    git(project, "init", "-q")

    answer = tilth("ci", forge, "-C", str(inner))

    assert answer.code == 0, answer.err
    told = yaml.safe_load((project / FILES[forge]).read_text())
    if forge == "github":
        assert told["jobs"]["check"]["defaults"] == {"run": {"working-directory": "models/shop"}}
    else:
        assert told["check"]["script"][0] == "cd models/shop"
    assert "models/shop/.tilth" in (project / FILES[forge]).read_text()


@pytest.mark.parametrize("forge", FILES)
def test_sources_that_a_clone_lacks_are_told_and_not_run_on(repository, made, tilth, forge):
    git(repository, "rm", "-q", "--cached", "data/orders.json")

    text, told = made(forge)

    assert "Not in the repository: orders" in text
    assert not any(each.strip() == "tilth run" for each in commands_of(forge, told))
    assert "`orders`" in tilth("ci", forge).err


@pytest.mark.parametrize(
    ("address", "forge"),
    [
        ("git@github.com:garden/shop.git", "github"),
        ("https://gitlab.example.org/garden/shop.git", "gitlab"),
    ],
)
def test_the_remote_tells_which_forge(repository, tilth, address, forge):
    git(repository, "remote", "add", "origin", address)

    answer = tilth("ci")

    assert answer.out == f"{FILES[forge]}\n"
    assert yaml.safe_load((repository / FILES[forge]).read_text())


def test_without_a_remote_a_folder_of_the_forge_tells(project, tilth):
    (project / ".github/workflows").mkdir(parents=True)

    assert tilth("ci").out == ".github/workflows/tilth.yml\n"


def test_where_nothing_tells_which_forge_it_asks(project, tilth):
    answer = tilth("ci")

    assert answer.code == 2
    assert "no remote of git tells which forge" in answer.err
    assert "`tilth ci github`" in answer.err


def test_a_file_that_is_there_is_not_overwritten_unless_forced(project, tilth):
    path = project / ".gitlab-ci.yml"
    path.write_text("mine: true\n")

    refused = tilth("ci", "gitlab")
    assert refused.code == 1
    assert "is there already" in refused.err
    assert "`--force` overwrites it" in refused.err
    assert path.read_text() == "mine: true\n"

    assert tilth("ci", "gitlab", "--force").code == 0
    assert "tilth test" in path.read_text()


def test_the_same_file_again_is_no_mistake(project, tilth):
    tilth("ci", "gitlab")

    again = tilth("ci", "gitlab", "--json")

    assert again.code == 0
    assert again.json == {
        "forge": "gitlab", "path": ".gitlab-ci.yml", "written": False, "outside": [],
        "secrets": [],
    }  # fmt: skip


def test_a_pyproject_that_cannot_be_read_is_told(project, tilth):
    (project / "pyproject.toml").write_text("[project\n")

    answer = tilth("ci", "github")

    assert answer.code == 2
    assert "pyproject.toml cannot be read" in answer.err


def test_a_single_file_has_no_workflow(project, tilth):
    (project / "flow.py").write_text("pipeline = None\n")

    answer = tilth("ci", "github", "-C", str(project / "flow.py"))

    assert answer.code == 2
