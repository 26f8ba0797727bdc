"""The commands about labels, typed."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from tilth.labels.entry import Head, to_line
from tilth.testing.labels import Scribe, write_reviews


@pytest.fixture
def shop(tmp_path, monkeypatch):
    folder = write_reviews(tmp_path / "shop")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LOGNAME", "ada")
    return folder


def filled(file, answer):
    """Fill in the column `label` of a sheet, as a person does."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["label"] = answer(row)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def tone(row):
    return {"I": "good", "i": "neutral", "w": "bad"}[row["text"][0]]


def read_log(shop):
    lines = (shop / "labels" / "tone.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def labelled_twice(tilth, shop, n=12, bob=tone):
    """A sample that Ada and Bob have labelled, in spreadsheets."""
    tilth("labels", "sample", "tone", "-n", str(n))
    for who, answer in (("ada", tone), ("bob", bob)):
        tilth("labels", "export", "tone", f"{who}.csv", "--as", who)
        filled(shop / f"{who}.csv", answer)
        assert tilth("labels", "import", "tone", f"{who}.csv", "--as", who).code == 0


def test_label_sets_are_listed_without_reading_data(tilth, shop):
    (shop / "data" / "reviews.csv").unlink()
    found = tilth("labels", "ls", "--json").json

    assert [(each["name"], each["decisions"], each["open"]) for each in found] == [("tone", 0, 0)]
    assert "tone" in tilth("labels", "ls").out


def test_a_project_without_label_sets_says_so(tilth, tmp_path):
    (tmp_path / "tilth.yml").write_text("")

    assert "no `labels:`" in tilth("labels", "ls", "-C", str(tmp_path)).err


def test_a_sample_is_asked_of_two_people_blind(tilth, shop):
    answer = tilth("labels", "sample", "tone", "-n", "10")
    log = (shop / "labels" / "tone.jsonl").read_text()

    assert "asked 2 people about 10 at random, blind" in answer.err
    assert log.count('"kind": "question"') == 10
    assert '"given"' not in log
    assert tilth("labels", "ls", "--json").json[0]["open"] == 10


def test_another_sample_is_of_other_items_and_the_same_seed_of_the_same(tilth, shop):
    for options in ([], [], ["--seed", "0"]):
        tilth("labels", "sample", "tone", "-n", "5", *options)
        tilth("labels", "export", "tone", "ada.csv")
    with (shop / "ada.csv").open(encoding="utf-8-sig") as stream:
        items = [row["id"] for row in csv.DictReader(stream)]

    assert items[:5] == items[10:]
    assert items[:5] != items[5:10]


def test_a_sample_may_be_spread_over_a_column(tilth, shop):
    answer = tilth("labels", "sample", "tone", "-n", "9", "--by", "shop", "--allocation", "equal")

    assert "9 at random by `shop`, equal" in answer.err
    assert tilth("labels", "sample", "tone", "--by", "shup").code == 2


def test_the_least_sure_may_be_taken(tilth, shop):
    assert "6 least sure" in tilth("labels", "sample", "tone", "-n", "6", "--uncertain").err


def test_one_s_own_model_may_say_of_which_it_is_least_sure(tilth, shop):
    write_scores(shop, unsure=("r7", "r20", "r33"))
    least = ("labels", "sample", "tone", "-n", "3", "--probabilities", "scores")

    assert tilth(*least, "--uncertain").code == 0
    assert {e["item"] for e in read_log(shop) if e["kind"] == "question"} == {"r7", "r20", "r33"}
    assert "add `--uncertain`" in tilth(*least).err


def test_agreement_is_told_with_what_to_revise(tilth, shop):
    labelled_twice(tilth, shop, 30, bob=lambda row: "good" if tone(row) == "neutral" else tone(row))
    answer = tilth("labels", "agree", "tone", "--by", "shop")
    found = tilth("labels", "agree", "tone", "--json").json

    assert "30 items with two labels or more, by 2 people" in answer.out
    assert "`good` and `neutral`: 100% of all disagreement" in answer.out
    assert "no passage names both: say how to tell them apart" in answer.out
    assert found["overall"]["n_compared"] == 30
    assert {each["label"] for each in found["classes"]} == {"good", "neutral", "bad"}
    assert {each["labeler"] for each in found["labelers"]} == {"ada", "bob"}
    assert found["overall"]["alpha"]["interval"]["low"] < found["overall"]["alpha"]["value"]


def test_the_passage_that_names_both_classes_is_quoted(tilth, shop):
    labelled_twice(tilth, shop, 30, bob=lambda row: "good" if tone(row) == "bad" else tone(row))

    assert "rule 2: Where `good` and `bad` are in balance" in tilth("labels", "agree", "tone").out


@pytest.mark.parametrize("n_people", [0, 1])
def test_without_two_labelers_there_is_no_agreement(tilth, shop, n_people):
    tilth("labels", "sample", "tone", "-n", "5")
    if n_people:
        tilth("labels", "export", "tone", "ada.csv")
        filled(shop / "ada.csv", tone)
        tilth("labels", "import", "tone", "ada.csv")
    answer = tilth("labels", "agree", "tone")

    assert answer.code == 1
    assert "no item was labelled by two people" in answer.err
    assert "tilth labels sample tone" in answer.err


def test_where_all_agree_on_one_class_nothing_is_to_revise(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "5")
    for who in ("ada", "bob"):
        tilth("labels", "export", "tone", "x.csv", "--as", who)
        filled(shop / "x.csv", lambda row: "good")
        tilth("labels", "import", "tone", "x.csv", "--as", who)
    answer = tilth("labels", "agree", "tone")

    assert answer.code == 0
    assert "there is nothing to revise" in answer.out
    assert "-" in answer.out  # kappa is not defined


def test_suspected_labels_are_ranked_and_nothing_is_changed(tilth, shop):
    before = (shop / "data" / "reviews.csv").read_bytes()
    answer = tilth("labels", "issues", "tone")
    found = tilth("labels", "issues", "tone", "--json").json

    assert "look wrong" in answer.out
    assert found["kept"] is True
    assert found["noise"]["low"] <= found["noise"]["value"] <= found["noise"]["high"]
    assert {each["kind"] for each in found["suspects"]} <= {"random", "systematic", "ambiguous"}
    assert (shop / "data" / "reviews.csv").read_bytes() == before
    assert not (shop / "labels" / "tone.jsonl").exists()


def test_changed_data_is_judged_anew(tilth, shop):
    tilth("labels", "issues", "tone", "--json")
    text = (shop / "data" / "reviews.csv").read_text()
    (shop / "data" / "reviews.csv").write_text(text.replace("N,5", "N,4"))

    assert tilth("labels", "issues", "tone", "--json").json["kept"] is False


def test_suspects_go_into_the_queue_with_what_they_are_suspected_of(tilth, shop):
    asked = tilth("labels", "issues", "tone", "--ask", "-n", "4", "--json").json["asked"]
    tilth("labels", "export", "tone", "ada.csv")
    with (shop / "ada.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))

    assert asked["source"] == "issue"
    assert len(rows) == 4
    assert all(row["given"] and row["suggested"] for row in rows)


def write_scores(shop, unsure=()):
    """What a model says that knows the tone of each review, of some but vaguely; the rows."""
    with (shop / "data" / "reviews.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    with (shop / "data" / "scores.csv").open("w") as stream:
        stream.write("id,good,neutral,bad\n")
        for row in rows:
            own = {"I": 0, "i": 1, "w": 2}[row["text"][0]]
            high, low = ("0.4", "0.3") if row["id"] in unsure else ("0.9", "0.05")
            shares = [high if own == each else low for each in range(3)]
            stream.write(f"{row['id']},{','.join(shares)}\n")
    (shop / "catalog.yml").write_text(
        (shop / "catalog.yml").read_text() + "scores: {format: csv, location: data/scores.csv}\n"
    )
    return rows


def test_one_s_own_model_may_judge(tilth, shop):
    rows = write_scores(shop)
    found = tilth("labels", "issues", "tone", "--probabilities", "scores", "--json").json
    wrong = {r["id"] for r in rows if tone(r) != r["tone"]}

    assert {each["item"] for each in found["suspects"]} == wrong
    assert found["by"] == "`scores`"


def test_what_was_decided_is_listed_newest_first(tilth, shop):
    labelled_twice(tilth, shop, 4)
    found = tilth("labels", "log", "tone", "--by", "bob", "--json").json

    assert len(found) == 4
    assert {each["labeler"] for each in found} == {"bob"}
    assert "neutral" in tilth("labels", "log", "tone").out
    assert tilth("labels", "log", "tone", "--item", found[0]["item"], "--json").json[0] == found[0]


def test_labels_of_an_older_instruction_are_listed_and_asked_again(tilth, shop):
    labelled_twice(tilth, shop, 4)
    assert tilth("labels", "sample", "tone", "--outdated").code == 1
    (shop / "labels" / "tone.md").write_text("# Another\n")
    listed = tilth("labels", "log", "tone", "--outdated", "--json").json
    answer = tilth("labels", "sample", "tone", "--outdated")

    assert len(listed) == 8
    assert "8 labels by older" in tilth("labels", "ls").out
    assert "4 labelled by an older version" in answer.err


def test_decisions_go_out_and_come_back_as_they_were(tilth, shop):
    labelled_twice(tilth, shop, 6)
    tilth("labels", "export", "tone", "all.csv", "--decisions")
    again = tilth("labels", "import", "tone", "all.csv", "--json").json

    assert again == {"n_new": 0, "n_known": 12, "n_empty": 0}


def test_the_same_label_by_another_instruction_is_another_decision(tilth, shop):
    (shop / "x.csv").write_text("id,label\nr1,good\n")
    tilth("labels", "import", "tone", "x.csv")
    tilth("labels", "export", "tone", "all.csv", "--decisions")
    (shop / "labels" / "tone.md").write_text("# Another\n")
    old = tilth("labels", "import", "tone", "all.csv", "--json").json
    new = tilth("labels", "import", "tone", "x.csv", "--json").json

    assert (old["n_new"], old["n_known"]) == (0, 1)
    assert (new["n_new"], new["n_known"]) == (1, 0)


def test_a_sheet_with_mistakes_is_refused_as_a_whole(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "3")
    before = (shop / "labels" / "tone.jsonl").read_bytes()
    (shop / "x.csv").write_text("id,label,round\nr1,good,\nr999,good,\nr2,great,\nr3,bad,nope\n")
    answer = tilth("labels", "import", "tone", "x.csv")

    assert answer.code == 1
    for told in ("line 3: there is no item 'r999'", "line 4: 'great'", "line 5: round 'nope'"):
        assert told in answer.err
    assert "nothing was imported" in answer.err
    assert (shop / "labels" / "tone.jsonl").read_bytes() == before


def test_a_sheet_in_another_encoding_is_refused(tilth, shop):
    (shop / "x.csv").write_bytes("id,label\nr1,göod\n".encode("latin-1"))

    assert "not text in UTF-8" in tilth("labels", "import", "tone", "x.csv").err


def test_a_torn_log_is_told_and_used(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "3")
    with (shop / "labels" / "tone.jsonl").open("a") as stream:
        stream.write('{"kind": "deci')
    answer = tilth("labels", "ls")

    assert answer.code == 0
    assert "was cut off" in answer.err


def test_a_log_by_a_newer_tilth_is_refused(tilth, shop):
    (shop / "labels" / "tone.jsonl").write_text('{"kind": "log", "grammar": 9}\n')
    answer = tilth("labels", "ls")

    assert answer.code == 1
    assert "newer Tilth" in answer.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("r1,", ",", "row 1 has no key"),
        ("r1,", "r2,", "is not unique: 'r2' names 2 rows"),
        ("id,text", "ID,text", "there is no column `id`"),
    ],
)
def test_items_that_cannot_be_told_apart_are_refused(tilth, shop, old, new, told):
    file = shop / "data" / "reviews.csv"
    file.write_text(file.read_text().replace(old, new, 1))

    assert told in tilth("labels", "sample", "tone", "-n", "3").err


def test_data_without_rows_is_refused(tilth, shop):
    (shop / "data" / "reviews.csv").write_text("id,text,shop,stars,tone\n")

    assert "has no rows" in tilth("labels", "sample", "tone", "-n", "3").err


def with_photos(shop, show):
    """Give each review a path to a picture, in a folder by the label that it has."""
    file = shop / "data" / "reviews.csv"
    head, *rows = file.read_text().splitlines()
    photos = [f"{row},photos/{row.rpartition(',')[2]}/{i}.png" for i, row in enumerate(rows)]
    file.write_text("\n".join([f"{head},photo", *photos, ""]))
    settings = shop / "tilth.yml"
    settings.write_text(settings.read_text().replace("[text, shop, stars]", show))


def test_the_panel_cannot_judge_what_is_a_picture_alone(tilth, shop):
    with_photos(shop, "[photo]")
    answer = tilth("labels", "issues", "tone")

    assert answer.code == 1
    assert "shows pictures alone, which the panel cannot read" in answer.err
    assert "--probabilities DATASET" in answer.err
    assert tilth("labels", "sample", "tone", "-n", "3").code == 0


def test_the_folder_of_a_picture_tells_the_panel_nothing(tilth, shop):
    with_photos(shop, "[text, photo]")
    with_path = tilth("labels", "issues", "tone", "--json").json["suspects"]
    (shop / "tilth.yml").write_text((shop / "tilth.yml").read_text().replace(", photo]", "]"))

    assert with_path
    assert with_path == tilth("labels", "issues", "tone", "--json").json["suspects"]


def test_labels_outside_of_the_classes_are_no_labels_to_judge(tilth, shop):
    file = shop / "data" / "reviews.csv"
    file.write_text(file.read_text().replace("neutral", "so-so"))
    answer = tilth("labels", "issues", "tone")

    assert answer.code == 1
    assert "none of the classes: 'so-so'" in answer.err
    assert tilth("labels", "sample", "tone", "-n", "3").code == 0


def test_one_class_alone_cannot_be_judged(tilth, shop):
    file = shop / "data" / "reviews.csv"
    file.write_text(file.read_text().replace("neutral\n", "bad\n").replace("good\n", "bad\n"))

    assert "there are not two classes" in tilth("labels", "issues", "tone").err


def test_labels_that_nobody_else_has_are_passed_over(tilth, shop):
    file = shop / "data" / "reviews.csv"
    lines = file.read_text().splitlines()
    only = [line.replace(",neutral", ",good") for line in lines]
    file.write_text("\n".join([*only[:-1], lines[-1].rpartition(",")[0] + ",neutral"]) + "\n")

    assert tilth("labels", "issues", "tone").code == 0


@pytest.mark.parametrize("command", ["sample", "agree", "issues", "log", "review"])
def test_a_label_set_that_there_is_not_is_told_with_the_nearest(tilth, shop, command):
    answer = tilth("labels", command, "tonne")

    assert answer.code == 2
    assert "did you mean `tone`?" in answer.err


@contextmanager
def served(*options):
    """A page that a command of its own serves, until it is interrupted as by Ctrl-C."""
    command = [sys.executable, "-m", "tilth", "labels", "review", "tone", "--no-browser", "--json"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    told = ""
    while not told.endswith("}\n}\n"):
        told += process.stdout.readline()
    try:
        yield json.loads(told)["links"]
    finally:
        process.send_signal(signal.SIGINT)
        process.stdout.close()
        assert process.wait(20) == 0


def test_the_page_is_served_until_one_ends_it(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "3")
    with served("--as", "ada", "--as", "bob") as links:
        pages = {who: urlopen(link).read() for who, link in links.items()}
        people = {
            who: json.load(urlopen(f"{link}session"))["person"] for who, link in links.items()
        }

    assert people == {"ada": "ada", "bob": "bob"}
    assert pages["ada"].startswith(b"<!doctype html>")
    assert links["ada"].startswith("http://127.0.0.1:")


def test_data_without_labels_is_asked_about_at_once(tilth, shop):
    file = shop / "data" / "reviews.csv"
    file.write_text(file.read_text().replace(",neutral\n", ",\n"))
    with served() as links:
        assert [*links] == ["ada"]
    (asked,) = [e for e in read_log(shop) if e["kind"] == "round"]

    assert asked["source"] == "unlabelled"
    assert asked["note"] == "20 without a label"


def test_the_same_secret_gives_the_same_links_again(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "3")
    paths = []
    for _ in range(2):
        with served("--token", "a secret that is long") as links:
            paths.append(links["ada"].rpartition(":")[2].partition("/")[2])

    assert paths[0] == paths[1]


def test_a_port_that_is_taken_is_told(tilth, shop):
    tilth("labels", "sample", "tone", "-n", "3")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = tilth("labels", "review", "tone", "--no-browser", "--port", port)

    assert answer.code == 1
    assert "choose another `--port`" in answer.err


def test_a_page_about_nothing_says_how_to_ask(tilth, shop):
    answer = tilth("labels", "review", "tone", "--no-browser")

    assert answer.code == 1
    assert "tilth labels sample tone" in answer.err


@pytest.mark.parametrize("options", [["--host", "0.0.0.0"], ["--token", "short"]])
def test_a_page_for_others_needs_a_token(tilth, shop, options):
    tilth("labels", "sample", "tone", "-n", "3")
    answer = tilth("labels", "review", "tone", "--no-browser", *options)

    assert answer.code == 2
    assert "token" in answer.err


def test_a_name_that_is_none_is_refused(tilth, shop):
    assert tilth("labels", "review", "tone", "--as", "a\nb").code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(tilth, shop):
    (shop / "labels").chmod(0o555)
    try:
        assert "Permission denied" in tilth("labels", "sample", "tone", "-n", "3").err
    finally:
        (shop / "labels").chmod(0o755)


def test_after_a_review_only_the_nodes_that_use_the_labels_run_again(tilth, shop):
    (shop / "catalog.yml").write_text(
        (shop / "catalog.yml").read_text()
        + "tone_log: {format: labels, location: labels/tone.jsonl}\n"
    )
    (shop / "tilth.yml").write_text(
        (shop / "tilth.yml").read_text()
        + """
pipelines:
  main:
    nodes:
      - {call: work.lengths, inputs: [reviews]}
      - {call: work.mended, inputs: [reviews, tone_log]}
"""
    )
    (shop / "work.py").write_text(
        "import polars as pl\n\n\n"
        "def lengths(reviews: pl.DataFrame) -> int:\n    return reviews.height\n\n\n"
        "def mended(reviews: pl.DataFrame, log: pl.DataFrame) -> list:\n"
        "    agreed = log.filter(pl.col('label').is_not_null())\n"
        "    both = reviews.join(agreed, left_on='id', right_on='item', how='left')\n"
        "    return both.select(pl.coalesce('label', 'tone')).to_series().to_list()\n"
    )
    scribe = Scribe()
    file = shop / "labels" / "tone.jsonl"
    file.write_text(to_line(Head(grammar=1)))
    first = tilth("run")
    scribe.log(file).append(scribe.decision("r0", "bad"))
    planned = tilth("plan", "--json").json
    second = tilth("run", "--json")

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert second.json["counts"] == {"done": 1, "reused": 1}
    assert [each["node"] for each in planned["nodes"] if each["reason"]] == ["mended"]
