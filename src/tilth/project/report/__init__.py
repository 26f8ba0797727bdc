"""The report of a run: a first page in plain words, then all that is on record behind it."""

from __future__ import annotations

from tilth.project.report.report import Report, report_of

__all__ = ["Report", "report_of"]
