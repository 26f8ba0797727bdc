"""Reading a project's files: what they say, where they say it, what stays hidden."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from tilth.config.config import Config
from tilth.config.place import Place
from tilth.config.read import find_project, read_project
from tilth.config.scope import PARTS, ScopeSettings
from tilth.config.settings import InputSettings, LabelSettings, RetrySettings
from tilth.errors import ConfigError

SECRET = "hunter2-planted"


class DictMemo(dict[str, bytes]):
    """The smallest memory there is."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


def project(folder: Path, **files: str) -> Path:
    """Write files; `catalog_yml` is catalog.yml, and `__` is a folder."""
    for name, text in ({"tilth_yml": "pipelines: {}\n"} | files).items():
        path = folder / name.replace("__", "/").replace("_yml", ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_smallest_project_is_an_empty_file(tmp_path: Path) -> None:
    config = read_project(project(tmp_path, tilth_yml=""))

    assert config.settings.name == tmp_path.name
    assert config.settings.source == "."
    assert (config.settings.pipelines, config.catalog, config.params) == ({}, {}, {})
    assert config.files == ("tilth.yml",)


def test_source_is_src_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()

    assert read_project(project(tmp_path)).settings.source == "src"


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "params.yml").write_bytes(b"\xef\xbb\xbfdepth: 3\r\nseed: 1\r\n")

    config = read_project(tmp_path)

    assert config.params == {"depth": 3, "seed": 1}
    assert config.places.key("params", "seed") == Place("params.yml", 2, 1)


def test_a_project_is_found_from_the_folders_below_it(tmp_path: Path) -> None:
    below = project(tmp_path) / "src" / "shop"
    below.mkdir(parents=True)

    assert find_project(below) == tmp_path
    assert find_project(tmp_path) == tmp_path


def test_where_no_folder_above_is_a_project_none_is_found(tmp_path: Path) -> None:
    assert find_project(tmp_path) is None


def test_every_key_of_a_node_becomes_a_field(tmp_path: Path) -> None:
    config = read_project(
        project(
            tmp_path,
            tilth_yml="""
default: model
workers: 4
executor: threads
resources: {memory: 8GB, gpu: 1}
hooks: [shop.hooks.Notify]
strict: off
pipelines:
  model:
    owner: data
    namespace: shop
    inputs: {rows: clean_rows}
    params: {depth: model.depth}
    nodes:
      - call: shop.train
        name: train
        inputs: [rows, "params:depth", {each: months}, {value: [1, two]}]
        outputs: {model: tree, score: scores}
        tags: nightly
        layer: model
        retries: {times: 3, wait: 1m 30s}
        timeout: 2h
        cache: false
        refresh: 90
        resources: {memory: 512 MiB, gpu: 0.5}
        depends_on: [shop.settings]
        description: Grow the tree.
""",
        )
    )
    (node,) = config.settings.pipelines["model"].nodes or ()

    assert (node.call, node.name, node.tags) == ("shop.train", "train", ("nightly",))
    assert isinstance(node.inputs, tuple)
    places = [each.place for each in node.inputs]
    assert node.inputs == (
        InputSettings(dataset="rows", place=places[0]),
        InputSettings(parameter="depth", place=places[1]),
        InputSettings(dataset="months", each=True, place=places[2]),
        InputSettings(value=[1, "two"], place=places[3]),
    )
    assert node.outputs == {"model": "tree", "score": "scores"}
    assert node.retries == RetrySettings(times=3, wait=90.0)
    assert (node.timeout, node.refresh, node.cache) == (7200.0, 90.0, False)
    assert node.resources == {"memory": 512 * 1024**2, "gpu": 0.5}
    assert (node.depends_on, node.layer) == (("shop.settings",), "model")
    assert node.description == "Grow the tree."
    assert node.place == Place("tilth.yml", 15, 9)


