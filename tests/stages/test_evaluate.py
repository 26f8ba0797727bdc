"""A planted weakness is found, explained, and answered with the right advice, end to end."""

from __future__ import annotations

from html import escape

import numpy as np
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from tilth.errors import DataError, DefinitionError, UnknownNameError
from tilth.project import Project
from tilth.stages.evaluate import evaluate
from tilth.stages.evaluate.advice import advise
from tilth.stages.evaluate.labels import examine_labels
from tilth.stages.evaluate.learning import learning_curve, rehearse_cleaning
from tilth.stages.evaluate.page import write_page
from tilth.stages.evaluate.robust import compare_training
from tilth.stages.evaluate.slices import diagnose_slices, find_slices
from tilth.stages.evaluate.worst import worst_rows
from tilth.testing.stages import StageTests

CATALOG = """
predictions: {format: csv, location: data/predictions.csv}
rows: {format: csv, location: data/rows.csv}
"""

FEATURES = ["a", "b", "c", "d", "region"]


def asked(**changes):
    told = dict.fromkeys(
        ("rows", "probability", "positive", "loss", "attributes", "features", "model")
    )
    told |= {"predictions": "scored", "train": "rows", "target": "y", "prediction": "said"}
    return told | changes


def fitted(train, kind):
    names = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["region"]),
        remainder="passthrough",
    )
    return make_pipeline(names, kind).fit(train.select(FEATURES), train["y"].to_numpy())


def boosting():
    return HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, early_stopping=False, random_state=0
    )


def found_by_the_nodes(train, test, model, most_rows=10_000, **settings):
    """What each node of the stage makes, by name; as the pipeline plugs them together."""
    told = asked(attributes=FEATURES, features=FEATURES, **settings.pop("asked", {}))
    table = test.with_columns(said=pl.Series(model.predict(test.select(FEATURES))))
    learned = {"train": train, "model": model}
    weak = find_slices(table, told)
    suspects, noise, opinions = examine_labels(table, told, **learned)
    curve = learning_curve(table, told, weak=weak, **learned, most_rows=most_rows)
    rehearsal = rehearse_cleaning(train, told, noise, model)
    slices = diagnose_slices(table, told, weak=weak, opinions=opinions, curve=curve, **learned)
    advice = advise(slices, noise=noise, curve=curve, rehearsal=rehearsal, **settings)
    page = write_page(
        advice, slices, worst_rows(table, told), title="scored", noise=noise, suspects=suspects,
        curve=curve,
    )  # fmt: skip
    return {
        "suspects": suspects, "noise": noise, "curve": curve, "slices": slices,
        "advice": advice, "page": page, "rehearsal": rehearsal,
    }  # fmt: skip


@pytest.fixture(scope="module")
def few_rows(make_world):
    train = make_world(1500, seed=1, own_rule=True, north=0.05)
    test = make_world(1000, seed=2, own_rule=True, north=0.2)
    return found_by_the_nodes(train, test, fitted(train, boosting()))


@pytest.fixture(scope="module")
def noisy(make_world):
    train, test = (make_world(1000, seed=seed, noise=0.15) for seed in (1, 2))
    return train, found_by_the_nodes(train, test, fitted(train, LogisticRegression()))


@pytest.fixture(scope="module")
def healthy(make_world):
    train, test = (make_world(1500, seed=seed) for seed in (1, 2))
    return found_by_the_nodes(train, test, fitted(train, LogisticRegression()))


