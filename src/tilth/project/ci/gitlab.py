"""A pipeline of GitLab CI."""

from __future__ import annotations

from shlex import quote

from tilth.project.ci.facts import Facts
from tilth.project.ci.words import path_of_gitlab, scalar

_TEXT = """\
# Made by `tilth ci gitlab`. Change it as you like: it is made anew with `--force` only.
stages: [check]

check:
  stage: check
  image: python:{python}
  timeout: 30 minutes
  interruptible: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  variables:
    PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
  cache:
    - key: pip-{python}
      paths: [.cache/pip]
    # What runs have made. Each branch has a cache of its own, and begins with that of the main
    # one; only what differs from it is new.
    - key: tilth-{python}-$CI_COMMIT_REF_SLUG
      fallback_keys: [tilth-{python}-$CI_DEFAULT_BRANCH]
      paths: [{state}]
  script:
{script}  artifacts:
    when: always
    expose_as: what would run
    paths: [{plan}]
    expire_in: 30 days
"""


def text(facts: Facts) -> str:
    """The file."""
    before = "" if facts.inside == "." else f"{facts.inside}/"
    lines = [_line(each) for each in _script(facts)]
    return _TEXT.format(
        python=facts.python,
        state=path_of_gitlab(f"{before}.tilth"),
        plan=path_of_gitlab(f"{before}tilth-plan.txt"),
        script="".join(lines),
    )


def _script(facts: Facts) -> list[str]:
    commands = [f"cd {quote(facts.inside)}"] if facts.inside != "." else []
    if facts.secrets:
        commands.append(f"# Set in Settings, CI/CD, Variables: {', '.join(facts.secrets)}.")
    commands += facts.install
    if any(each.startswith("uv sync") for each in facts.install):
        commands.append('export PATH="$PWD/.venv/bin:$PATH"')
    commands += facts.lint
    commands += ["python -m pytest -q"] if facts.tests else []
    commands.append("tilth doctor --quiet")
    if facts.outside:
        commands.append(f"# Not in the repository: {', '.join(facts.outside)}. Fetch them first.")
    commands += ["tilth test", "tilth run --plan 2>&1 | tee tilth-plan.txt"]
    if not facts.outside:
        commands.append("# Its results are what plans of merge requests are compared with.")
        commands.append('if [ "$CI_COMMIT_BRANCH" = "$CI_DEFAULT_BRANCH" ]; then tilth run; fi')
    return commands


def _line(command: str) -> str:
    """A command as an entry of the list; a comment as a line of the file."""
    return f"    {command}\n" if command.startswith("#") else f"    - {scalar(command)}\n"
