"""`tilth labels migrate`, typed."""

from __future__ import annotations

import json

import pytest

from tilth.testing.labels import write_reviews

MERGE = ("--merge", "good,neutral", "--to", "fine", "--why", "Nobody tells them apart.")
FILE = "labels/migrations/tone_merge_good_neutral_to_fine.yml"
SPLIT = """
labels: tone
why: Broken things go to another desk.
steps:
  - split: bad
    into:
      - {to: broken, where: "contains(text, 'broke')"}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    folder = write_reviews(tmp_path / "shop", wrong=0)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LOGNAME", "ada")
    return folder


def log_of(shop):
    file = shop / "labels" / "tone.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_file_is_written_and_nothing_is_changed(tilth, shop):
    answer = tilth("labels", "migrate", "tone", *MERGE)

    assert answer.code == 0
    assert "fine                0     40  +40" in answer.out
    assert f"`tilth labels migrate tone {FILE} --apply --by PERSON`" in answer.err
    assert "`tone.md` names classes that go, in line 8: revise it" in answer.err
    assert (shop / FILE).exists()
    assert log_of(shop) == []


def test_a_review_is_applied_told_and_taken_back(tilth, shop):
    tilth("labels", "migrate", "tone", *MERGE)
    before = tilth("labels", "ls", "--json").json
    made = tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve", "--json").json
    n_lines = len(log_of(shop))

    assert made["classes_after"] == ["fine", "bad"]
    assert len(made["moved"]) == 40
    (known,) = tilth("labels", "migrate", "tone", "--json").json
    assert (known["id"], known["by"], known["file"]) == (made["id"], "eve", FILE)
    assert "Nobody tells them apart." in tilth("labels", "migrate", "tone").out
    again = tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve")
    assert again.code == 1
    assert "was applied on" in again.err
    assert f"--undo {made['id']}" in again.err

    undone = tilth("labels", "migrate", "tone", "--undo", made["id"])
    assert undone.code == 0
    assert "took back" in undone.err
    assert len(log_of(shop)) == n_lines + 1  # nothing was lost
    assert tilth("labels", "ls", "--json").json[0] | {"instruction_number": None} == before[0]
    assert tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve").code == 0


def test_from_then_on_the_new_classes_are_the_classes(tilth, shop):
    tilth("labels", "migrate", "tone", *MERGE)
    applied = tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve")
    (shop / "new.csv").write_text("id,label\nr0,bad\nr1,fine\n")
    (shop / "old.csv").write_text("id,label\nr0,good\n")

    assert "write `classes: [fine, bad]` there" in applied.err
    assert tilth("labels", "import", "tone", "new.csv").code == 0
    assert "'good' is no class" in tilth("labels", "import", "tone", "old.csv").err
    edited = (shop / "tilth.yml").read_text().replace("[good, neutral, bad]", "[fine, bad]")
    (shop / "tilth.yml").write_text(edited)
    assert tilth("labels", "import", "tone", "new.csv", "--as", "bob").code == 0
    issues = tilth("labels", "issues", "tone", "--json").json
    assert {each["given"] for each in issues["suspects"]} <= {"fine", "bad"}


def test_what_a_split_leaves_undecided_is_asked_of_people(tilth, shop):
    (shop / "split.yml").write_text(SPLIT)
    shown = tilth("labels", "migrate", "tone", "split.yml").out
    applied = tilth("labels", "migrate", "tone", "split.yml", "--apply", "--by", "eve")
    tilth("labels", "export", "tone", "todo.csv", "--as", "bob")
    sheet = (shop / "todo.csv").read_text("utf-8-sig").splitlines()

    assert "10 items are left to people" in shown
    assert "10 items from bad to (several or none)" in shown
    assert "`tilth labels review tone`" in applied.err
    assert len(sheet) == 11
    assert all("sad waste" in line and "bad" not in line for line in sheet[1:])
    filled = "\n".join(["id,label", *(f"{line.split(',')[0]},broken" for line in sheet[1:])])
    (shop / "todo.csv").write_text(filled)
    tilth("labels", "import", "tone", "todo.csv", "--as", "bob")
    assert tilth("labels", "migrate", "tone", *MERGE).out.count("broken             20     20") == 1


def test_a_migration_that_people_have_gone_on_from_is_not_taken_back(tilth, shop):
    tilth("labels", "migrate", "tone", *MERGE)
    made = tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve", "--json").json
    (shop / "new.csv").write_text("id,label\nr2,fine\n")
    tilth("labels", "import", "tone", "new.csv")
    n_lines = len(log_of(shop))

    answer = tilth("labels", "migrate", "tone", "--undo", made["id"])

    assert answer.code == 1
    assert "ada has said `fine` of item 'r2' since" in answer.err
    assert len(log_of(shop)) == n_lines


def test_migrations_are_taken_back_in_the_order_they_came(tilth, shop):
    ids = []
    for steps in (MERGE, ("--rename", "bad", "--to", "poor", "--why", "x")):
        written = tilth("labels", "migrate", "tone", *steps, "--json").json["file"]
        made = tilth("labels", "migrate", "tone", written, "--apply", "--by", "eve", "--json")
        ids.append(made.json["id"])

    answer = tilth("labels", "migrate", "tone", "--undo", ids[0])

    assert "`rename bad to poor`" in answer.err
    assert "take that one back first" in answer.err
    assert tilth("labels", "migrate", "tone", "--undo", ids[1]).code == 0
    assert tilth("labels", "migrate", "tone", "--undo", ids[0]).code == 0


def test_a_slice_is_labelled_anew(tilth, shop):
    answer = tilth("labels", "migrate", "tone", "--relabel", "stars = 3 and shop = 'S'",
                   "--to", "good", "--why", "x", "--json")  # fmt: skip

    assert {each["by"] for each in answer.json["moved"]} == {"row"}
    assert {(each["before"], each["after"]) for each in answer.json["moved"]} == {
        ("neutral", "good")
    }


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--merge", "a,b"), "needs `--to`"),
        (("--merge", "good,bad", "--to", "x"), "needs `--why`"),
        (("--merge", "a,b", "--rename", "c", "--to", "x"), "are two steps: write a file"),
        (("--to", "x"), "go with `--merge`"),
        (("--apply", "--by", "eve"), "takes a file"),
        (("m.yml", "--apply"), "needs `--by`"),
        (("--undo", "1", "--merge", "a,b", "--to", "x", "--why", "y"), "stands alone"),
        (("--undo", "1"), "there is no migration `1`"),
        (("no.yml",), "`no.yml` cannot be read"),
        (("--merge", "godo,bad", "--to", "x", "--why", "y"), "did you mean `good`?"),
        (("--relabel", "starz > 1", "--to", "bad", "--why", "y"), "there is no column `starz`"),
        (("--relabel", "stars > ", "--to", "bad", "--why", "y"), "ends where there should be"),
        (("--relabel", "stars = 'x'", "--to", "bad", "--why", "y"), "cannot be asked of it"),
        (("--relabel", "stars > 9", "--to", "bad", "--why", "y"), "no item has a label that"),
    ],
)
def test_bad_wishes_are_told_and_nothing_is_written(tilth, shop, typed, said):
    answer = tilth("labels", "migrate", "tone", *typed)

    assert answer.code != 0
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert log_of(shop) == []
    assert not (shop / "labels" / "migrations").exists()


def test_a_file_of_another_set_and_a_file_with_other_steps_are_refused(tilth, shop):
    (shop / "other.yml").write_text(SPLIT.replace("tone", "colour"))
    (shop / "mine.yml").write_text(SPLIT)

    assert "is about label set `colour`" in tilth("labels", "migrate", "tone", "other.yml").err
    assert "says something else" in tilth("labels", "migrate", "tone", "mine.yml", *MERGE).err
    assert (shop / "mine.yml").read_text() == SPLIT


def test_conditions_that_overlap_are_refused(tilth, shop):
    (shop / "m.yml").write_text(SPLIT.rstrip("\n") + "\n      - {to: late, where: stars = 1}\n")

    assert "and both hold for 10 rows" in tilth("labels", "migrate", "tone", "m.yml").err


def test_a_page_that_was_opened_before_takes_no_answers_by_number(tilth, shop):
    from tilth import Project
    from tilth.errors import DataError
    from tilth.project.label_rounds import ask_sample
    from tilth.project.label_set import label_set
    from tilth.web.review.card import card_id
    from tilth.web.review.desk import Desk

    with Project(shop) as project:
        labels = label_set(project, "tone")
        asked = ask_sample(labels, 5)
        desk = Desk(labels, ["ada"], [asked.id])
        (first, *_) = labels.standing.questions(asked.id)
        tilth("labels", "migrate", "tone", *MERGE)
        tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve")
        event = {"id": "0123456789ab", "card": card_id(first), "answer": 1, "version": ""}

        with pytest.raises(DataError, match="have changed since this page was opened"):
            desk.sync("ada", {"events": [event]})
        assert labels.standing.current() == []


# Predictions by both definitions

SCORED = ("id,tone,said", *(f"r{i},{true},{said}" for i, (true, said) in enumerate(
    [("good", "good"), ("good", "neutral"), ("neutral", "neutral"), ("neutral", "bad"),
     ("bad", "bad"), ("bad", "good")] * 10
)))  # fmt: skip


@pytest.fixture
def scored(shop):
    (shop / "scored.csv").write_text("\n".join(SCORED) + "\n")
    new = [line.replace("good", "fine").replace("neutral", "fine") for line in SCORED]
    (shop / "later.csv").write_text("\n".join([new[0], *reversed(new[1:])]) + "\n")
    (shop / "catalog.yml").write_text(
        "reviews: {format: csv, location: data/reviews.csv}\n"
        "scored: {format: csv, location: scored.csv}\n"
        "later: {format: csv, location: later.csv}\n"
    )
    return shop


COLUMNS = ("--target", "tone", "--prediction", "said")


def test_a_merge_is_judged_by_both_definitions_before_and_after(tilth, scored):
    tilth("labels", "migrate", "tone", *MERGE)
    typed = ("labels", "rescore", "tone", FILE, "scored", "later", *COLUMNS)
    found = tilth(*typed, "--json").json

    assert found["before"]["old"]["accuracy"]["value"] == pytest.approx(30 / 60)
    assert found["before"]["new"]["accuracy"]["value"] == pytest.approx(40 / 60)
    assert found["after"]["new"]["n"] == 60
    assert found["after"]["old"]["n"] == 20  # a prediction of `fine` says neither old class
    assert found["after"]["untold"]["old"] == ["fine"]
    assert found["gain"]["value"] == 0  # the same predictions, found by their key
    tilth("labels", "migrate", "tone", FILE, "--apply", "--by", "eve")
    assert tilth(*typed, "--json").json == found
    told = tilth(*typed).out
    assert "40 predictions of fine cannot be told by the old definition" in told


def test_a_split_leaves_its_predictions_untold(tilth, scored):
    (scored / "split.yml").write_text(SPLIT.rstrip("\n") + "\n    rest: poor\n")
    found = tilth("labels", "rescore", "tone", "split.yml", "scored", *COLUMNS, "--json").json

    assert found["before"]["new"]["n_untold"] == 20
    assert found["before"]["new"]["at_worst"] == pytest.approx(20 / 60)
    assert found["before"]["new"]["at_best"] == pytest.approx(40 / 60)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("later",), "holds `fine`, which is no class by the old definition"),
        (("scored", "scored"), "which is no class by the new definition"),
        (("nothing",), "`nothing`"),
        (("scored", "--target", "tony"), "there is no column `tony`"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tilth, scored, typed, said):
    tilth("labels", "migrate", "tone", *MERGE)
    answer = tilth("labels", "rescore", "tone", FILE, *COLUMNS, *typed)

    assert answer.code != 0
    assert said in answer.err


# From advice to a run

FLOW = '''
"""Labels, and what does not depend on them."""

import polars as pl


def mended(reviews: pl.DataFrame, tone_log: pl.DataFrame) -> pl.DataFrame:
    said = tone_log.select(id="item", new="label")
    both = reviews.join(said, on="id", how="left", maintain_order="left")
    return both.select("id", tone=pl.coalesce("new", "tone"))


def counts(mended: pl.DataFrame) -> dict:
    return dict(mended["tone"].value_counts().sort("tone").iter_rows())


def lengths(reviews: pl.DataFrame) -> list:
    return reviews["text"].str.len_chars().to_list()
'''


def test_advice_to_merge_leads_to_a_run_of_what_it_concerns_alone(tilth, shop):
    from tilth.project.evaluation import named_labels
    from tilth.stages.evaluate.advice import advise

    (shop / "flow.py").write_text(FLOW)
    (shop / "catalog.yml").write_text(
        "reviews: {format: csv, location: data/reviews.csv}\n"
        "tone_log: {format: labels, location: labels/tone.jsonl}\n"
        "counts: {format: json, location: counts.json}\n"
    )
    with (shop / "tilth.yml").open("a") as file:
        file.write("pipelines: {main: {nodes: [{call: flow.mended}, {call: flow.counts}, "
                   "{call: flow.lengths}]}}\n")  # fmt: skip
    (shop / "labels" / "tone.jsonl").write_text('{"kind": "log", "grammar": 1}\n')
    assert tilth("run").code == 0
    slices = {"classes": ["bad", "good", "neutral"], "findings": [],
              "confusion": [[20, 0, 1], [0, 12, 8], [0, 9, 11]]}  # fmt: skip
    noise = {"kinds": {"ambiguous": {"value": 0.9}}}

    advice = advise(slices, noise=noise)
    assert named_labels(advice, ["tone", "colour"]) == advice  # which one is not known
    (action, *_) = named_labels(advice, ["tone"])["actions"]
    assert (action["kind"], action["what"]) == ("merge classes", "good with neutral")
    command = action["command"].replace("'...'", "alike")
    written = tilth(*command.split()[1:], "--json").json["file"]
    assert tilth("labels", "migrate", "tone", written, "--apply", "--by", "eve").code == 0
    due = tilth("plan").out
    ran = tilth("run", "--json").json

    assert json.loads((shop / "counts.json").read_text()) == {"bad": 20, "good": 40}
    assert ran["counts"] == {"done": 2, "reused": 1}
    assert "mended" in due
    assert "lengths" not in due
