from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from flights.models import Columns, TreeSettings, answer, known, train_tree
from flights.pictures import draw_tree
from flights.tree import explain_tree, tell_tree

COLUMNS = Columns(numbers=["weekday", "pressure"], categories=["carrier"])


def flights(n=600):
    """EV is late on weekdays; the rest is late by chance; air pressure is partly unknown."""
    random = np.random.default_rng(0)
    weekday, ev = random.integers(1, 8, n), random.random(n) < 0.4
    pressure = pl.Series(random.normal(1013, 5, n)).set(pl.Series(random.random(n) < 0.1), None)
    return pl.DataFrame(
        {
            "weekday": weekday,
            "pressure": pressure,
            "carrier": np.where(ev, "EV", "DL"),
            "late": np.where(ev & (weekday <= 5), True, random.random(n) < 0.2),
        }
    )


def explained(**settings):
    settings = {"max_depth": 3, "min_samples_leaf": 20, "ccp_alpha": 0.0} | settings
    rows = flights()
    tree = train_tree(rows, COLUMNS, TreeSettings(**settings))
    return tree, explain_tree(tree, rows, COLUMNS)


def gini(late):
    share = late.mean()
    return 2 * share * (1 - share)


def test_a_question_is_asked_in_words():
    _, nodes = explained()

    assert nodes[0]["split"]["question"] in ("airline is EV", "airline is DL")
    questions = [node["split"]["question"] for node in nodes if "split" in node]
    assert "weekday ≤ Friday" in questions


def test_rows_impurity_and_gain_are_those_of_the_flights():
    _, nodes = explained()
    root, rows = nodes[0], flights()
    yes = rows.filter(pl.col("carrier") == root["split"]["category"])
    no = rows.filter(pl.col("carrier") != root["split"]["category"])

    split = root["split"]

    assert (split["rows_yes"], split["rows_no"]) == (yes.height, no.height)
    after = (yes.height * gini(yes["late"]) + no.height * gini(no["late"])) / rows.height
    assert split["impurity_before"] == pytest.approx(gini(rows["late"]))
    assert split["impurity_after"] == pytest.approx(after)
    assert split["gain"] == pytest.approx(gini(rows["late"]) - after)


def test_yes_and_no_lead_to_the_flights_that_answer_so():
    _, nodes = explained(max_depth=1)
    by_id = {node["id"]: node for node in nodes}
    root = nodes[0]

    yes = by_id[root["split"]["yes"]]

    assert yes["answer"] == "yes"
    asked = flights().filter(pl.col("carrier") == root["split"]["category"])
    assert yes["late"] == pytest.approx(asked["late"].mean())


def test_the_gains_of_all_splits_add_up_to_what_the_tree_gains():
    _, nodes = explained()
    leaves = [node for node in nodes if "stopped" in node]
    n_flights = nodes[0]["rows"]

    left = sum(leaf["rows"] * leaf["impurity"] for leaf in leaves) / n_flights

    gains = sum(node["split"]["gain_of_all"] for node in nodes if "split" in node)
    assert nodes[0]["impurity"] - left == pytest.approx(gains)


def test_following_the_words_gives_what_the_tree_says():
    tree, nodes = explained()
    by_id = {node["id"]: node for node in nodes}
    rows = flights()

    def follow(flight):
        node = nodes[0]
        while "split" in node:
            node = by_id[node["split"][reply(node["split"], flight)]]
        return node["late"]

    followed = [follow(flight) for flight in rows.to_dicts()]

    assert followed == pytest.approx(tree.predict_proba(known(rows, COLUMNS))[:, 1])


def reply(split, flight):
    value = flight[split["column"]]
    if split["category"] is not None:
        return "yes" if value == split["category"] else "no"
    if value is None:
        return split["missing_counts_as"]
    return "yes" if value <= split["threshold"] else "no"


def reasons(nodes):
    return {node["stopped"]["reason"] for node in nodes if "stopped" in node}


def test_leaves_say_why_they_end():
    assert reasons(explained(max_depth=1)[1]) == {"max depth"}
    assert "too few rows" in reasons(explained(max_depth=9, min_samples_leaf=100)[1])
    assert "gain too small" in reasons(explained(max_depth=9, ccp_alpha=0.02)[1])
    assert "pure" in reasons(explained(max_depth=3)[1])


def test_a_gain_that_is_said_to_be_too_small_is_smaller_than_asked():
    _, nodes = explained(max_depth=9, ccp_alpha=0.02)
    cut = [n["stopped"] for n in nodes if n.get("stopped", {}).get("reason") == "gain too small"]

    for stopped in cut:
        gained = float(stopped["because"].split("would gain ")[1].split()[0])
        assert gained <= 0.02


def test_a_tree_that_is_one_leaf_can_be_told_and_drawn():
    _, nodes = explained(ccp_alpha=1.0)

    assert len(nodes) == 1
    assert "ends here" in tell_tree(nodes)
    assert draw_tree(nodes).axes


def test_every_node_is_told_once():
    _, nodes = explained()

    assert tell_tree(nodes).count("late, impurity") == len(nodes)
    assert sum(node["rows"] for node in nodes if "stopped" in node) == len(answer(flights()))
