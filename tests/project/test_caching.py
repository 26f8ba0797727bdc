"""What changed runs, with its reason, and nothing else does."""

from __future__ import annotations

import shutil
import time

ALL = ["rows", "doubled", "total", "count"]


def test_the_first_run_runs_all_nodes_since_they_never_ran(chain):
    told = chain.done(load=("total", "count"))

    assert told.ran == dict.fromkeys(ALL, "never ran")
    assert (told["total"], told["count"]) == (12, 3)
    assert told.result.counts == {"done": 4}


def test_where_nothing_changed_nothing_runs(chain):
    first = chain.done()
    again = chain.done(load=("total",))

    assert again.ran == {}
    assert sorted(again.reused) == sorted(ALL)
    assert again["total"] == 12
    assert again.fingerprints == first.fingerprints
    assert again.result.counts == {"reused": 4}


def test_a_changed_helper_runs_what_uses_it_and_what_depends_on_that(chain):
    chain.done()
    chain.edit("src/helpers.py", "value * SCALE", "value * SCALE + 1")
    told = chain.done(load=("total",))

    assert told.ran == {"doubled": "code changed", "total": "input changed"}
    assert told["total"] == 18


def test_an_edit_of_the_same_length_within_the_same_second_is_seen(chain):
    chain.done()
    for factor in range(2, 9):
        chain.edit("src/helpers.py", f"SCALE = {factor - 1}", f"SCALE = {factor}")
        assert chain.done(load=("total",))["total"] == 12 * factor


def test_a_changed_constant_runs_what_uses_it(chain):
    chain.done()
    chain.edit("src/helpers.py", "SCALE = 1", "SCALE = 3")

    assert chain.done(load=("total",))["total"] == 36


def test_a_changed_parameter_runs_what_takes_it(chain):
    chain.done()
    chain.edit("params.yml", "2", "5")
    told = chain.done(load=("total",))

    assert told.ran == {"doubled": "parameter changed", "total": "input changed"}
    assert told["total"] == 30


def test_a_parameter_set_for_one_run_counts_as_changed(chain):
    chain.done()
    told = chain.done(overrides=("factor=7",), load=("total",))

    assert told.ran == {"doubled": "parameter changed", "total": "input changed"}
    assert told["total"] == 42
    assert chain.done(load=("total",)).ran == {}


def test_a_changed_row_of_a_source_runs_what_depends_on_it(chain):
    chain.done()
    chain.write({"data/numbers.csv": "n\n1\n2\n4\n"})
    told = chain.done(load=("total", "count"))

    assert told.ran == dict.fromkeys(ALL, "input changed")
    assert (told["total"], told["count"]) == (14, 3)


def test_equal_outputs_cut_off_what_comes_after(chain):
    chain.done()
    chain.write({"data/numbers.csv": "n\n1\n2\n3.0\n"})
    told = chain.done()

    assert told.ran == {"rows": "input changed"}
    assert sorted(told.reused) == ["count", "doubled", "total"]


def test_a_changed_option_of_the_catalog_runs_what_reads_it(chain):
    chain.done()
    chain.write(
        {
            "catalog.yml": """
                numbers: {format: csv, location: data/numbers.csv, read: {separator: ';'}}
                """
        }
    )
    told = chain.done()

    assert told.ran == {"rows": "format changed"}


def test_another_version_of_a_library_runs_what_imports_it(chain, monkeypatch):
    site = chain.folder / "site"
    monkeypatch.syspath_prepend(str(site))
    chain.edit("src/work.py", "from helpers", "import toolbox\nfrom helpers")
    chain.edit("src/work.py", "return len(rows)", "return toolbox.tool(len(rows))")

    def install(version):
        shutil.rmtree(site, ignore_errors=True)
        chain.write(
            {
                "site/toolbox.py": "def tool(x): return x\n",
                f"site/toolbox-{version}.dist-info/RECORD": "toolbox.py,,\n",
            }
        )

    install("1.0")
    chain.done()
    install("1.1")
    told = chain.done()

    assert told.ran == {"count": "library changed"}


def test_comments_docstrings_and_layout_run_nothing(chain):
    chain.done()
    chain.edit("src/helpers.py", "'''Scale a value.'''", "'''Anything else.'''\n    # why\n")
    chain.edit("src/work.py", "def total(doubled):", "\n\n# the sum\ndef total(\n    doubled,\n):")
    chain.edit("params.yml", "factor: 2", "# a number\nfactor:   2")
    chain.edit("tilth.yml", "name: chain", "# a project\nname: chain")
    told = chain.done()

    assert told.ran == {}


def test_unrelated_code_runs_nothing(chain):
    chain.done()
    chain.edit("src/helpers.py", "SCALE = 1", "SCALE = 1\nOTHER = 2\n\ndef other():\n    return 3")

    assert chain.done().ran == {}


def test_the_same_work_under_another_name_is_reused(chain):
    chain.done()
    chain.edit(
        "tilth.yml",
        "- call: work.count",
        "- name: size\n        call: work.count\n        outputs: size",
    )
    told = chain.done(load=("size",))

    assert told.ran == {}
    assert "size" in told.reused
    assert told["size"] == 3


