"""Generated projects, edited at random: what a run leaves is what a clean run would make."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilth import Project

MODULES = ["nodes", "helpers", "deep"]


@dataclass
class Plan:
    """What a generated project says; `write` makes its files of it.

    Nodes call a helper, helpers call one in the next module or use a constant there.
    """

    reads: list[list[int]]
    helper_of: list[int]
    deep_of: list[int]
    uses_param: list[bool]
    declared: list[bool]
    numbers: list[int] = field(default_factory=lambda: [1, 2, 3])
    terms: dict[str, int] = field(default_factory=dict)
    param: int = 2
    comments: int = 0
    swapped: bool = False

    def term(self, name: str) -> int:
        return self.terms.setdefault(name, 1)

    def files(self) -> dict[str, str]:
        note = f"# remark {self.comments}\n"
        deep = [f"DEEP_{i} = {self.term(f'deep{i}')}\n" for i in range(3)]
        helpers = [
            f'def helper_{i}(n):\n    """Remark {self.comments}."""\n'
            f"    {note}    return n * DEEP_{d} + {self.term(f'helper{i}')}\n"
            for i, d in enumerate(self.deep_of)
        ]
        nodes = [self._function(i) for i in range(len(self.reads))]
        if self.swapped:
            deep.reverse()
            helpers.reverse()
            nodes.reverse()
        return {
            "tilth.yml": self._pipelines(),
            "catalog.yml": self._catalog(),
            "params.yml": f"factor: {self.param}  # {self.comments}\n",
            "data/source.csv": "n\n" + "".join(f"{n}\n" for n in self.numbers),
            "src/deep.py": note + "".join(deep),
            "src/helpers.py": note + "from deep import *\n\n" + "\n".join(helpers),
            "src/nodes.py": f"{note}import helpers\n\n" + "\n".join(nodes),
        }

    def _function(self, i: int) -> str:
        names = [f"n{j}" for j in self.reads[i]] or ["source"]
        first = "len(source.splitlines())" if not self.reads[i] else " + ".join(names)
        arguments = ", ".join([*names, *(["factor"] if self.uses_param[i] else [])])
        scale = " * factor" if self.uses_param[i] else ""
        return (
            f"def n{i}({arguments}):\n"
            f"    return helpers.helper_{self.helper_of[i]}({first}) % 97{scale}"
            f" + {self.term(f'node{i}')}\n"
        )

    def _pipelines(self) -> str:
        lines = ["pipelines:", "  main:", "    nodes:"]
        for i in range(len(self.reads)):
            inputs = {f"n{j}": f"n{j}" for j in self.reads[i]} or {"source": "source"}
            if self.uses_param[i]:
                inputs["factor"] = "params:factor"
            lines.append(f"      - {{call: nodes.n{i}, inputs: {json.dumps(inputs)}}}")
        return "\n".join(lines) + "\n"

    def _catalog(self) -> str:
        lines = ["source: {format: text, location: data/source.csv}"]
        for i, declared in enumerate(self.declared):
            if declared:
                lines.append(f"n{i}: {{format: json, location: out/n{i}.json}}")
        return "\n".join(lines) + "\n"


@st.composite
def plans(draw):
    n = draw(st.integers(2, 7))
    return Plan(
        reads=[
            draw(st.lists(st.integers(0, i - 1), unique=True, max_size=3)) if i else []
            for i in range(n)
        ],
        helper_of=[draw(st.integers(0, 2)) for _ in range(n)],
        deep_of=[draw(st.integers(0, 2)) for _ in range(3)],
        uses_param=[draw(st.booleans()) for _ in range(n)],
        declared=[draw(st.booleans()) for _ in range(n)],
    )


COSMETIC = ["comment", "swap", "forget"]
REAL = ["node", "helper", "deep", "param", "source", "delete", "tamper", "undo"]


def edit(kind: str, plan: Plan, folder: Path, draw: random.Random) -> None:
    if kind == "comment":
        plan.comments += 1
    elif kind == "swap":
        plan.swapped = not plan.swapped
    elif kind == "forget":
        for path in (folder / ".tilth").glob("memo*"):
            path.unlink()
    elif kind in ("node", "helper", "deep"):
        n = len(plan.reads) if kind == "node" else 3
        name = f"{kind}{draw.randrange(n)}"
        plan.terms[name] = plan.term(name) + 1
    elif kind == "undo" and plan.terms:
        plan.terms[draw.choice(sorted(plan.terms))] = 1
    elif kind == "param":
        plan.param += 1
    elif kind == "source":
        plan.numbers.append(draw.randrange(10))
    elif kind in ("delete", "tamper"):
        outputs = sorted((folder / "out").glob("*.json"))
        if outputs:
            path = draw.choice(outputs)
            path.unlink() if kind == "delete" else path.write_text("tampered")


def write(plan: Plan, folder: Path) -> None:
    for name, text in plan.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def run(folder: Path, plan: Plan, executor: str):
    with Project(folder) as project:
        result = project.run(executor=executor, workers=2).checked()
        values = {f"n{i}": result[f"n{i}"] for i in range(len(plan.reads))}
    outside = {path.name: path.read_bytes() for path in (folder / "out").glob("*")}
    versions = {name: each.fingerprint for name, each in result.versions.items()}
    return versions, values, outside, result.counts.get("done", 0)


def check(plan: Plan, kinds: list[str], seed: int, executor: str) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "home"
        write(plan, folder)
        run(folder, plan, executor)
        for i, kind in enumerate(kinds):
            edit(kind, plan, folder, draw)
            write(plan, folder)
            *found, n_run = run(folder, plan, executor)
            clean = Path(name) / f"clean{i}"
            write(plan, clean)
            *expected, _ = run(clean, plan, "serial")
            assert found == expected, kind
            if kind in (*COSMETIC, "delete", "tamper"):
                assert n_run == 0, f"{kind} runs nothing"
            *_, again = run(folder, plan, executor)
            assert again == 0
            shutil.rmtree(clean)


KINDS = st.lists(st.sampled_from([*COSMETIC, *REAL]), min_size=1, max_size=6)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(plans(), KINDS, st.integers(0, 1 << 16))
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
def test_edited_projects_end_as_clean_ones(plan, kinds, seed):
    check(plan, kinds, seed, "serial")


@given(plans(), KINDS, st.integers(0, 1 << 16))
@settings(max_examples=3, deadline=None, suppress_health_check=SLOW)
def test_edited_projects_end_as_clean_ones_with_processes(plan, kinds, seed):
    check(plan, kinds[:3], seed, "processes")


@pytest.mark.slow
@given(plans(), KINDS, st.integers(0, 1 << 16))
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
def test_many_edited_projects_end_as_clean_ones(plan, kinds, seed):
    check(plan, kinds, seed, "serial")
