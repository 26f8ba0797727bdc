from __future__ import annotations

import subprocess
import sys

import pytest

from tilth import plugins
from tilth.data.catalog import FORMATS, Catalog, dataset_of, find_format, format_from_suffix
from tilth.data.dataset import Dataset
from tilth.errors import ConfigError, DefinitionError


def test_a_catalog_is_made_of_plain_entries():
    catalog = Catalog.of(
        {
            "flights": {
                "location": "package://shop/flights.csv.zip",
                "read": {"null_values": ["NA"]},
                "layer": "raw",
                "tags": ["source"],
                "refresh": 3600,
                "metadata": {"licence": "CC0"},
                "place": "catalog.yml:3",
            },
            "model": {"format": "skops", "read": {"trusted": ["sklearn"]}},
        }
    )

    assert list(catalog) == ["flights", "model"]
    assert catalog["flights"].format == "csv"
    assert catalog["flights"].tags == ("source",)
    assert catalog["flights"].write == {"compression": "zip"}
    assert catalog["model"].location is None


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"format": "cvs"}, "no format `cvs`"),
        ({"fromat": "csv"}, "no key `fromat`"),
        ({"location": "a.dat"}, "has no format"),
        ({"location": "a.pickle"}, "has no format"),
        ({"format": "csv", "location": 7}, "`location` must be text, not 7"),
        ({"format": "csv", "read": ["a"]}, "`read` must be settings by name"),
        ({"format": "csv", "read": {"seperator": ";"}}, "no option `seperator`"),
        ({"format": "csv", "tags": [1]}, "`tags` must be a list of texts"),
        ({"format": "csv", "refresh": -1}, "`refresh` must be a number of seconds"),
        ({"format": "csv", "location": "{}.csv"}, "is no field"),
        ("csv", "must be settings by name"),
    ],
)
def test_a_wrong_entry_is_refused(entry, told):
    with pytest.raises(ConfigError, match=told):
        Catalog.of({"flights": entry})


def test_all_mistakes_are_told_at_once_with_their_places():
    with pytest.raises(ConfigError) as caught:
        Catalog.of(
            {
                "a": {"format": "cvs", "place": "catalog.yml:2"},
                "b": {"fromat": "csv", "place": "catalog.yml:5"},
                "c": {"format": "csv"},
            }
        )

    assert len(caught.value.mistakes) == 2
    assert any("catalog.yml:2: " in each and "`csv`" in each for each in caught.value.mistakes)
    assert any("catalog.yml:5: " in each for each in caught.value.mistakes)


def test_a_name_that_is_nearly_there_is_found():
    catalog = Catalog([Dataset(name="features", format="csv")])

    assert catalog.near("featurs") == "features"
    assert catalog.near("features") is None
    assert catalog.near("weather") is None


def test_a_name_that_is_declared_twice_is_refused():
    with pytest.raises(DefinitionError, match="`a` is declared twice"):
        Catalog([Dataset(name="a", format="csv")] * 2)


def test_a_format_is_made_once_with_its_options():
    catalog = Catalog.of({"a": {"format": "text", "read": {"encoding": "latin-1"}}})

    assert catalog.format_of("a") is catalog.format_of("a")
    assert type(catalog.format_of("a")).__name__ == "Text"


def test_a_fake_format_may_stand_in():
    catalog = Catalog([Dataset(name="a", format="fake")], find=lambda name: lambda **_: name)

    assert catalog.format_of("a") == "fake"


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("a.csv", "csv"),
        ("A.CSV.GZ", "csv"),
        ("{month}.parquet", "parquet"),
        ("tree.svg", "figure"),
        ("model.pickle", None),
        ("csv", None),
    ],
)
def test_a_file_name_shows_a_format_but_never_pickle(location, name):
    assert format_from_suffix(location) == name


def test_a_name_that_tells_the_usual_adds_no_option():
    assert dataset_of("a", {"location": "a.png"}).write == {}
    assert dataset_of("a", {"location": "a.csv"}).write == {}


def test_the_kind_of_a_picture_follows_its_file_name_unless_it_is_said():
    assert dataset_of("a", {"location": "a.svg"}).write == {"kind": "svg"}
    assert dataset_of("a", {"location": "a.svg", "write": {"kind": "png"}}).write == {"kind": "png"}


def test_every_format_is_found_by_its_file_name_and_offers_one_class():
    names = plugins.names(FORMATS)

    assert set(names) >= {
        *("arrow", "bytes", "csv", "figure", "html", "json", "metrics"),
        *("numpy", "parquet", "pickle", "skops", "text"),
    }
    for name in names:
        kind = find_format(name)
        assert sys.modules[kind.__module__].__all__ == [kind.__name__]
        kind()


def test_a_class_that_is_no_format_is_refused():
    with pytest.raises(DefinitionError, match=r"`pathlib\.Path` is not a format"):
        find_format("pathlib.Path")


def test_opening_a_catalog_imports_no_library():
    code = (
        "import sys; from tilth.data.catalog import Catalog\n"
        "from tilth import plugins\n"
        "Catalog.of({name: {'format': name} for name in plugins.names('tilth.data.formats')})\n"
        "heavy = {'numpy', 'pandas', 'polars', 'pyarrow', 'matplotlib', 'sklearn', 'skops'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    assert found.stdout.split() == []
