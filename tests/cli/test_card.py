"""The card tells what is on record of a version, names what is not, and claims nothing else."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser

import pytest

FILES = {
    "tilth.yml": """
name: bills
pipelines:
  main:
    nodes:
      - {call: shop.train, inputs: []}
      - {call: shop.test, inputs: []}
  model:
    stage: train
    with:
      train: train
      test: test
      target: late
      prefix: late
      estimators: []
      evaluate: {labels: false}
""",
    "catalog.yml": """
late_model:
  format: skops
  read: {trusted: [sklearn, tilth]}
  description: Tells which bills are paid late
""",
    "params.yml": "{}\n",
    "src/shop.py": '''
import numpy as np
import polars as pl


def _bills(n: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    amount, town = rng.gamma(4, 50, n).round(), rng.choice(["Oslo", "Bonn", "Ulm"], n)
    risk = np.where(town == "Ulm", 0.5, 1 / (1 + np.exp(4 - 0.02 * amount)))
    return pl.DataFrame({"amount": amount, "town": town, "late": rng.random(n) < risk})


def train() -> pl.DataFrame:
    """Rows to learn from."""
    return _bills(400, 1)


def test() -> pl.DataFrame:
    """Rows to be judged by."""
    return _bills(500, 2)
''',
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    from tilth.project import Project
    from tilth.project.bundling import bundled
    from tilth.project.models import register

    folder = tmp_path_factory.mktemp("made")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with Project(folder) as project:
        assert project.run().ok
        register(project, "late_model", "late", "the first <b>one</b>")
        bundled(project, "late@1")
    return folder


@pytest.fixture
def shop(made, tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


class Parsed(HTMLParser):
    """Which tags were opened and not closed, and the links to elsewhere."""

    EMPTY = frozenset({"meta", "line", "circle"})

    def __init__(self, text):
        super().__init__()
        self.open, self.places = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.places += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        pass


def test_the_first_sentences_are_plain_and_true(shop, tilth):
    told = tilth("models", "card", "late@1").out
    facts = tilth("models", "card", "late@1", "--json").json

    lead = told.split("\n\n")[2]
    assert lead.startswith("Tells which bills are paid late. For each row that it is given, it")
    assert "whether `late` is true or false" in lead
    assert "It learned from 400 rows of `train`, of which it looks at 2 columns." in lead
    wrong = round(100 * facts["test"]["overall"])
    assert (
        f"On 500 rows of `test`, none of which it learned from, about {wrong} of every 100" in lead
    )
    assert lead.endswith("It is not live.")
    assert not re.search(r"hyper|estimator|pipeline|AUC|sklearn", lead)


def test_errors_are_those_that_the_predictions_have(shop, tilth):
    from tilth.project import Project

    facts = tilth("models", "card", "late@1", "--json").json
    with Project(shop) as project:
        predictions = project.load("late_predictions")

    wrong = (predictions["late"] != predictions["prediction"]).mean()
    assert facts["test"]["overall"] == pytest.approx(wrong)
    assert sum(map(sum, facts["test"]["confusion"])) == 500


def test_weak_kinds_of_rows_and_simpler_models_are_shown(shop, tilth):
    told = tilth("models", "card", "late@1").out

    assert "| town = Ulm |" in told
    assert "`dummy`" in told
    assert "has the best mean roc_auc of 5 folds" in told


def test_gaps_name_the_command_that_fills_them(shop, tilth):
    told = tilth("models", "card", "late@1").out

    gaps = re.findall(r"\*Nothing on record:\* (.*)", told)
    assert [each.partition(".")[0] for each in gaps] == [
        "what it has to show before it may go live",
        "what moves its answers",
        "a judgement by a person",
        "a test of its bundle",
    ]
    assert all("`tilth " in each for each in gaps)
    for command in re.findall(r"`(tilth models (?:approve|test) [^`]+)`", " ".join(gaps)):
        assert tilth(*command.replace('"..."', "fine").split()[1:]).code == 0, command

    filled = tilth("models", "card", "late@1").out
    assert len(re.findall(r"\*Nothing on record:\*", filled)) == 2
    assert "| approved | fine |" in filled
    assert "| passed |" in filled


def test_goals_are_shown_with_their_evidence(shop, tilth):
    (shop / "goals.yml").write_text(
        "late:\n  rows: test\n  target: late\n  positive: true\n  draws: 200\n  goals:\n"
        "    - {measure: accuracy, at_least: 0.5, why: a coin has as much}\n"
        "    - {measure: accuracy, at_least: 0.999, why: nobody errs}\n"
    )
    assert tilth("models", "validate", "late@1").code == 1
    told = tilth("models", "card", "late@1").out

    assert "Of the 2 goals that were set for it, it meets 1." in told
    assert "Judged on 500 rows of `test`." in told
    assert re.search(r"\| accuracy at least 0.999 \| failed \| .* \| nobody errs \|", told)


def test_a_bypass_shows(shop, tilth):
    tilth("models", "promote", "late@1", "--override", "--why", "the old one is broken")
    told = tilth("models", "card", "late@1").out

    assert "It is live, as `late@production`, since " in told
    assert "| became `production` | the old one is broken |" in told


def test_the_page_stands_for_itself(shop, tilth):
    assert tilth("models", "card", "late@1", "--to", "card.html").err.endswith("is in card.html\n")
    page = (shop / "card.html").read_text()
    parsed = Parsed(page)

    assert parsed.open == []
    assert parsed.places == [], "nothing from elsewhere"
    assert "<script" not in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert "the first &lt;b&gt;one&lt;/b&gt;" in page
    assert len(page) < 100_000


def test_a_model_that_nothing_is_known_of_has_a_card_of_gaps(shop, tilth):
    (shop / "tilth.yml").write_text(
        "pipelines: {main: {nodes: [{call: rule.rule, inputs: [], outputs: rule}]}}\n"
    )
    (shop / "catalog.yml").write_text("{}\n")
    (shop / "src" / "rule.py").write_text('def rule() -> dict:\n    """A rule."""\n    return {}\n')
    tilth("run")
    tilth("models", "register", "rule")
    told = tilth("models", "card", "rule@1").out

    assert "It is dict, which this project calls `rule`. It is not live." in told
    assert told.count("*Nothing on record:*") >= 6


def test_a_text_is_written_for_a_repository(shop, tilth):
    tilth("models", "card", "late@1", "--to", "CARD.md")

    assert (shop / "CARD.md").read_text().startswith("# late@1\n")
    told = tilth("models", "card", "late@1", "--json", "--to", "CARD.md").out
    assert json.loads(told)["to"] == "CARD.md"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["late@7"], "there is no version of model `late` `7`"),
        (["lade"], "there is no model `lade`"),
        (["late@1", "--to", "nowhere/card.html"], "cannot be written to nowhere/card.html"),
        (["late@1", "--to", "src"], "cannot be written to src"),
    ],
)
def test_mistakes_are_told(shop, tilth, arguments, said):
    answer = tilth("models", "card", *arguments)

    assert answer.code in (1, 2)
    assert said in answer.err
