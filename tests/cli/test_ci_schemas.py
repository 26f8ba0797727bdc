"""The workflow files of projects with odd names, beside the schemas that the forges publish."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}
KINDS = ("bare", "tested", "locked", "required", "secret", "outside")
FOLDERS = (
    "models/shop", "models/my shop", "models/it's", 'models/the "shop"', "models/a: b #c",
    "größe/läden", "1.0", "yes", "models/[a], {b}", "models/$HOME", "models/${{ github.token }}",
)  # fmt: skip
BRANCHES = (
    "main", "release/2.0", "1.0", "1e3", "yes", "null", "a,b", "a#b", "it's", '"q"', "größe",
    "!no", "a+b", "{a}",
)  # fmt: skip
PYPROJECT = (
    '[project]\nname = "shop"\nversion = "0.1"\nrequires-python = "{python}"\n'
    '[dependency-groups]\ndev = ["pytest"]\ntest = []\n[tool.ruff]\n[tool.mypy]\n'
)
PARAMS = """
token: ${env:SHOP_TOKEN}
address: https://${env:SHOP_HOST}/v1?key=${env:SHOP_TOKEN}
place: ${env:SHOP_PLACE:here}  # has a default
home: ${env:HOME}
text: $${env:NO_TOKEN}
# old: ${env:OLD_TOKEN}
"""


def git(folder, *arguments):
    name = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)


@pytest.fixture
def written(tilth):
    """The text for a forge."""

    def text(forge: str, folder: Path) -> str:
        answer = tilth("ci", forge, "--stdout", "-C", str(folder))
        assert answer.code == 0, answer.err
        return answer.out

    return text


@pytest.fixture
def copied(project, tmp_path_factory):
    """The project in a repository of its own, at a path inside it; the repository's folder."""

    def copy(inside: str = ".") -> Path:
        root = tmp_path_factory.mktemp("repository")
        shutil.copytree(project, root / inside, dirs_exist_ok=True)
        git(root, "init", "-q", "-b", "main")
        return root

    return copy


def check(folder: Path, forge: str, texts: list[str]) -> None:
    """Hold files against what the forge publishes; vendored, so nothing is fetched."""
    files = [folder / f"{at}.yml" for at in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[forge]]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def furnish(project: Path, kind: str) -> None:
    """Give a project what a workflow is made from."""
    if kind == "tested":
        (project / "tests").mkdir()
        (project / "tests/test_flow.py").write_text("def test_it():\n    pass\n")
        (project / ".pre-commit-config.yaml").write_text("repos: []\n")
        (project / "pyproject.toml").write_text(PYPROJECT.format(python=">=3.12"))
    elif kind == "locked":
        (project / "uv.lock").write_text("version = 1\n")
        (project / "pyproject.toml").write_text(PYPROJECT.format(python="==3.13.*"))
    elif kind == "required":
        (project / "requirements.txt").write_text("tilth\n")
    elif kind == "secret":
        with (project / "params.yml").open("a") as file:
            file.write(PARAMS)
    if kind != "outside":
        git(project, "add", ".")


@pytest.mark.parametrize("forge", SCHEMAS)
def test_what_is_written_is_as_the_schema_of_the_forge_wants_it(
    copied, written, monkeypatch, tmp_path, forge
):
    monkeypatch.setenv("SHOP_TOKEN", "a token of ours")
    monkeypatch.setenv("SHOP_HOST", "localhost")
    texts = []
    for kind in KINDS:
        folder = copied()
        furnish(folder, kind)
        texts.append(written(forge, folder))
    assert len(set(texts)) == len(texts)
    assert not [each for each in texts if "a token of ours" in each]

    check(tmp_path, forge, texts)


@pytest.mark.parametrize("forge", SCHEMAS)
def test_a_file_that_the_forge_would_refuse_is_found(copied, written, tmp_path, forge):
    text = written(forge, copied())
    broken = text.replace("timeout-minutes: 30", "timeout-minutes: [30]").replace(
        "when: always", "when: ever"
    )
    with pytest.raises(AssertionError, match=r"timeout-minutes|ever"):
        check(tmp_path, forge, [broken])


@pytest.mark.parametrize("forge", SCHEMAS)
def test_odd_names_of_folders_are_read_as_they_are(copied, written, tmp_path, forge):
    texts = []
    for name in FOLDERS:
        root = copied(name)
        text = written(forge, root / name)
        texts.append(text)
        told = yaml.safe_load(text)
        if forge == "github":
            job = told["jobs"]["check"]
            where = job["defaults"]["run"]["working-directory"]
            assert where.replace("${{ '${{' }}", "${{") == name
            (cache,) = [e["with"] for e in job["steps"] if "cache@" in e.get("uses", "")]
            pattern = name.replace("'", "''").replace("[", "[[]")
            assert f"'{pattern}/tilth.yml'" in cache["key"]
        else:
            there = subprocess.run(
                ["bash", "-ec", f'{told["check"]["script"][0]}; printf %s "$PWD"'],
                cwd=root, capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert there.stdout == str(root / name)
            inside = name.replace("$", "$$")
            assert told["check"]["cache"][1]["paths"] == [f"{inside}/.tilth"]
            assert told["check"]["artifacts"]["paths"] == [f"{inside}/tilth-plan.txt"]

    check(tmp_path, forge, texts)


def test_odd_names_of_branches_are_read_as_they_are(copied, written, tmp_path):
    folder = copied()
    texts = []
    for name in BRANCHES:
        git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{name}")
        texts.append(written("github", folder))
        (pattern,) = yaml.safe_load(texts[-1])[True]["push"]["branches"]
        assert pattern.replace("\\", "") == name
        assert ("\\" in pattern) == (name in {"!no", "a+b"})  # signs of GitHub's patterns

    check(tmp_path, "github", texts)


def test_what_the_files_ask_the_environment_for_is_handed_to_github(
    copied, written, tilth, monkeypatch
):
    monkeypatch.setenv("SHOP_TOKEN", "a token of ours")
    monkeypatch.setenv("SHOP_HOST", "localhost")
    folder = copied()
    furnish(folder, "secret")

    told = yaml.safe_load(written("github", folder))

    assert told["jobs"]["check"]["env"] == {
        "SHOP_HOST": "${{ secrets.SHOP_HOST }}",
        "SHOP_TOKEN": "${{ secrets.SHOP_TOKEN }}",
    }
    answer = tilth("ci", "gitlab", "-C", str(folder))
    assert "set in the forge's settings, as secrets: SHOP_HOST, SHOP_TOKEN" in answer.err
    assert "Variables: SHOP_HOST, SHOP_TOKEN." in (folder / ".gitlab-ci.yml").read_text()
    again = tilth("ci", "gitlab", "-C", str(folder), "--json")
    assert again.json["secrets"] == ["SHOP_HOST", "SHOP_TOKEN"]


@pytest.mark.parametrize(
    ("asked", "python"),
    [(">=3.12", "3.12"), ("==3.13.*", "3.13"), ("~=3.12", "3.12"), (">=3.9", "3.11"),
     (">= 3.11, <4", "3.11"), ("", "3.11")],
)  # fmt: skip
def test_the_oldest_python_that_the_project_and_tilth_allow_is_taken(
    copied, written, asked, python
):
    folder = copied()
    (folder / "pyproject.toml").write_text(PYPROJECT.format(python=asked))

    assert yaml.safe_load(written("gitlab", folder))["check"]["image"] == f"python:{python}"