class TestEvaluate(StageTests):
    @pytest.fixture
    def stage(self):
        return "evaluate"

    @pytest.fixture
    def settings(self):
        return {
            "predictions": "predictions",
            "target": "y",
            "prediction": "said",
            "train": "rows",
            "most_rows": 200,
        }

    @pytest.fixture
    def files(self, make_world):
        train, test = make_world(200, seed=1), make_world(200, seed=2)
        said = pl.when(pl.col("a") > 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
        return {
            "catalog.yml": CATALOG,
            "data/predictions.csv": test.with_columns(said=said).write_csv(),
            "data/rows.csv": train.write_csv(),
        }

    def test_another_price_ranks_anew_and_trains_nothing(self, folder):
        with Project(folder) as project:
            project.run()
        told = (folder / "tilth.yml").read_text()
        (folder / "tilth.yml").write_text(
            told.replace('"most_rows": 200', '"most_rows": 200, "prices": {"collect_row": 9}')
        )
        with Project(folder) as project:
            again = project.run()
            ran = {
                each.node for each in project.history.node_runs(again.run) if each.state == "done"
            }

        assert ran == {"advise_predictions", "write_page_predictions"}

    def test_what_was_found_is_loaded_by_what_made_it(self, folder):
        with Project(folder) as project:
            project.run()
            (slices,) = project.slices()
            (advice,) = project.advice()
            (now,) = project.slices("predictions")

        assert slices.dataset == "predictions_slices"
        assert advice.dataset == "predictions_advice"
        assert [each["slice"] for each in now.findings] == [e["slice"] for e in slices.findings]
        assert "<table>" in advice._repr_html_()
        assert slices.title.split(": ")[1] in slices._repr_html_()


# What is planted is found


def test_a_slice_with_a_rule_of_its_own_and_few_rows_is_found_and_its_rows_wanted(few_rows):
    worst = few_rows["slices"]["findings"][0]

    assert worst["slice"] == "region = north"
    assert worst["diagnoses"][0]["cause"] == "few rows"
    assert worst["difference"]["low"] > 0
    assert worst["p"] < few_rows["slices"]["level"]


def test_where_few_rows_are_the_problem_collecting_them_comes_first(few_rows):
    first = few_rows["advice"]["actions"][0]

    assert (first["rank"], first["kind"], first["verdict"]) == (1, "collect rows", "gains")
    assert "region = north" in first["what"]
    assert first["command"] == (
        f"tilth data order rows --slice 'region = north' --rows {first['units']}"
    )
    assert f"<code>{escape(first['command'])}</code>" in few_rows["page"]


def test_labels_that_are_wrong_are_found_and_their_share_told(noisy):
    train, found = noisy
    truth = np.where(train["a"] + train["b"] > 0, "yes", "no")
    wrong = set(np.flatnonzero(train["y"].to_numpy() != truth).tolist())
    queue = found["suspects"].filter(pl.col("part") == "train", pl.col("kind") == "random")

    hits = [row in wrong for row in queue["row"]]

    assert np.mean(hits) > 0.85
    assert sum(hits) > 0.7 * len(wrong)
    rate = found["noise"]["rate"]
    assert rate["low"] - 0.03 < 0.15 < rate["high"] + 0.03
    assert found["noise"]["kinds"]["random"]["value"] > 0.8
    assert "labels look wrong" in found["noise"]["warning"]


def test_where_labels_are_the_problem_fixing_them_comes_first(noisy):
    actions = noisy[1]["advice"]["actions"]

    assert actions[0]["kind"] == "fix labels"
    assert actions[0]["rank"] == 1
    assert noisy[1]["rehearsal"]["looks_like"] == "random"


def test_a_dear_check_makes_rows_the_better_buy(noisy):
    found = noisy[1]
    facts = {name: found[name] for name in ("noise", "curve", "rehearsal")}

    advice = advise(found["slices"], **facts, prices={"check_label": 100, "collect_row": 0.1})

    assert advice["actions"][0]["kind"] == "collect rows"


def test_where_nothing_is_wrong_the_advice_is_to_leave_it(healthy):
    advice = healthy["advice"]

    assert [each["kind"] for each in advice["actions"]] == ["leave it"]
    assert advice["summary"].startswith("leave it")
    assert [each["kind"] for each in advice["too_small"]] == ["collect rows"]
    assert healthy["slices"]["findings"] == []
    assert healthy["noise"]["rate"]["value"] < 0.02


def test_a_convention_calls_for_the_instruction(make_world):
    train, test = (make_world(1000, seed=seed, one_way=0.25) for seed in (1, 2))

    found = found_by_the_nodes(train, test, fitted(train, LogisticRegression()))

    (first, *_) = found["noise"]["conventions"]
    assert (first["given"], first["suggested"]) == ("no", "yes")
    assert "revise the instruction" in {each["kind"] for each in found["advice"]["actions"]}
    assert found["noise"]["kinds"]["systematic"]["low"] > 0.5


def test_a_slice_whose_gain_cannot_be_told_is_still_told_to_lack_rows(make_world):
    train = make_world(1000, seed=1, own_rule=True, north=0.04)
    test = make_world(1000, seed=2, own_rule=True, north=0.2)

    found = found_by_the_nodes(train, test, fitted(train, boosting()))

    (note,) = [each for each in found["advice"]["notes"] if "region = north" in each]
    assert note.startswith("`region = north`: collect rows; it is 3.3% of the training rows")


# The page


@pytest.mark.parametrize("which", ["few_rows", "healthy"])
def test_the_page_needs_no_network_and_no_script(which, request):
    page = request.getfixturevalue(which)["page"]

    assert page.startswith("<!doctype html>")
    assert len(page) < 1_000_000
    assert "<script" not in page
    assert "http" not in page
    assert "nan" not in page.replace("\n", " ").split()


def test_the_page_says_first_what_to_do(few_rows):
    page = few_rows["page"]

    assert page.index("What to do next") < page.index("Where the model fails")
    assert "Collect rows" in page
    assert "region = north" in page


def test_values_of_the_data_cannot_become_markup(make_world):
    table = make_world(400, seed=1).with_columns(
        said=pl.lit("yes"), region=pl.lit("<img src=x onerror=alert(1)>")
    )
    told = asked(train=None)

    weak = diagnose_slices(table, told, weak=find_slices(table, told))
    page = write_page(advise(weak), weak, worst_rows(table, told), title="<b>")

    assert "<img" not in page
    assert "<b>" not in page.partition("<h1>")[2].partition("</h1>")[0]


# Other kinds of targets


def test_of_a_quantity_the_part_about_labels_is_left_out_and_said_so():
    rng = np.random.default_rng(0)
    x, kind = rng.normal(size=1200), rng.choice(["a", "b", "c"], 1200)
    y = 3 * x + rng.normal(0, np.where(kind == "b", 4.0, 1.0))
    table = pl.DataFrame({"x": x, "kind": kind, "y": y, "said": 3 * x})
    train, told = table.head(600), asked(features=["x"])
    model = LinearRegression().fit(train.select("x"), train["y"].to_numpy())

    weak = find_slices(table, told)
    suspects, noise, opinions = examine_labels(table, told, train=train, model=model)
    curve = learning_curve(table, told, weak=weak, train=train, model=model)
    slices = diagnose_slices(table, told, weak=weak, opinions=opinions, curve=curve, train=train)
    advice = advise(slices, noise=noise, curve=curve)

    assert weak["findings"][0]["slice"] == "kind = b"
    assert weak["loss"] == "absolute error"
    assert "quantity" in noise["left_out"]
    assert suspects.height == 0
    assert curve["metric"] == "mean absolute error"
    assert any("quantity" in each for each in advice["notes"])


def test_several_classes_are_judged_by_their_probabilities():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(900, 2))
    y = np.array(["low", "mid", "high"])[np.digitize(x[:, 0], [-0.5, 0.5])]
    model = LogisticRegression().fit(x, y)
    chances = pl.DataFrame(model.predict_proba(x), [f"p_{name}" for name in model.classes_])
    table = pl.DataFrame({"u": x[:, 0], "v": x[:, 1], "y": y}).hstack(chances)
    told = asked(prediction=None, probability="p_{}", train=None, attributes=["u", "v"])

    weak = find_slices(table, told)
    _, noise, _ = examine_labels(table, told)

    assert (weak["task"], weak["loss"]) == ("classes", "log loss")
    assert weak["classes"] == ["high", "low", "mid"]
    assert sum(map(sum, weak["confusion"])) == 900
    assert noise["rate"]["value"] < 0.05


