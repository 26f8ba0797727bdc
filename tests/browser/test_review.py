"""The review page, as two people meet it who label in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tilth import Project
from tilth.labels.entry import Question, Source
from tilth.project.label_set import LabelSet, label_set
from tilth.testing.labels import write_reviews
from tilth.web.review.app import review_app
from tilth.web.review.desk import Desk
from tilth.web.review.guard import allowed_hosts
from tilth.web.review.serve import listening, picture_folders, server

pytestmark = pytest.mark.browser

TOKENS = {"a" * 32: "ada", "b" * 32: "bob"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080200000090"
    "7753de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@dataclass
class Office:
    """A server with what is asked at it."""

    labels: LabelSet
    rounds: list[str]
    port: int = 0
    _stop: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Serve, at the same port as before if there was one."""
        listener = listening("127.0.0.1", self.port)
        self.port = listener.getsockname()[1]
        desk = Desk(self.labels, [*TOKENS.values()], self.rounds)
        hosts = allowed_hosts("127.0.0.1", self.port)
        served = server(review_app(desk, TOKENS, hosts, picture_folders(self.labels)))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()

        def stop() -> None:
            served.should_exit = True
            thread.join()
            listener.close()

        self._stop = stop

    def close(self) -> None:
        self._stop()
        self._stop = lambda: None

    def link(self, person: str) -> str:
        token = next(token for token, who in TOKENS.items() if who == person)
        return f"http://127.0.0.1:{self.port}/{token}/"

    def said(self) -> dict[tuple[Any, str], str]:
        return {
            (each.item, each.labeler): str(each.label or each.verdict)
            for each in self.labels.standing.current()
        }


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Opens a server that asks about the first items of a small project."""
    opened: list[Office] = []

    def made(
        n: int = 5,
        *,
        reviewers: int = 1,
        source: Source = Source.SAMPLE,
        files: dict[str, str | bytes] | None = None,
        items: list[Any] | None = None,
        **said: Any,
    ) -> Office:
        folder = write_reviews(tmp_path / "shop")
        for name, content in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            (folder / name).write_bytes(data)
        labels = label_set(Project(folder), "tone")
        keys = items if items is not None else [f"r{each}" for each in range(n)]
        asked = labels.ask(
            source,
            lambda id: (Question(round=id, item=each, **said) for each in keys),
            reviewers=reviewers,
            by="ada",
        )
        opened.append(Office(labels, [asked.id]))
        opened[-1].open()
        return opened[-1]

    yield made
    for each in opened:
        each.close()
        each.labels.project.close()


class Seat:
    """Somebody's page, from which nothing that it does goes unseen."""

    def __init__(self, chromium: Any, office: Office, person: str, **options: Any) -> None:
        self.office = office
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = chromium.new_context(
            **{"viewport": {"width": 1200, "height": 800}, **options}
        )
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.person = person
        self.sit()

    def sit(self) -> None:
        self.page.goto(self.office.link(self.person))
        self.page.wait_for_selector("#card .key, #card .end")

    @property
    def key(self) -> str:
        """The item that is shown; nothing once all is done."""
        found = self.page.query_selector("#card .key")
        return found.inner_text() if found else ""

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def kept(self) -> None:
        """Wait until the desk has all answers."""
        self.page.wait_for_selector("#saved:empty", state="attached")

    def until(self, said: str) -> None:
        """Wait until something is so; the page's policy lets nothing else look at it inside."""
        for _ in range(600):
            if self.page.evaluate(said):
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"never was it so: {said}")

    def text(self, what: str) -> str:
        return str(self.page.inner_text(what))


@pytest.fixture
def sit(chromium) -> Iterator[Callable[..., Seat]]:
    """Somebody takes a seat; in the end no page may have complained, or asked anybody else."""
    seats: list[Seat] = []

    def seated(office: Office, person: str = "ada", **options: Any) -> Seat:
        seats.append(Seat(chromium, office, person, **options))
        return seats[-1]

    yield seated
    for each in seats:
        each.context.close()
        assert each.complaints == []
        assert all(url.startswith(("http://127.0.0.1:", "data:,")) for url in each.requests)


def test_one_labels_by_keys_and_the_next_item_comes_at_once(office, sit):
    served = office(3)
    ada = sit(served)
    seen = [ada.key]
    for key in "132":
        ada.press(key)
        seen.append(ada.key)
    ada.kept()

    assert seen == ["r0", "r1", "r2", ""]
    assert served.said() == {("r0", "ada"): "good", ("r1", "ada"): "bad", ("r2", "ada"): "neutral"}
    assert "All done" in ada.text("#card")
    assert ada.text("#count") == "3 of 3"


def test_one_may_also_use_the_mouse(office, sit):
    served = office(2)
    ada = sit(served)
    ada.page.click("#answers button:has-text('bad')")
    ada.kept()

    assert served.said() == {("r0", "ada"): "bad"}
    assert ada.page.evaluate("document.activeElement.id") == "card"