def test_two_nodes_of_the_same_work_in_one_run_call_the_function_once(chain):
    chain.edit(
        "tilth.yml",
        "- call: work.count",
        "- {call: work.count, name: size, inputs: [rows], outputs: size}\n      - call: work.count",
    )
    for options in ({}, {"executor": "threads", "workers": 3}):
        told = chain.done(load=("size", "count"), **options)
        assert told["size"] == told["count"] == 3
        assert len({"size", "count"} & set(told.ran)) in (0, 1)


def test_an_impure_node_always_runs_and_its_equal_output_cuts_off(chain):
    chain.edit("tilth.yml", "- call: work.rows", "- call: work.rows\n        cache: false")
    chain.done()
    told = chain.done()

    assert told.ran == {"rows": "not cached"}


def test_a_result_older_than_its_refresh_is_made_again(chain):
    chain.edit("tilth.yml", "- call: work.rows", "- call: work.rows\n        refresh: 0.2s")
    chain.done()
    time.sleep(0.25)

    assert chain.done().ran == {"rows": "refresh due"}


def test_a_result_younger_than_its_refresh_holds(chain):
    chain.edit("tilth.yml", "- call: work.rows", "- call: work.rows\n        refresh: 1h")
    chain.done()

    assert chain.done().ran == {}


def test_a_refreshed_result_is_fresh_for_whoever_asks_next(chain):
    chain.edit("tilth.yml", "- call: work.rows", "- call: work.rows\n        refresh: 1h")
    chain.done()
    assert chain.done(force=["rows"]).ran == {"rows": "forced"}
    assert chain.done().ran == {}


def test_a_forced_node_runs_and_its_equal_output_cuts_off(chain):
    chain.done()
    told = chain.done(force=["do*"])

    assert told.ran == {"doubled": "forced"}


def test_a_declared_file_is_part_of_the_code(chain, monkeypatch):
    monkeypatch.chdir(chain.folder)
    chain.write({"data/weights.txt": "3"})
    chain.edit("src/work.py", "from pandas", "from pathlib import Path\nfrom pandas")
    chain.edit("src/work.py", "len(rows)", "len(rows) * int(Path('data/weights.txt').read_text())")
    chain.edit("tilth.yml", "work.count", "work.count\n        depends_on: [data/weights.txt]")

    assert chain.done(load=("count",))["count"] == 9
    assert chain.done().ran == {}
    chain.write({"data/weights.txt": "4"})
    told = chain.done(load=("count",))

    assert told.ran == {"count": "code changed"}
    assert told["count"] == 12


def test_a_failed_run_goes_on_where_it_stopped(chain):
    chain.edit("src/work.py", "return sum(doubled)", "raise LookupError('no sum')")
    failed = chain.run()
    assert failed.result.state == "failed"
    assert "no sum" in failed.failures["total"]

    chain.edit("src/work.py", "raise LookupError('no sum')", "return sum(doubled)")
    told = chain.done(load=("total",))
    assert set(told.ran) <= {"total", "count"}
    assert told["total"] == 12


def test_a_result_of_long_ago_is_found_again(chain):
    chain.done()
    chain.edit("params.yml", "2", "5")
    chain.done()
    chain.edit("params.yml", "5", "2")
    told = chain.done(load=("total",))

    assert told.ran == {}
    assert told["total"] == 12


def test_the_plan_says_what_the_run_then_does(chain):
    assert chain.plan() == {
        "rows": "never ran",
        "doubled": "waits for upstream",
        "total": "waits for upstream",
        "count": "waits for upstream",
    }
    chain.done()
    assert set(chain.plan().values()) == {None}
    chain.edit("params.yml", "2", "5")
    assert chain.plan() == {
        "rows": None,
        "doubled": "parameter changed",
        "total": "waits for upstream",
        "count": None,
    }


def test_two_projects_with_modules_of_the_same_names_do_not_meet(make, chain):
    files = {
        str(path.relative_to(chain.folder)): path.read_text()
        for path in chain.folder.rglob("*.*")
        if path.is_file()
    }
    other = make(files)
    other.edit("src/helpers.py", "SCALE = 1", "SCALE = 10")

    assert chain.done(load=("total",))["total"] == 12
    assert other.done(load=("total",))["total"] == 120
    assert chain.done(force=["*"], load=("total",))["total"] == 12


def test_a_format_of_the_users_own_is_part_of_what_reads_and_writes_it(make):
    home = make(
        {
            "tilth.yml": """
                pipelines:
                  main:
                    nodes:
                      - {call: work.read, inputs: [source]}
                      - {call: work.written, inputs: [read]}
                      - {call: work.other, inputs: [read]}
                """,
            "catalog.yml": """
                source: {format: formats.Loud, location: data/source.txt}
                written: {format: formats.Loud, location: out/written.txt}
                """,
            "data/source.txt": "hello",
            "src/formats.py": """
                from tilth.data.formats.text import Text

                class Loud(Text):
                    def read(self, source, shape):
                        return super().read(source, shape).upper()
                """,
            "src/work.py": """
                def read(source):
                    return source

                def written(read):
                    return read

                def other(read):
                    return len(read)
                """,
        }
    )
    assert home.done(load=("read",))["read"] == "HELLO"
    home.edit("src/formats.py", "upper()", "title()")
    told = home.done(load=("read",))
    assert told["read"] == "Hello"
    assert told.ran == {
        "read": "format changed",
        "written": "format changed",
        "other": "input changed",
    }