def test_a_curve_that_does_not_reach_to_the_rows_there_are_says_so(make_world):
    train, test = make_world(1000, seed=1), make_world(300, seed=2)
    table = test.with_columns(said=pl.lit("yes"))
    told = asked(attributes=FEATURES, features=FEATURES)

    weak = find_slices(table, told)
    curve = learning_curve(table, told, weak=weak, train=train, most_rows=200)
    advice = advise(diagnose_slices(table, told, weak=weak), curve=curve)

    assert "200 of 1,000 rows" in curve["too_far"]
    assert advice["summary"].startswith("cannot say what would gain: the learning curve")


def test_what_the_model_said_is_the_last_point_of_a_curve_of_some_of_its_rows(make_world):
    train, test = make_world(3000, seed=1), make_world(800, seed=2)
    model = fitted(train, boosting())
    right = float((model.predict(test.select(FEATURES)) == test["y"].to_numpy()).mean())

    curve = found_by_the_nodes(train, test, model, most_rows=300)["curve"]

    assert curve["sizes"][-2:] == [300, 3000]
    assert curve["means"][-1] == pytest.approx(right, abs=0.02)
    assert curve["means"][-1] > curve["means"][-2], "300 rows are few"
    assert curve["too_far"] is None
    assert curve["fit"]["at"][-1]["rows"] == 12_000


