"""A version's bundle: all that belongs to it, the same to the byte, tested before it goes live."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from blake3 import blake3

FILES = {
    "tilth.yml": """
pipelines:
  main:
    nodes:
      - call: shop.rows
        inputs: []
      - {call: shop.fit, inputs: {rows: rows, kind: "params:kind", target: "params:target"},
         outputs: model}
      - {call: shop.measure, inputs: [model, rows], outputs: scores}
""",
    "catalog.yml": """
rows:
  format: parquet
  location: rows.parquet
  contract:
    columns:
      amount: {between: [0, 5000]}
      town: text
      day: date
      late: boolean
scores: {format: metrics, location: scores.json}
""",
    "params.yml": "kind: usual\ntarget: late\n",
    "src/own/__init__.py": "",
    "src/own/kinds.py": '''
import os
import sys

from sklearn.base import BaseEstimator, ClassifierMixin


class Moody(ClassifierMixin, BaseEstimator):
    """Says something else in another process."""

    def __init__(self, mood="steady"):
        self.mood = mood

    def fit(self, rows, labels):
        self.classes_ = [False, True]
        self.feature_names_in_ = list(rows.columns)
        self.born_ = os.getpid()
        return self

    def predict(self, rows):
        if self.mood == "moody":
            return [os.getpid() == self.born_] * len(rows)
        return [value > 50 for value in rows["amount"].fill_null(0)]
''',
    "src/shop.py": '''
from datetime import date, timedelta
import operator

import numpy as np
import polars as pl
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from own.kinds import Moody
from tilth.stages.train.making import WithCodes


def rows() -> pl.DataFrame:
    """Bills."""
    rng = np.random.default_rng(1)
    amount = rng.gamma(4, 20, 900).round()
    town = rng.choice(["Oslo", "Bonn", "Ulm"], 900).tolist()
    day = [date(2026, 1, 1) + timedelta(days=i) for i in range(900)]
    late = (amount + 40 * (np.array(town) == "Oslo")) > 100
    return pl.DataFrame({"amount": amount, "town": town, "day": day, "late": late}).with_columns(
        pl.when(pl.col("amount") == pl.col("amount").min()).then(None).otherwise("amount")
        .alias("amount")
    )


def fit(rows: pl.DataFrame, kind: str, target: str) -> object:
    """A model."""
    features, labels = rows.select("amount", "town"), rows[target].to_numpy()
    if kind in ("steady", "moody"):
        return Moody(kind).fit(features, labels)
    if kind == "strange":
        model = make_pipeline(FunctionTransformer(operator.abs), LogisticRegression())
        return model.fit(features["amount"].fill_null(0).to_numpy()[:, None], labels)
    if kind == "object":
        return {"set": {1, 2}}
    spread = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    if kind == "coded":
        prepare = make_column_transformer((OneHotEncoder(), ["town"]))
        return make_pipeline(prepare, WithCodes(LogisticRegression())).fit(features, labels)
    prepare = make_column_transformer((SimpleImputer(), ["amount"]), (spread, ["town"]))
    if kind == "tables":
        prepare.set_output(transform="pandas")
    return make_pipeline(prepare, LogisticRegression()).fit(features, labels)


def measure(model: object, rows: pl.DataFrame) -> dict:
    """How good it is."""
    return {"score": 0.9}
''',
}


def make(folder):
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project that has run, with a model that is registered."""
    from tilth.project import Project
    from tilth.project.bundling import bundled
    from tilth.project.models import register

    folder = tmp_path_factory.mktemp("made")
    make(folder)
    with Project(folder) as project:
        assert project.run().ok
        register(project, "model", "late")
        bundled(project, "late@1")
    return folder


