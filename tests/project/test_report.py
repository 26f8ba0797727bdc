"""A report: a first page in plain words, and behind each number the node that found it."""

from __future__ import annotations

import re
import textwrap
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from tilth import Project
from tilth.errors import MissingDataError, UnknownNameError
from tilth.graph.select import Selection
from tilth.project.report.embedded import embedded
from tilth.project.report.shown import number, of_hundred
from tilth.project.report.success import success_by_measures, success_of

PROJECT = """
name: bills & <b>co</b>
pipelines:
  look:
    stage: analyse
    with: {table: train, target: late}
  model:
    stage: train
    with:
      train: train
      test: test
      target: late
      prefix: late
      estimators: [tree]
      evaluate: {labels: false}
  own:
    nodes:
      - {call: shop.own_page, inputs: [test]}
"""
CATALOG = """
train:
  format: csv
  location: train.csv
  contract: {others: allow, columns: {amount: {not_null: true}}}
test: {format: csv, location: test.csv}
"""
CODE = """
import polars as pl


def own_page(test: pl.DataFrame) -> str:
    return "<html><style>b {}</style><body><script>alert(1)</script>mine</body></html>"
"""
ODD = "<i>town</i>"


def bills(n, seed):
    rng = np.random.default_rng(seed)
    amount, age = rng.gamma(4, 50, n).round(), rng.integers(0, 20, n)
    town = rng.choice(["Oslo", "Bonn", "Ulm"], n)
    risk = 0.02 * (amount - 200) + np.where(town == "Oslo", 2, -1) - 0.2 * age
    late = rng.random(n) < 1 / (1 + np.exp(-risk))
    return pl.DataFrame({"amount": amount, "age": age, ODD: town, "late": late})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("bills")
    bills(600, seed=1).write_csv(made / "train.csv")
    bills(400, seed=2).write_csv(made / "test.csv")
    (made / "tilth.yml").write_text(PROJECT)
    (made / "catalog.yml").write_text(CATALOG)
    (made / "src").mkdir()
    (made / "src" / "shop.py").write_text(CODE)
    with Project(made) as project:
        project.run().checked()
    return made


