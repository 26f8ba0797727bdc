"""A secret is planted in the environment, and looked for in everything that Tilth keeps or says."""

from __future__ import annotations

import pytest

from tilth import Project
from tilth.errors import TilthError

SECRET = "hunter2-tell-no-one"

FILES = {
    "tilth.yml": """
        name: vault
        pipelines:
          main:
            nodes:
              - call: work.opened
                inputs: {password: "params:login.password"}
              - call: work.checked
                inputs: {login: "params:login", opened: opened}
          staged:
            stage: work.stage
            with: {token: "${env:VAULT_PASSWORD}"}
    """,
    "catalog.yml": """
        ledger: {format: json, location: "data/${env:VAULT_PASSWORD}.json"}
        report:
          format: csv
          location: data/report.csv
          read: {null_values: ["${env:VAULT_PASSWORD}"]}
    """,
    "params.yml": """
        login: {password: "${env:VAULT_PASSWORD}", tries: 3}
    """,
    "src/work.py": """
        from dataclasses import dataclass

        from tilth import node, pipeline


        @dataclass
        class Login:
            password: str
            tries: int


        def opened(password):
            return len(password)


        def checked(login: Login, opened):
            return login.tries + opened


        def used(token):
            return len(token)


        def refused(ledger):
            return ledger


        def stage(token):
            return pipeline([node(used, inputs={"token": {"value": token}})])
    """,
}


@pytest.fixture
def vault(make, monkeypatch):
    monkeypatch.setenv("VAULT_PASSWORD", SECRET)
    return make(FILES)


def places_of(folder, secret):
    files = [each for each in folder.rglob("*") if each.is_file()]
    return [str(each.relative_to(folder)) for each in files if secret.encode() in each.read_bytes()]


def test_a_secret_is_used_and_nowhere_kept(vault):
    with vault.open() as project:
        result = project.run()
        assert result.ok
        assert result["checked"] == 3 + len(SECRET)
        assert result["used"] == len(SECRET)
        assert SECRET not in str(result.as_dict())

    assert places_of(vault.folder, SECRET) == []


def test_another_secret_runs_nothing_anew(vault, monkeypatch):
    with vault.open() as project:
        project.run()
    monkeypatch.setenv("VAULT_PASSWORD", "another-secret-of-another-length")

    with vault.open() as project:
        assert project.run().counts == {"reused": 3}


def test_an_error_that_shows_the_secret_does_not_come_out_with_it(vault):
    vault.edit("src/work.py", "return len(password)", "raise ValueError(f'bad: {password}')")

    with vault.open() as project:
        result = project.run("main")
        failure = result.failures["opened"]
        (recorded,) = project.history.attempts("opened", 1)

    for text in (failure.message, failure.report, recorded.error, recorded.log, repr(result)):
        assert SECRET not in text
    assert "bad: ${env:VAULT_PASSWORD}" in failure.report
    assert places_of(vault.folder, SECRET) == []


def test_a_missing_file_with_a_secret_in_its_name_is_told_without_it(vault):
    vault.edit(
        "tilth.yml",
        "- call: work.opened",
        "- call: work.refused\n      - call: work.opened",
    )
    with Project(vault.folder) as project:
        with pytest.raises(TilthError) as told:
            project.load("ledger")
        result = project.run("main", keep_going=True)

    assert SECRET not in told.value.full()
    assert SECRET not in result.failures["refused"].report
    assert places_of(vault.folder, SECRET) == []
