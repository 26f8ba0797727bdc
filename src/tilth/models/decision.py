"""Decisions about models: each looks at what was decided before, and says what is decided now.

A decision is a function of the events so far, so that the history can take it while nobody else
decides. It returns new events, or raises and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tilth.errors import DefinitionError
from tilth.history.record import ModelEvent
from tilth.models.registry import PRODUCTION, ModelVersion, Registry, checked_name
from tilth.record import changed

Decision = Callable[[Sequence[ModelEvent]], list[ModelEvent]]


def register(event: ModelEvent) -> Decision:
    """Give what an event names the model's next version; the same bytes have one version."""
    checked_name(event.model)

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        registered = [each for each in before if each.kind == "registered"]
        if any(each.fingerprint == event.fingerprint for each in registered):
            return []
        return [changed(event, kind="registered", version=len(registered) + 1)]

    return decide


def approve(event: ModelEvent) -> Decision:
    """Say that a version may go live, with the reason."""
    return _judged(event, "approved")


def refuse(event: ModelEvent) -> Decision:
    """Say that a version may not go live, with the reason."""
    return _judged(event, "refused")


def retire(event: ModelEvent) -> Decision:
    """Take a version out of use; nothing may point at it."""

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        found = _version(before, event)
        if found.aliases:
            raise DefinitionError(
                f"{found.name} cannot be retired: `{found.aliases[0]}` points at it",
                hint=f"promote another version first, or roll back `{found.model}`",
            )
        _must_say_why(event, f"retire {found.name}")
        return [changed(event, kind="retired")]

    return decide


def promote(event: ModelEvent, *, override: bool = False) -> Decision:
    """Let an alias point at a version that was approved.

    Args:
        event: With the alias; `production` if empty.
        override: Whether a version that was not approved may be promoted all the same; the event
            must say why, and it is on record that this was done.
    """
    alias = checked_name(event.alias or PRODUCTION, "an alias")

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        found = _version(before, event)
        if alias in found.aliases:
            return []
        if found.state != "approved" and not override:
            raise DefinitionError(
                f"{found.name} cannot be promoted: it is {found.state}, not approved",
                hint=f"`tilth models approve {found.name} --why ...` says that it may go live, "
                f"`--override` with `--why` promotes it without",
            )
        if found.state != "approved":
            _must_say_why(event, f"promote {found.name}, which is {found.state}")
        return [changed(event, kind="aliased", alias=alias)]

    return decide


def roll_back(event: ModelEvent) -> Decision:
    """Let an alias point again at what it pointed at before."""
    alias = event.alias or PRODUCTION

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        found = Registry(before).before(event.model, alias)
        return [changed(event, kind="rolled_back", alias=alias, version=found.version)]

    return decide


def note(event: ModelEvent) -> Decision:
    """Keep what was found out about a version: that it was `bundled`, or `tested`."""

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        _version(before, event)
        return [event]

    return decide


def _judged(event: ModelEvent, kind: str) -> Decision:
    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        found = _version(before, event)
        if found.state == "retired":
            raise DefinitionError(f"{found.name} is retired", hint="register it under a new name")
        _must_say_why(event, f"call {found.name} {kind}")
        return [changed(event, kind=kind)]

    return decide


def _version(before: Sequence[ModelEvent], event: ModelEvent) -> ModelVersion:
    return Registry(before).find(f"{event.model}@{event.version}")


def _must_say_why(event: ModelEvent, what: str) -> None:
    if not event.why.strip():
        raise DefinitionError(f"to {what}, say why", hint="`--why 'in a few words'`")
