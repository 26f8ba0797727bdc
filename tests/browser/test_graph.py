"""The page of the graph, as somebody meets it who opens it."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.browser

LIT = "() => [...document.querySelectorAll('[data-box].near')].map(box => box.dataset.box)"
FOCUSED = "() => document.activeElement?.dataset?.box ?? document.activeElement?.id"
VIEW = "() => document.getElementById('graph').getAttribute('viewBox').split(' ').map(Number)"
OVERFLOWING = """
() => [...document.querySelectorAll("#graph text")].filter(text => {
  const room = text.classList.contains("name")
    ? text.parentNode.querySelector(".state").getBoundingClientRect().left
    : text.parentNode.querySelector("rect").getBoundingClientRect().right;
  return text.getBoundingClientRect().right > room;
}).map(text => text.textContent)
"""


@pytest.fixture
def graph(flights, visit):
    return visit(flights / "graph.html")


@pytest.fixture(scope="module")
def facts(flights):
    text = (flights / "graph.html").read_text(encoding="utf-8")
    return json.loads(text.split('type="application/json">')[1].split("</script>")[0])


def box(sheet, name):
    return sheet.page.locator(f'[data-box="{name}"]')


def panel(sheet):
    return sheet.page.locator("#panel")


def lit(sheet):
    return set(sheet.value(LIT))


def upstream(facts, name):
    """The boxes of a node and of all that it depends on."""
    maker = {made: each for each, node in facts["nodes"].items() for made in node["outputs"]}
    found = {f"n{name}"}
    for each in facts["nodes"][name]["inputs"]:
        if dataset := each.get("dataset"):
            found |= upstream(facts, maker[dataset]) if dataset in maker else {f"d{dataset}"}
    return found


def downstream(facts, name):
    """The boxes of a node and of all that depends on it."""
    return {f"n{each}" for each in facts["nodes"] if f"n{name}" in upstream(facts, each)}


def test_every_node_can_be_clicked_and_tells_of_itself(graph, facts):
    boxes = graph.page.locator("[data-box^=n]").evaluate_all("all => all.map(e => e.dataset.box)")
    assert {f"n{each}" for each in facts["nodes"]} == set(boxes)
    for name, node in facts["nodes"].items():
        box(graph, f"n{name}").locator(".name").locator("..").dispatch_event("click")

        assert panel(graph).locator("h2").inner_text() == name
        assert node["signature"] in panel(graph).locator("pre").inner_text()
        assert graph.page.locator(".chosen").get_attribute("data-box") == f"n{name}"
    graph.page.mouse.click(30, 200)
    assert not panel(graph).is_visible()


def test_a_click_lights_up_what_a_node_depends_on_and_what_depends_on_it(graph, facts):
    box(graph, "ntrain_tree").click(position={"x": 40, "y": 12})

    assert lit(graph) == upstream(facts, "train_tree") | downstream(facts, "train_tree")
    assert "nwrite_report" in lit(graph)
    assert "nclean_flights" in lit(graph)
    assert "ntrain_boosting" not in lit(graph)
    assert graph.page.locator(".line.near").count() >= len(lit(graph)) - 1


def test_the_metrics_of_a_node_are_told_with_their_intervals(flights, facts, visit):
    sheet = visit(flights / "graph.html", at="#measure_models")
    metrics = {each["name"]: each for each in facts["nodes"]["measure_models"]["metrics"]}

    told = panel(sheet).inner_text().replace("\N{NO-BREAK SPACE}", " ")
    auc = metrics["boosting.auc"]
    assert panel(sheet).locator("h2").inner_text() == "measure_models"
    assert f"{auc['value']:.4f} ({auc['low']:.3f} to {auc['high']:.3f})" in told


def test_a_dataset_is_told_with_its_maker_and_its_readers(graph):
    graph.page.locator('.pill[data-dataset="trips"]').click()

    assert panel(graph).locator("h2").inner_text() == "trips"
    assert "327,346" in panel(graph).inner_text()
    assert lit(graph) >= {"nlate_flights", "nsplit_by_time", "nlate_by_airline"}
    panel(graph).get_by_role("button", name="split_by_time").click()
    assert panel(graph).locator("h2").inner_text() == "split_by_time"


def test_the_pointer_shows_what_can_be_clicked(graph):
    edge = (
        "() => getComputedStyle(document.querySelector('[data-box=nclean_flights] .card')).stroke"
    )
    before = graph.value(edge)

    box(graph, "nclean_flights").hover()

    assert graph.value(edge) != before


def test_a_part_of_a_name_finds_nodes_and_datasets(graph):
    graph.page.keyboard.press("/")
    graph.page.keyboard.type("months")

    assert lit(graph) == {"nmeasure_months"}
    graph.page.keyboard.press("Enter")
    assert panel(graph).locator("h2").inner_text() == "measure_months"
    graph.page.keyboard.press("Escape")
    assert not panel(graph).is_visible()
    assert lit(graph) == set()

    graph.page.locator("#search").fill("WEATHER")
    assert lit(graph) == {"dweather", "nclean_weather"}
    graph.page.locator("#search").fill("no such thing")
    assert lit(graph) == set()


def test_everything_can_be_reached_and_read_with_the_keyboard(graph, facts):
    seen = []
    for _ in range(60):
        graph.page.keyboard.press("Tab")
        seen.append(graph.value(FOCUSED))
    boxes = {each for each in seen if each and each[0] in "nd"}

    assert {"search", "fit", "theme"} <= set(seen)
    assert boxes == {f"n{name}" for name in facts["nodes"]} | {
        f"d{name}" for name in ("flights", "weather", "planes", "airports", "airlines")
    }


def test_reading_with_the_keyboard_goes_into_the_panel_and_back(graph):
    box(graph, "nclean_flights").focus()
    graph.page.keyboard.press("Enter")
    assert panel(graph).locator("h2").inner_text() == "clean_flights"
    assert graph.value(FOCUSED) == "panel"

    graph.page.keyboard.press("Tab")
    graph.page.keyboard.press("Tab")
    graph.page.keyboard.press("Enter")
    assert panel(graph).locator("h2").inner_text() == "flights"

    graph.page.keyboard.press("Escape")
    assert not panel(graph).is_visible()
    assert graph.value(FOCUSED) == "dflights"


def test_what_is_focused_is_in_view(graph):
    for _ in range(6):
        graph.page.keyboard.press("+")
    graph.page.locator("#theme").focus()
    for _ in range(28):
        graph.page.keyboard.press("Tab")
        seen = graph.page.locator("[data-box]:focus").bounding_box()
        assert -1 <= seen["x"] <= 1400
        assert 0 <= seen["y"] <= 860


def test_the_wheel_zooms_where_the_pointer_is_and_dragging_moves(graph):
    whole = graph.value(VIEW)
    place = box(graph, "nsplit_by_time").bounding_box()
    graph.page.mouse.move(place["x"], place["y"])
    graph.page.mouse.wheel(0, -300)
    after = box(graph, "nsplit_by_time").bounding_box()
    assert after["width"] > 1.2 * place["width"]
    assert abs(after["x"] - place["x"]) < 2

    graph.page.mouse.move(600, 700)
    graph.page.mouse.down()
    graph.page.mouse.move(700, 650, steps=5)
    graph.page.mouse.up()
    moved = box(graph, "nsplit_by_time").bounding_box()
    assert moved["x"] - after["x"] == pytest.approx(100, abs=6)
    assert moved["y"] - after["y"] == pytest.approx(-50, abs=6)

    graph.page.keyboard.press("0")
    assert graph.value(VIEW) == whole


def test_a_layer_can_be_put_aside(graph):
    key = graph.page.locator(".key", has_text="report")
    key.click()

    opacity = "name => getComputedStyle(document.querySelector(`[data-box=${name}]`)).opacity"
    assert key.get_attribute("aria-pressed") == "false"
    graph.page.wait_for_function(f"() => ({opacity})('ndraw_roc') < .2")
    assert float(graph.value(opacity, "ntrain_tree")) == 1
    key.click()
    graph.page.wait_for_function(f"() => ({opacity})('ndraw_roc') == 1")


def test_states_say_what_would_run(flights, facts, visit):
    sheet = visit(flights / "changed.html")
    waiting = sheet.value(
        "() => [...document.querySelectorAll('.node.waits')].map(n => n.dataset.box)"
    )

    assert set(waiting) == downstream(facts, "train_tree")
    box(sheet, "ntrain_tree").click(position={"x": 40, "y": 12})
    assert "would run: parameter" in panel(sheet).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_system_and_can_be_read_in_both_schemes(flights, visit, scheme):
    sheet = visit(flights / "graph.html", at="#measure_models", color_scheme=scheme)
    theme = "() => document.documentElement.dataset.theme"

    assert sheet.value(theme) == scheme
    assert sheet.faint() == []
    other = {"light": "dark", "dark": "light"}[scheme]
    sheet.page.emulate_media(color_scheme=other)
    sheet.page.wait_for_function(f"() => ({theme})() === '{other}'")
    sheet.page.locator("#theme").click()
    assert sheet.value(theme) == scheme


def test_no_name_runs_out_of_its_card(flights, visit, drawn):
    assert visit(flights / "graph.html").value(OVERFLOWING) == []
    source = (
        "from tilth import node, pipeline\n\n\ndef make():\n    return 1\n\n\n"
        "pipeline = pipeline([node(make, outputs=name, name='of_' + name) for name in "
        "['wwwwwwwwww', 'mmmmmmmmmm', 'MMWWMM', '数据集的名字', 'illinois', 'A' * 60]])\n"
    )
    assert visit(drawn(source)).value(OVERFLOWING) == []


def test_docstrings_and_names_are_text_and_nothing_else(drawn, visit):
    source = (
        "from tilth import node, pipeline\n\n\n"
        "def make():\n    '''</script><img src=x onerror='document.title=1'> <b>bold</b>'''\n"
        "    return 1\n\n\n"
        "pipeline = pipeline([node(make, outputs='made')])\n"
    )
    sheet = visit(drawn(source), at="#make")

    assert "<b>bold</b>" in panel(sheet).inner_text()
    assert sheet.page.locator("#panel b, img").count() == 0


def test_a_link_to_a_node_that_is_gone_shows_the_graph(flights, visit):
    for at in ("#gone", "#%", "#"):
        sheet = visit(flights / "graph.html", at=at)
        assert not panel(sheet).is_visible()
        assert box(sheet, "nclean_flights").is_visible()


def test_on_paper_the_whole_graph_is_drawn_in_light_colours(flights, visit):
    sheet = visit(flights / "graph.html", color_scheme="dark")
    for _ in range(4):
        sheet.page.keyboard.press("+")
    view = sheet.value(VIEW)

    assert sheet.n_paper_pages(prefer_css_page_size=True) == 1
    sheet.page.locator('.pill[data-dataset="trips"]').dispatch_event("click")
    assert sheet.n_paper_pages(prefer_css_page_size=True) == 2
    assert sheet.value(VIEW)[2:] == view[2:]

    sheet.page.emulate_media(media="print")
    assert sheet.value("() => getComputedStyle(document.body).color") == "rgb(42, 38, 32)"
    assert not sheet.page.locator("#search").is_visible()
    assert sheet.faint() == []


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_window_shows_the_graph_and_the_panel_and_does_not_scroll(flights, visit, width):
    sheet = visit(flights / "graph.html", at="#clean_flights", width=width, height=700)

    assert sheet.value("() => document.documentElement.scrollWidth") <= width
    for name in ("#search", "#theme", "#panel"):
        place = sheet.page.locator(name).bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
    panel(sheet).locator(".close").click()
    assert box(sheet, "nclean_flights").is_visible()


def test_columns_of_the_graph_go_from_left_to_right(graph, facts):
    """Whatever a node reads lies left of it."""
    maker = {made: name for name, node in facts["nodes"].items() for made in node["outputs"]}
    left = {name: box(graph, f"n{name}").bounding_box()["x"] for name in facts["nodes"]}
    pairs = [
        (maker[each["dataset"]], name)
        for name, node in facts["nodes"].items()
        for each in node["inputs"]
        if each.get("dataset") in maker
    ]

    assert len(pairs) > 20
    assert all(left[before] < left[after] for before, after in pairs)
