"""What an alias asks of a version before it may point at it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilth.errors import ConfigError, DefinitionError
from tilth.history.record import ModelEvent
from tilth.models import decision
from tilth.models.goals import goals_from
from tilth.models.promotion import PromotionRule
from tilth.models.registry import Registry

TWO = PromotionRule(alias="production", approvals=2)
ALONE = PromotionRule(alias="staging", approvals=0)
TRIED = PromotionRule(alias="production", after="staging", passes=2)


def said(person="ann", **more):
    told = {"model": "late", "version": 1, "kind": "", "happened_at": 1.0, "person": person}
    return ModelEvent(**{**told, "why": "as good", **more})


def verdict(rows, outcome="passed"):
    told = {
        "outcome": outcome, "rows_digest": rows, "against": "production", "live": "",
        "goals_digest": "g", "goals": [],
    }  # fmt: skip
    return said(details=json.dumps(told))


class Desk:
    """A version, and what is decided about it."""

    def __init__(self):
        self.events = decision.register(said(fingerprint="a"))([])

    def decide(self, *decided):
        for each in decided:
            self.events += each(self.events)
        return self

    def approve(self, *people):
        return self.decide(*(decision.approve(said(person)) for person in people))

    def promote(self, rule, *, override=False):
        event = said(alias=rule.alias)
        self.decide(decision.promote(event, override=override, rule=rule))
        return Registry(self.events).find("late@1").aliases


def test_two_people_have_to_approve_where_two_are_asked_for():
    desk = Desk().approve("ann", "ann")
    with pytest.raises(DefinitionError, match=r"2 people must approve .*, and ann alone did"):
        desk.promote(TWO)

    assert desk.approve("bob").promote(TWO) == ("production",)


def test_who_approved_before_it_was_refused_does_not_count():
    desk = Desk().approve("ann", "bob").decide(decision.refuse(said("cyd"))).approve("ann")

    with pytest.raises(DefinitionError, match="and ann alone did"):
        desk.promote(TWO)


def test_with_no_approval_asked_for_goals_decide_and_a_refusal_still_counts():
    assert Desk().promote(ALONE) == ("staging",)

    missed = Desk().decide(decision.validate(verdict("r", "undecided")))
    with pytest.raises(DefinitionError, match="is not shown to be met"):
        missed.promote(ALONE)
    with pytest.raises(DefinitionError, match="it is refused"):
        Desk().decide(decision.refuse(said())).promote(ALONE)


def test_it_has_to_do_well_on_the_way_before_it_goes_live():
    desk = Desk().decide(decision.validate(verdict("early"))).approve("ann")
    with pytest.raises(DefinitionError, match="it was never `staging`"):
        desk.promote(TRIED)

    desk.promote(ALONE)
    desk.decide(decision.validate(verdict("monday")), decision.validate(verdict("monday")))
    with pytest.raises(DefinitionError, match="on 2 versions of the rows, and did on 1"):
        desk.promote(TRIED)

    desk.decide(decision.validate(verdict("tuesday")))
    assert desk.promote(TRIED) == ("production", "staging")


@pytest.mark.parametrize("rule", [TWO, TRIED], ids=["approvals", "after"])
def test_a_bypass_needs_a_reason_and_is_on_record(rule):
    desk = Desk()

    assert desk.promote(rule, override=True) == ("production",)
    assert desk.events[-1].why == "as good"
    with pytest.raises(DefinitionError, match="say why"):
        Desk().decide(decision.promote(said(alias="production", why=""), override=True, rule=rule))


@given(
    st.lists(st.sampled_from(["ann", "bob", "refuse", "monday", "tuesday", "staging"])),
    st.integers(0, 2),
    st.integers(0, 2),
)
def test_whatever_happens_no_version_goes_live_that_the_rule_keeps_back(steps, approvals, passes):
    desk, people, rows, stood = Desk(), set(), set(), False
    for step in steps:
        if step == "refuse":
            desk.decide(decision.refuse(said("cyd")))
            people = set()
        elif step == "staging":
            desk.decide(decision.promote(said(alias="staging"), override=True))
            stood = True
        elif step in ("ann", "bob"):
            desk.approve(step)
            people.add(step)
        elif Registry(desk.events).find("late@1").state != "refused":
            desk.decide(decision.validate(verdict(step)))
            rows |= {step} if stood else set()
    refused = Registry(desk.events).find("late@1").state == "refused"
    may = not refused and stood and len(people) >= approvals and len(rows) >= passes
    rule = PromotionRule(alias="production", approvals=approvals, after="staging", passes=passes)

    if may:
        assert "production" in desk.promote(rule)
    else:
        with pytest.raises(DefinitionError):
            desk.promote(rule)


GOAL = {"measure": "accuracy", "at_least": 0.8, "why": "a rule has as much"}


def test_rules_stand_beside_the_goals_and_change_no_verdict():
    told = {"rows": "test", "target": "late", "goals": [GOAL]}
    rules = {"staging": {"approvals": 0}, "production": {"after": "staging", "passes": 2}}

    found = goals_from({**told, "promotion": rules})

    assert found.promotion == (ALONE, TRIED)
    assert found.digest == goals_from(told).digest


@pytest.mark.parametrize(
    ("rule", "said_of_it"),
    [
        ({"approvals": -1}, "a number of people"),
        ({"aproval": 2}, "did you mean `approvals`"),
        ({"passes": 2}, "after"),
    ],
)
def test_a_mistake_in_a_rule_is_told(rule, said_of_it):
    told = {"rows": "test", "target": "late", "goals": [GOAL], "promotion": {"production": rule}}

    with pytest.raises(ConfigError, match=said_of_it):
        goals_from(told)
