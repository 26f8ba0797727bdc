"""A label set: the items, the instruction and the log that belong together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, TypeAlias

from tilth.config.settings import LabelSettings
from tilth.data.location import to_write
from tilth.errors import DataError, UnknownNameError
from tilth.labels.entry import (
    Decision,
    Entry,
    Label,
    Question,
    Round,
    Source,
    Undo,
    Verdict,
)
from tilth.labels.instruction import Instruction, noticed, parse
from tilth.labels.log import Log
from tilth.labels.standing import Standing
from tilth.project.label_checks import instruction_of, log_of
from tilth.project.label_items import Items, items_of

if TYPE_CHECKING:
    from tilth.project.project import Project


Compose: TypeAlias = Callable[[Standing, str], Iterable[Entry]]


class LabelSet:
    """A label set of a project.

    Attributes:
        project: Whose it is.
        settings: What tilth.yml says of it.
        log: Who labelled what how.
    """

    def __init__(self, project: Project, settings: LabelSettings) -> None:
        self.project = project
        self.settings = settings
        self.log = Log(to_write(log_of(settings), project.folder), now)
        self._standing = Standing()
        self._writer: int | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name

    # What there is

    @cached_property
    def items(self) -> Items:
        """The rows of its dataset.

        Raises:
            DataError: They cannot be labelled: a key lacks or is there twice, or there is none.
        """
        return items_of(self.project, self.settings, self.standing)

    @property
    def classes(self) -> tuple[Label, ...]:
        """All classes: those of the settings, or those that the data has, sorted then.

        Where a migration has changed them and the settings name the old ones still, the new ones.
        """
        return self.classes_by(self.standing)

    def classes_by(self, standing: Standing) -> tuple[Label, ...]:
        """The same by a standing of the log, for whoever is writing to it."""
        written = self.settings.classes
        return standing.classes(written) if written else self.items.classes

    @property
    def standing(self) -> Standing:
        """What the log comes to now; to whoever is writing to it, what he was given."""
        if self._writer == get_ident():
            return self._standing  # reading the log would wait for our own lock for ever
        return self._standing.follow(self.log.entries())

    @property
    def instruction_path(self) -> Path:
        """Where the instruction lies, or would."""
        return to_write(instruction_of(self.settings), self.project.folder)

    def instruction(self) -> Instruction | None:
        """The instruction as its file says now, or None where there is no file.

        Raises:
            DataError: It cannot be read, or is not text.
        """
        path = self.instruction_path
        try:
            return parse(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"`{path}` cannot be read as text: {error}") from error

    def outdated(self) -> list[Decision]:
        """Current decisions that were made by an older instruction than that of now."""
        found = self.instruction()
        return self.standing.outdated(found.version) if found is not None else []

    def reread(self) -> None:
        """Read labels of the data anew, as after a migration."""
        self.__dict__.pop("items", None)

    # What is written

    def ask(
        self,
        source: Source,
        questions: Callable[[str], Iterable[Question]],
        *,
        reviewers: int,
        by: str,
        note: str = "",
    ) -> Round:
        """Ask people about some items.

        Args:
            source: Why.
            questions: Gives them, for the id of the round.
            reviewers: How many people are asked about each.
            by: Who asks.
            note: How the items were chosen.

        Raises:
            DataError: There is no question, or the log cannot be written.
        """
        asked = Round(
            id=secrets.token_hex(4),
            source=source,
            reviewers=reviewers,
            time=self.log.now(),
            by=by,
            note=note,
        )
        listed = list(questions(asked.id))
        if not listed:
            raise DataError(f"label set `{self.name}`: there is nothing to ask")
        self.add(lambda standing, version: [asked, *listed])
        return asked

    def add(self, compose: Compose) -> Sequence[Entry]:
        """Write to the log; a version of the instruction that is new comes before it.

        Args:
            compose: Says what to write, given what stands in the log and the version of the
                instruction. Nobody else writes meanwhile.

        Returns:
            What it said.
        """
        found = self.instruction()
        version = found.version if found is not None else ""
        new: list[Entry] = []

        def composed(there: Sequence[Entry]) -> list[Entry]:
            self._writer = get_ident()
            try:
                new.extend(compose(self._standing.follow(there), version))
            finally:
                self._writer = None
            return [*noticed(there, version, self.log.now()), *new] if new else []

        self.log.add(composed)
        return new

    def decision(
        self,
        question: Question,
        asked: Round,
        answer: tuple[Verdict, Label | None],
        labeler: str,
        version: str,
        *,
        id: str = "",
    ) -> Decision:
        """What somebody says to a question of a round, with what he was shown."""
        return Decision(
            id=id or new_id(),
            item=question.item,
            verdict=answer[0],
            label=answer[1],
            labeler=labeler,
            time=self.log.now(),
            instruction=version,
            source=asked.source,
            round=asked.id,
            given=None if asked.is_blind else question.given,
            suggested=None if asked.is_blind else question.suggested,
        )

    def undo(self, decision: Decision, labeler: str, *, id: str = "") -> Undo:
        """Take a decision back."""
        return Undo(id=id or new_id(), undoes=decision.id, labeler=labeler, time=self.log.now())


def label_set(project: Project, name: str) -> LabelSet:
    """A label set by its name.

    Raises:
        UnknownNameError: There is none.
    """
    known = project.config.settings.labels
    if name not in known:
        raise UnknownNameError("label set", name, known)
    return LabelSet(project, known[name])


def now() -> str:
    """The time, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A random name that nothing else has."""
    return secrets.token_hex(6)