@pytest.mark.parametrize(
    ("key", "said"), [("b", "both"), ("n", "neither"), ("u", "unsure"), ("s", "skip")]
)
def test_other_answers_have_keys_of_their_own(office, sit, key, said):
    served = office(2)
    ada = sit(served)
    ada.press(key)
    ada.kept()

    assert served.said() == {("r0", "ada"): said}


def test_every_answer_can_be_taken_back(office, sit):
    served = office(3)
    ada = sit(served)
    ada.press("1", "1", "z")
    ada.kept()
    assert ada.key == "r1"
    assert served.said() == {("r0", "ada"): "good"}
    ada.press("z")
    ada.kept()
    assert ada.key == "r0"
    assert served.said() == {}
    ada.press("3")
    ada.kept()
    assert served.said() == {("r0", "ada"): "bad"}


def test_one_leafs_back_and_changes_an_answer(office, sit):
    served = office(4)
    ada = sit(served)
    ada.press("1", "1", "ArrowLeft", "ArrowLeft")
    assert ada.key == "r0"
    assert ada.text("#answers .chosen").split() == ["1", "good"]
    ada.press("3")
    ada.press("ArrowRight", "ArrowRight")
    ada.kept()

    assert served.said() == {("r0", "ada"): "bad", ("r1", "ada"): "good"}
    assert ada.key == "r2"


def test_what_is_put_off_comes_again(office, sit):
    ada = sit(office(3))
    ada.press("ArrowRight")
    assert ada.key == "r1"
    ada.press("1", "1")
    ada.kept()

    assert ada.key == "r0"


def test_a_key_that_is_held_down_answers_once(office, sit):
    served = office(4)
    ada = sit(served)
    ada.page.keyboard.down("1")
    ada.page.keyboard.down("1")  # playwright sends it as a repetition
    ada.page.keyboard.up("1")
    ada.kept()

    assert len(served.said()) == 1


def test_two_people_at_once_see_their_own_queues(office, sit):
    served = office(6, reviewers=2)
    ada, bob = sit(served), sit(served, "bob")
    for _ in range(6):
        ada.press("1")
        bob.press("3")
    ada.kept()
    bob.kept()

    assert len(served.said()) == 12
    assert {who: said for (_, who), said in served.said().items()} == {"ada": "good", "bob": "bad"}
    assert "as bob" in bob.text("header")


def test_two_people_share_the_work_where_one_is_enough(office, sit):
    served = office(8)
    ada, bob = sit(served), sit(served, "bob")
    assert ada.key != bob.key
    while ada.key or bob.key:
        for each in (ada, bob):
            if each.key:
                each.press("1")
                each.kept()

    # Each of the last two may be in both hands: nobody is made to wait for the other.
    assert len({item for item, _ in served.said()}) == 8
    assert len(served.said()) <= 10


def test_an_item_that_another_has_just_done_stays_until_one_goes_on(office, sit):
    served = office(1)
    ada, bob = sit(served), sit(served, "bob")
    ada.press("1")
    ada.kept()
    bob.page.wait_for_selector("#note:not([hidden])", timeout=15_000)

    assert bob.key == "r0"
    assert "Another person" in bob.text("#note")


def test_the_page_may_be_closed_in_the_middle(office, sit):
    served = office(5)
    ada = sit(served)
    ada.press("1", "2")
    ada.page.goto("about:blank")
    again = sit(served)

    assert served.said() == {("r0", "ada"): "good", ("r1", "ada"): "neutral"}
    assert again.key == "r2"
    again.press("ArrowLeft")
    again.until("document.querySelector('#card .key')?.textContent === 'r1'")


def test_what_could_not_be_sent_is_kept_and_sent_later(office, sit):
    served = office(5)
    ada = sit(served)
    served.close()
    ada.press("1", "2")
    ada.page.wait_for_selector("#trouble:not([hidden])")
    assert ada.key == "r2"
    assert "2 answers kept here" in ada.text("#trouble")

    served.open()
    ada.sit()
    ada.kept()

    assert served.said() == {("r0", "ada"): "good", ("r1", "ada"): "neutral"}
    assert all("ERR_" in each or "Failed to load" in each for each in ada.complaints)
    ada.complaints.clear()


def test_a_new_instruction_is_shown_without_being_asked_for(office, sit):
    served = office(2)
    ada = sit(served)
    assert "Irony counts" in ada.text("#instruction")
    served.labels.instruction_path.write_text("# Anew\n\n## Rules\n\n1. Count `good` only.\n")
    ada.press("1")
    ada.until("document.getElementById('instruction').innerText.includes('Count good only')")

    assert "version 2" in ada.text("#instruction")


