"""What came of testing a project, for people and for programs."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Literal

from tilth.project.mini.derive import Derived
from tilth.project.mini.lighter import Lighter
from tilth.record import field, record

State = Literal["passed", "failed", "left out"]


@record
class Check:
    """One thing that was looked at.

    Attributes:
        name: What was asked: `no empty tables`.
        state: `passed`, `failed` or `left out`.
        about: The node or dataset that it is about; empty for the whole.
        message: What was found, or why it was left out.
        node: The node to look closer at, where one is to blame.
        command: What to type to look closer.
    """

    name: str
    state: State
    about: str = ""
    message: str = ""
    node: str = ""
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "name": self.name,
            "state": self.state,
            "about": self.about,
            "message": self.message,
            "node": self.node,
            "command": self.command,
        }


def passed(name: str, message: str = "", about: str = "") -> Check:
    """It was looked at, and is well."""
    return Check(name=name, state="passed", about=about, message=message)


def failed(name: str, message: str, about: str = "", node: str = "") -> Check:
    """It was looked at, and is not well."""
    return Check(name=name, state="failed", about=about, message=message, node=node)


def left_out(name: str, message: str, about: str = "") -> Check:
    """It could not be looked at."""
    return Check(name=name, state="left out", about=about, message=message)


@record
class Tested:
    """What came of testing a project on a mini data set.

    Attributes:
        checks: What was looked at, in order.
        sources: What the data set consists of.
        lighter: Settings of stages that were smaller than the project's.
        n_nodes: How many nodes were to run.
        seconds: Wall time of all of it.
        folder: Where all of it lies, where it was kept; else None.
    """

    checks: tuple[Check, ...]
    sources: tuple[Derived, ...] = field(default=(), repr=False)
    lighter: tuple[Lighter, ...] = ()
    n_nodes: int = 0
    seconds: float = 0.0
    folder: Path | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        """What failed."""
        return self.of("failed")

    def of(self, state: State) -> tuple[Check, ...]:
        """The checks in a state."""
        return tuple(each for each in self.checks if each.state == state)

    @property
    def title(self) -> str:
        """The outcome on one line."""
        counts = [
            f"{len(found)} {state}"
            for state in ("passed", "failed", "left out")
            if (found := self.of(state))
        ]
        nodes = f"{self.n_nodes:,} node{'' if self.n_nodes == 1 else 's'}"
        return f"{', '.join(counts)}: {nodes} in {self.seconds:.1f} s"

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "ok": self.ok,
            "nodes": self.n_nodes,
            "seconds": round(self.seconds, 3),
            "folder": str(self.folder) if self.folder is not None else None,
            "sources": [each.as_dict() for each in self.sources],
            "lighter": [each.as_dict() for each in self.lighter],
            "checks": [each.as_dict() for each in self.checks],
        }

    def _repr_html_(self) -> str:
        titles = ("", "check", "about", "what", "look closer")
        head = "".join(f"<th>{each}</th>" for each in titles)
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(text)}</td>"
                for text in (each.state, each.name, each.about, each.message, each.command)
            )
            + "</tr>"
            for each in self.checks
        )
        return f"<p><b>{escape(self.title)}</b></p><table><tr>{head}</tr>{rows}</table>"