def test_every_key_of_the_project_and_of_a_pipeline_becomes_a_field(tmp_path: Path) -> None:
    settings = read_project(
        project(
            tmp_path,
            tilth_yml="""
name: shop
default: model
workers: 4
executor: threads
resources: {memory: 8GB, gpu: 1}
hooks: [shop.hooks.Notify]
strict: off
store: /big/store
history: history.db
pipelines:
  model:
    stage: train
    with: {depth: 3}
    owner: data
    namespace: shop
    inputs: {rows: clean_rows}
    outputs: {model: tree}
    params: {depth: model.depth}
  again: {pipeline: model}
  python: {python: shop.pipelines.extra}
  short: {nodes: [shop.clean]}
""",
        )
    ).settings
    model = settings.pipelines["model"]

    assert (settings.name, settings.default, settings.workers) == ("shop", ("model",), 4)
    assert (settings.executor, settings.hooks) == ("threads", ("shop.hooks.Notify",))
    assert settings.resources == {"memory": 8e9, "gpu": 1.0}
    assert (settings.store, settings.history) == ("/big/store", "history.db")
    assert settings.strict == "off"
    assert (model.stage, model.settings) == ("train", {"depth": 3})
    assert (model.owner, model.namespace) == ("data", "shop")
    assert (model.inputs, model.outputs) == ({"rows": "clean_rows"}, {"model": "tree"})
    assert model.params == {"depth": "model.depth"}
    assert settings.pipelines["again"].pipeline == "model"
    assert settings.pipelines["python"].python == "shop.pipelines.extra"
    (node,) = settings.pipelines["short"].nodes or ()
    assert (node.call, node.inputs, node.outputs) == ("shop.clean", None, None)


def test_every_part_of_the_scope_becomes_a_field(tmp_path: Path) -> None:
    text = """
scope:
  problem: >-
    Bread is thrown
    away.
  metric: "  loaves a day "
  costs:
  risks: Too few.
"""
    found = read_project(project(tmp_path, tilth_yml=text)).settings.scope

    assert found == ScopeSettings(
        problem="Bread is thrown away.", metric="loaves a day", risks="Too few."
    )
    assert found.unsaid() == ("baseline", "costs")
    assert list(found.parts()) == list(PARTS)
    nothing = read_project(project(tmp_path, tilth_yml="scope:\n")).settings.scope
    assert nothing == ScopeSettings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scope: {risk: fire}", "did you mean `risks`"),
        ("scope: {budget: 3}", "did you mean `costs`"),
        ("scope: {costs: 3}", "what it costs to make"),
        ("scope: bread", "a scope: a mapping"),
    ],
)
def test_what_is_no_scope_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_project(project(tmp_path, tilth_yml=text))

    assert told in f"{caught.value} {caught.value.hint}"


def test_every_key_of_a_label_set_becomes_a_field(tmp_path: Path) -> None:
    text = """
labels:
  mood: {data: trips, key: id}
  tone:
    data: trips
    key: id
    label: tone
    show: [text, photo]
    classes: [good, 0, true]
    instruction: how.md
    log: labels/all.jsonl
    reviewers: 2
"""
    found = read_project(project(tmp_path, tilth_yml=text)).settings.labels

    assert found["tone"] == LabelSettings(
        name="tone",
        data="trips",
        key="id",
        label="tone",
        show=("text", "photo"),
        classes=("good", 0, True),
        instruction="how.md",
        log="labels/all.jsonl",
        reviewers=2,
        place=Place("tilth.yml", 4, 3),
    )
    assert found["mood"].show is found["mood"].classes is None


def test_all_pipelines_run_where_no_default_is_named(tmp_path: Path) -> None:
    tilth = "pipelines:\n  b: {nodes: [m.f]}\n  a: {nodes: [m.g]}\n"

    assert read_project(project(tmp_path, tilth_yml=tilth)).settings.default == ("b", "a")


def test_every_key_of_an_entry_becomes_a_field(tmp_path: Path) -> None:
    config = read_project(
        project(
            tmp_path,
            catalog_yml="""
_csv: &csv
  format: csv
  read: {separator: ";"}
trips:
  <<: *csv
  location: data/{month}.csv
  write: {header: true}
  layer: raw
  owner: data
  tags: [big, daily]
  description: Late or not.
  refresh: 1d
  metadata: {licence: CC0, since: 2013-01-01}
weather:
  layer: raw
""",
        )
    )
    trips = config.catalog["trips"]

    assert list(config.catalog) == ["trips", "weather"]
    assert (trips.format, trips.location) == ("csv", "data/{month}.csv")
    assert (trips.read, trips.write) == ({"separator": ";"}, {"header": True})
    assert (trips.layer, trips.owner, trips.tags) == ("raw", "data", ("big", "daily"))
    assert (trips.description, trips.refresh) == ("Late or not.", 86400.0)
    assert trips.metadata == {"licence": "CC0", "since": "2013-01-01"}
    assert trips.place == Place("catalog.yml", 5, 1)
    assert config.catalog["weather"].format is None


