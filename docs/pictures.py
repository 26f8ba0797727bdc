"""Draw the pictures of the README from a real run: `make pictures`.

    python docs/pictures.py

Makes the flights project in a folder of its own, runs it in a terminal of our own making, and
keeps what a person would have seen. The graph needs Chromium, and is left as it is without.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tilth.testing.labels import write_reviews

IMAGES = Path(__file__).resolve().parent / "images"
COLUMNS = 96
HELPER = Path("src/flights/intervals.py")
BEFORE, AFTER = "return counts.astype(float)", "return counts.astype(np.float64)"

_STEP = re.compile(r"\x1b\[(\d*)([AK])|\x1b\[\?\d+[hl]|(\r)|(\n)")


def main() -> None:
    """Run the session, and draw both pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        command(["tilth", "new", "demo", "--from", "flights"], Path(home))
        project = Path(home) / "demo"
        session = [*typed("tilth run", project), *typed("tilth run", project)]
        change_the_helper(project)
        session += said(f"# {HELPER}: counts.astype(float)  →  counts.astype(np.float64)")
        session += typed("tilth plan", project)
        session += typed("tilth run", project)
        session += typed("tilth why measure_models", project)
        draw_session(session, IMAGES / "run.svg")
        command(["tilth", "show", "--html", "graph.html"], project)
        draw_graph(project / "graph.html", IMAGES / "graph.png")
        draw_review(Path(home) / "shop", IMAGES / "review.png")


def change_the_helper(project: Path) -> None:
    """One line of one helper, which what measures models uses."""
    file = project / HELPER
    text = file.read_text()
    assert text.count(BEFORE) == 1, f"{HELPER} has changed: this script must follow"
    file.write_text(text.replace(BEFORE, AFTER))


def typed(line: str, folder: Path) -> list[Text]:
    """A command line and what it printed, as it stands on the screen at the end."""
    prompt = Text.assemble(("$ ", "bold green"), (line, "bold"))
    printed = screen(in_terminal(line.split(), folder))
    return [prompt, *map(Text.from_ansi, printed), Text("")]


def said(line: str) -> list[Text]:
    """A line that nobody types."""
    return [Text(line, style="dim italic"), Text("")]


def command(arguments: list[str], folder: Path) -> None:
    """Run a command of which nothing is shown."""
    programs = Path(sys.executable).parent
    subprocess.run(
        [programs / arguments[0], *arguments[1:]], cwd=folder, check=True, capture_output=True
    )


def in_terminal(arguments: list[str], folder: Path) -> str:
    """What a command prints when it is shown on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    program = Path(sys.executable).parent / arguments[0]
    process = subprocess.Popen(
        [program, *arguments[1:]],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    printed = io.BytesIO()
    while chunk := _read(ours):
        printed.write(chunk)
    assert process.wait() == 0, printed.getvalue().decode()
    return printed.getvalue().decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how a terminal says that nobody writes any more
        return b""


def screen(printed: str) -> list[str]:
    """The lines that are left when all has been drawn over that was drawn over.

    Knows what live displays use: up, erase the line, return, new line.
    """
    lines, row, fresh, end = [""], 0, False, 0
    for step in _STEP.finditer(printed):
        text = printed[end : step.start()]
        if text:
            lines[row] = text if fresh else lines[row] + text
            fresh = False
        end = step.end()
        if step[2] == "A":
            row = max(0, row - int(step[1] or 1))
        elif step[2] == "K":
            lines[row] = ""
        elif step[3]:
            fresh = True
        elif step[4]:
            row, fresh = row + 1, False
            lines += [""] * (row + 1 - len(lines))
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def draw_session(session: list[Text], file: Path) -> None:
    """The session as one picture of a terminal, with no font from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in session:
        console.print(line)
    svg = console.export_svg(title="tilth")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    file.write_text(svg.replace("Fira Code", "ui-monospace, Menlo, Consolas"), encoding="utf-8")


def draw_graph(page: Path, file: Path) -> None:
    """The page of the graph, as Chromium shows it."""
    draw_page(page.as_uri(), file, "1600,640")


def draw_review(folder: Path, file: Path) -> None:
    """The page on which labels are reviewed, while it is served."""
    write_reviews(folder, 300)
    command(["tilth", "labels", "issues", "tone", "--ask"], folder)
    tilth = Path(sys.executable).parent / "tilth"
    served = subprocess.Popen(
        [tilth, "labels", "review", "tone", "--as", "ada", "--no-browser"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert served.stderr is not None
        link = next(line.split()[-1] for line in served.stderr if line.startswith("ada: "))
        draw_page(link, file, "1200,640", "--virtual-time-budget=3000")
    finally:
        served.terminate()
        served.wait()


def draw_page(address: str, file: Path, size: str, *options: str) -> None:
    """A page, as Chromium shows it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print(f"chromium is not installed: {file.name} is left as it is", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--disable-sync", f"--user-data-dir={profile}", "--hide-scrollbars"),
                *(f"--window-size={size}", f"--screenshot={file}", *options, address),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