def test_data_is_shown_and_never_run(office, sit):
    nasty = '"<img src=x onerror=alert(1)><script>alert(2)</script> and five more words"'
    served = office(
        items=["<b>k</b>"],
        source=Source.ISSUE,
        given="good",
        suggested="bad",
        reason="<i>why</i>",
        files={
            "data/reviews.csv": f"id,text,shop,stars,tone\n<b>k</b>,{nasty},<u>s</u>,1,good\n",
            "labels/tone.md": "# <script>alert(3)</script>\n\n- <img src=x onerror=alert(4)>\n",
        },
    )
    ada = sit(served)
    ada.page.on("dialog", lambda dialog: ada.complaints.append("a script ran"))

    assert ada.key == "<b>k</b>"
    for text in ("<script>alert(2)</script>", "<u>s</u>", "<i>why</i>"):
        assert text in ada.text("#card")
    assert "<script>alert(3)</script>" in ada.text("#instruction")
    assert (
        ada.page.evaluate("document.querySelectorAll('img, main script, #card u, #card i').length")
        == 0
    )


def test_pictures_are_shown(office, sit):
    served = office(
        items=["r0", "r1"],
        files={
            "data/reviews.csv": "id,text,shop,tone\nr0,img/a.png,N,good\nr1,img/a.png,N,bad\n",
            "data/img/a.png": PNG,
            "tilth.yml": "labels:\n  tone: {data: reviews, key: id, label: tone}\n",
        },
    )
    ada = sit(served)
    ada.until("document.querySelector('#card img').naturalWidth === 1")

    assert ada.text("figcaption") == "img/a.png"


def test_what_is_odd_comes_first_and_is_marked(office, sit):
    rows = "".join(f"r{i},x,{'N' if i else 'Q'},{i % 5},good\n" for i in range(100))
    served = office(1, files={"data/reviews.csv": "id,text,shop,stars,tone\n" + rows})
    ada = sit(served)

    assert ada.text("#card tr.odd").split() == ["shop", "Q"]
    assert ada.text("#card tr:first-child").split() == ["shop", "Q"]


def test_many_classes_have_keys_and_can_be_found(office, sit):
    classes = [*range(10), *(f"kind {letter}" for letter in "abcdefghijklmnopqrst")]
    settings = f"{{data: reviews, key: id, show: [text], classes: {classes}}}"
    served = office(3, files={"tilth.yml": f"labels:\n  tone: {settings}\n"})
    ada = sit(served)
    ada.press("7", "q")
    ada.press("/")
    ada.page.keyboard.type("kind s")
    ada.press("Enter")
    ada.kept()

    assert served.said() == {
        ("r0", "ada"): "7",
        ("r1", "ada"): "kind a",
        ("r2", "ada"): "kind s",
    }


def test_the_keys_are_told(office, sit):
    ada = sit(office(1))
    ada.press("?")

    assert "take the last answer back" in ada.text("#keys")
    ada.press("Escape")
    assert not ada.page.is_visible("#keys")


def test_a_long_text_is_read_to_its_end_by_keys(office, sit):
    text = " ".join(f"word{i}" for i in range(2000))
    csv = f"id,text,shop,stars,tone\nr0,{text},N,1,good\nr1,short,N,1,good\n"
    ada = sit(office(2, files={"data/reviews.csv": csv}))
    place = "document.querySelector('.text.long').scrollTop"
    assert ada.page.evaluate(place) == 0

    ada.press("Space")
    first = ada.page.evaluate(place)
    assert 0 < first < ada.page.evaluate("document.querySelector('.text.long').clientHeight")
    ada.press(*["Space"] * 40)
    end = ada.page.evaluate(place)
    assert ada.page.evaluate(
        "(each => each.scrollHeight - each.clientHeight - each.scrollTop)"
        "(document.querySelector('.text.long'))"
    ) == pytest.approx(0, abs=1)
    ada.press("Shift+Space")
    assert ada.page.evaluate(place) < end

    ada.page.focus("#answers button[data-answer='0']")
    ada.press("Space")
    assert ada.key == "r1"


def test_what_was_said_is_read_out(office, sit):
    ada = sit(office(2))
    ada.press("1")

    assert ada.text("#said") == "good. 1 of 2."
    assert ada.page.get_attribute("#said", "aria-live") == "polite"
    assert ada.page.get_attribute("#answers button", "aria-keyshortcuts") == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_every_text_can_be_read_and_nothing_sticks_out(office, sit, scheme, width, contrasts):
    ada = sit(
        office(3, source=Source.ISSUE, given="good", suggested="bad"),
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
    )
    ada.press("1", "ArrowLeft")
    found = ada.page.evaluate(contrasts)

    assert len(found) > 10
    assert [each for each in found if each[0] < 4.5] == []
    assert ada.page.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark_can_be_changed_and_are_remembered(office, sit):
    ada = sit(office(1), color_scheme="light")
    ada.page.click("#theme")
    back = "getComputedStyle(document.body).backgroundColor"
    dark = ada.page.evaluate(back)
    ada.sit()

    assert ada.page.evaluate(back) == dark == "rgb(23, 24, 26)"
