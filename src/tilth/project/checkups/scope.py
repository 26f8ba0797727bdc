"""The scope: what nobody has said of why the project is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.config.scope import PARTS
from tilth.project.checkups.finding import Finding, Rule
from tilth.project.scope import scope_of

if TYPE_CHECKING:
    from tilth.project.project import Project


def _scope(project: Project) -> Iterator[Finding]:
    scope = scope_of(project)
    unsaid = scope.unsaid() if scope is not None else ()
    if len(unsaid) == len(PARTS):
        yield Finding(
            message="nobody has said what the project is for: tilth.yml has no `scope`, or an "
            "empty one",
            hint=f"write {_listed(unsaid)} there, a sentence each: `tilth report` opens with them",
        )
    elif unsaid:
        told = "; ".join(f"`{name}` is {PARTS[name]}" for name in unsaid)
        yield Finding(message=f"`scope` in tilth.yml says nothing of {_listed(unsaid)}", hint=told)


def _listed(names: tuple[str, ...]) -> str:
    marked = [f"`{each}`" for each in names]
    return " and ".join(filter(None, (", ".join(marked[:-1]), marked[-1])))


RULES = (Rule(code="T210", what="The project's scope is written down.", look=_scope),)
