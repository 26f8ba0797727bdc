from __future__ import annotations

import sys

import pytest

from tilth.errors import DefinitionError, MissingLibraryError, UnknownNameError
from tilth.installed import Installed
from tilth.plugins import find, names

KIND = "tilth.data.formats"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes modules where Python finds them, and takes them away again."""
    monkeypatch.syspath_prepend(tmp_path)

    def write_one(name, text):
        (tmp_path / f"{name}.py").write_text(text)

    yield write_one
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


@pytest.fixture
def offered(tmp_path):
    """The distributions of a folder, one of which offers some formats."""

    def of(**targets):
        folder = tmp_path / "plug-1.dist-info"
        folder.mkdir()
        lines = [f"{name} = {target}" for name, target in targets.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{KIND}]", *lines]))
        return Installed([str(tmp_path)])

    return of


def test_the_name_of_a_file_is_the_name_of_its_class():
    found = find(KIND, "json")

    assert found.__module__ == "tilth.data.formats.json"


def test_names_are_listed_without_importing(offered, write):
    write("broken_plugin", "raise RuntimeError('broken')")

    found = names(KIND, among=offered(receipt="broken_plugin:Receipt"))

    assert "receipt" in found
    assert {"csv", "json", "parquet"} <= set(found)
    assert not any(each.startswith("_") for each in found)
    assert list(found) == sorted(found)
    assert "broken_plugin" not in sys.modules


def test_a_class_of_an_installed_plugin_is_found(offered, write):
    write("good_plugin", "class Receipt:\n    suffix = '.receipt'\n")

    found = find(KIND, "receipt", among=offered(receipt="good_plugin:Receipt"))

    assert found.suffix == ".receipt"


def test_a_plugin_may_name_its_module_only(offered, write):
    write("whole_plugin", "class Receipt: ...\n__all__ = ['Receipt']\n")

    found = find(KIND, "receipt", among=offered(receipt="whole_plugin"))

    assert found.__name__ == "Receipt"


def test_our_own_name_wins_over_a_plugin(offered, write):
    write("rude_plugin", "class Json: ...\n")

    found = find(KIND, "json", among=offered(json="rude_plugin:Json"))

    assert found.__module__ == "tilth.data.formats.json"


@pytest.mark.parametrize("name", ["shop_formats.Receipt", "shop_formats:Receipt"])
def test_a_class_of_the_project_is_written_in_full(write, name):
    write("shop_formats", "class Receipt: ...\n")

    assert find(KIND, name).__name__ == "Receipt"


def test_an_unknown_name_is_told_with_the_nearest():
    with pytest.raises(UnknownNameError, match="there is no format `parqet`") as caught:
        find(KIND, "parqet")

    assert caught.value.hint == "did you mean `parquet`?"


def test_an_unknown_module_is_told():
    with pytest.raises(UnknownNameError, match=r"there is no format `no_such_shop\.Receipt`"):
        find(KIND, "no_such_shop.Receipt")


def test_an_unknown_class_is_told_with_the_nearest(write):
    write("near_formats", "class Receipt: ...\n")

    with pytest.raises(UnknownNameError, match="module `near_formats`") as caught:
        find(KIND, "near_formats.Reciept")

    assert caught.value.hint is not None


def test_a_missing_library_is_told_with_the_extra_of_our_file(monkeypatch):
    monkeypatch.delitem(sys.modules, "tilth.data.formats.json", raising=False)
    monkeypatch.setitem(sys.modules, "json", None)

    with pytest.raises(MissingLibraryError, match="format `json` needs `json`") as caught:
        find(KIND, "json")

    assert caught.value.hint == "pip install 'tilth[json]'"


def test_a_missing_library_of_a_plugin_is_told(offered, write):
    write("needy_plugin", "import no_such_library.inner\n")

    with pytest.raises(MissingLibraryError, match="needs `no_such_library`") as caught:
        find(KIND, "receipt", among=offered(receipt="needy_plugin:Receipt"))

    assert caught.value.hint == "pip install no_such_library"


def test_a_broken_plugin_is_told(offered, write):
    write("bad_plugin", "1 / 0\n")

    with pytest.raises(DefinitionError, match="ZeroDivisionError: division by zero"):
        find(KIND, "receipt", among=offered(receipt="bad_plugin:Receipt"))


def test_a_class_that_lacks_what_its_kind_owes_is_told(write):
    write("poor_formats", "class Receipt:\n    def read(self): ...\n")

    with pytest.raises(DefinitionError, match="it has no `write`"):
        find(KIND, "poor_formats.Receipt", requires=("read", "write"))


@pytest.mark.parametrize("public", ["[]", "['A', 'B']", "['x']"])
def test_a_module_that_does_not_name_one_class_is_told(offered, write, public):
    write("odd_plugin", f"class A: ...\nclass B: ...\nx = 1\n__all__ = {public}\n")

    with pytest.raises(DefinitionError, match="exactly one class"):
        find(KIND, "receipt", among=offered(receipt="odd_plugin"))


@pytest.mark.parametrize("kind", [KIND, "tilth.engine.executors", "tilth.history.stores"])
def test_each_of_our_files_names_one_class(kind):
    for name in names(kind, among=Installed([])):
        assert isinstance(find(kind, name), type)
