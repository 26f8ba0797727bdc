"""Testing a bundle: its files against their digests, its answers in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tilth.data.library import is_installed
from tilth.errors import DamagedDataError, DataError, DefinitionError, MissingDataError
from tilth.history.record import ModelEvent
from tilth.models import bundle as bundles
from tilth.models import decision
from tilth.models.bundle import Bundle
from tilth.models.environment import (
    OWN,
    all_installed,
    distributions_for,
    link_own,
    linked_site,
)
from tilth.models.host import Form, Host, Lack, lacks
from tilth.models.registry import PRODUCTION, ModelVersion
from tilth.project.bundling import bundled
from tilth.project.models import event_of, goals_of, hosts_of, registry
from tilth.record import changed, fields_of, record

if TYPE_CHECKING:
    from tilth.project.project import Project

PATIENCE = 600.0
"""Seconds in which all golden requests have to be answered."""

_PIP_PATIENCE = 1800.0
_UNREACHED = ("Could not find a version", "No matching distribution", "NewConnectionError",
              "ConnectionError", "Retrying", "Temporary failure")  # fmt: skip


@record
class BundleTest:
    """What came of a test.

    Attributes:
        version: Which version of a model.
        digest: Of its bundle; empty where that is gone.
        state: `passed`; `failed` where an answer is another; `damaged` where a file is; or
            `unread` where the model could not be loaded.
        faults: What is wrong, one sentence for each.
        rows: How many it was asked about.
        notes: What one should know: that there was nothing to ask, or of other libraries.
        clean: Whether its exact libraries were installed anew for it.
        python: Which one answered.
        models: Which were asked: `onnx`, `native`.
        seconds: Wall time.
        forms: What asking each of these took: time, memory, an accelerator; see
            `tilth.models.replay.replay`.
        hosts: What is there for each alias that it is held against, with what it lacks there.
    """

    version: ModelVersion
    digest: str = ""
    state: str = "damaged"
    faults: tuple[str, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    clean: bool = False
    python: str = ""
    models: tuple[str, ...] = ()
    seconds: float = 0.0
    forms: tuple[Form, ...] = ()
    hosts: tuple[tuple[Host, tuple[Lack, ...]], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and it lacks nothing where it shall run."""
        return self.state == "passed" and not any(found for _, found in self.hosts)

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "model": self.version.model,
            "version": self.version.version,
            "digest": self.digest,
            "state": self.state,
            "faults": list(self.faults),
            "rows": self.rows,
            "notes": list(self.notes),
            "clean": self.clean,
            "python": self.python,
            "models": list(self.models),
            "seconds": self.seconds,
            "figures": {each.name: dict(each.figures) for each in self.forms},
            "runs_on": {
                host.alias: {**_said(host), "lacks": [_plain(each) for each in found]}
                for host, found in self.hosts
            },
        }


def _plain(each: Host | Lack) -> dict[str, Any]:
    return {name: getattr(each, name) for name in fields_of(each)}


def _said(host: Host) -> dict[str, Any]:
    """What is said of a host, as plain data: bytes and seconds."""
    told = _plain(host)
    return {name: told[name] for name in told if name not in ("alias", "place")}


def replayed(project: Project, reference: str, *, clean: bool = False) -> BundleTest:
    """Test the bundle of a version, which is made where there is none, and put it on record.

    It is held against what `goals.yml` says is there for an alias: the one in the reference, or
    else each.

    Args:
        project: Whose.
        reference: The version, as `late@2` or `late@production`.
        clean: Whether its exact libraries are installed anew, from an index of packages.

    Raises:
        UnknownNameError: There is no such version.
        DataError: It has no bundle and none can be made, or an environment cannot.
        ConfigError: `goals.yml` holds mistakes.
    """
    found = registry(project).find(reference)
    hosts = hosts_of(goals_of(project, found.model))
    alias = reference.partition("@")[2] or PRODUCTION
    if alias in found.aliases:
        hosts = tuple(each for each in hosts if each.alias == alias)
    test = _replayed(project, found, clean, hosts)
    _note(project, test)
    return test


def _replayed(
    project: Project, found: ModelVersion, clean: bool, hosts: Sequence[Host]
) -> BundleTest:
    started = time.monotonic()
    try:
        bundle = bundled(project, found).bundle
    except DamagedDataError as error:
        test = BundleTest(version=found, faults=(str(error),))
    else:
        test = _tested(project, found, bundle, clean)
        if test.forms:
            test = changed(test, hosts=tuple((each, _lacks(project, each, test)) for each in hosts))
    return changed(test, seconds=round(time.monotonic() - started, 3))


