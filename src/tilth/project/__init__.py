"""A project: the only place where everything meets."""

from __future__ import annotations

from tilth.project.project import Project

__all__ = ["Project"]
