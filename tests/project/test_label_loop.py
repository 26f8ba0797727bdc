"""The loop by which agreement rises: measure, revise the instruction, label a new sample."""

from __future__ import annotations

import random

import pytest

from tilth import Project
from tilth.labels.entry import Verdict
from tilth.project.label_agreement import label_agreement
from tilth.project.label_rounds import ask_outdated, ask_sample
from tilth.project.label_set import label_set

TILTH = """
labels:
  tone: {data: reviews, key: id, show: [kind], classes: [good, neutral, bad]}
"""

CONVENTIONS = {
    # What kind of review it is -> what Ada and Bob make of it, as long as nobody has told them.
    "plain praise": ("good", "good"),
    "plain blame": ("bad", "bad"),
    "plain facts": ("neutral", "neutral"),
    "praise, then a complaint": ("good", "neutral"),
    "blame, but would buy again": ("bad", "neutral"),
    "irony": ("bad", "good"),
}


@pytest.fixture
def labels(tmp_path):
    kinds = [*CONVENTIONS] * 100
    rows = "".join(f'{i},"{kind}"\n' for i, kind in enumerate(kinds))
    (tmp_path / "data.csv").write_text("id,kind\n" + rows)
    (tmp_path / "tilth.yml").write_text(TILTH)
    (tmp_path / "catalog.yml").write_text("reviews: {format: csv, location: data.csv}\n")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "tone.md").write_text(
        "# Tone\n\nSay how the writer feels.\n\n## Rules\n"
    )
    with Project(tmp_path) as project:
        yield label_set(project, "tone")


def label(labels, asked, rng, slip=0.03):
    """Both label all that a round asks, as they are used to or as the instruction says."""
    instruction, frame = labels.instruction(), labels.items.frame

    def compose(standing, version):
        for question in standing.questions(asked.id):
            habits = CONVENTIONS[frame["kind"][labels.items.rows[question.item]]]
            told = instruction.on(*habits)
            for who, own in zip(("ada", "bob"), habits, strict=True):
                said = min(habits) if told else own
                if rng.random() < slip:
                    said = rng.choice(labels.classes)
                answer = (Verdict.LABEL, said)
                yield labels.decision(question, asked, answer, who, version)

    labels.add(lambda standing, version: list(compose(standing, version)))


def revise(labels, revision):
    """Add a rule for the two classes that are confused most."""
    pair = revision.confusion
    n_rules = len(labels.instruction().rules)
    rule = f"{n_rules + 1}. Between `{pair.first}` and `{pair.second}`, the first one.\n"
    labels.instruction_path.write_text(labels.instruction_path.read_text() + rule)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_two_labelers_of_unlike_habits_agree_within_four_rounds(labels, seed):
    rng = random.Random(seed)
    for n_rounds in range(1, 5):
        label(labels, ask_sample(labels, 150, seed=seed * 10 + n_rounds), rng)
        found = label_agreement(labels, n_draws=200)
        if found.overall.alpha.interval.low > 0.8:
            break
        lacking = [each for each in found.revise if not each.passages]
        revise(labels, lacking[0])

    alphas = [each.agreement.alpha.value for each in found.versions]
    assert n_rounds <= 4
    assert found.overall.alpha.interval.low > 0.8
    assert alphas[0] < 0.5
    assert alphas == sorted(alphas)
    assert [each.number for each in found.versions] == [*range(1, n_rounds + 1)]


def test_a_rise_from_one_version_to_the_next_comes_with_its_interval(labels):
    rng = random.Random(0)
    label(labels, ask_sample(labels, 150), rng)
    revise(labels, label_agreement(labels, n_draws=0).revise[0])
    label(labels, ask_sample(labels, 150), rng)
    first, second = label_agreement(labels, n_draws=500).versions

    assert first.change is None
    assert second.change.difference.interval.low > 0


def test_what_to_revise_names_the_classes_and_the_items_on_which_people_differ(labels):
    label(labels, ask_sample(labels, 300), random.Random(0), slip=0)
    found = label_agreement(labels, n_draws=0)
    kinds = {
        frozenset((each.confusion.first, each.confusion.second)): {
            labels.items.frame["kind"][labels.items.rows[item]] for item in each.items
        }
        for each in found.revise
    }

    assert kinds == {
        frozenset(("good", "neutral")): {"praise, then a complaint"},
        frozenset(("neutral", "bad")): {"blame, but would buy again"},
        frozenset(("good", "bad")): {"irony"},
    }
    assert len(found.to_discuss) == sum(len(each.items) for each in found.revise)


def test_what_an_older_instruction_labelled_is_asked_again_blind(labels):
    rng = random.Random(0)
    label(labels, ask_sample(labels, 60), rng, slip=0)
    assert labels.outdated() == []
    revise(labels, label_agreement(labels, n_draws=0).revise[0])
    n_old = len(labels.outdated())
    again = ask_outdated(labels)
    label(labels, again, rng, slip=0)

    assert n_old == 120
    assert again.is_blind
    assert (again.reviewers, len(labels.standing.questions(again.id))) == (2, 60)
    assert labels.outdated() == []
    assert [each.agreement.n_compared for each in label_agreement(labels, n_draws=0).versions] == [
        60,
        60,
    ]
