"""The registry: names for models, versions of them, and pointers that move by decisions.

Nothing here is a table that changes. A registry is what follows from the events that people and
gates have added to the history, so that who decided what, when and why is never lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from tilth.errors import DefinitionError, MissingDataError, UnknownNameError
from tilth.history.record import ModelEvent
from tilth.record import record

PRODUCTION = "production"
"""The alias that is meant where none is named: what is live."""

_NAME = re.compile(r"[^\W\d][\w-]*")
_STATES = frozenset({"approved", "refused", "retired"})


@record
class VerdictOnRecord:
    """What the gate said last of a version.

    Attributes:
        outcome: `passed`, `failed` or `undecided`.
        against: The alias that stood for what is live.
        live: The version that it pointed at; empty where it pointed at none.
        goals_digest: Of the goals that the version was held against.
        first: The first goal that stands in the way, with its evidence; empty without one.
    """

    outcome: str
    against: str
    live: str
    goals_digest: str
    first: str

    @classmethod
    def of(cls, event: ModelEvent) -> VerdictOnRecord:
        """As a `validated` event has it."""
        told = json.loads(event.details)
        first = next((each for each in told["goals"] if each["stands_in_the_way"]), None)
        return cls(
            outcome=told["outcome"],
            against=told["against"],
            live=told["live"],
            goals_digest=told["goals_digest"],
            first=f"{first['goal']}: {first['evidence']}" if first else "",
        )


@record
class ModelVersion:
    """A version of a registered model; what it is never changes, its state does.

    Attributes:
        model: The name.
        version: From 1.
        state: `registered`, `approved`, `refused` or `retired`: the last that was decided.
        aliases: Pointers at it now, in the order of their names.
        event: Its registration: what it is, by whom, when and why.
        decisions: All that was decided about it since, oldest first.
    """

    model: str
    version: int
    state: str
    aliases: tuple[str, ...]
    event: ModelEvent
    decisions: tuple[ModelEvent, ...] = ()

    @property
    def name(self) -> str:
        """As people write it: `late@3`."""
        return f"{self.model}@{self.version}"

    @property
    def verdict(self) -> VerdictOnRecord | None:
        """What the gate said last; None where it was not asked."""
        said = [each for each in self.decisions if each.kind == "validated"]
        return VerdictOnRecord.of(said[-1]) if said else None


class Registry:
    """Registered models as they stand after some events.

    Args:
        events: Oldest first.
    """

    def __init__(self, events: Iterable[ModelEvent]) -> None:
        self._by_model: dict[str, list[ModelEvent]] = {}
        for event in events:
            self._by_model.setdefault(event.model, []).append(event)

    @property
    def models(self) -> list[str]:
        """Their names, in order."""
        return sorted(self._by_model)

    def versions(self, model: str) -> list[ModelVersion]:
        """All versions of a model, newest first.

        Raises:
            UnknownNameError: There is no such model.
        """
        events = self._events(model)
        aliases = self._aliases(events)
        found = []
        for event in events:
            if event.kind != "registered":
                continue
            since = tuple(
                each for each in events if each.version == event.version and each is not event
            )
            found.append(
                ModelVersion(
                    model=model,
                    version=event.version,
                    state=_state(since),
                    aliases=tuple(sorted(a for a, to in aliases.items() if to == event.version)),
                    event=event,
                    decisions=since,
                )
            )
        return found[::-1]

    def find(self, reference: str) -> ModelVersion:
        """The version that is meant by `late@3`, `late@production`, or `late` alone.

        A name alone means what is in production, and the newest version where nothing is.

        Raises:
            UnknownNameError: There is no such model, version or alias.
        """
        model, _, which = reference.partition("@")
        versions = {each.version: each for each in self.versions(model)}
        aliases = self._aliases(self._events(model))
        if not which:
            return versions[aliases.get(PRODUCTION, max(versions))]
        number = int(which) if which.isdecimal() else aliases.get(which)
        if number not in versions:
            known = [*aliases, *map(str, versions)]
            raise UnknownNameError(f"version of model `{model}`", which, known)
        return versions[number]

    def alias(self, model: str, alias: str) -> ModelVersion | None:
        """What an alias points at; None where it was never set."""
        number = self._aliases(self._events(model)).get(alias)
        return None if number is None else self.find(f"{model}@{number}")

    def before(self, model: str, alias: str) -> ModelVersion:
        """What an alias pointed at before, without what was rolled back or is retired.

        Raises:
            MissingDataError: There is nothing to go back to.
        """
        stood = self._stood(self._events(model)).get(alias, [])
        for number in reversed(stood[:-1]):
            found = self.find(f"{model}@{number}")
            if found.state != "retired":
                return found
        stands = f"it has been {model}@{stood[-1]} from the start" if stood else "it was never set"
        raise MissingDataError(
            f"there is nothing before `{model}@{alias}` to go back to: {stands}",
            hint=f"`tilth models show {model}` lists what was decided",
        )

    def _events(self, model: str) -> Sequence[ModelEvent]:
        if model not in self._by_model:
            raise UnknownNameError("model", model, self.models)
        return self._by_model[model]

    def _aliases(self, events: Iterable[ModelEvent]) -> Mapping[str, int]:
        return {alias: stood[-1] for alias, stood in self._stood(events).items()}

    @staticmethod
    def _stood(events: Iterable[ModelEvent]) -> Mapping[str, list[int]]:
        """What each alias points at, last, and what it pointed at before."""
        found: dict[str, list[int]] = {}
        for each in events:
            if each.kind == "aliased":
                found.setdefault(each.alias, []).append(each.version)
            elif each.kind == "rolled_back":
                stood = found[each.alias]
                while stood[-1] != each.version:
                    stood.pop()
        return found


def _state(decisions: Iterable[ModelEvent]) -> str:
    state = "registered"
    for each in decisions:
        state = each.kind if each.kind in _STATES else state
    return state


def checked_name(name: str, whose: str = "a model") -> str:
    """A name for a model or an alias.

    Raises:
        DefinitionError: It cannot be told from a version's number, or could not be typed again.
    """
    if _NAME.fullmatch(name):
        return name
    raise DefinitionError(
        f"`{name}` cannot be the name of {whose}",
        hint="letters, digits, `_` and `-`, beginning with a letter",
    )
