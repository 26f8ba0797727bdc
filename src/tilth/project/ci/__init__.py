"""The workflow file that lets a forge check a project at each push."""

from __future__ import annotations

from tilth.project.ci.workflow import FORGES, Workflow, workflow

__all__ = ["FORGES", "Workflow", "workflow"]