@pytest.fixture(scope="module")
def project(folder):
    with Project(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(project):
    return project.report()


@pytest.fixture(scope="module")
def html(report):
    return report.html


class Page(HTMLParser):
    """What a page holds: tags, anchors, links, and texts."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.anchors, self.links, self.texts = set(), set(), [], []
        self.outside = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if given.get("id"):
            self.anchors.add(given["id"])
        if given.get("href", "").startswith("#"):
            self.links.append(given["href"][1:])
        self.outside += [
            value for name, value in attrs
            if name in ("href", "src", "action") and value and not value.startswith("#")
        ]  # fmt: skip

    def handle_data(self, data):
        self.texts.append(data)


def words_of(report):
    return [
        said.text for answers in report.told.values() for each in answers for said in each.sentences
    ]


# The first page


SCOPE = """
scope:
  problem: Bills are paid late, and nobody knows <b>which</b>.
  metric: "The share of `late` ones found: ${env:TEST_SCOPE_SECRET}"
  costs:
  risks: ""
pipelines: {own: {nodes: [{call: shop.one}]}}
"""


@pytest.fixture
def scoped(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SCOPE_SECRET", "hunter2-planted")
    (tmp_path / "tilth.yml").write_text(SCOPE)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text("def one() -> int:\n    return 1\n")
    with Project(tmp_path) as project:
        project.run().checked()
        yield project


def test_it_opens_with_what_the_project_is_for_and_an_empty_part_is_shown_as_empty(scoped):
    html = scoped.report().html
    front = html[html.index("</header>") :]
    first = front[front.index("<section") : front.index("</section>")]

    assert 'id="scope"' in first
    assert "nobody knows &lt;b&gt;which&lt;/b&gt;" in first
    assert "<code>late</code>" in first
    assert first.count("nobody has said") == 3
    assert "<dt>What it has to beat</dt>" in first
    assert scoped.report()._repr_html_().index('id="scope"') < 60


def test_a_secret_in_the_scope_is_not_shown(scoped):
    report = scoped.report()

    assert "hunter2" not in report.html + str(report.as_dict()) + repr(report)
    assert report.as_dict()["scope"] == {
        "problem": "Bills are paid late, and nobody knows <b>which</b>.",
        "metric": "The share of `late` ones found: ${env:TEST_SCOPE_SECRET}",
        "baseline": None,
        "costs": None,
        "risks": None,
    }


def test_of_a_project_without_a_scope_every_part_is_empty(report, html):
    assert set(report.as_dict()["scope"].values()) == {None}
    assert html.count("nobody has said") == 5


def test_it_tells_how_good_the_model_is_as_its_predictions_have_it(project, report):
    said = project.load("late_predictions")
    right = of_hundred((said["late"] == said["prediction"]).mean())
    usual = of_hundred(said["late"].value_counts(sort=True)["count"][0] / said.height)

    (text,) = [each for each in words_of(report) if each.startswith("Of 100 cases it gets")]
    assert text.startswith(f"Of 100 cases it gets about {right} right")
    assert f"To say `False` each time would get {usual} right." in text


def test_it_says_which_model_was_chosen_and_out_of_how_many(project, report):
    comparison = project.load("late_comparison")

    text = " ".join(words_of(report))
    assert f"{len(comparison['models'])} models were tried" in text
    assert "the model `" not in text  # each has a name that everybody understands


def test_it_is_in_plain_words(report):
    """R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32, 1948."""
    text = " ".join(words_of(report)).replace("`", "")
    sentences = max(1, len(re.findall(r"[.:?](?:\s|$)", text)))
    words = re.findall(r"[A-Za-z]+", text)
    syllables = sum(
        max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", each.lower())))) for each in words
    )
    ease = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)

    assert len(words) > 60
    assert ease >= 70, f"{ease:.0f}: harder than plain English"
    for jargon in ("fold", "roc", "auc", "metric", "hyperparameter", "baseline", "loss"):
        assert jargon not in text.lower().split()


def test_each_number_links_to_the_run_and_the_node_that_found_it(project, report, html):
    page = Page(html)

    assert len(page.links) > 8
    assert set(page.links) <= page.anchors
    made_by = {each.node for each in project.history.node_runs(report.run.id)}
    for answers in report.told.values():
        for each in answers:
            for said in each.sentences:
                assert said.facts
                assert {fact.made_by.node for fact in said.facts} <= made_by


def test_for_programs_each_sentence_says_where_it_is_from(project, report):
    told = report.as_dict()

    (sentence, *_) = told["models"]["late"]["How good it is"]
    (origin,) = sentence["from"]
    assert origin["dataset"] == "late_predictions"
    assert origin["fingerprint"] == project.version("late_predictions").fingerprint
    assert origin["run"] == told["run"] == 1


# The page


def test_the_page_needs_nothing_but_itself(html):
    page = Page(html)

    assert "script" not in page.tags
    assert page.outside == []
    assert "url(" not in html
    assert len(html) < 3_000_000


def test_it_holds_what_stages_wrote_and_nothing_that_others_did(html):
    assert 'shadowrootmode="open"' in html
    assert "What to do next" in html
    assert "alert(1)" not in html


def test_names_from_data_are_text_and_never_markup(html):
    assert ODD not in html
    assert "&lt;i&gt;town" in html
    assert "<b>co</b>" not in html


def test_it_shows_contracts_sources_steps_and_libraries(html):
    page = Page(html)

    assert {"checks", "sources", "steps", "environment", "origins", "metrics"} <= page.anchors
    assert "polars" in " ".join(page.texts)


def test_it_is_written_where_one_says(report, tmp_path):
    written = report.save(tmp_path / "deep" / "er.html")

    assert written.read_text(encoding="utf-8") == report.html


def test_an_earlier_run_is_told_as_it_was(project):
    again = project.run("own")

    assert project.report(again.run).chapters == ()
    assert "One step was done" in re.sub("<[^>]+>", "", project.report(again.run).html)
    assert set(project.report(1).told) == {"late"}


PREPARED = """
pipelines:
  prepare: {stage: prepare, with: {table: bills, target: late}}
  model:
    stage: train
    with: {train: bills_train, test: bills_test, target: late, prefix: late, estimators: [tree],
           preparation: bills_preparation, evaluate: false}
"""


def prepared(folder, table, more=""):
    """A project that prepares a table and learns from it; more pipelines may follow."""
    table.write_csv(folder / "bills.csv")
    (folder / "catalog.yml").write_text("bills: {format: csv, location: bills.csv}")
    (folder / "tilth.yml").write_text(PREPARED + more)
    return Project(folder)


def test_what_may_leak_and_what_became_of_columns_is_told(tmp_path):
    rng = np.random.default_rng(0)
    table = bills(500, seed=3).with_columns(fee=pl.col("late") * 7.5 + rng.normal(0, 0.1, 500))
    with prepared(tmp_path, table) as project:
        project.run().checked()
        report = project.report()
        page = Page(report.html)

    assert any("`fee` may give the answer away" in each for each in words_of(report))
    assert {"columns-0", "leakage-0"} <= page.anchors
    navigation = report.html.partition("<nav>")[2].partition("</nav>")[0]
    assert '<a href="#columns-0">What becomes of each column</a>' in navigation


def test_goals_are_told_with_their_reasons_and_cases_without_an_answer_with_their_number(tmp_path):
    table = bills(600, seed=3).with_columns(late=pl.when(pl.int_range(600) % 6 > 0).then("late"))
    check = """
  check:
    stage: validate
    with: {model: late_model, rows: bills_test, target: late, prefix: late,
           goals: [{measure: accuracy, at_least: 0.3, why: a coin is no worse}]}
"""
    with prepared(tmp_path, table, check) as project:
        project.run().checked()
        told = words_of(project.report())

    assert "The goal is: accuracy at least 0.3. The reason: a coin is no worse." in told
    assert any(each.startswith("100 of 600 cases have no answer to learn from") for each in told)


def test_a_test_that_was_used_often_is_told(folder, monkeypatch):
    monkeypatch.setattr("tilth.project.report.words.OFTEN", 2)
    counts = []
    for seed in (5, 6, 7):
        text = PROJECT.replace("estimators: [tree]", f"estimators: [tree]\n      seed: {seed}")
        text = text.replace("evaluate: {labels: false}", "evaluate: false\n      prefer: best")
        (folder / "tilth.yml").write_text(text.replace("[tree]", "[{forest: {n_estimators: 3}}]"))
        with Project(folder) as project:
            run = project.run("model").checked()
            told = project.report(run.run)
            counts.append(told.chapters[0].n_measured)
            said = " ".join(words_of(told))
    (folder / "tilth.yml").write_text(PROJECT)

    assert counts == sorted(counts)
    assert counts[-1] >= 2
    assert ("The same test was used for" in said) == (counts[-1] > 2)


# Without a model, and what goes wrong


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "flow.py").write_text(
        textwrap.dedent("""
        from tilth import node, pipeline

        def prices() -> list: return [1, 2, 3]
        def total(prices: list) -> dict: return {"total": sum(prices)}
        def fail(prices: list) -> int: raise ValueError("no <price>")

        pipeline = pipeline([node(prices), node(total), node(fail)])
        """)
    )
    with Project(tmp_path / "flow.py") as project:
        yield project


def test_a_run_without_a_model_is_told_as_well(shop):
    shop.run(selection=Selection(to_nodes=("total",))).checked()

    assert "2 steps were done" in re.sub("<[^>]+>", "", shop.report().html)


def test_a_run_that_failed_says_so_first(shop):
    ended = shop.run()
    report = shop.report(ended.run)
    html = report.html

    assert report.scope is None  # a single file has no place for one
    assert 'id="scope"' not in html
    assert "It did not come to its end" in html
    assert "no &lt;price&gt;" in html


def test_before_the_first_run_it_says_what_to_do(shop):
    with pytest.raises(MissingDataError, match="nothing ran so far") as caught:
        shop.report()
    assert "tilth run" in (caught.value.hint or "")


def test_a_run_that_is_not_there_is_named(project):
    with pytest.raises(UnknownNameError, match="99"):
        project.report(99)


# Its parts


def test_success_with_two_classes_is_that_of_a_table_counted_by_hand():
    truth = [True] * 10 + [False] * 90
    guess = [True] * 6 + [False] * 4 + [True] * 2 + [False] * 88
    found = success_of(pl.DataFrame({"late": truth, "prediction": guess}), "late")

    assert found is not None
    assert not found.is_quantity
    assert found.own.value == pytest.approx(0.94)
    assert (found.usual, found.simple) == (False, pytest.approx(0.9))
    assert found.rare is True
    assert found.found == pytest.approx(0.6)
    assert found.right == pytest.approx(6 / 8)


def test_success_with_a_number_is_the_mean_distance():
    said = pl.DataFrame({"price": [1.0, 2.0, 9.0, None], "prediction": [2.0, 2.0, 7.0, 3.0]})
    found = success_of(said, "price")

    assert found is not None
    assert found.is_quantity
    assert found.own.value == pytest.approx(1.0)
    assert found.usual == pytest.approx(2.0)
    assert found.simple == pytest.approx((1 + 0 + 7) / 3)


def test_of_several_classes_none_is_told_by_itself():
    said = pl.DataFrame({"town": ["a", "b", "c", "c"], "prediction": ["a", "b", "c", "a"]})
    found = success_of(said, "town")

    assert found is not None
    assert found.rare is None
    assert found.own.value == pytest.approx(0.75)


@pytest.mark.parametrize(
    "said",
    [
        pl.DataFrame({"other": [1]}),
        pl.DataFrame({"late": [], "prediction": []}, schema={"late": bool, "prediction": bool}),
        pl.DataFrame({"late": [None], "prediction": [True]}, schema_overrides={"late": bool}),
    ],
)
def test_with_nothing_to_compare_nothing_is_said(said):
    assert success_of(said, "late") is None


def test_numbers_are_as_people_say_them():
    assert [of_hundred(each) for each in (0.0, 0.001, 0.5, 0.9999, 1.0)] == [
        "0", "less than 1", "50", "more than 99", "100",
    ]  # fmt: skip
    assert [number(each) for each in (1234.5, 0.12345, float("nan"), True, "x")] == [
        "1,234", "0.123", "–", "True", "x",
    ]  # fmt: skip


def test_what_is_no_page_is_not_put_into_one():
    assert embedded("plain text") == ""
    shown = embedded("<style>\n:root { --a: 1 }</style><body><main><p>x</p></main></body>")
    assert "<p>x</p>" in shown
    assert ":host { --a: 1 }" in shown


@pytest.mark.parametrize("prefix", ["late", "rows"])
def test_what_gives_the_answer_away_is_told(tmp_path, prefix):
    rows = bills(500, seed=1).with_columns(
        fee=pl.when("late").then(pl.col("amount")).otherwise(0.0), bill=pl.int_range(500)
    )
    rows.write_csv(tmp_path / "rows.csv")
    (tmp_path / "catalog.yml").write_text("rows: {format: csv, location: rows.csv}\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "tilth.yml").write_text(
        f"""
pipelines:
  ready:
    stage: prepare
    with: {{table: rows, target: late, prefix: {prefix}, split: {{key: bill, validation: 0.2}}}}
  model:
    stage: train
    with:
      {{train: {prefix}_train, test: {prefix}_test, preparation: {prefix}_preparation,
        target: late, prefix: late, estimators: [tree], evaluate: false}}
"""
    )

    with Project(tmp_path) as project:
        project.run().checked()
        told = words_of(project.report())

    assert "The column `fee` may give the answer away, and not be known when one asks." in told


def test_measures_on_record_tell_the_same_as_predictions():
    truth = [True] * 10 + [False] * 90
    guess = [True] * 6 + [False] * 4 + [True] * 2 + [False] * 88
    quality = {
        "measures": {"accuracy": {"value": 0.94, "low": 0.88, "high": 0.97, "level": 0.95}},
        "confusion": [[88, 2], [4, 6]],
        "classes": ["False", "True"],
        "positive": "True",
    }
    ours = success_by_measures(quality)
    theirs = success_of(pl.DataFrame({"late": truth, "prediction": guess}), "late")

    assert ours is not None
    assert theirs is not None
    for name in ("simple", "found", "right"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name))
    assert (ours.usual, ours.rare) == (str(theirs.usual), str(theirs.rare))
    assert ours.own.value == pytest.approx(theirs.own.value)


def test_of_a_quantity_that_was_only_measured_no_rule_is_told():
    mae = {"value": 2.0, "low": 1.8, "high": 2.3, "level": 0.95}
    found = success_by_measures({"measures": {"mae": mae}, "positive": None})

    assert found is not None
    assert found.is_quantity
    assert found.simple is None
    assert success_by_measures({"measures": {}, "positive": None}) is None
