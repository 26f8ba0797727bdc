"""Whatever stands in the files: a configuration, or an error that tells mistakes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilth.config.config import Config
from tilth.config.read import read_project
from tilth.errors import ConfigError
from tilth.testing.mistakes import read_cases

SECRET = "hunter2-planted"

TILTH = b"""\
name: shop
workers: ${params:run.n}
resources: {memory: 8GB, gpu: 1}
default: [model]
pipelines:
  model:
    owner: data
    inputs: {rows: clean_rows}
    nodes:
      - shop.clean
      - call: shop.train
        inputs: [rows, "params:run.n", {each: months}, {value: [1, two]}]
        outputs: {model: tree}
        retries: {times: 3, wait: 1m 30s}
        timeout: 2h
        cache: false
  again:
    pipeline: model
"""
CATALOG = b"""\
_csv: &csv
  format: csv
  read: {separator: ";", password: "${env:PASSWORD}"}
trips:
  <<: *csv
  location: data/{month}.csv
  tags: [big, "a\\x41b"]
weather: {format: parquet, location: 'weather.parquet', refresh: 1d}
"""
PARAMS = b"""\
run:
  n: 4
  rates: [0.1, 1e3, .inf]
text: |
  some lines
    of text
copy: ${params:run}
"""
FILES = {"tilth.yml": TILTH, "catalog.yml": CATALOG, "params.yml": PARAMS}

SNIPPETS = st.sampled_from(
    [
        *(b"\t", b" ", b"\n", b":", b"- ", b"[", b"]", b"{", b"}", b'"', b"'", b"&a ", b"*a"),
        *(b"*csv", b"!!python/name:os.system ", b"!", b"|\n", b">", b"%", b"@", b"`", b"#"),
        *(b"---\n", b"...\n", b"${env:PASSWORD}", b"${params:copy}", b"${params:run}", b"${"),
        *(b"$${", b"<<: ", b"? ", b"null", b"~", b"-1", b"1e999", b"\xff", b"\x00", b"\r"),
        *(b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"\xc3\xbc", b"_", b".", b"../"),
        *(b"9" * 400, b"[" * 60),
    ]
)
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def opened(files: dict[str, bytes], overrides: tuple[str, ...] = ()) -> Config | tuple[str, ...]:
    """The configuration, or the mistakes; any other exception passes."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            return read_project(Path(folder), None, overrides, environ={"PASSWORD": SECRET})
        except ConfigError as error:
            return error.mistakes


def assert_told_well(result: Config | tuple[str, ...]) -> None:
    if isinstance(result, Config):
        assert SECRET not in repr(result)
        return
    assert result
    for mistake in result:
        assert mistake.strip()
        assert mistake.count("\n") < 12
        assert SECRET not in mistake


def test_what_the_fuzz_starts_from_is_valid() -> None:
    assert isinstance(opened(FILES), Config)


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        data = data[:start] + draw(SNIPPETS) + data[end:]
    return data


@FAST
@given(st.data())
def test_files_with_random_damage_give_a_config_or_mistakes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))

    assert_told_well(opened(FILES | {name: data.draw(mutated(FILES[name]))}))


@FAST
@given(st.data())
def test_lines_in_random_order_give_a_config_or_mistakes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    lines = data.draw(st.permutations(FILES[name].splitlines(keepends=True)))

    assert_told_well(opened(FILES | {name: b"".join(lines)}))


@FAST
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=40))
def test_random_bytes_give_a_config_or_mistakes(name: str, data: bytes) -> None:
    assert_told_well(opened(FILES | {name: data}))


@FAST
@given(st.text(st.characters(codec=None), max_size=20), st.booleans())
def test_random_overrides_give_a_config_or_mistakes(text: str, named: bool) -> None:
    assert_told_well(opened(FILES, (f"run.n={text}" if named else text,)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["call", "inputs", "outputs", "nodes", "each", "value", "format", "with"]
            )
            | st.text(max_size=5),
            inside,
            max_size=3,
        )
    ),
    max_leaves=8,
)
KEYS = ["name", "source", "pipelines", "default", "workers", "executor", "resources", "hooks"]
KEYS += ["store", "history", "strict", "_home", "x"]


@FAST
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4), VALUES, VALUES, VALUES)
def test_values_of_any_kind_give_a_config_or_mistakes(
    tilth: dict[str, object], node: object, pipeline: object, entry: object
) -> None:
    import yaml  # late: only this test writes YAML

    nodes = {"nodes": [node, {"call": "m.f", "inputs": node, "outputs": node, "retries": node}]}
    tilth.setdefault("pipelines", {"a": nodes, "b": pipeline})
    catalog = {"x": entry, "y": {"format": "csv", "location": entry, "read": entry, "tags": entry}}

    def written(value: object) -> bytes:
        return yaml.safe_dump(value).encode()

    assert_told_well(opened({"tilth.yml": written(tilth), "catalog.yml": written(catalog)}))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_cut_anywhere_gives_a_config_or_mistakes(name: str) -> None:
    for end in range(0, len(FILES[name]), 3):
        assert_told_well(opened(FILES | {name: FILES[name][:end]}))


def test_parameters_that_multiply_by_references_are_refused() -> None:
    lines = ["a0: [1, 2]"]
    lines += [f'a{n}: ["${{params:a{n - 1}}}", "${{params:a{n - 1}}}"]' for n in range(1, 40)]

    told = opened(FILES | {"params.yml": "\n".join(["run: {n: 1}", *lines]).encode()})

    assert isinstance(told, tuple)
    assert "larger than memory should hold" in told[0]


def test_a_long_chain_of_references_is_refused_or_followed() -> None:
    lines = ["a0: 1", *(f"a{n}: ${{params:a{n - 1}}}" for n in range(1, 5000))]
    forwards = "\n".join(["run: {n: 1}", *lines]).encode()
    backwards = "\n".join(["run: {n: 1}", *reversed(lines)]).encode()

    assert isinstance(opened(FILES | {"params.yml": forwards}), Config)
    told = opened(FILES | {"params.yml": backwards})
    assert isinstance(told, tuple)
    assert "levels deep" in told[0]


def test_ten_thousand_brackets_do_not_crash_the_interpreter() -> None:
    assert_told_well(opened(FILES | {"params.yml": b"[" * 10_000}))
    assert_told_well(opened(FILES | {"params.yml": b"- " * 10_000}))
    assert_told_well(opened(FILES | {"params.yml": b"{a: " * 10_000}))


def test_every_planted_mistake_stays_one_with_mistakes_in_other_files(tmp_path: Path) -> None:
    for number, case in enumerate(read_cases(Path(__file__).parent / "mistakes")[::7]):
        folder = tmp_path / str(number)
        case.write(folder)
        (folder / "catalog").mkdir(exist_ok=True)
        (folder / "catalog" / "zz.yml").write_text("planted: {formt: csv}\n")

        with pytest.raises(ConfigError) as raised:
            read_project(folder, case.env, case.overrides, environ=case.environ)

        whole = "\n".join(raised.value.mistakes)
        assert all(text in whole for each in case.expected for text in each.fragments)