def test_a_folder_is_merged_with_the_file_of_its_name(tmp_path: Path) -> None:
    config = read_project(
        project(
            tmp_path,
            params_yml="seed: 1\n",
            params__model_yml="model: {depth: 3}\n",
            params__deep__er_yml="rate: 0.1\n",
            params___hidden__x_yml="# a folder with a usual name\nhidden: no\n",
        )
    )

    assert config.params == {"seed": 1, "model": {"depth": 3}, "rate": 0.1, "hidden": "no"}


def test_homes_of_anchors_may_have_one_name_in_several_files(tmp_path: Path) -> None:
    one = "_csv: &csv {format: csv}\na: *csv\n"
    config = read_project(
        project(tmp_path, catalog__a_yml=one, catalog__b_yml=one.replace("a:", "b:"))
    )

    assert [each.format for each in config.catalog.values()] == ["csv", "csv"]


def test_an_overlay_replaces_by_key_and_knows_what_it_replaced(tmp_path: Path) -> None:
    config = read_project(
        project(
            tmp_path,
            params_yml="model:\n  depth: 3\n  rates: [1, 2]\nseed: 1\n",
            env__prod__params_yml="model: {rates: [3]}\n",
            env__prod__params__extra_yml="new: 5\n",
        ),
        "prod",
        ["model.depth=9"],
    )

    assert config.params == {"model": {"depth": 9, "rates": [3]}, "seed": 1, "new": 5}
    assert config.places.value("params", "seed") == Place("params.yml", 4, 7)
    assert config.places.value("params", "model", "rates") == Place("env/prod/params.yml", 1, 16)
    assert config.places.replaced("params", "model", "rates") == (Place("params.yml", 3, 10),)
    assert config.places.value("params", "model", "depth") == Place("--set", 1, 13)
    assert config.places.replaced("params", "model", "depth") == (Place("params.yml", 2, 10),)


def test_an_overlay_unsets_a_setting_with_nothing(tmp_path: Path) -> None:
    project(tmp_path, tilth_yml="workers: 4\n", env__dev__tilth_yml="workers:\n")

    assert read_project(tmp_path, "dev").settings.workers == 1


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("a=1", 1),
        ("a=0.5", 0.5),
        ("a=true", True),
        ("a=text", "text"),
        ("a=x=y", "x=y"),
        ("a=1,2", "1,2"),
        ("a=[1, two, 'x,y']", [1, "two", "x,y"]),
        ('a="1"', "1"),
        ("a={b: {c: [1]}}", {"b": {"c": [1]}}),
        ("a=", None),
        ("a= ", None),
        ("a=2013-01-01", "2013-01-01"),
        ("a=päth with spaces", "päth with spaces"),
    ],
)
def test_an_override_is_read_as_yaml(tmp_path: Path, override: str, value: object) -> None:
    project(tmp_path, params_yml="a: 0\n")

    assert read_project(tmp_path, overrides=[override]).params == {"a": value}


def test_an_override_with_a_plus_may_be_new(tmp_path: Path) -> None:
    project(tmp_path, params_yml="a: 0\n")

    params = read_project(tmp_path, overrides=["+model.depth=3", "model.depth=4"]).params

    assert params == {"a": 0, "model": {"depth": 4}}


def test_a_whole_reference_keeps_its_type(tmp_path: Path) -> None:
    config = read_project(
        project(
            tmp_path,
            tilth_yml="workers: ${params:run.n}\n",
            catalog_yml='a: {format: csv, read: "${params:options}"}\n',
            params_yml="""
run: {n: 4}
options: {sep: ";", rows: "${params:run.n}"}
copy: ${params:run}
""",
        ),
        overrides=["run.n=5"],
    )

    assert config.settings.workers == 5
    assert config.catalog["a"].read == {"sep": ";", "rows": 5}
    assert config.params["copy"] == {"n": 5}


def test_a_reference_leads_through_a_group_that_is_a_reference(tmp_path: Path) -> None:
    params = "a: ${params:b.c}\nb: ${params:d}\nd: {c: 1}\n"

    assert read_project(project(tmp_path, params_yml=params)).params["a"] == 1


def test_a_reference_within_text_becomes_text(tmp_path: Path) -> None:
    params = 'n: 4\nok: true\na: "${params:n}-${params:ok}-$${n}-${env:X:y:z}"\n'

    config = read_project(project(tmp_path, params_yml=params), environ={})

    assert config.params["a"] == "4-true-${n}-y:z"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${env:N}", 12),
        ('"${env:N}"', "12"),
        ("n${env:N}", "n12"),
        ("${env:MISSING:7}", 7),
        ("${env:MISSING:}", None),
        ("${env:ZERO}", "007"),
        ("${env:EMPTY}", None),
        ("${env:TRICK}", "${params:b}"),
    ],
)
def test_the_environment_is_read_as_if_it_stood_in_the_file(
    tmp_path: Path, written: str, value: object
) -> None:
    environ = {"N": "12", "ZERO": "007", "EMPTY": "", "TRICK": "${params:b}"}
    project(tmp_path, params_yml=f"a: {written}\nb: 1\n")

    assert read_project(tmp_path, environ=environ).params["a"] == value


