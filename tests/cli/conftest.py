from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tilth.cli.main import main


@dataclass
class Answer:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


FLOW = '''
"""A shop's numbers."""

import os

if os.environ.get("TEST_REFUSE_IMPORT"):
    raise RuntimeError("this module was imported")


def clean(orders: list) -> list:
    """Keep orders that were paid."""
    return [each for each in orders if each["paid"]]


def total(clean: list, rate: float = 1.0) -> float:
    """What came in."""
    return sum(each["price"] for each in clean) * rate


def measure(total: float) -> dict:
    """How good the day was."""
    return {"day": {"value": total, "low": total - 1, "high": total + 1}}


def tell(total: float) -> str:
    """One line for people."""
    return f"We took {total:.2f}.\\n" * 20
'''

TILTH = """
name: shop
pipelines:
  prepare:
    nodes:
      - call: shop.flow.clean
        layer: intermediate
        tags: [daily]
  report:
    nodes:
      - call: shop.flow.total
        inputs: {clean: clean, rate: "params:rate"}
      - call: shop.flow.measure
        inputs: [total]
        outputs: metrics
      - call: shop.flow.tell
        inputs: [total]
        outputs: words
"""

CATALOG = """
orders: {format: json, location: data/orders.json, description: What was ordered.}
metrics: {format: metrics, location: out/metrics.json}
words: {format: text, location: out/words.txt}
"""

ORDERS = [
    {"who": "Ada", "price": 10, "paid": True},
    {"who": "Bob", "price": 5, "paid": False},
    {"who": "Cyd", "price": 7, "paid": True},
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project, in whose folder the commands are typed."""
    files = {
        "tilth.yml": TILTH,
        "catalog.yml": CATALOG,
        "params.yml": "rate: 2.0\n",
        "src/shop/__init__.py": "",
        "src/shop/flow.py": FLOW,
        "data/orders.json": json.dumps(ORDERS),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


@pytest.fixture
def tilth(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Types a command, in this process."""

    def typed(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main(list(arguments))
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return typed


@pytest.fixture
def shell() -> Callable[..., Answer]:
    """Types a command, in a process of its own, and tells which modules it had imported."""

    def typed(*arguments: str, env: dict[str, str] | None = None) -> Answer:
        program = (
            "import sys\n"
            "from tilth.cli.main import main\n"
            "code = main(sys.argv[1:])\n"
            "print('MODULES', *sorted(sys.modules), file=sys.stderr)\n"
            "sys.exit(code)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return typed


@pytest.fixture
def edit(project: Path) -> Callable[[str, str, str], None]:
    """Changes a file of the project as a person would."""

    def edited(name: str, old: str, new: str) -> None:
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new))

    return edited
