"""Who may talk to the server of the page."""

from __future__ import annotations

import pytest

from tilth.errors import DefinitionError
from tilth.web.review.guard import POLICY, allowed_hosts, is_loopback, is_ours, person_of, tokens

HOSTS = allowed_hosts("127.0.0.1", 8000)
POST = {
    "host": "127.0.0.1:8000",
    "origin": "http://127.0.0.1:8000",
    "content-type": "application/json",
}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_this_machine_s_own_addresses_are_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_others_are_not(host):
    assert not is_loopback(host)


def test_each_person_has_a_token_of_his_own():
    found = tokens(["ada", "bob"], "127.0.0.1", None)

    assert sorted(found.values()) == ["ada", "bob"]
    assert all(len(each) == 32 for each in found)
    assert tokens(["ada"], "127.0.0.1", None) != tokens(["ada"], "127.0.0.1", None)


def test_a_secret_of_one_s_own_gives_the_same_links_again_and_is_not_in_them():
    secret = "correct horse battery"
    found = tokens(["ada", "bob"], "0.0.0.0", secret)

    assert found == tokens(["ada", "bob"], "0.0.0.0", secret)
    assert not any(secret in each or each in secret for each in found)


def test_beyond_this_machine_a_token_must_be_said():
    with pytest.raises(DefinitionError, match="whoever reaches") as raised:
        tokens(["ada"], "0.0.0.0", None)
    assert "--token" in raised.value.hint


def test_a_short_token_is_refused():
    with pytest.raises(DefinitionError, match="can be guessed"):
        tokens(["ada"], "127.0.0.1", "hunter2")


def test_a_token_is_its_owner_s_and_no_part_of_it_is_anybody_s():
    known = {"a" * 32: "ada", "b" * 32: "bob"}

    assert person_of("b" * 32, known) == "bob"
    for wrong in ("", "a" * 31, "A" * 32, "\udcff", "a" * 33):
        assert person_of(wrong, known) is None


def test_our_own_page_may_send_and_get():
    assert is_ours("POST", POST, HOSTS)
    assert is_ours("GET", {"host": "localhost:8000"}, HOSTS)
    assert is_ours("GET", {"host": "[::1]:8000", "sec-fetch-site": "same-origin"}, HOSTS)


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "127.0.0.1", "127.0.0.1:8001", "", "127.0.0.1:8000.evil.example"]
)
def test_a_name_that_only_leads_to_us_is_not_ours(host):
    assert not is_ours("GET", {"host": host}, HOSTS)


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1:8000"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"host": "evil.example:8000", "origin": "http://evil.example:8000"},
    ],
)
def test_another_page_may_not_send(changed):
    assert not is_ours("POST", POST | changed, HOSTS)


def test_what_does_not_say_where_it_comes_from_may_not_send():
    headers = {name: value for name, value in POST.items() if name != "origin"}

    assert not is_ours("POST", headers, HOSTS)


def test_another_page_may_not_even_get():
    assert not is_ours("GET", {"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site"}, HOSTS)


def test_where_all_addresses_are_listened_to_a_number_is_ours_and_a_name_is_not():
    everywhere = allowed_hosts("0.0.0.0", 8000)

    assert is_ours("GET", {"host": "192.168.1.5:8000"}, everywhere)
    assert is_ours("GET", {"host": "[fe80::1]:8000"}, everywhere)
    assert not is_ours("GET", {"host": "evil.example:8000"}, everywhere)


def test_nothing_runs_that_is_not_ours():
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
