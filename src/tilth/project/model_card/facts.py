"""What a card tells: what is on record of a version, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.errors import TilthError
from tilth.history.lineage import Lineage, downstream, upstream
from tilth.history.record import Made, NodeRun
from tilth.models import bundle as bundles
from tilth.project.contents import value_of
from tilth.project.models import ModelFacts, facts
from tilth.record import record

if TYPE_CHECKING:
    from tilth.project.project import Project

_CHOOSES = "tilth.stages.train.nodes:choose"
_FITS = "tilth.stages.train.nodes:fit_chosen"
_LOOKS = (
    "tilth.stages.evaluate.slices:diagnose_slices",
    "tilth.stages.evaluate.slices:find_slices",
)
_EXPLAINS = "tilth.stages.explain.rows:explain_rows"
_PREDICTS = "tilth.stages.train.nodes:predict_test"

Told = Mapping[str, Any]


@record
class Card:
    """Facts about a version; what nothing is on record of is empty or None.

    Attributes:
        known: What the registry and the history say.
        project: The project's name.
        about: What the catalog says that the model is.
        signature: Of its bundle: columns, target, classes.
        golden: How many rows the bundle asks about, and those that the model refuses.
        digest: Of its bundle.
        parity: What came of comparing it with its conversion to ONNX.
        sources: What came from outside: `dataset`, `fingerprint`, `rows`, `bytes`, `run`.
        measured: Metrics of what was made of it: `node`, `run`, `name`, `value`, `low`, `high`.
        choice: Why it was chosen among others; see `tilth.stages.train`.
        test: What it got wrong of rows that it did not learn from, and where; see
            `tilth.stages.evaluate`.
        rows_of_test: The dataset of these rows; empty where that is not on record.
        is_unseen: Whether these bytes are none of those that it was made of.
        importance: Which columns move it; see `tilth.stages.explain`.
        verdict: What the gate said last; see `tilth.models.verdict`.
        tests: Tests of its bundle, newest last.
        steps: How it was made: `node`, `run`, `function`, `parameters`.
    """

    known: ModelFacts
    project: str
    about: str
    signature: Told
    golden: Told
    digest: str
    parity: Told
    sources: Sequence[Told]
    measured: Sequence[Told]
    choice: Told
    test: Told
    rows_of_test: str
    is_unseen: bool
    importance: Told
    verdict: Told
    tests: Sequence[Told]
    steps: Sequence[Told]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            **self.known.as_dict(),
            "project": self.project,
            "about": self.about,
            "signature": dict(self.signature),
            "golden": dict(self.golden),
            "bundle": self.digest,
            "parity": dict(self.parity),
            "sources": list(self.sources),
            "measured": list(self.measured),
            "choice": dict(self.choice),
            "test": dict(self.test),
            "test_rows": self.rows_of_test,
            "test_is_unseen": self.is_unseen,
            "importance": dict(self.importance),
            "verdict": dict(self.verdict),
            "tests": list(self.tests),
            "steps": list(self.steps),
        }


def card_of(project: Project, reference: str) -> Card:
    """The card of a version.

    Raises:
        UnknownNameError: There is no such version.
        MissingDataError: It is no longer on record what it is.
    """
    known = facts(project, reference)
    made, history = known.made, project.history
    before = upstream(history, made.fingerprint, dataset=made.dataset)
    after = downstream(history, made.fingerprint, dataset=made.dataset)
    kept = _bundle(project, known)
    signature = kept.get("signature.json", {})
    used = _Found(project, after, skip=made)
    test, (rows, version) = _test(used)
    entry = project.catalog.get(made.dataset)
    return Card(
        known=known,
        project=project.name,
        about=(entry.description or "") if entry is not None else "",
        signature=signature,
        golden=_golden(kept.get("golden.json", {})),
        digest=kept.get("digest", ""),
        parity=kept.get("parity.json", {}),
        sources=[_source(project, each, signature) for each in sorted(before.ends())],
        measured=list(_measured(after, made)),
        choice=_Found(project, before).value(_CHOOSES, "metrics"),
        test=test,
        rows_of_test=rows,
        is_unseen=bool(version) and version not in {each.fingerprint for each in before.steps},
        importance=used.value(_EXPLAINS, "json"),
        verdict=_verdict(known),
        tests=[
            {**json.loads(each.details), "at": each.happened_at, "person": each.person}
            for each in known.version.recorded
            if each.kind == "tested"
        ],
        steps=list(_steps(project, before)),
    )


def _bundle(project: Project, known: ModelFacts) -> dict[str, Any]:
    """Files of the bundle that tell something; none where it is gone or damaged."""
    event = known.version.bundle
    if event is None:
        return {}
    try:
        kept = bundles.opened(project.blobs, event.fingerprint)
    except TilthError:
        return {}
    place = bundles.kept_at(kept, project.blobs)
    found: dict[str, Any] = {"digest": kept.digest}
    for name in ("signature.json", "golden.json", "parity.json"):
        path = place(name) if name in kept.files else None
        try:
            found[name] = json.loads(path.read_bytes()) if path is not None else {}
        except ValueError:  # damaged: `tilth models test` says so
            found[name] = {}
    return found


def _verdict(known: ModelFacts) -> dict[str, Any]:
    said = [each for each in known.version.decisions if each.kind == "validated"]
    return dict(json.loads(said[-1].details)) if said else {}


def _golden(told: Told) -> dict[str, Any]:
    requests = told.get("requests", ())
    refused = [
        {"why": each["why"][0], "error": each["answers"]["error"]}
        for each in requests
        if "error" in each["answers"]
    ]
    return {"rows": sum(len(each["rows"]) for each in requests), "refused": refused}


def _source(project: Project, version: tuple[str, str], signature: Told) -> dict[str, Any]:
    dataset, fingerprint = version
    found = project.history.version(dataset, fingerprint)
    rows = found[0].rows if found is not None else None
    learned = signature.get("learned_from", {})
    if rows is None and learned.get("fingerprint") == fingerprint:
        rows = learned["rows"]
    return {
        "dataset": dataset,
        "fingerprint": fingerprint,
        "rows": rows,
        "bytes": found[0].n_bytes if found is not None else None,
        "run": found[2].id if found is not None else 0,
    }


def _measured(after: Lineage, made: Made) -> Iterator[dict[str, Any]]:
    makers: dict[int, NodeRun] = {}
    for version, step in after.steps.items():
        if step.maker is not None and version.fingerprint != made.fingerprint:
            makers[step.maker.id] = step.maker
    for maker in makers.values():
        for each in maker.metrics:
            if each.value is not None:
                yield {"node": maker.node, "run": maker.run, "name": each.name,
                       "value": each.value, "low": each.low, "high": each.high}  # fmt: skip


def _steps(project: Project, before: Lineage) -> Iterator[dict[str, Any]]:
    makers = {step.maker.id: step.maker for step in before.steps.values() if step.maker}
    for maker in sorted(makers.values(), key=lambda each: each.id):
        try:
            recipe = project.history.recipe(maker.recipe)
        except TilthError:  # of a fan-out as a whole
            continue
        yield {
            "node": maker.node,
            "run": maker.run,
            "function": recipe.function.replace(":", "."),
            "seconds": maker.seconds,
            "parameters": dict(recipe.parameters),
        }


def _test(used: _Found) -> tuple[Told, tuple[str, str]]:
    for function in _LOOKS:
        found = used.value(function, "json")
        if found:
            return {**found, **_wrong(found)}, used.reads(_PREDICTS)
    return {}, ("", "")


def _wrong(found: Told) -> dict[str, Any]:
    """The share of wrong answers, and where it would lie for other rows, at 95 %."""
    counts = found.get("confusion")
    rows = sum(map(sum, counts)) if counts else found["rows"]
    if counts:
        wrong = rows - sum(row[i] for i, row in enumerate(counts))
    elif found["loss"] == "error":
        wrong = round(found["overall"] * rows)
    else:
        return {"wrong": None, "interval": None}
    from tilth.quality.intervals import wilson  # it imports NumPy

    ends = wilson(wrong, rows)
    return {"wrong": wrong / rows, "interval": [ends.low, ends.high]}


class _Found:
    """What the functions of a lineage made; the newest where there is more than one."""

    def __init__(self, project: Project, lineage: Lineage, skip: Made | None = None) -> None:
        self._project = project
        self._makers: dict[str, NodeRun] = {}
        runs = {step.maker.id: step.maker for step in lineage.steps.values() if step.maker}
        for _, maker in sorted(runs.items()):
            if skip is None or all(each.fingerprint != skip.fingerprint for each in maker.outputs):
                self._makers[self._function(maker)] = maker

    def _function(self, maker: NodeRun) -> str:
        try:
            return self._project.history.recipe(maker.recipe).function
        except TilthError:  # of a fan-out as a whole
            return ""

    def value(self, function: str, form: str) -> dict[str, Any]:
        """The first of what a function made in a format; nothing where that cannot be had."""
        maker = self._makers.get(function)
        for made in maker.outputs if maker is not None else ():
            if made.format == form:
                try:
                    value = value_of(self._project, made)
                except TilthError:  # its bytes are gone
                    return {}
                return dict(value) if isinstance(value, Mapping) else {}
        return {}

    def reads(self, function: str) -> tuple[str, str]:
        """The first dataset that a function read, and its version."""
        maker = self._makers.get(function)
        return next(iter(maker.inputs.items()), ("", "")) if maker is not None else ("", "")
