"""Labelling in LibreOffice Calc, driven by keys on a screen of its own, as a person would.

`python bench/spreadsheet.py` runs one session for each way to write a label. It needs `soffice`,
`Xvfb` and `xdotool`: on Debian the packages libreoffice-calc, xvfb and xdotool.

All that could be held against the spreadsheet is decided in its favour: columns are wide and
texts wrapped before the clock starts, the cursor is on the first label, the next row counts as
drawn at once, and a mistake costs nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path

KEY = 0.2
"""Seconds for each further key: an average skilled typist, of 55 words a minute.

S. Card, T. Moran, A. Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23(7), 1980, table in figure 1 (0.28 s for who is none).
"""

PROGRAMS = ("soffice", "Xvfb", "xdotool")
CLASSES = ("good", "neutral", "bad")

WAYS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "a digit, Enter": {name: (f"{i + 1}", "Return") for i, name in enumerate(CLASSES)},
    "a letter, completed, Enter": {name: (name[0], "Return") for name in CLASSES},
    "the word, Enter": {name: (*name, "Return") for name in CLASSES},
}
"""Way to write a label -> class -> the keys."""

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

_SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>
<style:style style:name="wide" style:family="table-column">
<style:table-column-properties style:column-width="14cm"/></style:style>
<style:style style:name="wrapped" style:family="table-cell">
<style:table-cell-properties fo:wrap-option="wrap"/></style:style>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="items">
<table:table-column table:style-name="wide"/>{rows}
</table:table></office:spreadsheet></office:body></office:document>
"""

_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Misc">
<prop oor:name="ShowTipOfTheDay" oor:op="fuse"><value>false</value></prop></item>
</oor:items>
"""


class SpreadsheetError(Exception):
    """The session did not go as planned, so that its figure would mean nothing."""


def is_installed() -> bool:
    """Whether there is all that it takes."""
    return all(map(shutil.which, PROGRAMS))


def session(
    folder: Path, texts: Sequence[str], answers: Sequence[str], pauses: Sequence[float], way: str
) -> float:
    """Labels a minute of one session.

    Args:
        folder: Where it may write.
        texts: All items of the sheet.
        answers: The classes of the first of them, as they are given.
        pauses: Seconds until the first key of each answer: reading, deciding, pressing.
        way: One of `WAYS`.

    Raises:
        SpreadsheetError: The sheet did not open, or holds other labels than were typed.
    """
    path = folder / "items.fods"
    # What completion completes must have been typed once: above the first item, before the clock.
    known = CLASSES if way.startswith("a letter") else ()
    rows = [*((name, name) for name in known), *((text, "") for text in texts)]
    write_sheet(path, rows)
    with _screen() as display, _opened(path, folder, display):
        for key in ("ctrl+Home", "Right", *["Down"] * len(known)):
            _press(display, key)
            time.sleep(KEY)
        seconds = _typed(display, [WAYS[way][each] for each in answers], pauses)
        time.sleep(0.5)
        _saved(display, path)
    found = read_labels(path)[len(known) : len(known) + len(answers)]
    if found != [_written(way, each) for each in answers]:
        raise SpreadsheetError(f"the sheet holds other labels than were typed: {found}")
    return 60 * len(answers) / seconds


def _typed(display: str, keys: Sequence[Sequence[str]], pauses: Sequence[float]) -> float:
    """The seconds that it takes; what a call of xdotool costs comes off the next pause."""
    start = due = time.perf_counter()
    for own, pause in zip(keys, pauses, strict=True):
        for number, key in enumerate(own):
            due += KEY if number else pause
            time.sleep(max(0.0, due - time.perf_counter()))
            _press(display, key)
    return time.perf_counter() - start


def _written(way: str, answer: str) -> str:
    return WAYS[way][answer][0] if way.startswith("a digit") else answer


def write_sheet(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """A sheet of two columns, texts and labels, as flat OpenDocument."""
    path.write_text(_SHEET.format(rows="".join(map(_row, rows))), encoding="utf-8")


def _row(cells: tuple[str, str]) -> str:
    text, label = map(escape, cells)
    return (
        '<table:table-row><table:table-cell table:style-name="wrapped" office:value-type="string">'
        f"<text:p>{text}</text:p></table:table-cell>"
        + ('<table:table-cell office:value-type="string">' if label else "<table:table-cell>")
        + f"<text:p>{label}</text:p></table:table-cell></table:table-row>\n"
    )


def read_labels(path: Path) -> list[str]:
    """The second column of a sheet."""
    labels = []
    for row in ET.parse(path).iter(f"{_TABLE}table-row"):
        cells = list(row.iter(f"{_TABLE}table-cell"))
        labels.append("".join(cells[1].itertext()).strip() if len(cells) > 1 else "")
    return labels


def _saved(display: str, path: Path) -> None:
    before = path.stat().st_mtime_ns
    _press(display, "ctrl+s")
    _wait_until(lambda: path.stat().st_mtime_ns != before, "it was not saved")
    size = -1
    while size != path.stat().st_size:  # it is written in pieces
        size = path.stat().st_size
        time.sleep(0.5)


@contextmanager
def _screen() -> Iterator[str]:
    """A screen without a monitor; gives its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            "1600x1000x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise SpreadsheetError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _opened(path: Path, folder: Path, display: str) -> Iterator[None]:
    """Calc with the sheet, at its first cell, until it is left without saving."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    office = subprocess.Popen(
        ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--norestore", "--nologo",
         "--nofirststartwizard", "--calc", path],
        env={**os.environ, "DISPLAY": display, "SAL_USE_VCLPLUGIN": "gen"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until(lambda: _windows(display, path.name), "the sheet did not open")
        time.sleep(3)  # it is drawn, and its heights of rows are found
        window = _windows(display, path.name)[-1]
        _xdotool(display, "windowsize", window, "1600", "1000")
        _xdotool(display, "windowfocus", "--sync", window)
        yield
    finally:
        os.killpg(office.pid, 15)
        office.wait()


def _windows(display: str, name: str) -> list[str]:
    found = _xdotool(display, "search", "--onlyvisible", "--name", name, may_fail=True)
    return found.split()


def _press(display: str, key: str) -> None:
    _xdotool(display, "key", "--delay", "0", key)


def _xdotool(display: str, *arguments: str, may_fail: bool = False) -> str:
    done = subprocess.run(
        ["xdotool", *arguments],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=not may_fail,
    )
    return done.stdout


def _wait_until(so: Callable[[], object], otherwise: str, *, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise SpreadsheetError(otherwise)
        time.sleep(0.2)


def main() -> None:
    """One session for each way."""
    from works import review

    for way in WAYS:
        with tempfile.TemporaryDirectory() as folder:
            pace = session(Path(folder), review.TEXTS, review.ANSWERS, review.PAUSES, way)
        print(f"{way}: {pace:.1f} labels a minute")


if __name__ == "__main__":
    if not is_installed():
        sys.exit(f"it takes {', '.join(PROGRAMS)}")
    main()