def _lacks(project: Project, host: Host, test: BundleTest) -> tuple[Lack, ...]:
    named = host.packages or {}
    return lacks(host, test.forms, distributions_for((), project.installed, named))


def check_bundle(
    project: Project, found: ModelVersion, why: str, host: Host | None, *, override: bool
) -> list[ModelEvent]:
    """Refuse what may not go live: its bundle is damaged, answers otherwise, or does not fit.

    Args:
        project: Whose.
        found: What shall go live.
        why: In a person's words.
        host: What is there for it; None where nothing is said of that.
        override: Whether it is promoted all the same, if somebody says why.

    Returns:
        That it was tested, to be put on record with its promotion.

    Raises:
        DefinitionError: It is refused; or it is promoted all the same and nobody says why.
    """
    known: list[ModelEvent] = []
    try:
        test = _replayed(project, found, False, () if host is None else (host,))
    except DataError as error:
        told, hint = f"it has no bundle: {error}", error.hint
    else:
        known = [_event(project, test)]
        if test.ok:
            return known
        hint = f"`tilth models test {found.name}` tells all"
        if test.state == "passed":
            lack, *others = test.hosts[0][1]
            more = f" (and {len(others)} more)" if others else ""
            told, hint = f"{lack.text}{more}", f"{lack.hint}; {hint}"
        else:
            told = f"the test of its bundle {_FAILED[test.state]}: {test.faults[0]}"
        if test.state == "damaged":
            hint = f"`tilth models bundle {found.name} --again` makes it anew"
    if not override:
        project.history.add_model_events(found.model, lambda _: known)
        more = "`--override` with `--why` promotes it all the same"
        raise DefinitionError(
            f"{found.name} cannot be promoted: {told}",
            hint=f"{hint}; {more}" if hint else more,
        )
    if not why.strip():
        raise DefinitionError(
            f"to promote {found.name} though {told}, say why", hint="`--why 'in a few words'`"
        )
    return known


_FAILED = {"failed": "failed", "damaged": "found damage", "unread": "could not load it"}


def _note(project: Project, test: BundleTest) -> None:
    event = _event(project, test)
    project.history.add_model_events(event.model, decision.note(event))


def _event(project: Project, test: BundleTest) -> ModelEvent:
    facts = test.as_dict()
    kept = {name: facts[name] for name in facts if name not in ("model", "version")}
    return ModelEvent(
        **event_of(project, test.version.model, test.version.version)
        | {"kind": "tested", "details": json.dumps(kept)}
    )


def _tested(project: Project, found: ModelVersion, bundle: Bundle, clean: bool) -> BundleTest:
    place = bundles.kept_at(bundle, project.blobs)
    wrong = bundles.faults(bundle, place)
    test = BundleTest(version=found, digest=bundle.digest, clean=clean)
    if wrong:
        return changed(test, faults=tuple(wrong))
    with TemporaryDirectory(prefix="tilth-") as home:
        folder = Path(home).resolve() / "bundle"
        _laid_out(bundle, folder, {name: place(name) for name in bundle.files})
        needs = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
        native = needs.get("native", needs["distributions"])
        asked = [_ask(project, folder, {**needs, "distributions": native}, "native", clean)]
        notes = [] if clean else _others(project, {**needs, "distributions": native})
        if bundle.about.get("onnx") and (clean or is_installed("onnxruntime")):
            asked.insert(0, _ask(project, folder, needs, "onnx", clean))
        elif bundle.about.get("onnx"):
            notes.append("its model in ONNX was not asked: `pip install 'tilth[onnx]'`")
    notes += [each for name, each in bundle.about["without"].items() if name == "golden.json"]
    worst = max(asked, key=lambda told: _STATES.index(told["state"]))
    return changed(
        test,
        state=worst["state"],
        faults=tuple(
            f"in ONNX, {each}" if told["model"] == "onnx" else each
            for told in asked
            for each in _faults(told)
        ),
        rows=max(told["rows"] for told in asked),
        notes=tuple(notes),
        python=asked[0].get("python", ""),
        models=tuple(told["model"] for told in asked),
        forms=tuple(
            Form(
                name=told["model"],
                python=told.get("python", ""),
                distributions=needs["distributions"] if told["model"] == "onnx" else native,
                figures=told.get("figures", {}),
            )
            for told in asked
        ),
    )


_STATES = ("passed", "failed", "unread", "damaged")
"""From what is well to what is worst."""


