"""A bundle: all that belongs to a version of a model, as files with their digests.

.. code-block:: text

    bundle.json         what it is, and the digest of each other file
    model.skops         preparation and estimator; in another format where it is no estimator
    model.onnx          the same in ONNX, where it says the same; `onnx_model.py` asks it
    parity.json         what came of comparing the two, or why there is no such file
    signature.json      columns, types and levels that it takes, what it answers
    contract.json       what its table promises, where the project says so
    golden.json         requests, and what the model answered
    environment.json    Python and the exact distributions that it needs
    requirements.txt    the same for pip; `requirements-native.txt` for the model itself, where
                        there is one in ONNX, which needs less
    metrics.json        what the run that made it measured
    lineage.json        what it was made of: data, code, parameters, all by fingerprint
    code/               modules of the project that its own classes are in
    replay.py           asks the golden requests again; needs no Tilth

A bundle is known by the digest of its `bundle.json`, which holds all the others.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from blake3 import blake3

from tilth.errors import DamagedDataError, DataError, MissingDataError
from tilth.record import record
from tilth.store.blobs import DIGITS, KIND, Blobs

MANIFEST = "bundle.json"
LAYOUT = 1
_BUFFER = 1 << 20


@record
class Bundle:
    """A bundle whose files are in a store.

    Attributes:
        about: What `bundle.json` says.
        manifest: That file's bytes.
    """

    about: Mapping[str, Any]
    manifest: bytes

    @property
    def digest(self) -> str:
        """BLAKE3 of `bundle.json`: the bundle's own name."""
        return str(blake3(self.manifest).hexdigest())

    @property
    def files(self) -> Mapping[str, str]:
        """File -> BLAKE3 of its bytes, as 64 hexadecimal digits."""
        return {name: each["blake3"] for name, each in self.about["files"].items()}


def fingerprint_of(digest: str) -> str:
    """What a store calls bytes with a digest."""
    return f"{KIND}:{digest[:DIGITS]}"


def text_of(value: Any) -> bytes:
    """Plain data as a file for people and programs; the same data gives the same bytes."""
    return f"{json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def put_together(about: Mapping[str, Any], contents: Mapping[str, bytes], blobs: Blobs) -> Bundle:
    """Keep the files of a new bundle in a store, with the list of their digests.

    Args:
        about: What `bundle.json` shall say besides.
        contents: File -> bytes.
        blobs: Where they go; what is there already takes no more room.
    """
    files = {}
    for name, content in sorted(contents.items()):
        files[name] = {"blake3": blake3(content).hexdigest(), "bytes": len(content)}
        _keep(blobs, content)
    manifest = text_of({"layout": LAYOUT, **about, "files": files})
    _keep(blobs, manifest)
    return Bundle(about=json.loads(manifest), manifest=manifest)


def _keep(blobs: Blobs, content: bytes) -> None:
    with blobs.writer(inline_below=0) as stream:
        stream.write(content)


def opened(blobs: Blobs, fingerprint: str) -> Bundle:
    """A bundle that a store keeps.

    Raises:
        MissingDataError: It is not there.
        DamagedDataError: Its `bundle.json` is not what it was.
    """
    if not blobs.has(fingerprint):
        raise MissingDataError("its `bundle.json` is gone")
    manifest = blobs.path(fingerprint).read_bytes()
    if fingerprint_of(blake3(manifest).hexdigest()) != fingerprint:
        raise DamagedDataError(f"its `{MANIFEST}` is damaged ({blobs.path(fingerprint)})")
    return Bundle(about=json.loads(manifest), manifest=manifest)


def faults(bundle: Bundle, place: Callable[[str], Path | None]) -> list[str]:
    """What is wrong with a bundle's files, one sentence for each; nothing where all are whole.

    Args:
        bundle: Which.
        place: Where a file lies; None where it is gone.
    """
    told = []
    for name, digest in bundle.files.items():
        path = place(name)
        if path is None or not path.is_file():
            told.append(f"`{name}` is gone")
        elif _digest(path) != digest:
            told.append(f"`{name}` is damaged: its bytes are not those that were bundled")
    return told


def kept_at(bundle: Bundle, blobs: Blobs) -> Callable[[str], Path | None]:
    """Where a store keeps the files of a bundle."""

    def place(name: str) -> Path | None:
        fingerprint = fingerprint_of(bundle.files[name])
        return blobs.path(fingerprint) if blobs.has(fingerprint) else None

    return place


def _digest(path: Path) -> str:
    hasher = blake3(max_threads=blake3.AUTO)
    with path.open("rb") as file:
        while piece := file.read(_BUFFER):
            hasher.update(piece)
    return str(hasher.hexdigest())


# Out of the store


def write(bundle: Bundle, blobs: Blobs, to: Path) -> Path:
    """Write a bundle as a folder, or as one file where the name ends in `.zip`.

    It appears whole or not at all.

    Raises:
        DataError: Something is there already, or may not be written.
        DamagedDataError: A file of it is not what it was.
    """
    wrong = faults(bundle, kept_at(bundle, blobs))
    if wrong:
        raise DamagedDataError(f"the bundle of {_name(bundle)} cannot be written: {wrong[0]}")
    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise DataError(
            f"{to} is there already", hint="name a folder or file that is not there yet"
        )
    beside = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.suffix == ".zip":
            _zip(bundle, blobs, beside)
        else:
            _folder(bundle, blobs, beside)
        beside.replace(to)
    except OSError as error:
        raise DataError(
            f"the bundle cannot be written to {to}: {error.strerror}",
            hint="check that you may write there, and that the disk has room",
        ) from error
    finally:
        _cleared(beside)
    return to


def _name(bundle: Bundle) -> str:
    return f"{bundle.about['model']}@{bundle.about['version']}"


def _cleared(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # it may not even have had a folder to be in
            path.unlink()


def _folder(bundle: Bundle, blobs: Blobs, folder: Path) -> None:
    folder.mkdir()
    (folder / MANIFEST).write_bytes(bundle.manifest)
    for name, digest in bundle.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(blobs.path(fingerprint_of(digest)), target)


def _zip(bundle: Bundle, blobs: Blobs, path: Path) -> None:
    """Without times and in order: the same bundle is the same file, on any day."""
    paths = {name: blobs.path(fingerprint_of(each)) for name, each in bundle.files.items()}
    with zipfile.ZipFile(path, "w") as archive:
        _add(archive, MANIFEST, bundle.manifest)
        for name in sorted(paths):
            _add(archive, name, paths[name].read_bytes())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    archive.writestr(entry, content)
