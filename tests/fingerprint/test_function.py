from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from tilth.errors import DefinitionError, UnknownNameError
from tilth.fingerprint.function import Sources
from tilth.installed import Installed

FLIGHTS = {
    "flights/__init__.py": "",
    "flights/features.py": '''
        """Features."""

        import math

        import numpy as np

        from .places import RADIUS

        def haversine(a, b):
            """The distance."""
            return RADIUS * math.sin(a - b)

        def distances(table):
            """Distances of flights.

            More.
            """
            return np.array([haversine(a, b) for a, b in table])
        ''',
    "flights/places.py": "RADIUS = 6371\n",
}


@pytest.fixture
def flights(write, tmp_path):
    root = write(FLIGHTS)
    site = tmp_path / "site"
    (site / "numpy-2.0.dist-info").mkdir(parents=True)
    (site / "numpy-2.0.dist-info" / "RECORD").write_text("numpy/__init__.py,,\n")
    (site / "numpy").mkdir()
    (site / "numpy" / "__init__.py").write_text("raise RuntimeError\n")
    path = [str(site)]
    return Sources([root], path=path, installed=Installed(path), folder=tmp_path)


def test_a_function_tells_its_parts_and_its_place(flights):
    code = flights.function("flights.features.distances")

    assert code.ref == "flights.features:distances"
    assert set(code.parts) == {
        "flights.features.distances",
        "flights.features.haversine",
        "flights.features.math",
        "flights.features.np",
        "flights.places.RADIUS",
    }
    assert code.distributions == {"numpy": "2.0"}
    assert (code.file, code.line) == ("src/flights/features.py", 13)
    assert code.doc.startswith("Distances of flights.")
    assert code.refused == ()


def test_the_fingerprint_of_a_function_stays_as_it_was(flights):
    code = flights.function("flights.features:haversine")

    assert code.fingerprint == "code:ff6273ea2b546c416f9f9c927d73055f578b3df6"
    assert code.parts == {
        "flights.features.haversine": "e61d3ffcc0e92d8f5da670897ba4dff051e8bc5e",
        "flights.features.math": "addb803bfc07ed8d06ee9a33abdd2d84702df380",
        "flights.places.RADIUS": "e7847271aa7be6d4ecf2142ad70e4d50bc22ef0b",
    }


def test_both_ways_to_write_a_reference_are_the_same(flights):
    assert flights.function("flights.features.haversine") == flights.function(
        "flights.features:haversine"
    )


def test_functions_of_a_circle_differ(sources):
    told = sources({"app.py": "def a(x):\n    return b(x)\n\ndef b(x):\n    return a(x)\n"})

    assert told.function("app.a").parts == told.function("app.b").parts
    assert told.function("app.a").fingerprint != told.function("app.b").fingerprint


def test_a_function_is_the_same_by_each_name_that_leads_to_it(sources):
    told = sources(
        {
            "pkg/__init__.py": "from .deep import f as g\n",
            "pkg/deep.py": "def f(x):\n    return x\n",
        }
    )

    assert told.function("pkg.g").fingerprint == told.function("pkg.deep:f").fingerprint


def test_a_project_is_the_same_elsewhere(write, tmp_path):
    root = write(FLIGHTS)
    before = Sources([root], path=[], installed=Installed([])).function(
        "flights.features.distances"
    )
    moved = tmp_path / "elsewhere" / "lib"
    moved.parent.mkdir()
    root.rename(moved)

    after = Sources([moved], path=[], installed=Installed([])).function(
        "flights.features.distances"
    )

    assert after.fingerprint == before.fingerprint


