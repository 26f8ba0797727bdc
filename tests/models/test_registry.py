"""A registry is what follows from its events, and decisions are refused where they must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import DefinitionError, MissingDataError, UnknownNameError
from tilth.history.record import ModelEvent
from tilth.models import decision
from tilth.models.registry import Registry
from tilth.record import changed


class Office:
    """Decides one after the other, as a history does."""

    def __init__(self):
        self.events = []

    def decide(self, decided, model="late"):
        new = decided([each for each in self.events if each.model == model])
        self.events += [changed(each, id=len(self.events) + 1 + i) for i, each in enumerate(new)]
        return new

    def register(self, digest, model="late"):
        return self.decide(decision.register(said(model=model, fingerprint=digest)), model)

    def approve(self, version, why="as good"):
        return self.decide(decision.approve(said(version, why=why)))

    def promote(self, version, alias="", **more):
        override = more.pop("override", False)
        event = said(version, alias=alias, **more)
        return self.decide(decision.promote(event, override=override))

    def roll_back(self, alias=""):
        return self.decide(decision.roll_back(said(0, alias=alias)))

    @property
    def registry(self):
        return Registry(self.events)

    @property
    def live(self):
        found = self.registry.alias("late", "production")
        return found.version if found else None


def said(version=0, **more):
    return ModelEvent(
        **{"model": "late", "kind": "", "happened_at": 1.0, **more, "version": version}
    )


@pytest.fixture
def office():
    made = Office()
    for digest in ("a", "b", "c"):
        made.register(f"bytes:{digest}")
    return made


def test_versions_count_from_one_within_a_model_and_the_same_bytes_have_one(office):
    assert office.register("bytes:b") == []
    (other,) = office.register("bytes:b", model="price")

    assert other.version == 1
    assert office.registry.models == ["late", "price"]
    newest_first = [
        (each.name, each.event.fingerprint) for each in office.registry.versions("late")
    ]
    assert newest_first == [("late@3", "bytes:c"), ("late@2", "bytes:b"), ("late@1", "bytes:a")]


def test_what_is_not_approved_is_not_promoted_and_nothing_is_kept_of_it(office):
    before = list(office.events)

    with pytest.raises(
        DefinitionError, match="late@2 cannot be promoted: it is registered"
    ) as told:
        office.promote(2)

    assert "tilth models approve late@2 --why" in told.value.hint
    assert office.events == before
    assert office.live is None


def test_what_is_approved_is_promoted_and_promoting_it_again_is_nothing_new(office):
    office.approve(2)
    (event,) = office.promote(2)

    assert (event.kind, event.alias) == ("aliased", "production")
    assert office.promote(2) == []
    assert office.live == 2
    assert office.registry.find("late").version == 2
    assert office.registry.find("late@production").aliases == ("production",)


def test_an_override_needs_a_reason_and_is_on_record(office):
    with pytest.raises(
        DefinitionError, match="promote late@3, though it is registered, not approved, say why"
    ):
        office.promote(3, override=True, why="  ")

    (event,) = office.promote(3, override=True, why="the old one is broken")

    assert event.why == "the old one is broken"
    assert office.registry.find("late@3").decisions[-1].kind == "aliased"


def test_the_last_word_on_a_version_counts(office):
    office.approve(1)
    office.decide(decision.refuse(said(1, why="a leak was found")))

    assert office.registry.find("late@1").state == "refused"
    with pytest.raises(DefinitionError, match="it is refused"):
        office.promote(1)


def test_rolling_back_goes_back_and_never_forward(office):
    for version in (1, 2, 3):
        office.approve(version)
        office.promote(version)

    office.roll_back()
    assert office.live == 2
    office.roll_back()
    assert office.live == 1
    with pytest.raises(
        MissingDataError, match=r"nothing before `late@production`.*late@1 from the"
    ):
        office.roll_back()
    office.promote(3)
    office.roll_back()
    assert office.live == 1, "2 was rolled back from, so 1 stood before 3"


def test_a_retired_version_is_not_gone_back_to(office):
    for version in (1, 2, 3):
        office.approve(version)
        office.promote(version)
    with pytest.raises(DefinitionError, match="`production` points at it"):
        office.decide(decision.retire(said(3, why="old")))

    office.decide(decision.retire(said(2, why="it leaks")))
    office.roll_back()

    assert office.live == 1
    with pytest.raises(DefinitionError, match="late@2 is retired"):
        office.approve(2)


def test_an_alias_that_was_never_set_says_how_to_set_it(office):
    newest = office.registry.newest("late").version

    with pytest.raises(DefinitionError, match="`production` points at no version") as told:
        office.registry.find("late@production")

    assert f"`tilth models promote late@{newest} --alias production`" in told.value.hint


def test_aliases_move_apart(office):
    office.approve(1)
    office.approve(2)
    office.promote(1)
    office.promote(2, alias="shadow")

    assert office.registry.find("late@shadow").version == 2
    assert office.live == 1
    with pytest.raises(MissingDataError):
        office.roll_back("shadow")


@pytest.mark.parametrize(("name", "near"), [("lade", "late"), ("late@9", "1"),
                                            ("late@prodution", "production")])  # fmt: skip
def test_what_there_is_not_is_told_with_what_there_is(office, name, near):
    office.approve(1)
    office.promote(1)

    with pytest.raises(UnknownNameError) as told:
        office.registry.find(name)

    assert (name.partition("@")[2] or name) in str(told.value)
    assert near in told.value.hint


@pytest.mark.parametrize("name", ["", "3", "3d", "a b", "a@b", "../a", "-a"])
def test_a_name_that_cannot_be_one_is_refused(office, name):
    with pytest.raises(DefinitionError, match="cannot be the name of a model"):
        office.register("bytes:a", model=name)
    with pytest.raises(DefinitionError, match=r"cannot be the name of an alias|not approved"):
        office.promote(1, alias=name)


def test_without_a_reason_nobody_is_judged(office):
    for decided in (decision.approve, decision.refuse, decision.retire):
        with pytest.raises(DefinitionError, match="say why"):
            office.decide(decided(said(1)))


STEPS = st.lists(
    st.tuples(st.sampled_from(["register", "approve", "promote", "back"]), st.integers(1, 4)),
    max_size=25,
)


@given(STEPS)
def test_whatever_is_decided_only_approved_versions_are_live_and_the_past_stays(steps):
    office = Office()
    for step, number in steps:
        before = list(office.events)
        try:
            if step == "register":
                office.register(f"bytes:{number}")
            elif step == "approve":
                office.approve(number)
            elif step == "promote":
                office.promote(number)
            else:
                office.roll_back()
        except (DefinitionError, MissingDataError, UnknownNameError):
            assert office.events == before
        assert office.events[: len(before)] == before
        if office.events and office.live is not None:
            assert office.registry.find(f"late@{office.live}").state == "approved"
