"""`tilth test` on the projects that come with Tilth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def tilth(*arguments, folder):
    command = [str(Path(sys.executable).with_name("tilth")), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def made(tmp_path):
    def project(template):
        tilth("new", "here", "--from", template, folder=tmp_path)
        return tmp_path / "here"

    return project


@pytest.mark.parametrize("template", ["blank", "digits", "flights"])
def test_each_template_passes_its_test_before_it_has_ever_run(made, template):
    answer = tilth("test", "--json", folder=made(template))

    told = json.loads(answer.stdout)
    assert answer.returncode == 0, [each for each in told["checks"] if each["state"] == "failed"]
    looked = {each["name"] for each in told["checks"] if each["state"] == "passed"}
    assert {"every node runs", "all numbers are numbers", "the same again"} <= looked
    if template != "blank":
        assert {"models learn", "rows by themselves", "contracts hold"} <= looked


def test_a_departure_at_24_00_that_the_contract_allows_is_found(made):
    project = made("flights")
    catalog = project / "catalog.yml"
    text = catalog.read_text(encoding="utf-8")
    assert "between: [0, 2359]" in text
    catalog.write_text(text.replace("between: [0, 2359]", "between: [0, 2400]"), encoding="utf-8")

    answer = tilth("test", "features", folder=project)

    assert answer.returncode == 1
    assert "trips: `scheduled_departure` is not between 0 and 1439" in answer.stdout