def secret_project(folder: Path) -> Path:
    return project(
        folder,
        catalog_yml='trips: {format: csv, location: "db://me:${params:db.password}@host/x"}\n',
        params_yml="db: {password: '${env:PASSWORD}', host: h}\ncopy: ${params:db}\n",
    )


def test_secrets_are_known_and_hidden(tmp_path: Path) -> None:
    config = read_project(secret_project(tmp_path), environ={"PASSWORD": SECRET})

    assert config.catalog["trips"].location == f"db://me:{SECRET}@host/x"
    assert config.params["copy"]["password"] == SECRET
    written = "db://me:${params:db.password}@host/x"
    assert config.places.secret("catalog", "trips", "location") == written
    assert config.places.secret("params", "db", "host") is None
    assert config.places.shown("params") == {
        "db": {"password": "${env:PASSWORD}", "host": "h"},
        "copy": {"password": "${env:PASSWORD}", "host": "h"},
    }
    assert config.secrets.masked(f"no {SECRET}!") == "no ${env:PASSWORD}!"
    assert SECRET not in repr(config)


def test_the_memory_never_holds_a_secret(tmp_path: Path) -> None:
    memo = DictMemo()

    read_project(secret_project(tmp_path), memo=memo, environ={"PASSWORD": SECRET})

    assert memo
    assert SECRET.encode() not in b"".join(memo.values())


def test_what_is_remembered_reads_the_environment_anew(tmp_path: Path) -> None:
    memo = DictMemo()
    read_project(secret_project(tmp_path), memo=memo, environ={"PASSWORD": "first"})

    config = read_project(tmp_path, memo=memo, environ={"PASSWORD": "second"})

    assert config.params["db"]["password"] == "second"


def test_what_is_remembered_is_checked_against_the_new_environment(tmp_path: Path) -> None:
    memo = DictMemo()
    project(tmp_path, tilth_yml="workers: ${env:N}\n")
    read_project(tmp_path, memo=memo, environ={"N": "4"})

    with pytest.raises(ConfigError, match=r"tilth.yml:1:10: `workers`.* is `\$\{env:N\}`"):
        read_project(tmp_path, memo=memo, environ={"N": "many"})
    with pytest.raises(ConfigError, match="`N` is not set"):
        read_project(tmp_path, memo=memo, environ={})


def facts(config: Config) -> object:
    """All of a config that can be compared."""
    shown = [config.places.shown(kind) for kind in ("tilth", "catalog", "params")]
    replaced = config.places.replaced("params", "a")
    return config.settings, config.catalog, config.params, config.files, shown, replaced


def test_a_remembered_project_says_the_same(tmp_path: Path) -> None:
    project(
        tmp_path,
        tilth_yml="pipelines:\n  a: {nodes: [{call: m.f, inputs: [x, 'params:a']}]}\n",
        catalog_yml='x: {format: csv, location: "${params:a}", read: {on: .inf, off: ~}}\n',
        params_yml="a: 1\nb: [1, {c: 2.5}]\n",
        env__prod__params_yml="a: two\n",
    )
    memo = DictMemo()
    first = read_project(tmp_path, "prod", memo=memo)
    again = read_project(tmp_path, "prod", memo=memo)

    assert len(memo) == 1
    assert facts(again) == facts(first) == facts(read_project(tmp_path, "prod"))


def test_any_change_of_files_environment_or_overrides_is_noticed(tmp_path: Path) -> None:
    memo = DictMemo()
    project(tmp_path, params_yml="a: 1\n", env__prod__params_yml="a: 2\n")

    def a(env: str | None = None, overrides: tuple[str, ...] = ()) -> object:
        return read_project(tmp_path, env, overrides, memo).params["a"]

    assert [a(), a("prod"), a(None, ("a=3",)), a()] == [1, 2, 3, 1]
    project(tmp_path, params_yml="a: 4\n")
    assert [a(), a("prod")] == [4, 2]
    project(tmp_path, params__more_yml="b: 1\n")
    assert a() == 4


