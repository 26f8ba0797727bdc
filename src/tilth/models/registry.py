"""The registry: names for models, versions of them, and pointers that move by decisions.

Nothing here is a table that changes. A registry is what follows from the events that people and
gates have added to the history, so that who decided what, when and why is never lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from tilth.errors import DefinitionError, MissingDataError, UnknownNameError, nearest
from tilth.history.record import ModelEvent
from tilth.record import record

PRODUCTION = "production"
"""The alias that is meant where none is named: what is live."""

_NAME = re.compile(r"[^\W\d][\w-]*")
_STATES = frozenset({"approved", "refused", "retired"})


RECORDED = frozenset({"bundled", "tested"})
"""Kinds of events that say something of a version and decide nothing."""


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
        recorded: What was found out about it since: that it was `bundled`, or `tested`.
    """

    model: str
    version: int
    state: str
    aliases: tuple[str, ...]
    event: ModelEvent
    decisions: tuple[ModelEvent, ...] = ()
    recorded: tuple[ModelEvent, ...] = ()

    @property
    def name(self) -> str:
        """As people write it: `late@3`."""
        return f"{self.model}@{self.version}"

    @property
    def bundle(self) -> ModelEvent | None:
        """Which bundle holds it; None where none was made."""
        bundled = (each for each in reversed(self.recorded) if each.kind == "bundled")
        return next(bundled, None)

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
        self._by_model: dict[str, _Model] = {}
        for event in events:
            model = self._by_model.get(event.model)
            if model is None:
                model = self._by_model[event.model] = _Model()
            model.add(event)

    @property
    def models(self) -> list[str]:
        """Their names, in order."""
        return sorted(self._by_model)

    def versions(self, model: str) -> list[ModelVersion]:
        """All versions of a model, newest first.

        Raises:
            UnknownNameError: There is no such model.
        """
        found = self._of(model)
        pointers = found.pointers()
        return [found.version(each, pointers) for each in reversed(found.registered)]

    def newest(self, model: str) -> ModelVersion:
        """The version that was registered last.

        Raises:
            UnknownNameError: There is no such model.
        """
        found = self._of(model)
        return found.version(max(found.registered), found.pointers())

    def find(self, reference: str) -> ModelVersion:
        """The version that is meant by `late@3`, `late@production`, or `late` alone.

        A name alone means what is in production, and the newest version where nothing is.

        Raises:
            UnknownNameError: There is no such model or version.
            DefinitionError: The alias was never set.
        """
        name, _, which = reference.partition("@")
        model = self._of(name)
        if not which:
            which = PRODUCTION if PRODUCTION in model.stood else str(max(model.registered))
        number = int(which) if which.isdecimal() else model.stood.get(which, [0])[-1]
        if number not in model.registered:
            known = [*model.stood, *map(str, model.registered)]
            if not which.isdecimal() and nearest(which, known) is None:
                raise DefinitionError(
                    f"`{which}` points at no version of model `{name}`",
                    hint=f"`tilth models promote {name}@{max(model.registered)} --alias {which}` "
                    f"sets it; `tilth models show {name}` lists the versions",
                )
            raise UnknownNameError(f"version of model `{name}`", which, known)
        return model.version(number, model.pointers())

    def alias(self, model: str, alias: str) -> ModelVersion | None:
        """What an alias points at; None where it was never set."""
        found = self._of(model)
        stood = found.stood.get(alias)
        return found.version(stood[-1], found.pointers()) if stood else None

    def before(self, model: str, alias: str) -> ModelVersion:
        """What an alias pointed at before, without what was rolled back or is retired.

        Raises:
            MissingDataError: There is nothing to go back to.
        """
        stood = self._of(model).stood.get(alias, [])
        for number in reversed(stood[:-1]):
            found = self.find(f"{model}@{number}")
            if found.state != "retired":
                return found
        stands = f"it has been {model}@{stood[-1]} from the start" if stood else "it was never set"
        raise MissingDataError(
            f"there is nothing before `{model}@{alias}` to go back to: {stands}",
            hint=f"`tilth models show {model}` lists what was decided",
        )

    def _of(self, model: str) -> _Model:
        if model not in self._by_model:
            raise UnknownNameError("model", model, self.models)
        return self._by_model[model]


class _Model:
    """What the events of one model add up to; each is looked at once.

    Attributes:
        registered: Version -> its registration, oldest first.
        since: Version -> what happened to it later, oldest first.
        stood: Alias -> what it pointed at before, and last what it points at now.
    """

    def __init__(self) -> None:
        self.registered: dict[int, ModelEvent] = {}
        self.since: dict[int, list[ModelEvent]] = {}
        self.stood: dict[str, list[int]] = {}

    def add(self, event: ModelEvent) -> None:
        """The next event."""
        if event.kind == "registered":
            self.registered[event.version] = event
            return
        self.since.setdefault(event.version, []).append(event)
        if event.kind == "aliased":
            self.stood.setdefault(event.alias, []).append(event.version)
        elif event.kind == "rolled_back":
            stood = self.stood[event.alias]
            while stood[-1] != event.version:
                stood.pop()

    def pointers(self) -> Mapping[int, tuple[str, ...]]:
        """Version -> the aliases that point at it, in the order of their names."""
        found: dict[int, tuple[str, ...]] = {}
        for alias in sorted(self.stood):
            number = self.stood[alias][-1]
            found[number] = (*found.get(number, ()), alias)
        return found

    def version(self, number: int, pointers: Mapping[int, tuple[str, ...]]) -> ModelVersion:
        """One of them as it stands."""
        event, since = self.registered[number], self.since.get(number, ())
        decisions = tuple([each for each in since if each.kind not in RECORDED])
        return ModelVersion(
            model=event.model,
            version=number,
            state=_state(decisions),
            aliases=pointers.get(number, ()),
            event=event,
            decisions=decisions,
            recorded=tuple([each for each in since if each.kind in RECORDED]),
        )


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
