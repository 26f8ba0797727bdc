"""A workflow of GitHub Actions."""

from __future__ import annotations

from tilth.project.ci.facts import Facts
from tilth.project.ci.words import (
    branch_of_github,
    hashed_of_github,
    path_of_github,
    scalar,
    unexpanded,
)

_HEAD = """\
# Made by `tilth ci github`. Change it as you like: it is made anew with `--force` only.
name: tilth

on:
  push:
    branches: [{branch}]
  pull_request:

permissions:
  contents: read

# A newer push makes the run of an older one needless.
concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 30
{env}{defaults}    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false

      - uses: actions/setup-python@v6
        with:
          python-version: "{python}"
          cache: pip
          cache-dependency-path: {requirements}

      # What runs have made. Each state of code and configuration has a cache of its own; where
      # there is none yet, the newest one serves, and only what differs from it is new.
      - uses: actions/cache@v5
        with:
          path: {state}
          key: {key}
          restore-keys: |
            tilth-${{{{ runner.os }}}}-{python}-
"""

_DEFAULTS = """\
    defaults:
      run:
        working-directory: {inside}
"""

_PLAN = """
      - name: What would run
        if: github.event_name == 'pull_request'
        run: |
          {
            echo '### What `tilth run` would run'
            echo '```'
            tilth run --plan 2>&1
            echo '```'
          } >> "$GITHUB_STEP_SUMMARY"
"""

_RUN = """
      # Its results are what plans of pull requests are compared with.
      - name: Run
        if: github.event_name == 'push'
        run: tilth run
"""


def text(facts: Facts) -> str:
    """The file."""
    before = "" if facts.inside == "." else f"{facts.inside}/"
    parts = [
        _HEAD.format(
            branch=branch_of_github(facts.branch),
            python=facts.python,
            env=_env(facts),
            defaults=_DEFAULTS.format(inside=scalar(unexpanded(facts.inside))) if before else "",
            state=path_of_github(f"{before}.tilth"),
            requirements=path_of_github(f"{before}{_requirements(facts)}"),
            key=_key(facts, before),
        ),
        _step("Install", _installed(facts)),
    ]
    if facts.lint:
        parts.append(_step("Lint", facts.lint))
    if facts.tests:
        parts.append(_step("Test the functions", ("python -m pytest -q",)))
    parts.append(_step("Look at the project", ("tilth doctor --quiet",)))
    parts.append(_missing(facts) + _step("Test the pipeline", ("tilth test",)))
    parts.append(_PLAN)
    if not facts.outside:
        parts.append(_RUN)
    return "".join(parts)


_HASHED = (
    "tilth.yml", "catalog.yml", "catalog/**", "params.yml", "params/**", "contracts/**", "src/**",
)  # fmt: skip


def _key(facts: Facts, before: str) -> str:
    hashed = ", ".join(hashed_of_github(before, each) for each in _HASHED)
    return scalar(f"tilth-${{{{ runner.os }}}}-{facts.python}-${{{{ hashFiles({hashed}) }}}}")


def _env(facts: Facts) -> str:
    """What the project's files ask the environment for."""
    if not facts.secrets:
        return ""
    lines = "".join(f"      {each}: ${{{{ secrets.{each} }}}}\n" for each in facts.secrets)
    where = "Set them in the repository: Settings, Secrets and variables, Actions."
    return f"    # {where}\n    env:\n{lines}"


def _requirements(facts: Facts) -> str:
    project = facts.root / facts.inside
    for name in ("uv.lock", "pyproject.toml", "requirements.txt"):
        if (project / name).exists():
            return name
    return "tilth.yml"


def _installed(facts: Facts) -> tuple[str, ...]:
    if not any(each.startswith("uv sync") for each in facts.install):
        return facts.install
    return (*facts.install, 'echo "$PWD/.venv/bin" >> "$GITHUB_PATH"')


def _missing(facts: Facts) -> str:
    if not facts.outside:
        return ""
    names = ", ".join(facts.outside)
    return f"\n      # Not in the repository: {names}. Fetch them before this step.\n"


def _step(name: str, commands: tuple[str, ...]) -> str:
    if len(commands) == 1:
        return f"\n      - name: {name}\n        run: {commands[0]}\n"
    lines = "".join(f"          {each}\n" for each in commands)
    return f"\n      - name: {name}\n        run: |\n{lines}"