def test_a_damaged_memory_is_passed_over(tmp_path: Path) -> None:
    memo = DictMemo()
    project(tmp_path, params_yml="a: 1\n")
    read_project(tmp_path, memo=memo)
    for damage in (b"", b"[", b"[1,2,3]", b"[[],[],[]]", b"null", b"\xff"):
        memo.update(dict.fromkeys(memo, damage))

        assert read_project(tmp_path, memo=memo).params == {"a": 1}


def test_a_project_with_mistakes_is_not_remembered(tmp_path: Path) -> None:
    memo = DictMemo()
    project(tmp_path, tilth_yml="workers: 0\n")

    for _ in range(2):
        with pytest.raises(ConfigError):
            read_project(tmp_path, memo=memo)
    assert memo == {}


def test_an_unchanged_project_is_opened_without_yaml(tmp_path: Path) -> None:
    project(tmp_path, params_yml="a: 1\n")
    (tmp_path / "memo").mkdir()
    program = f"""
import sys
from pathlib import Path
from tilth.config.read import read_project

class FileMemo:
    def get(self, key):
        path = Path({str(tmp_path / "memo")!r}, key.replace(":", "-"))
        return path.read_bytes() if path.exists() else None
    def put(self, key, value):
        Path({str(tmp_path / "memo")!r}, key.replace(":", "-")).write_bytes(value)

assert "yaml" not in sys.modules
read_project(Path({str(tmp_path)!r}), memo=FileMemo())
print("yaml" in sys.modules)
"""

    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]

    assert [each.stdout.strip() for each in said] == ["True", "False"]


def test_an_error_survives_pickling(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_project(project(tmp_path, tilth_yml="workers: 0\nstrict: 1\n"))

    again = pickle.loads(pickle.dumps(raised.value))

    assert again.mistakes == raised.value.mistakes
    assert len(again.mistakes) == 2


def test_a_mistake_found_elsewhere_looks_like_those_in_the_files(tmp_path: Path) -> None:
    tilth = "pipelines:\n  a:\n    nodes: [{call: m.f, outputs: [featurs, x]}]\n"
    config = read_project(project(tmp_path, tilth_yml=tilth))
    place = config.places.value("tilth", "pipelines", "a", "nodes", 0, "outputs", 0)

    mistake = config.places.mistake(
        "nothing reads `featurs`", place, hint="did you mean `features`?", severity="warning"
    )

    assert mistake.text() == (
        "tilth.yml:3:35: warning: nothing reads `featurs`\n"
        "  3 |     nodes: [{call: m.f, outputs: [featurs, x]}]\n"
        "    |                                   ^^^^^^^\n"
        "hint: did you mean `features`?"
    )


def test_a_long_line_is_cut_around_the_mistake(tmp_path: Path) -> None:
    catalog = "a: {format: csv, description: " + "x" * 300 + ", ownr: me, tags: " + "y" * 300 + "}"

    with pytest.raises(ConfigError) as raised:
        read_project(project(tmp_path, catalog_yml=catalog))

    lines = raised.value.mistakes[0].split("\n")
    assert "ownr: me" in lines[1]
    assert lines[1].index("ownr") == lines[2].index("^")
    assert max(map(len, lines[:3])) <= 110


def test_a_file_that_is_nearly_one_of_ours_is_a_warning(tmp_path: Path) -> None:
    memo = DictMemo()
    project(tmp_path, parameters_yml="a: 1\n", environment_yml="name: conda\n")

    for _ in range(2):  # also where the rest is remembered
        (warning,) = read_project(tmp_path, memo=memo).warnings
        assert warning.severity == "warning"
        assert warning.file == "parameters.yml"
        assert warning.hint == "did you mean `params.yml`?"


def test_where_parameters_cannot_be_read_references_to_them_are_not_mistakes(
    tmp_path: Path,
) -> None:
    project(
        tmp_path,
        tilth_yml="workers: ${params:n}\ndefault: ['${params:a}', '${params:a}']\n",
        params_yml="n: [\n",
    )

    with pytest.raises(ConfigError) as raised:
        read_project(tmp_path)

    assert len(raised.value.mistakes) == 1


def test_two_thousand_mistakes_are_all_told(tmp_path: Path) -> None:
    nodes = "".join(f"      - {{call: m.f, ouputs: x{n}}}\n" for n in range(2000))
    project(tmp_path, tilth_yml=f"pipelines:\n  a:\n    nodes:\n{nodes}")

    with pytest.raises(ConfigError) as raised:
        read_project(tmp_path)

    assert len(raised.value.mistakes) == 2000