def test_probabilities_are_a_last_point_too(make_world):
    train, test = make_world(2000, seed=1), make_world(500, seed=2)
    model = fitted(train, LogisticRegression())
    chances = model.predict_proba(test.select(FEATURES))
    table = test.with_columns(p=pl.Series(chances[:, 1]))
    told = asked(
        attributes=FEATURES, features=FEATURES, prediction=None, probability="p", positive="yes"
    )
    loss = log_loss(test["y"].to_numpy(), chances)

    weak = find_slices(table, told)
    curve = learning_curve(table, told, weak=weak, train=train, model=model, most_rows=200)

    assert (curve["metric"], curve["sizes"][-1]) == ("log loss", 2000)
    assert curve["means"][-1] == pytest.approx(loss, abs=0.04)


def curve_that_is_refused(scores, rows):
    """Of an error, with the scores of five repeats around these means."""
    shifts = np.linspace(-0.001, 0.001, 5)
    return {
        "metric": "log loss", "greater_is_better": False, "rows": rows, "seed": 0,
        "sizes": [1000, 4000], "scores": [[each + shift for shift in shifts] for each in scores],
        "means": scores, "fit": None, "too_far": None, "slices": [],
        "refusal": {"reason": "no family fits", "message": "no family fits"},
        "doubling": {"value": (scores[0] - scores[1]) / 2, "low": 0.001, "high": 0.004,
                     "level": 0.9},
    }  # fmt: skip


def test_where_no_family_fits_the_last_doubling_bounds_what_more_rows_gain(healthy):
    slices = healthy["slices"] | {"findings": []}

    little = advise(slices, curve=curve_that_is_refused([0.52, 0.515], rows=4000))
    much = advise(slices, curve=curve_that_is_refused([0.52, 0.515], rows=4000), least_gain=0.003)
    beyond = advise(slices, curve=curve_that_is_refused([0.52, 0.515], rows=9000))

    assert little["summary"].startswith("more rows of all kinds are not worth it: from 1,000 to")
    assert "each doubling brought 0.0025 of log loss (0.001 to 0.004)" in little["summary"]
    assert much["summary"].startswith("twice as many rows bring no more than the last ones did")
    assert beyond["summary"] == "cannot say what would gain: no family fits"


# Bad input


def test_without_a_prediction_and_a_probability_there_is_nothing_to_evaluate():
    with pytest.raises(DefinitionError, match="what the model said") as told:
        evaluate("scored", "y")

    assert "`prediction` or `probability`" in told.value.hint


def test_prices_are_amounts_or_a_parameter():
    with pytest.raises(DefinitionError, match="prices of stage `evaluate`"):
        evaluate("scored", "y", prediction="said", prices="prices")


@pytest.mark.parametrize(
    ("prices", "said"),
    [({"chek": 1}, "no price `chek`"), ({"collect_row": -1}, "at least 0, not -1")],
)
def test_a_price_that_is_none_is_refused(healthy, prices, said):
    with pytest.raises(DefinitionError, match=said):
        advise(healthy["slices"], prices=prices)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda t: t.head(0), DataError, "dataset `scored`: there are no rows"),
        (lambda t: t.drop("said"), UnknownNameError, "dataset `scored`: there is no column `said`"),
        (lambda t: t.with_columns(y=pl.lit("yes")), DataError, "column `y` is 'yes' in all 300"),
        (
            lambda t: t.with_columns(y=pl.when(pl.col("a") > 0).then("y")),
            DataError,
            "column `y` has no value in",
        ),
    ],
    ids=["no rows", "missing column", "one class", "nulls"],
)
def test_what_cannot_be_judged_is_told_with_stage_dataset_and_column(
    make_world, change, error, said
):
    table = change(make_world(300, seed=1).with_columns(said=pl.lit("yes")))

    with pytest.raises(error, match=said) as told:
        find_slices(table, asked())

    assert str(told.value).startswith("stage `evaluate`, dataset `scored`")
    assert told.value.hint


