from __future__ import annotations

import pytest

from tilth.errors import ConfigError, DefinitionError, HeldError, UnknownNameError
from tilth.project.hold import hold_of

SHOP = {
    "tilth.yml": """
        hold: data
        pipelines:
          main:
            nodes:
              - shop.clean
              - {call: shop.total, inputs: {clean: clean, rate: "params:rate"}}
          other:
            nodes: [shop.visits]
        """,
    "catalog.yml": """
        orders: {format: json, location: data/orders.json}
        guests: {format: json, location: data/guests.json}
        """,
    "params.yml": "rate: 1\n",
    "data/orders.json": "[1, 2, 3]",
    "data/guests.json": "[5]",
    "src/shop.py": """
        def clean(orders: list) -> list:
            return sorted(orders)

        def total(clean: list, rate: float = 1) -> float:
            return sum(clean) * rate

        def visits(guests: list) -> int:
            return len(guests)
        """,
}


@pytest.fixture
def shop(make):
    return make(SHOP)


def held(shop, to):
    shop.edit("tilth.yml", "hold: data", f"hold: {to}")


def refusal(shop, *names, **options):
    with pytest.raises(HeldError) as caught:
        shop.run(*names, **options)
    return caught.value


# Data


def test_data_is_held_to_the_first_run_after_the_hold_was_set(shop):
    held(shop, "")
    shop.done()
    shop.write({"data/orders.json": "[1, 2]"})
    shop.edit("tilth.yml", "hold:", "hold: data")
    shop.done()  # run 2 is the first
    shop.edit("src/shop.py", "sorted(orders)", "sorted(orders)[:1]")
    shop.write({"params.yml": "rate: 2\n"})
    shop.done()  # code and parameters are free

    shop.write({"data/orders.json": "[1, 2, 3]"})
    told = refusal(shop)

    assert (told.what, told.run) == ("data", 2)
    assert "the project holds its data to run 2, and this is another by now" in str(told)
    assert "`orders`: 6 bytes (" in str(told)
    assert ") -> 9 bytes (" in str(told)
    assert "see `tilth data diff orders 2`" in str(told)
    assert "--hold nothing" in (told.hint or "")


def test_a_run_that_is_refused_leaves_no_trace(shop):
    shop.done()
    shop.write({"data/orders.json": "[]"})
    refusal(shop)

    with shop.open() as project:
        assert [each.id for each in project.history.runs()] == [1]


def test_what_is_put_back_may_run_again(shop):
    shop.done()
    shop.write({"data/orders.json": "[]"})
    refusal(shop)
    shop.write({"data/orders.json": "[1, 2, 3]"})

    assert shop.done().ran == {}


def test_data_that_is_gone_has_changed(shop):
    shop.done()
    (shop.folder / "data/orders.json").unlink()

    assert "-> nothing is there" in str(refusal(shop))


def test_a_hold_that_was_off_for_a_run_begins_anew(shop):
    shop.done()
    held(shop, "")
    shop.write({"data/orders.json": "[7]"})
    shop.done()
    shop.edit("tilth.yml", "hold:", "hold: data")

    shop.done()

    shop.write({"data/orders.json": "[1, 2, 3]"})
    assert refusal(shop).run == 3


def test_a_run_that_failed_is_not_the_first(shop):
    shop.edit("src/shop.py", "sum(clean)", "sum(clean) / 0")
    assert not shop.run().result.ok
    shop.edit("src/shop.py", " / 0", "")
    shop.write({"data/orders.json": "[7]"})

    shop.done()


def test_data_may_be_held_to_a_run_by_its_number(shop):
    held(shop, "")
    shop.done()
    shop.write({"data/orders.json": "[7]"})
    shop.done()
    shop.edit("tilth.yml", "hold:", "hold: {data: 1}")

    assert refusal(shop).run == 1
    shop.edit("tilth.yml", "data: 1", "data: 9")
    with pytest.raises(UnknownNameError, match="no run `9`"):
        shop.run()


def test_what_the_held_run_did_not_read_is_held_to_an_earlier_one(shop):
    held(shop, "")
    shop.done("other")
    shop.done("main")
    shop.edit("tilth.yml", "hold:", "hold: {data: 2}")
    shop.done("other")
    shop.write({"data/guests.json": "[5, 6]"})

    assert "`guests`: 3 bytes" in str(refusal(shop, "other"))


def test_a_source_that_no_run_has_read_so_far_is_other_data(shop):
    shop.done("main")

    assert "`guests` was read by no run up to then" in str(refusal(shop, "other"))


# Code


def test_code_is_held_with_its_parameters_and_the_lines_are_named(shop):
    held(shop, "code")
    shop.done("main")
    shop.write({"data/orders.json": "[10]"})
    shop.done("main")  # data is free

    shop.edit("src/shop.py", "sorted(orders)", "sorted(orders, reverse=True)")
    shop.write({"params.yml": "rate: 2\n"})
    told = refusal(shop, "main")

    assert (told.what, told.run) == ("code", 1)
    assert "code `shop.clean` changed (src/shop.py:2)" in str(told)
    assert "+    return sorted(orders, reverse=True)" in str(told)
    assert "parameter `rate`: 1 -> 2" in str(told)


def test_a_comment_is_no_change_of_the_code(shop):
    held(shop, "code")
    shop.done("main")
    shop.edit("src/shop.py", "return sorted", "# in order\n    return sorted")

    assert shop.done("main").ran == {}


def test_a_node_that_no_run_has_had_so_far_is_other_code(shop):
    held(shop, "code")
    shop.done("main")

    assert "node `visits` (tilth.yml:8) was in no run up to then" in str(refusal(shop, "other"))


def test_both_may_be_held(shop):
    held(shop, "")
    shop.done()
    shop.edit("tilth.yml", "hold:", "hold: {code: 1, data: 1}")
    shop.done()
    shop.write({"params.yml": "rate: 2\n"})

    assert refusal(shop).what == "code"


# For one run


def test_a_run_may_be_held_to_the_last_one(shop):
    held(shop, "")
    shop.done()
    shop.write({"data/orders.json": "[7]"})

    assert refusal(shop, hold="data").run == 1
    shop.done(hold="code")
    shop.done(hold="data")
    assert refusal(shop, hold="code,data=1").what == "data"


def test_a_hold_may_be_passed_over_once(shop):
    shop.done()
    shop.write({"data/orders.json": "[7]"})

    shop.done(hold="nothing")

    assert refusal(shop).run == 1


@pytest.mark.parametrize("text", ["dat", "data=x", "", "code,", "data=1=2"])
def test_what_cannot_be_held_is_told(text):
    with pytest.raises(DefinitionError, match="is nothing to hold"):
        hold_of(text)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("labels", "one of `code`, `data`"),
        ("{data: 0}", "a run's number, from 1 on"),
        ("{dta: 1}", "did you mean `data`?"),
    ],
)
def test_a_setting_that_is_no_hold_is_told_with_its_line(shop, written, told):
    held(shop, written)

    with pytest.raises(ConfigError) as caught:
        shop.open()

    assert "tilth.yml:1:" in str(caught.value)
    assert told in str(caught.value)


def test_an_environment_may_hold_what_others_do_not(shop):
    held(shop, "")
    shop.write({"env/prod/tilth.yml": "hold: {data: 1}\n"})
    shop.done()
    shop.write({"data/orders.json": "[7]"})
    shop.done()

    with shop.open(env="prod") as project, pytest.raises(HeldError):
        project.run()
