"""What a project is for, as it may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tilth.config.scope import PARTS, ScopeSettings

if TYPE_CHECKING:
    from tilth.project.project import Project


def scope_of(project: Project) -> ScopeSettings | None:
    """What stands below `scope`, secrets as they were written; None of a single Python file."""
    if project.script is not None:
        return None
    shown = project.config.places.shown
    told = {name: shown("tilth", "scope", name) for name in PARTS}
    return ScopeSettings(**{name: str(text or "").strip() for name, text in told.items()})