def test_rows_that_are_others_than_the_predictions_are_refused(make_world):
    table = make_world(300, seed=1).with_columns(said=pl.lit("yes"))
    told = asked(rows="described")

    for others, said in (
        (table.head(10), "it has 10 rows, and `scored` 300"),
        (table.reverse(), "column `y` differs from that of `scored`"),
    ):
        with pytest.raises(DataError, match=said):
            find_slices(table, told, rows=others)


def test_a_model_that_fails_on_few_rows_costs_the_curve_and_not_the_run(make_world):
    train, test = make_world(200, seed=1), make_world(200, seed=2)
    strict = make_pipeline(
        make_column_transformer((OneHotEncoder(sparse_output=False), ["region"])),
        LogisticRegression(),
    )
    train = train.with_columns(region=pl.Series([f"place {i}" for i in range(200)]))
    model = strict.fit(train.select("region"), train["y"].to_numpy())
    table, told = test.with_columns(said=pl.lit("yes")), asked(features=["region"])

    weak = find_slices(table, told)
    curve = learning_curve(table, told, weak=weak, train=train, model=model)
    _, noise, _ = examine_labels(table, told, train=train, model=model)

    assert curve["refusal"]["reason"] == "the model failed"
    assert "unknown categories" in curve["refusal"]["message"]
    assert set(noise["by_model"]) == {"linear", "forest"}
    slices = diagnose_slices(table, told, weak=weak)
    assert "the model failed" in advise(slices, curve=curve)["summary"]


def test_a_model_of_the_other_kind_is_refused(make_world):
    train = make_world(200, seed=1)
    table = train.with_columns(said=pl.lit("yes"))
    told = asked(features=["a", "b"])

    with pytest.raises(DataError, match="is for a quantity, and the target is classes"):
        learning_curve(
            table, told, weak=find_slices(table, told), train=train, model=LinearRegression()
        )


# Training that bears wrong labels


def test_the_advice_says_whether_training_can_bear_the_noise(make_world):
    train = make_world(500, seed=1, noise=0.25)
    model = fitted(train, LogisticRegression())
    told = asked(features=FEATURES)

    found = compare_training(train, told, model)
    assert found["noise"] == pytest.approx(0.25, abs=0.08)
    assert set(found["gains"]) == {"pruned", "weighted", "corrected"}

    slices = {"findings": [], "classes": ["no", "yes"]}
    gain = {"value": 0.03, "low": 0.01, "high": 0.05, "level": 0.98}
    better = found | {"better": ["weighted"], "gains": {"weighted": gain}}
    assert (
        "train weighted: it gains +0.030 (+0.010 to +0.050) of accuracy"
        in (advise(slices, robust=better)["notes"][0])
    )
    assert "no way of training" in advise(slices, robust=found | {"better": []})["notes"][0]
    assert advise(slices, robust={"left_out": "few rows"})["notes"] == []


def test_what_cannot_be_compared_is_left_out_with_the_reason(make_world):
    clean = make_world(300, seed=1)
    told = asked(features=["a", "b", "c", "d"])
    numbers = asked(features=["a", "b"], target="c", loss="absolute error")

    assert "labels look wrong" in compare_training(clean, told, LogisticRegression())["left_out"]
    assert "quantity" in compare_training(clean, numbers, None)["left_out"]
    assert "no probabilities" in compare_training(clean, told, RidgeClassifier())["left_out"]


def test_ways_of_training_are_compared_in_the_pipeline_where_that_is_asked_for():
    settings = {"predictions": "p", "target": "y", "prediction": "said", "train": "t"}
    names = [each.name for each in evaluate(**settings, robust=True)]

    assert "compare_training_p" in names
    assert "compare_training_p" not in [each.name for each in evaluate(**settings)]
    with pytest.raises(DefinitionError, match="without rows to train on"):
        evaluate("p", "y", prediction="said", robust=True)
