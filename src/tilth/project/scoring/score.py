"""The score: what each test came to, the sums of the sections, and the least of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from tilth.errors import TilthError, UnknownNameError
from tilth.project.scoring import data, infrastructure, model, monitoring
from tilth.project.scoring.by_hand import ByHand, read_by_hand
from tilth.project.scoring.evidence import HALF, Evidence, Proof, RubricTest, nothing
from tilth.project.scoring.facts import Facts
from tilth.record import changed, record

if TYPE_CHECKING:
    from tilth.project.project import Project

SECTIONS: Mapping[str, tuple[RubricTest, ...]] = {
    "data": data.TESTS,
    "model": model.TESTS,
    "infra": infrastructure.TESTS,
    "monitor": monitoring.TESTS,
}
"""All 28 tests by their sections, as they are called in ids."""

TITLES = {
    "data": "Data",
    "model": "Model",
    "infra": "Infrastructure",
    "monitor": "Monitoring",
}

TESTS: Mapping[str, RubricTest] = {
    each.id: each for section in SECTIONS.values() for each in section
}

_READINGS = (
    (0.0, "more of a research project than a productionised system"),
    (1.0, "not totally untested, but there may be serious holes in reliability"),
    (2.0, "a first pass at basic productionisation, but more is worth doing"),
    (3.0, "reasonably tested, but more of it may be automated"),
    (5.0, "strong levels of automated testing and monitoring, fit for mission-critical systems"),
    (7.0, "exceptional levels of automated testing and monitoring"),
)
"""The upper ends of points, and how the paper reads them, in other words."""


@record
class TestResult:
    """What a test came to.

    Attributes:
        test: Which.
        evidence: What there is to show.
    """

    test: RubricTest
    evidence: Evidence

    @property
    def points(self) -> float:
        """0, 0.5 or 1."""
        return self.evidence.points

    @property
    def covered(self) -> bool:
        """Whether this release can find evidence for it at all."""
        return self.test.reachable > 0

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "id": self.test.id,
            "title": self.test.title,
            "asks": self.test.asks,
            "points": self.points,
            "covered": self.covered,
            "reachable": self.test.reachable,
            "not_covered": self.test.not_covered,
            "proofs": [each.as_dict() for each in self.evidence.proofs],
            "lacks": list(self.evidence.lacks),
            "earn": list(self.evidence.earn),
        }


@record
class Section:
    """One of the four sections.

    Attributes:
        id: `data`, `model`, `infra` or `monitor`.
        results: Of its seven tests.
    """

    id: str
    results: tuple[TestResult, ...]

    @property
    def title(self) -> str:
        """As the paper has it."""
        return TITLES[self.id]

    @property
    def points(self) -> float:
        """The sum."""
        return sum(each.points for each in self.results)

    @property
    def covered(self) -> bool:
        """Whether this release can find evidence for any of its tests."""
        return any(each.covered for each in self.results)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "id": self.id,
            "title": self.title,
            "points": self.points,
            "covered": self.covered,
            "tests": [each.as_dict() for each in self.results],
        }


@record
class Score:
    """The ML Test Score of a project; in a notebook it shows itself as a table.

    Attributes:
        project: Its name.
        sections: In the order of the paper.
        notes: What could not be read.
    """

    project: str
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The final score: the least of the sections, as the paper has it; 0 to 7."""
        return min(each.points for each in self.sections)

    @property
    def points_covered(self) -> float:
        """The least of those sections that this release covers."""
        return self.weakest.points

    @property
    def reading(self) -> str:
        """How the paper reads that many points."""
        return next(words for most, words in _READINGS if self.points <= most)

    @property
    def weakest(self) -> Section:
        """The section that decides, of those that this release covers: the next point counts."""
        return min((e for e in self.sections if e.covered), key=lambda each: each.points)

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What would earn most: the first thing to do for each missing point of that section."""
        missing = (e for e in self.weakest.results if e.points < e.test.reachable)
        steps = (each.evidence.earn[0] for each in missing if each.evidence.earn)
        return tuple(dict.fromkeys(steps))

    @property
    def title(self) -> str:
        """In one line."""
        told = f"{self.project}: ML Test Score {self.points:g} of 7"
        left_out = [each.title for each in self.sections if not each.covered]
        if not left_out:
            return told
        return f"{told}; {self.points_covered:g} without {', '.join(left_out)}, not covered yet"

    @property
    def results(self) -> Iterator[TestResult]:
        """Of all tests, in order."""
        for section in self.sections:
            yield from section.results

    def result(self, test: str) -> TestResult:
        """What one test came to: `data_1`, `Data 1` or `data-1`.

        Raises:
            UnknownNameError: There is no such test.
        """
        asked = "_".join(test.lower().replace("-", " ").replace("_", " ").split())
        for each in self.results:
            if each.test.id == asked:
                return each
        raise UnknownNameError("test", test, TESTS)

    def section(self, name: str) -> Section:
        """One section: `data`, `model`, `infra` or `monitor`, or the paper's name for it.

        Raises:
            UnknownNameError: There is no such section.
        """
        for each in self.sections:
            if name.lower() in (each.id, each.title.lower()):
                return each
        raise UnknownNameError("section", name, SECTIONS)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "project": self.project,
            "score": self.points,
            "score_without_uncovered": self.points_covered,
            "reading": self.reading,
            "next_steps": list(self.next_steps),
            "sections": [each.as_dict() for each in self.sections],
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{escape(self.title)}</b><br>{escape(self.reading)}</p>"]
        for each in self.sections:
            rows = "".join(_html_row(result) for result in each.results)
            head = f"<tr><th colspan=4>{each.title}: {each.points:g} of 7</th></tr>"
            parts.append(f"<table>{head}{rows}</table>")
        return "".join(parts)


def _html_row(result: TestResult) -> str:
    evidence = result.evidence
    shown = [f"{each.place}: {each.text}" for each in evidence.proofs]
    shown += [f"missing: {each}" for each in evidence.lacks]
    todo = "<br>".join(f"<code>{escape(each)}</code>" for each in evidence.earn)
    told = "<br>".join(map(escape, shown))
    name, title = escape(result.test.name), escape(result.test.title)
    return (
        f"<tr><td>{result.points:g}</td><td>{name}: {title}</td><td>{told}</td><td>{todo}</td></tr>"
    )


_NOTHING_YET = "nothing is on record yet: `tilth run` makes the first evidence"


def scored(project: Project) -> Score:
    """Ask what is on record for each of the 28 tests; nothing is run or recorded.

    Raises:
        HistoryError: The history cannot be used.
        ConfigError: `score.yml` holds a mistake.
    """
    facts = Facts(project)
    by_hand = read_by_hand(project.folder)
    sections = tuple(
        Section(id=name, results=tuple(_result(each, facts, by_hand) for each in tests))
        for name, tests in SECTIONS.items()
    )
    notes = () if facts.done else (_NOTHING_YET,)
    return Score(project=project.name, sections=sections, notes=notes)


def _result(test: RubricTest, facts: Facts, by_hand: Mapping[str, ByHand]) -> TestResult:
    found = test.told(_looked(test, facts))
    said = by_hand.get(test.id)
    if said is not None and not found.breach and found.points < HALF:
        found = changed(found, points=HALF, proofs=(*found.proofs, said.proof))
    return TestResult(test=test, evidence=found)


def _looked(test: RubricTest, facts: Facts) -> Evidence:
    """What a test finds; one that cannot look says so instead of ending the others."""
    if not facts.done and test.reachable:
        return nothing(f"nothing has run yet; looked for: {test.asks}", "tilth run")
    try:
        return test.look(facts)
    except (TilthError, OSError) as error:
        hint = getattr(error, "hint", None)
        return nothing(f"it could not be looked at: {error}", *([hint] if hint else []))


def told(proof: Proof) -> str:
    """A proof on one line."""
    return f"{proof.place}: {proof.text}"
