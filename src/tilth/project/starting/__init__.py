"""From a table to a project that was not asked for: `tilth start`, and `tilth eject`."""

from __future__ import annotations

from tilth.project.starting.asked import Asked
from tilth.project.starting.eject import Ejected, eject
from tilth.project.starting.start import start, started_in

__all__ = ["Asked", "Ejected", "eject", "start", "started_in"]