def _ask(
    project: Project, folder: Path, needs: Mapping[str, Any], model: str, clean: bool
) -> dict[str, Any]:
    """What one of a bundle's models says, with its own libraries and no others."""
    reader = _reader_of_onnx()
    home = folder.parent / model
    home.mkdir()
    more = ["--native"] if model == "native" else []
    if clean:
        program = [str(_venv(home, needs)), "-I"]
        found = _asked(program, [str(folder), str(home), str(reader), *more])
    else:
        linked_site(home, needs["distributions"], project.installed)
        found = _asked([sys.executable, "-I", "-S"], [str(folder), str(home), str(reader), *more])
    return {**found, "model": model}


def _reader_of_onnx() -> Path:
    """The file that asks models in ONNX; found without its package, which loads scikit-learn."""
    found = find_spec("tilth.quality.conversion")
    assert found is not None, "a part of Tilth"
    (folder,) = found.submodule_search_locations or [""]
    return Path(folder, "onnx_model.py")


def _laid_out(bundle: Bundle, folder: Path, places: Mapping[str, Path | None]) -> None:
    """Links to the files in the store; a model may be large."""
    folder.mkdir()
    (folder / bundles.MANIFEST).write_bytes(bundle.manifest)
    for name, path in places.items():
        assert path is not None, "files were looked through before"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(path.resolve())


def _asked(program: Sequence[str], arguments: Sequence[str]) -> dict[str, Any]:
    """What our own `replay.py` finds, run by another Python."""
    from tilth.models import replay

    script = Path(replay.__file__)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [*program, str(script), *arguments],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=arguments[0],
        )
    except subprocess.TimeoutExpired:
        return _unread(f"no answer within {PATIENCE:.0f} seconds")
    try:
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _unread(f"the process that asked it died: {last}")
    return told


def _unread(why: str) -> dict[str, Any]:
    return {"state": "unread", "why": why, "rows": 0, "failures": []}


def _faults(told: Mapping[str, Any]) -> list[str]:
    if told["why"]:
        return [told["why"]]
    return [
        f"request {each['request']}, row {each['row'] + 1} ({each['why']}): expected "
        f"{_shown(each['expected'])}, found {_shown(each['found'])}"
        for each in told["failures"]
    ]


def _shown(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


def _others(project: Project, needs: Mapping[str, Any]) -> list[str]:
    """Python and libraries that are other ones here than those that the model was made with."""
    held = all_installed(project.installed)
    here = ".".join(map(str, sys.version_info[:2]))
    told = [f"Python {needs['python']} then, {here} now"] if needs["python"] != here else []
    told += [
        f"{name} {version} then, {held[name].version if name in held else 'not there'} now"
        for name, version in needs["distributions"].items()
        if name not in held or held[name].version != version
    ]
    return [f"what it was made with differs: {'; '.join(told)}"] if told else []


# A clean environment


def _venv(home: Path, needs: Mapping[str, Any]) -> Path:
    """The Python of a new environment with the exact libraries of a bundle.

    Tilth itself, where the model holds a part of it, is the one that runs.

    Raises:
        MissingDataError: No index of packages can be reached, or it lacks one of them.
        DataError: The environment cannot be made.
    """
    where = home / "venv"
    _run([sys.executable, "-I", "-m", "venv", str(where)], "an environment cannot be made")
    python = where / "bin" / "python"
    wanted = {name: version for name, version in needs["distributions"].items() if name != OWN}
    pins = home / "requirements.txt"
    pins.write_text("".join(f"{name}=={version}\n" for name, version in wanted.items()))
    _run(
        [str(python), "-I", "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15",
         "--no-deps", "--requirement", str(pins)],
        f"the exact libraries of the bundle ({len(wanted)}) cannot be installed",
    )  # fmt: skip
    if len(wanted) < len(needs["distributions"]):
        site = next(where.glob("lib/python*/site-packages"))
        link_own(site)
    return python


def _run(command: Sequence[str], what: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and our own paths, no shell
            command, capture_output=True, text=True, timeout=_PIP_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"{what}: {error}") from error
    if done.returncode == 0:
        return
    lines = [each for each in done.stderr.splitlines() if each.strip()] or ["nothing was said"]
    last = next((each for each in reversed(lines) if each.startswith("ERROR")), lines[-1])
    if any(each in done.stderr for each in _UNREACHED):
        raise MissingDataError(
            f"{what}: no index of packages can be reached, or it lacks one: {last}",
            hint="without `--clean`, the libraries that are installed here are used, and no others",
        )
    raise DataError(f"{what}: {last}")