@pytest.fixture
def shop(made, tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def of_kind(shop, tilth, kind):
    """Another kind of model, registered and approved."""
    (shop / ".tilth" / "history.db").unlink()  # as if nothing had been registered
    (shop / "params.yml").write_text(f"kind: {kind}\ntarget: late\n")
    assert tilth("run").code == 0
    told = tilth("models", "register", "model", "--as", "late")
    tilth("models", "approve", "late@1", "--why", "it will do")
    return told


def harmed(shop, name):
    """Write into a file of the kept bundle, as a broken disk does."""
    out = shop.parent / "look"
    from tilth.project import Project
    from tilth.project.bundling import bundled

    with Project(shop) as project:
        digest = bundled(project, "late@1").bundle.files[name][:40]
    path = shop / ".tilth" / "store" / digest[:2] / digest[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    assert not out.exists()


def test_it_has_all_that_belongs_to_a_version(shop, tilth):
    told = tilth("models", "bundle", "late@1", "--to", "out", "--json").json

    files = {path.name: path.read_bytes() for path in (shop / "out").iterdir()}
    digests = {name: blake3(content).hexdigest() for name, content in files.items()}
    assert told["digest"] == digests.pop("bundle.json")
    assert {name: each["blake3"] for name, each in told["files"].items()} == digests
    assert set(digests) == {
        "contract.json", "environment.json", "golden.json", "lineage.json", "metrics.json",
        "model.onnx", "model.skops", "onnx_model.py", "parity.json", "replay.py",
        "requirements-native.txt", "requirements.txt", "signature.json",
    }  # fmt: skip
    signature = json.loads(files["signature.json"])
    assert (signature["task"], signature["target"]) == ("classification", "late")
    amount, town = signature["columns"]
    assert (amount["name"], amount["nulls"], town["levels"]) == (
        "amount", 1, ["Bonn", "Oslo", "Ulm"],
    )  # fmt: skip
    lineage = json.loads(files["lineage.json"])
    assert [each["node"] for each in lineage["nodes"]] == ["rows", "fit"]
    assert lineage["nodes"][1]["parameters"] == {"kind": '"usual"', "target": '"late"'}
    metrics = json.loads(files["metrics.json"])
    assert [(each["name"], each["value"]) for each in metrics] == [("score", 0.9)]


def test_the_libraries_are_exactly_those_that_the_model_needs(shop, tilth):
    import sklearn

    tilth("models", "bundle", "late@1", "--to", "out")
    pins = (shop / "out" / "requirements-native.txt").read_text().splitlines()

    assert f"scikit-learn=={sklearn.__version__}" in pins
    assert {each.partition("==")[0] for each in pins} >= {"numpy", "polars", "scipy", "skops"}
    assert not {each.partition("==")[0] for each in pins} & {"pytest", "pandas", "tilth"}


def test_a_model_in_onnx_needs_no_scikit_learn(shop, tilth):
    tilth("models", "bundle", "late@1", "--to", "out")
    pins = (shop / "out" / "requirements.txt").read_text().splitlines()

    names = {each.partition("==")[0] for each in pins}
    assert names >= {"numpy", "onnxruntime"}
    assert not names & {"scikit-learn", "scipy", "skops", "polars", "onnx", "skl2onnx"}
    needs = json.loads((shop / "out" / "environment.json").read_text())
    assert set(needs["distributions"]) == names
    assert "scikit-learn" in needs["native"]


def test_a_report_says_that_the_model_in_onnx_says_the_same(shop, tilth):
    told = tilth("models", "bundle", "late@1", "--to", "out")
    report = json.loads((shop / "out" / "parity.json").read_text())
    about = json.loads((shop / "out" / "bundle.json").read_text())

    assert (report["passed"], report["model"], report["precision"]) == (True, "onnx", "float64")
    parity = report["parity"]
    golden = json.loads((shop / "out" / "golden.json").read_text())
    n_golden = sum(len(each["rows"]) for each in golden["requests"])
    assert parity["rows"] > n_golden + 60
    assert (parity["rows_off"], parity["labels_differ"], parity["worst"]) == (0, 0.0, None)
    assert parity["largest_difference"] < 1e-12
    assert set(report["libraries"]) == {"onnx", "onnxruntime", "skl2onnx"}
    assert about["onnx"]["file"] == "model.onnx"
    assert "it is asked in ONNX (float64): all " in told.err


def asked_again(which, shop):
    """What a bundle in `out` says of itself to a Python that has some libraries alone."""
    from tilth.installed import Installed
    from tilth.models.environment import linked_site

    needs = json.loads((shop / "out" / "environment.json").read_text())[which]
    site = shop / which
    site.mkdir()
    linked_site(site, needs, Installed())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "out/replay.py", "out", str(site)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_it_is_asked_in_onnx_where_onnxruntime_is(shop, tilth):
    tilth("models", "bundle", "late@1", "--to", "out")

    told = asked_again("distributions", shop)
    native = asked_again("native", shop)

    assert (told["state"], told["model"], told["failures"]) == ("passed", "onnx", [])
    assert (native["state"], native["model"]) == ("passed", "native")


def test_another_model_in_onnx_is_found_out(shop, tilth):
    from sklearn.linear_model import LogisticRegression

    from tilth.quality.conversion import onnx_of

    tilth("models", "bundle", "late@1", "--to", "out")
    other = LogisticRegression().fit([[0.0], [1.0]], [False, True])
    told = onnx_of(other, [{"name": "amount", "type": "Float64"}])
    (shop / "out" / "model.onnx").write_bytes(told)

    found = asked_again("distributions", shop)  # of which none can tell digests
    assert found["state"] == "failed"
    assert found["failures"]


def test_the_test_asks_both_models(shop, tilth):
    told = tilth("models", "test", "late@1")

    assert ", in ONNX and as it is, Python" in told.out
    assert tilth("models", "test", "late@1", "--json").json["models"] == ["onnx", "native"]
    card = tilth("models", "card", "late@1", "--to", "card.md")
    assert card.code == 0
    assert "Its bundle is asked in ONNX: all " in (shop / "card.md").read_text()


def test_what_has_no_conversion_is_asked_as_it_is_and_says_why(shop, tilth):
    of_kind(shop, tilth, "steady")
    told = tilth("models", "bundle", "late@1", "--to", "out")

    why = "there is no converter for Moody"
    assert f"without model.onnx: {why}" in told.err
    assert not (shop / "out" / "model.onnx").exists()
    report = json.loads((shop / "out" / "parity.json").read_text())
    assert (report["passed"], report["model"], report["why"]) == (False, "native", why)
    assert tilth("models", "test", "late@1", "--json").json["models"] == ["native"]
    tilth("models", "card", "late@1", "--to", "card.md")
    assert f"as it is, and not in ONNX: {why}" in (shop / "card.md").read_text()


def test_without_the_libraries_a_bundle_says_how_to_get_them(shop, tilth, monkeypatch):
    from tilth.project import bundled_onnx

    monkeypatch.setattr(bundled_onnx, "is_installed", lambda name: name == "onnx")
    tilth("models", "register", "model", "--as", "other")
    told = tilth("models", "bundle", "other@1", "--json").json

    assert told["onnx"] is None
    assert told["without"]["model.onnx"] == (
        "skl2onnx, onnxruntime not installed: `pip install 'tilth[onnx]'`"
    )
    assert "parity.json" not in told["files"]


def test_golden_requests_are_real_rows_and_edges(shop, tilth):
    tilth("models", "bundle", "late@1", "--to", "out")
    golden = json.loads((shop / "out" / "golden.json").read_text())
    real, edges = golden["requests"]
    by_why = dict(zip(edges["why"], edges["rows"], strict=True))

    assert len(real["rows"]) == len(real["answers"]["prediction"]) > 20
    assert any(row[0] is None for row in real["rows"]), "the row with a gap"
    assert by_why["`town` is a level that was never seen"][1] == "never seen before"
    assert by_why["`amount` is where its contract ends"][0] == 5000
    assert by_why["`town` is missing"] == [by_why["`town` is empty"][0], None]
    assert len(real["answers"]["probability"][0]) == 2


def test_the_same_version_is_the_same_bundle_to_the_byte(shop, tilth, monkeypatch):
    tilth("models", "bundle", "late@1", "--to", "one.zip")
    os.utime("rows.parquet", (1, 1))
    tilth("models", "bundle", "late@1", "--to", "two.zip")
    assert (shop / "one.zip").read_bytes() == (shop / "two.zip").read_bytes()

    # Made anew, by what is on record alone.
    from tilth.project import Project, bundling
    from tilth.project.models import facts

    with Project(shop) as project:
        kept = bundling.bundled(project, "late@1")
        again = bundling.make_bundle(project, facts(project, "late@1"))
    assert again.digest == kept.bundle.digest


def test_it_asks_itself_without_tilth(shop, tilth):
    tilth("models", "bundle", "late@1", "--to", "out.zip")
    with zipfile.ZipFile("out.zip") as archive:
        archive.extractall("out")
    done = subprocess.run(
        [sys.executable, "-I", "out/replay.py"], capture_output=True, text=True, check=True
    )

    told = json.loads(done.stdout)
    assert (told["state"], told["failures"]) == ("passed", [])
    assert told["rows"] > 30


def test_a_damaged_copy_says_which_file_it_is(shop, tilth):
    tilth("models", "bundle", "late@1", "--to", "out")
    edited = (shop / "out" / "signature.json").read_text().replace("Oslo", "Ostende")
    (shop / "out" / "signature.json").write_text(edited)
    done = subprocess.run([sys.executable, "-I", "out/replay.py"], capture_output=True, check=False)

    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["state"], told["why"]) == ("damaged", "`signature.json` is damaged")


def test_what_passes_goes_live_and_the_test_is_on_record(shop, tilth):
    tilth("models", "approve", "late@1", "--why", "it will do")
    told = tilth("models", "test", "late@1")
    assert told.code == 0
    assert told.out.startswith("late@1: passed (")

    assert tilth("models", "promote", "late@1").code == 0
    from tilth.project import Project
    from tilth.project.models import registry

    with Project(shop) as project:
        found = registry(project).find("late@1")
    assert [each.kind for each in found.recorded] == ["bundled", "tested", "tested"]
    assert [each.kind for each in found.decisions] == ["approved", "aliased"]


def test_a_class_of_the_project_travels_with_its_code(shop, tilth):
    of_kind(shop, tilth, "steady")
    tilth("models", "bundle", "late@1", "--to", "out")

    assert (shop / "out" / "code" / "own" / "kinds.py").exists()
    shutil.rmtree(shop / "src")  # the bundle stands for itself
    done = subprocess.run([sys.executable, "-I", "out/replay.py"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_model_that_answers_otherwise_does_not_go_live(shop, tilth):
    of_kind(shop, tilth, "moody")
    refused = tilth("models", "promote", "late@1")
    assert refused.code == 2
    assert "late@1 cannot be promoted: the test of its bundle failed: request 1" in refused.err
    assert "row 1 (a row that it learned from): expected true, found false" in refused.err
    assert tilth("models", "promote", "late@1", "--override", "--why", "we know").code == 0


@pytest.mark.slow
def test_a_library_that_only_an_option_asks_for_is_among_them(shop, tilth):
    of_kind(shop, tilth, "tables")

    assert tilth("models", "test", "late@1").out.startswith("late@1: passed")


@pytest.mark.slow
def test_a_model_with_a_part_of_tilth_brings_tilth_along(shop, tilth):
    of_kind(shop, tilth, "coded")
    told = tilth("models", "test", "late@1")

    assert told.out.startswith("late@1: passed"), told
    tilth("models", "bundle", "late@1", "--to", "out")
    assert "tilth==" in (shop / "out" / "requirements.txt").read_text()


def test_no_secret_gets_into_a_bundle(shop, tilth, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2hunter2")
    (shop / "params.yml").write_text("kind: usual\ntarget: late\ntoken: ${env:TOKEN}\n")
    (shop / "src" / "shop.py").write_text(
        FILES["src/shop.py"].replace("target: str)", "target: str, token: str)")
    )
    edited = FILES["tilth.yml"].replace("target: ", 'token: "params:token", target: ')
    (shop / "tilth.yml").write_text(edited)
    assert tilth("run").code == 0
    tilth("models", "register", "model", "--as", "other", "--why", "by hunter2hunter2")
    assert tilth("models", "bundle", "other@1", "--to", "out").code == 0

    kept = b"".join(each.read_bytes() for each in (shop / "out").rglob("*") if each.is_file())
    assert b"token" in kept
    assert b"hunter2" not in kept
    assert "hunter2" not in tilth("models", "card", "other@1").out


def test_without_one_of_its_libraries_it_is_not_read(shop, tilth, monkeypatch):
    from tilth.project import replaying

    whole = replaying.linked_site
    monkeypatch.setattr(
        replaying,
        "linked_site",
        lambda folder, needed, installed: whole(
            folder, {name: needed[name] for name in needed if name != "scipy"}, installed
        ),
    )
    told = tilth("models", "test", "late@1")

    assert told.out.splitlines()[0].startswith("late@1: unread")
    assert "No module named 'scipy'" in told.out


def test_without_skops_a_model_is_not_bundled_and_that_is_said(shop, tilth, monkeypatch):
    (shop / "params.yml").write_text("kind: tables\ntarget: late\n")
    tilth("run")
    monkeypatch.setitem(sys.modules, "skops.io", None)
    told = tilth("models", "register", "model", "--as", "late")

    assert told.code == 0
    assert "late@2 has no bundle" in told.err
    assert "skops" in told.err


@pytest.mark.parametrize("name", ["model.skops", "golden.json"])
def test_a_damaged_file_is_named_and_stops_what_goes_live(shop, tilth, name):
    tilth("models", "approve", "late@1", "--why", "it will do")
    harmed(shop, name)

    tested = tilth("models", "test", "late@1")
    assert (tested.code, tilth("models", "test", "late@1", "--json").json["state"]) == (
        1,
        "damaged",
    )
    assert f"`{name}` is damaged" in tested.out
    assert f"found damage: `{name}`" in tilth("models", "promote", "late@1").err
    assert f"`{name}` is damaged" in tilth("models", "bundle", "late@1", "--to", "out").err
    assert not (shop / "out").exists()


@pytest.mark.parametrize("name", ["golden.json", "signature.json", "lineage.json"])
def test_a_damaged_bundle_is_made_again_and_comes_out_the_same(shop, tilth, name):
    tilth("models", "bundle", "late@1", "--to", "one.zip")
    harmed(shop, name)
    assert tilth("models", "bundle", "late@1", "--again").code == 0

    assert tilth("models", "bundle", "late@1", "--to", "two.zip").code == 0
    assert (shop / "one.zip").read_bytes() == (shop / "two.zip").read_bytes()


def test_a_bundle_that_comes_out_otherwise_is_told_and_not_kept(shop, tilth):
    harmed(shop, "golden.json")
    (shop / "catalog.yml").write_text(FILES["catalog.yml"].replace("5000", "6000"))
    told = tilth("models", "bundle", "late@1", "--again")

    assert told.code == 1
    assert "comes out otherwise by now: `contract.json`, `golden.json`" in told.err
    assert "damaged" in tilth("models", "test", "late@1").out


def test_a_damaged_list_of_digests_is_told(shop, tilth):
    tilth("models", "approve", "late@1", "--why", "it will do")
    from tilth.project import Project
    from tilth.project.bundling import bundled

    with Project(shop) as project:
        path = project.blobs.path(bundled(project, "late@1").version.bundle.fingerprint)
    path.chmod(0o644)
    path.write_text("{}")

    assert "`bundle.json` is damaged" in tilth("models", "test", "late@1").out
    assert "cannot be promoted" in tilth("models", "promote", "late@1").err


def test_a_version_that_was_refused_is_bundled_and_does_not_go_live(shop, tilth):
    tilth("models", "refuse", "late@1", "--why", "it leaks")

    assert tilth("models", "bundle", "late@1", "--to", "out").code == 0
    refused = tilth("models", "promote", "late@1")
    assert "late@1 cannot be promoted: it is refused, not approved" in refused.err


def test_plain_data_is_bundled_without_questions(shop, tilth):
    tilth("models", "register", "scores", "--as", "rule")
    told = tilth("models", "test", "rule@1")

    assert told.out.startswith("rule@1: passed (0 rows")
    assert "nothing can be asked" in told.err


def test_what_could_only_be_pickled_has_no_bundle(shop, tilth):
    told = of_kind(shop, tilth, "object")

    assert told.code == 0
    assert (
        "late@1 has no bundle: `model` (dict) cannot be bundled: it could only be pickled"
        in told.err
    )
    assert "it has no bundle" in tilth("models", "promote", "late@1").err
    silent = tilth("models", "promote", "late@1", "--override")
    assert "though it has no bundle" in silent.err
    assert "say why" in silent.err
    assert tilth("models", "promote", "late@1", "--override", "--why", "a rule").code == 0


def test_types_of_no_known_library_are_refused_until_somebody_trusts_them(shop, tilth):
    told = of_kind(shop, tilth, "strange")

    assert "it holds types of no known library: _operator.abs" in told.err
    assert "trusted: [_operator.abs]" in told.err


def test_without_the_rows_there_is_nothing_to_ask_and_that_is_said(shop, tilth):
    from tilth.project import Project

    with Project(shop) as project:
        made = project.version("rows")
        assert project.blobs.remove(made.fingerprint) > 0
    (shop / "rows.parquet").unlink()
    tilth("models", "register", "model", "--as", "other")
    told = tilth("models", "test", "other@1")

    assert told.code == 0
    assert "bytes are not in the store any more" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bundle", "late@7"], "there is no version of model `late` `7`"),
        (["bundle", "lade"], "there is no model `lade`"),
        (["test", "late@7"], "there is no version of model `late` `7`"),
        (["bundle", "late@1", "--to", "src"], "src is there already"),
        (["bundle", "late@1", "--to", "tilth.yml/out"], "cannot be written to tilth.yml/out"),
        (["bundle", "late@1", "--to", "/proc/out"], "cannot be written to /proc/out"),
    ],
)
def test_mistakes_are_told(shop, tilth, arguments, said):
    answer = tilth("models", *arguments)

    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.slow
def test_without_an_index_a_clean_environment_cannot_be_made_and_that_is_said(
    shop, tilth, monkeypatch
):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    told = tilth("models", "test", "late@1", "--clean")

    assert told.code == 1
    assert "no index of packages can be reached" in told.err


@pytest.mark.slow
def test_a_clean_environment_is_made_for_it(shop, tilth, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # plain data needs nothing from it
    tilth("models", "register", "scores", "--as", "rule")
    told = tilth("models", "test", "rule@1", "--clean", "--json").json

    assert (told["state"], told["clean"]) == ("passed", True)
    assert told["python"].startswith(".".join(map(str, sys.version_info[:2])))
