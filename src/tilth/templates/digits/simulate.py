"""Lets the simulated people answer what the label log asks them.

They get the same sheets as people of flesh and blood, and hand them back the same way:
`tilth labels export`, fill in, `tilth labels import`. Who wants to answer in person instead:
`tilth labels review digits`.

    python simulate.py ada ben
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "src"))

from digits.labelers import label_images  # noqa: E402 - the line above says where it is


def answer(name: str) -> int:
    """Have a person answer everything that is asked; how many images that was."""
    sheet = HERE / "sheets" / f"{name}.csv"
    sheet.parent.mkdir(exist_ok=True)
    tilth("labels", "export", "digits", str(sheet), "--as", name)
    asked = pl.read_csv(sheet, infer_schema=False)
    filled_in = asked.with_columns(label=labels_for(asked.get_column("image"), name))
    filled_in.write_csv(sheet)
    tilth("labels", "import", "digits", str(sheet), "--as", name)
    return asked.height


def labels_for(asked: pl.Series, name: str) -> pl.Series:
    """What a person says of these images, by the instruction that tilth.yml names now."""
    instruction = settings("tilth.yml")["labels"]["digits"]["instruction"]
    person = settings("params.yml")["people"][name]
    to_label = pl.read_parquet(HERE / "data" / "to_label.parquet")
    truth = pl.read_parquet(HERE / "data" / "truth.parquet")
    said = label_images(to_label, truth, (HERE / instruction).read_text("utf-8"), person)
    of = dict(zip(to_label.get_column("image"), said.tolist(), strict=True))
    return pl.Series([of[int(image)] for image in asked], dtype=pl.Int64)


def settings(file: str) -> dict[str, Any]:
    """What a file of the project says."""
    return yaml.safe_load((HERE / file).read_text("utf-8"))


def tilth(*arguments: str) -> None:
    """Do what a person would do by hand."""
    command = [sys.executable, "-m", "tilth", *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter, no shell
        command, cwd=HERE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    for person in sys.argv[1:]:
        print(f"{person} (simulated) has answered about {answer(person)} images")
