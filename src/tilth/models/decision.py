"""Decisions about models: each looks at what was decided before, and says what is decided now.

A decision is a function of the events so far, so that the history can take it while nobody else
decides. It returns new events, or raises and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tilth.errors import DefinitionError
from tilth.history.record import ModelEvent
from tilth.models.promotion import PromotionRule, obstacle
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


def validate(event: ModelEvent) -> Decision:
    """Put what the gate says of a version on record; the event's details are the verdict."""

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        found = _version(before, event)
        if found.state in ("refused", "retired"):
            raise DefinitionError(
                f"{found.name} is {found.state}, and is not validated",
                hint=f"`tilth models show {found.name}` says why; approve it first if that no "
                "longer holds",
            )
        return [changed(event, kind="validated")]

    return decide


def promote(
    event: ModelEvent,
    *,
    override: bool = False,
    goals: str = "",
    rule: PromotionRule | None = None,
) -> Decision:
    """Let an alias point at a version that was approved, and that has met its goals.

    Args:
        event: With the alias; `production` if empty.
        override: Whether a version that was not approved, or has not met its goals, may be
            promoted all the same; the event must say why, and it is on record that this was done.
        goals: The digest of the goals that the project has for the model; empty where it has
            none, and then nothing is asked but that a version was not found wanting.
        rule: What the alias asks for instead of one approval; None without a rule.
    """
    alias = checked_name(event.alias or PRODUCTION, "an alias")

    def decide(before: Sequence[ModelEvent]) -> list[ModelEvent]:
        known = Registry(before)
        found = known.find(f"{event.model}@{event.version}")
        if alias in found.aliases:
            return []
        missing = _not_approved(found) if rule is None else obstacle(rule, found)
        in_the_way = missing or _not_shown(found, known, alias, goals)
        if in_the_way is not None and not override:
            message, hint = in_the_way
            raise DefinitionError(
                f"{found.name} cannot be promoted: {message}",
                hint=f"{hint}; `--override` with `--why` promotes it without",
            )
        if in_the_way is not None:
            _must_say_why(event, f"promote {found.name}, though {in_the_way[0]}")
        return [changed(event, kind="aliased", alias=alias)]

    return decide


def _not_approved(found: ModelVersion) -> tuple[str, str] | None:
    """What is in the way, and what to do about it."""
    if found.state == "approved":
        return None
    return (
        f"it is {found.state}, not approved",
        f"`tilth models approve {found.name} --why ...` says that it may go live",
    )


def _not_shown(
    found: ModelVersion, known: Registry, alias: str, goals: str
) -> tuple[str, str] | None:
    """What is in the way by the last verdict. One that is about other goals, or beside another
    version than is live by now, is none: two promotions at once would both rest on the first."""
    again = f"`tilth models validate {found.name}` holds it against the goals"
    verdict = found.verdict
    if verdict is None:
        return ("it has goals, and was not held against them", again) if goals else None
    if verdict.outcome != "passed":
        said = "was found wanting" if verdict.outcome == "failed" else "is not shown to be met"
        first = f": {verdict.first}" if verdict.first else ""
        return f"a goal {said}{first}", f"`tilth models show {found.name}` shows the evidence"
    if goals and verdict.goals_digest != goals:
        return "it was held against other goals than there are now, or on other rows", again
    live = known.alias(found.model, alias)
    now = live.name if live is not None else ""
    is_about = alias in (PRODUCTION, verdict.against)  # a shadow may differ from what is live
    if goals and is_about and verdict.live != now:
        then = verdict.live or "nothing"
        return f"it was held against {then}, and `{alias}` is {now or 'nothing'} by now", again
    return None


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
