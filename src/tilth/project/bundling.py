"""Bundles of a project's models: made once for each version, kept, written out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.errors import DataError, TilthError
from tilth.history.lineage import downstream, upstream
from tilth.history.record import Made, ModelEvent
from tilth.models import bundle as bundles
from tilth.models import decision
from tilth.models.bundle import Bundle
from tilth.models.environment import distributions_for
from tilth.models.registry import ModelVersion
from tilth.project.bundled_model import Packed, packed
from tilth.project.bundled_onnx import FILE, MODULES, InOnnx, in_onnx
from tilth.project.discretion import discreet
from tilth.project.learned import learned_of
from tilth.project.models import ModelFacts, event_of, facts, registry
from tilth.record import record

if TYPE_CHECKING:
    from tilth.contract.contract import Contract
    from tilth.models.signature import Learned
    from tilth.project.project import Project


@record
class Bundled:
    """A version of a model and its bundle.

    Attributes:
        version: Which.
        bundle: All that belongs to it.
        is_new: Whether it was made just now.
    """

    version: ModelVersion
    bundle: Bundle
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "model": self.version.model,
            "version": self.version.version,
            "digest": self.bundle.digest,
            "new": self.is_new,
            "rows": self.bundle.about["rows"],
            "onnx": self.bundle.about.get("onnx"),
            "without": dict(self.bundle.about["without"]),
            "files": dict(self.bundle.about["files"]),
        }


def bundled(project: Project, reference: str | ModelVersion) -> Bundled:
    """The bundle of a version; it is made where there is none yet, and kept.

    Args:
        project: Whose.
        reference: The version, or what means it, as `late@2`.

    Raises:
        UnknownNameError: There is no such version.
        MissingDataError: Its bytes are gone, or those of its bundle.
        DamagedDataError: The bundle is not what it was.
        DataError: The model can be written in no format that runs no code when it is read.
    """
    found = reference
    if isinstance(found, str):
        found = registry(project).find(found)
    if found.bundle is not None:
        kept = bundles.opened(project.blobs, found.bundle.fingerprint)
        return Bundled(version=found, bundle=kept, is_new=False)
    with discreet(project.config.secrets.masked):
        made = make_bundle(project, facts(project, found.name))
    _note(project, found, made)
    return Bundled(version=registry(project).find(found.name), bundle=made, is_new=True)


def made_again(project: Project, reference: str) -> Bundled:
    """Make the bundle of a version anew, by what is on record, where the kept one is damaged.

    It has to come out the same, to the byte.

    Raises:
        UnknownNameError: There is no such version.
        DataError: It comes out otherwise, and which files do; or it cannot be made any more.
    """
    found = registry(project).find(reference)
    if found.bundle is None:
        return bundled(project, found)
    with discreet(project.config.secrets.masked):
        made = make_bundle(project, facts(project, found.name))
    if bundles.fingerprint_of(made.digest) != found.bundle.fingerprint:
        raise DataError(
            f"the bundle of {found.name} comes out otherwise by now: "
            f"{_others(project, found.bundle.fingerprint, made)}",
            hint="what it was made with is not what is here, such as the version of a library; "
            "register the model under a new name to have a bundle of it as it is now",
        )
    return Bundled(version=found, bundle=made, is_new=True)


def _others(project: Project, fingerprint: str, made: Bundle) -> str:
    try:
        kept = bundles.opened(project.blobs, fingerprint).files
    except DataError:  # that file is damaged as well
        return "what was in it is not known any more"
    names = [name for name in {**kept, **made.files} if kept.get(name) != made.files.get(name)]
    return ", ".join(f"`{each}`" for each in sorted(names)) or f"`{bundles.MANIFEST}`"


def write_bundle(project: Project, found: Bundled, to: Path) -> None:
    """Write a version's bundle as a folder, or as one file where the name ends in `.zip`.

    Raises:
        DataError: Something is there already, or may not be written.
        DamagedDataError: A file of it is not what it was.
    """
    bundles.write(found.bundle, project.blobs, to)


def _note(project: Project, found: ModelVersion, made: Bundle) -> None:
    event = ModelEvent(
        **event_of(project, found.model, found.version)
        | {
            "kind": "bundled",
            "fingerprint": bundles.fingerprint_of(made.digest),
            "details": json.dumps({"digest": made.digest, "rows": made.about["rows"]}),
        }
    )
    project.history.add_model_events(found.model, decision.note(event))


# What goes into it


def make_bundle(project: Project, known: ModelFacts) -> Bundle:
    """Make the bundle of a version by what is on record of it."""
    model = packed(project, known.made)
    contents = {model.file: model.content, **model.code, "replay.py": _replay()}
    asked, why, onnx = _asked(project, known, model)
    contents |= {name: _text(name, each) for name, each in asked.items()} | dict(onnx.files)
    needs = _environment(project, known, model, asked.get("signature.json", {}))
    if onnx.about is not None:
        needs = {
            **needs,
            "distributions": _pinned(project, known, distributions_for(MODULES, project.installed)),
            "native": needs["distributions"],
        }
        contents["requirements-native.txt"] = _pins(needs["native"])
    contents["environment.json"] = bundles.text_of(needs)
    contents["requirements.txt"] = _pins(needs["distributions"])
    contents["metrics.json"] = bundles.text_of(_metrics(project, known))
    contents["lineage.json"] = bundles.text_of(_lineage(project, known))
    about = {
        "model": known.version.model,
        "version": known.version.version,
        "registered_at": known.version.event.happened_at,
        "person": known.version.event.person,
        "dataset": known.made.dataset,
        "fingerprint": known.made.fingerprint,
        "type": known.made.shape,
        "file": model.file,
        "format": model.format,
        "trusted": list(model.trusted),
        "onnx": None if onnx.about is None else dict(onnx.about),
        "rows": sum(len(each["rows"]) for each in asked["golden.json"]["requests"])
        if "golden.json" in asked
        else 0,
        "without": why,
    }
    return bundles.put_together(about, contents, project.blobs)


def _replay() -> bytes:
    from tilth.models import replay

    return Path(replay.__file__).read_bytes()


def _asked(
    project: Project, known: ModelFacts, model: Packed
) -> tuple[dict[str, Any], dict[str, str], InOnnx]:
    """Signature, contract and golden requests, and the model in ONNX; or why there are none."""
    if not callable(getattr(model.value, "predict", None)):
        return {}, {"golden.json": "it has no `predict`: nothing can be asked"}, InOnnx()
    try:
        learned = learned_of(project, known, model.value)
    except TilthError as error:  # its table is gone, say
        return {}, {"golden.json": str(error)}, InOnnx()
    from tilth.models.golden import golden  # imports Polars, as who has a table has done
    from tilth.models.signature import signature_of

    try:
        signature = signature_of(model.value, learned)
    except TilthError as error:
        return {}, {"golden.json": str(error)}, InOnnx()
    contract = project.contracts.get(learned.dataset)
    found: dict[str, Any] = {"signature.json": signature}
    if contract is not None:
        found["contract.json"] = _contract(contract)
    bounds = _bounds(contract, learned) if contract is not None else {}
    found["golden.json"] = golden(model.value, signature, learned.table, bounds)
    why = {} if contract else {"contract.json": f"`{learned.dataset}` has no contract"}
    onnx = in_onnx(model.value, signature, found["golden.json"], learned)
    return found, {**why, FILE: onnx.without} if onnx.without else why, onnx


def _text(name: str, told: Any) -> bytes:
    """As a file; of requests, each has a line of its own."""
    if name != "golden.json":
        return bundles.text_of(told)
    lines = ",\n  ".join(json.dumps(each, ensure_ascii=False) for each in told["requests"])
    tolerance = json.dumps(told["tolerance"])
    return f'{{"tolerance": {tolerance},\n "requests": [\n  {lines}\n]}}\n'.encode()


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "dataset": contract.dataset,
        "columns": list(contract.columns),
        "optional": sorted(contract.optional),
        "others": contract.others,
        "schema": contract.schema,
        "checks": [
            {
                "check": each.name,
                "columns": list(each.check.columns),
                "settings": _plain(each.check.given),
                "severity": each.severity,
            }
            for each in contract.promises
        ],
    }


def _plain(settings: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps(dict(settings), default=str))


def _bounds(contract: Contract, learned: Learned) -> dict[str, list[Any]]:
    """Column -> where its ranges end."""
    found: dict[str, list[Any]] = {}
    for each in contract.promises:
        column = each.column
        if each.name == "between" and column in learned.table.columns:
            ends = (each.check.given.get("low"), each.check.given.get("high"))
            found.setdefault(column, []).extend(end for end in ends if end is not None)
    return found


def _environment(
    project: Project, known: ModelFacts, model: Packed, signature: Mapping[str, Any]
) -> dict[str, Any]:
    """What was installed when it was made; what it needs to be read, as it is now."""
    frame = {"polars": "polars", "pandas": "pandas", "array": "numpy"}
    more = [frame[signature["frame"]]] if signature else []
    needed = distributions_for([*model.modules, *more], project.installed, model.distributions)
    then = _installed_then(project, known)
    return {
        "python": then.get("python", known.python),
        "distributions": _pinned(project, known, needed),
    }


def _pinned(project: Project, known: ModelFacts, needed: Mapping[str, str]) -> dict[str, str]:
    """The versions that were there when the model was made, where they are on record."""
    then = _installed_then(project, known)
    return {name: then.get(name, version) for name, version in needed.items()}


def _pins(needed: Mapping[str, str]) -> bytes:
    return "".join(f"{name}=={version}\n" for name, version in needed.items()).encode()


def _installed_then(project: Project, known: ModelFacts) -> Mapping[str, str]:
    try:
        return project.history.environment(known.run.environment)
    except TilthError:  # of a run that an older Tilth recorded
        return {}


def _metrics(project: Project, known: ModelFacts) -> list[dict[str, Any]]:
    """What the run that made it measured of it, and of what it was made of."""
    made, history = known.made, project.history
    ways = [
        walk(history, made.fingerprint, dataset=made.dataset) for walk in (upstream, downstream)
    ]
    near = {step.maker.node for way in ways for step in way.steps.values() if step.maker}
    return [
        {"node": node, "name": each.name, "value": each.value, "low": each.low, "high": each.high}
        for node, metrics in sorted(history.metrics(known.run.id).items())
        if node in near
        for each in metrics
        if each.value is not None
    ]


def _lineage(project: Project, known: ModelFacts) -> dict[str, Any]:
    """Every version on the way back to the sources, and what made it of what."""
    back = upstream(project.history, known.made.fingerprint, dataset=known.made.dataset)
    makers = {step.maker.id: step.maker for step in back.steps.values() if step.maker}
    run = known.run
    return {
        "run": run.id,
        "started_at": run.started_at,
        "person": run.person,
        "commit": run.commit,
        "clean": run.clean,
        "complete": back.complete,
        "sources": [_source(project, *each) for each in sorted(back.ends())],
        "nodes": [
            {
                "node": each.node,
                "fingerprint": each.fingerprint,
                "inputs": dict(each.inputs),
                "outputs": {made.dataset: made.fingerprint for made in each.outputs},
                **_recipe(project, each.recipe),
            }
            for each in sorted(makers.values(), key=lambda each: each.id)
        ],
    }


def _source(project: Project, dataset: str, fingerprint: str) -> dict[str, Any]:
    known = project.history.version(dataset, fingerprint)
    made: Made | None = known[0] if known is not None else None
    return {
        "dataset": dataset,
        "fingerprint": fingerprint,
        "rows": made.rows if made else None,
        "bytes": made.n_bytes if made else None,
    }


def _recipe(project: Project, fingerprint: str) -> dict[str, Any]:
    try:
        found = project.history.recipe(fingerprint)
    except TilthError:  # of a fan-out as a whole, which has none
        return {}
    return {
        "function": found.function,
        "code": found.code,
        "parts": dict(found.parts),
        "parameters": dict(found.parameters),
        "libraries": dict(found.libraries),
        "python": found.python,
    }
