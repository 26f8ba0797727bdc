"""The server as a browser meets it."""

from __future__ import annotations

import pytest

from tilth.web.review.guard import HEADERS

ADA, BOB = f"/{'a' * 32}/", f"/{'b' * 32}/"


@pytest.mark.parametrize("name", ["", "page.css", "page.js", "session"])
def test_the_page_is_served_to_who_has_the_link(client, name):
    assert client.get(ADA + name).status == 200


@pytest.mark.parametrize(
    "path", ["/", "/page.js", f"/{'c' * 32}/", "/session", ADA + "app.py", ADA + "x"]
)
def test_nothing_else_is_there(client, path):
    assert client.get(path).status == 404


def test_every_answer_carries_what_keeps_strangers_out(client):
    for path in (ADA, ADA + "session", "/", ADA + "none", ADA + "picture/0/0"):
        found = {**client.get(path).headers}

        assert {name: found[name.lower()] for name in HEADERS} == HEADERS


def test_everyone_is_who_his_link_says(client):
    assert client.get(ADA + "session").json["person"] == "ada"
    assert client.get(BOB + "session").json["person"] == "bob"


def test_an_answer_is_taken(client):
    card = client.post(ADA + "sync", {}).json["queue"][0]
    event = {"id": "0" * 12, "card": card, "answer": 0}

    assert client.post(ADA + "sync", {"events": [event]}).json["decided"] == 1
    assert client.post(BOB + "sync", {}).json["decided"] == 0


def test_another_page_cannot_answer(client):
    message = {"events": [{"id": "0" * 12, "card": "x:1", "answer": 0}]}

    assert client.post(ADA + "sync", message, origin="http://evil.example").status == 404
    assert client.post(ADA + "sync", message, host="evil.example:8000").status == 404
    assert client.get(ADA + "sync").status == 405


@pytest.mark.parametrize(
    "data", [b"", b"[", b"[]", b"3", b'{"events": 1}', b"\xff", b" " * (2 << 20)]
)
def test_what_is_no_message_is_refused(client, data):
    assert client.post(ADA + "sync", data).status == 400


def test_a_log_that_cannot_be_written_is_told(client, labels):
    card = client.post(ADA + "sync", {}).json["queue"][0]
    labels.log.path.write_text("not a log\n")
    told = client.post(ADA + "sync", {"events": [{"id": "0" * 12, "card": card, "answer": 0}]})

    assert told.status == 507
    assert "line 1" in told.json["error"]


def test_no_file_of_the_project_is_served_that_is_no_picture_of_a_row(client, labels):
    for column in range(4):
        assert client.get(f"{ADA}picture/0/{column}").status == 404


def test_the_page_asks_nobody_else_for_anything(client):
    for name in ("", "page.css", "page.js"):
        text = client.get(ADA + name).body.decode()

        assert "http://" not in text
        assert "https://" not in text
        assert "innerHTML" not in text