def test_nothing_is_imported(tmp_path, write):
    root = write({**FLIGHTS, "bomb.py": "raise SystemExit(3)\n\ndef f(x):\n    return x\n"})
    code = f"""
import sys
from pathlib import Path
from tilth.fingerprint.function import Sources
told = Sources([Path({str(root)!r})])
told.function("flights.features.distances"), told.function("bomb.f")
told.signature("flights.features.distances")
heavy = ("numpy", "flights", "bomb", "importlib.metadata", "importlib.util", "symtable",
         "email", "logging", "asyncio", "multiprocessing")
print([each for each in heavy if each in sys.modules])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_source_of_a_part_can_be_shown(flights):
    told = flights.text("flights.features.haversine")

    assert (told.file, told.line) == ("src/flights/features.py", 9)
    assert told.text.startswith("def haversine(a, b):")
    assert flights.text("flights.places.*").text == "RADIUS = 6371"
    with pytest.raises(UnknownNameError) as caught:
        flights.text("flights.places.RADIU")
    assert caught.value.hint == "did you mean `flights.places.RADIUS`?"


def test_the_source_of_a_part_is_right_where_lines_end_oddly(write):
    root = write({"app.py": ""})
    (root / "app.py").write_bytes(b"A = '\x0c'\r\n\r\n\x0cdef f(x):\r\n    return 1\r\n")
    told = Sources([root], path=[], installed=Installed([]))

    assert told.text("app.f").text == "\x0cdef f(x):\n    return 1"


# What cannot be known


REFUSALS = {
    "eval": ("def f(x):\n    return eval(x)\n", "eval", 2),
    "exec": ("def f(x):\n    exec(x)\n", "exec", 2),
    "eval of a literal": ("def f(x):\n    return eval('1')\n", "eval", 2),
    "eval under another name": ("run = eval\n\ndef f(x):\n    return run(x)\n", "eval", 1),
    "eval handed on": ("def f(x):\n    return map(eval, x)\n", "eval", 2),
    "__import__": ("def f(x):\n    return __import__(x)\n", "__import__", 2),
    "import_module": (
        "import importlib\n\ndef f(x):\n    return importlib.import_module(x)\n",
        "importlib.import_module",
        4,
    ),
    "import_module inside": (
        "def f(x):\n    from importlib import import_module as im\n    return im(f'a.{x}')\n",
        "importlib.import_module",
        3,
    ),
    "globals": ("def f(x):\n    return globals()[x]\n", "globals", 2),
    "sys.modules": ("import sys\n\ndef f(x):\n    return sys.modules[x]\n", "sys.modules", 4),
    "sys.modules by get": (
        "from sys import modules\n\ndef f(x):\n    return modules.get(x)\n",
        "sys.modules",
        4,
    ),
    "runpy": ("import runpy\n\ndef f(x):\n    return runpy.run_path(x)\n", "runpy.run_path", 4),
    "subclasses": (
        "class A: ...\n\ndef f(x):\n    return A.__subclasses__()\n",
        "__subclasses__",
        4,
    ),
    "in a constant": ("A = eval('1')\n\ndef f(x):\n    return A\n", "eval", 1),
    "a name that dynamic code may bind": (
        "globals().update(a=1)\n\ndef f(x):\n    return a\n",
        "globals",
        1,
    ),
}


@pytest.mark.parametrize(("text", "what", "line"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_known_is_refused_with_its_place(text, what, line, sources):
    (refused,) = sources({"app.py": text}).function("app.f").refused

    assert refused.what.removeprefix("builtins.") == what
    assert (refused.file, refused.line) == ("src/app.py", line)
    assert f"src/app.py:{line}: " in refused.why
    assert "depends_on=" in refused.hint


KNOWABLE = {
    "a method of this name": "def f(x):\n    return x.eval('a > 1')\n",
    "a function of this name": "def eval(x):\n    return x\n\ndef f(x):\n    return eval(x)\n",
    "a parameter of this name": "def f(exec):\n    return exec(1)\n",
    "not reached": "def g(x):\n    return eval(x)\n\ndef f(x):\n    return x\n",
    "getattr of an object": "def f(x, name):\n    return getattr(x, name)\n",
    "import_module of a text": (
        "import importlib\n\ndef f(x):\n    return importlib.import_module('json')\n"
    ),
}


@pytest.mark.parametrize("text", KNOWABLE.values(), ids=KNOWABLE)
def test_what_can_be_known_is_not_refused(text, sources):
    assert sources({"app.py": text}).function("app.f").refused == ()


DYNAMIC = {
    "app.py": "def f(x):\n    return eval(x)\n",
    "tools.py": "def g(x):\n    return 1\n\ndef h(x):\n    return 2\n",
    "queries/late.sql": "select 1\n",
    "more/__init__.py": "",
    "more/deep/__init__.py": "",
    "more/deep/tools.py": "def k(x):\n    return 4\n",
}


@pytest.mark.parametrize(
    ("declared", "name", "old", "new"),
    [
        ("tools.g", "tools.py", "return 1", "return 3"),
        ("tools:g", "tools.py", "return 1", "return 3"),
        ("tools", "tools.py", "return 2", "return 3"),
        ("more", "more/deep/tools.py", "return 4", "return 5"),
        ("src/queries/*.sql", "queries/late.sql", "select 1", "select 2"),
        ("src/queries/late.sql", "queries/late.sql", "select 1", "select 2"),
    ],
)
def test_what_is_declared_counts_and_lifts_the_refusal(sources, declared, name, old, new):
    before = sources(DYNAMIC).function("app.f", depends_on=[declared])
    assert before.refused == ()

    changed = {**DYNAMIC, name: DYNAMIC[name].replace(old, new)}

    assert sources(changed).function("app.f", depends_on=[declared]).fingerprint != (
        before.fingerprint
    )


def test_the_text_of_a_declared_file_can_be_shown(sources):
    told = sources(DYNAMIC)
    code = told.function("app.f", depends_on=["src/queries/*.sql"])

    assert "file:src/queries/late.sql" in code.parts
    assert told.text("file:src/queries/late.sql").text == "select 1\n"
    with pytest.raises(UnknownNameError):
        told.text("file:src/queries/gone.sql")


def test_what_is_not_declared_does_not_count(sources):
    before = sources(DYNAMIC).function("app.f", depends_on=["tools.g"])
    changed = {**DYNAMIC, "tools.py": DYNAMIC["tools.py"].replace("return 2", "return 3")}

    after = sources(changed).function("app.f", depends_on=["tools.g"])

    assert after.fingerprint == before.fingerprint
    assert set(after.parts) == {"app.f", "tools.g"}


def test_a_declared_file_that_is_not_there_is_told(sources):
    with pytest.raises(DefinitionError, match=r"`queries/\*\.txt`, but no file"):
        sources(DYNAMIC).function("app.f", depends_on=["queries/*.txt"])


def test_a_declared_name_that_is_not_there_is_told(sources):
    with pytest.raises(UnknownNameError, match="there is no function `k`"):
        sources(DYNAMIC).function("app.f", depends_on=["tools.k"])


# Whose code it is


def test_code_on_the_path_that_no_distribution_has_counts_as_the_projects(write, tmp_path):
    root = write({"app.py": "import shared.tools\n\ndef f(x):\n    return shared.tools.g(x)\n"})
    other = tmp_path / "other"
    (other / "shared").mkdir(parents=True)
    (other / "shared" / "__init__.py").write_text("")
    (other / "shared" / "tools.py").write_text("def g(x):\n    return 1\n")

    code = Sources([root], path=[str(other)], installed=Installed([])).function("app.f")

    assert set(code.parts) == {"app.f", "shared.tools.g"}
    assert code.distributions == {}


def test_code_that_an_import_hook_takes_from_elsewhere_counts_as_the_projects(write, tmp_path):
    root = write({"app.py": "import shared\n\ndef f(x):\n    return shared.g(x)\n"})
    other = tmp_path / "other" / "shared"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("def g(x):\n    return 1\n")
    site = tmp_path / "site"
    (site / "shared-1.dist-info").mkdir(parents=True)
    hook = f"MAPPING: dict[str, str] = {{'shared': {str(other)!r}}}\n"
    (site / "__editable___shared_1_finder.py").write_text(hook)
    path = [str(site)]

    code = Sources([root], path=path, installed=Installed(path)).function("app.f")

    assert set(code.parts) == {"app.f", "shared.g"}


def test_an_installed_module_counts_by_its_version_alone(flights):
    code = flights.function("numpy.linalg.norm")

    assert code.parts == {}
    assert code.distributions == {"numpy": "2.0"}


def test_a_library_that_is_missing_counts_as_missing(sources, write, tmp_path):
    files = {"app.py": "import fast\n\ndef f(x):\n    return fast.go(x)\n"}
    before = sources(files).function("app.f")

    after = sources({**files, "fast.py": "def go(x):\n    return x\n"}).function("app.f")

    assert "fast.go" in before.parts
    assert after.fingerprint != before.fingerprint


def test_a_compiled_module_counts_by_its_bytes(write):
    root = write({"app.py": "import fast\n\ndef f(x):\n    return fast.go(x)\n"})
    library = root / "fast.cpython-311-x86_64-linux-gnu.so"

    def told():
        return Sources([root], path=[], installed=Installed([])).function("app.f").fingerprint

    library.write_bytes(b"one")
    before = told()
    library.write_bytes(b"two")

    assert told() != before


def test_a_compiled_module_wins_over_its_source(write):
    root = write({"app.py": "import fast\n\ndef f(x):\n    return fast.go(x)\n", "fast.py": ""})
    (root / "fast.so").write_bytes(b"one")

    code = Sources([root], path=[], installed=Installed([])).function("app.f")

    assert "fast.*" in code.parts


# Mistakes


def test_an_unknown_module_is_told_with_the_nearest(flights):
    with pytest.raises(UnknownNameError, match=r"there is no module `flights.featurs`") as caught:
        flights.function("flights.featurs:distances")

    assert caught.value.hint == "did you mean `flights.features`?"


def test_an_unknown_function_is_told_with_the_nearest(flights):
    with pytest.raises(UnknownNameError) as caught:
        flights.function("flights.features.distancs")

    assert str(caught.value) == "src/flights/features.py: there is no function `distancs`"
    assert caught.value.hint == "did you mean `distances`?"


@pytest.mark.parametrize("ref", ["", ".", "f", "a..b", "flights:", "flights..x", ":f", "a b.c"])
def test_a_reference_that_is_none_is_told(flights, ref):
    with pytest.raises(UnknownNameError):
        flights.function(ref)


def test_a_module_is_no_function(flights):
    with pytest.raises(DefinitionError, match=r"`flights\.features` is a module, not a function"):
        flights.function("flights.features")


BROKEN = {
    "a mistake": ("def f(x)\n    return x\n", ":1: expected ':'\n    def f(x)"),
    "indentation": ("def f(x):\nreturn x\n", ":2: expected an indented block"),
    "a quote": ("A = 1\nB = 'x\n", ":2: unterminated string literal"),
    "a null byte": ("A = 1\0\n", ":1: "),
    "an unknown encoding": ("# coding: klingon\nA = 1\n", ":1: "),
    "deep nesting": (f"A = {'-' * 100_000}1\n", ":1: "),
}


@pytest.mark.parametrize(("text", "shown"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_python_is_told_with_its_line(sources, text, shown):
    files = {"app.py": "import bad\n\ndef f(x):\n    return bad.g(x)\n", "bad.py": text}

    with pytest.raises(DefinitionError) as caught:
        sources(files).function("app.f")

    assert f"src/bad.py{shown}" in str(caught.value)


def test_a_file_of_wrong_bytes_is_told(sources, write):
    root = write({"app.py": ""})
    (root / "app.py").write_bytes(b"A = '\xff\xfe'\n")

    with pytest.raises(DefinitionError, match=r"app.py:1: "):
        Sources([root], path=[], installed=Installed([])).function("app.f")


def test_what_python_would_warn_of_is_left_to_it(sources):
    code = sources({"app.py": "def f(x):\n    return x is 'a\\d'\n"}).function("app.f")

    assert code.refused == ()


# Remembering


def test_a_project_that_stands_is_not_parsed_again(write, memo, monkeypatch):
    root = write(FLIGHTS)
    installed = Installed([])
    first = Sources([root], memo, path=[], installed=installed).function(
        "flights.features.distances"
    )
    assert any(key.startswith("module:") for key in memo)

    def refuse(*_, **__):
        raise AssertionError("parsed again")

    monkeypatch.setattr("tilth.fingerprint.modules.analysed", refuse)
    again = Sources([root], memo, path=[], installed=installed)

    assert again.function("flights.features.distances") == first
    assert again.signature("flights.features.distances").complete


def test_a_changed_file_is_read_again(write, memo):
    installed = Installed([])
    root = write(FLIGHTS)
    first = Sources([root], memo, path=[], installed=installed).function(
        "flights.features.distances"
    )
    write({"flights/places.py": "RADIUS = 6372\n"})

    again = Sources([root], memo, path=[], installed=installed).function(
        "flights.features.distances"
    )

    changed = {name for name in first.parts if first.parts[name] != again.parts[name]}
    assert changed == {"flights.places.RADIUS"}


def test_what_is_told_survives_pickling(flights):
    code = flights.function("flights.features.distances")

    assert pickle.loads(pickle.dumps(code)) == code


def test_the_closure_of_a_class_is_told(sources):
    told = sources({"app.py": "A = 1\n\nclass Settings:\n    rate: float = A\n"})

    code = told.closure_of_type("app:Settings")

    assert set(code.parts) == {"app.A", "app.Settings"}
