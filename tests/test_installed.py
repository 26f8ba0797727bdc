from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import pytest

from tilth.installed import Installed, environment, normalised, version_of


class DictMemo(dict):
    def put(self, key, value):
        self[key] = value


def install(site, name, version, files, *, entry_points=None):
    """A distribution as an installer leaves it."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    for each in files:
        path = site / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    lines = [f"{each},sha256=x,1" for each in [*files, f"{folder.name}/RECORD"]]
    (folder / "RECORD").write_text("\n".join(lines))
    if entry_points:
        (folder / "entry_points.txt").write_text(entry_points)


@pytest.fixture
def site(tmp_path):
    site = tmp_path / "site-packages"
    install(site, "PyYAML", "6.0", ["yaml/__init__.py", "_yaml/__init__.py"])
    install(site, "numpy", "2.0", ["numpy/__init__.py", "numpy/core/__init__.py"])
    install(site, "six", "1.16", ["six.py"])
    install(site, "fast_lib", "0.1+local", ["fast.cpython-311-x86_64-linux-gnu.so"])
    install(site, "cloud_storage", "3", ["google/cloud/storage/__init__.py"])
    install(site, "cloud_vision", "4", ["google/cloud/vision/__init__.py", "google/one.py"])
    return site


@pytest.mark.parametrize(
    ("module", "owner"),
    [
        ("yaml", ("pyyaml", "6.0")),
        ("_yaml", ("pyyaml", "6.0")),
        ("yaml.loader", ("pyyaml", "6.0")),
        ("numpy.core.numeric", ("numpy", "2.0")),
        ("six", ("six", "1.16")),
        ("fast", ("fast-lib", "0.1+local")),
        ("google.cloud.storage.blob", ("cloud-storage", "3")),
        ("google.cloud.vision", ("cloud-vision", "4")),
        ("google.one", ("cloud-vision", "4")),
        ("google", None),
        ("nothing", None),
    ],
)
def test_a_module_belongs_to_its_distribution(site, module, owner):
    assert Installed([str(site)]).version_of(module) == owner


def test_a_distribution_without_such_a_module_is_not_its_owner(site):
    install(site, "fast", "9", ["slow/__init__.py"])

    assert Installed([str(site)]).version_of("fast") == ("fast-lib", "0.1+local")


def test_all_distributions_are_listed_by_name(site):
    assert Installed([str(site)]).environment == {
        "cloud-storage": "3",
        "cloud-vision": "4",
        "fast-lib": "0.1+local",
        "numpy": "2.0",
        "pyyaml": "6.0",
        "six": "1.16",
    }


def test_the_first_on_the_path_wins(site, tmp_path):
    install(tmp_path / "early", "numpy", "1.0", ["numpy/__init__.py"])
    found = Installed([str(tmp_path / "early"), str(site)])

    assert found.environment["numpy"] == "1.0"
    assert found.version_of("numpy") == ("numpy", "1.0")
    assert found.version_of("yaml") == ("pyyaml", "6.0")


def test_the_older_form_of_a_distribution_is_known(tmp_path):
    egg = tmp_path / "Old_Lib.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: Old_Lib\nVersion: 0.3\n")
    (egg / "top_level.txt").write_text("old\n")
    found = Installed([str(tmp_path)])

    assert found.environment == {"old-lib": "0.3"}
    assert found.version_of("old.inner") == ("old-lib", "0.3")


def test_what_was_read_is_remembered_until_something_is_installed(site):
    memo = DictMemo()
    assert Installed([str(site)], memo).version_of("yaml") == ("pyyaml", "6.0")
    (key,) = memo
    memo[key] = memo[key].replace(b'"yaml": "pyyaml"', b'"yaml": "six"')
    assert Installed([str(site)], memo).version_of("yaml") == ("six", "1.16")

    install(site, "new", "1", ["new_module.py"])
    os.utime(site, ns=(0, 12345))

    assert Installed([str(site)], memo).version_of("yaml") == ("pyyaml", "6.0")
    assert Installed([str(site)], memo).version_of("new_module") == ("new", "1")


def test_what_is_no_folder_on_the_path_is_passed_over(tmp_path, site):
    archive = tmp_path / "lib.zip"
    archive.write_bytes(b"PK")

    found = Installed([str(tmp_path / "nothing"), str(archive), str(site)])

    assert found.version_of("six") == ("six", "1.16")


def test_entry_points_of_our_groups_are_found(site):
    install(
        site,
        "plug",
        "1",
        ["plug.py"],
        entry_points=(
            "[console_scripts]\nplug = plug:main\n\n"
            "[tilth.data.formats]\n# ours\nreceipt = plug.formats:Receipt\nother=plug:Other\n"
        ),
    )
    found = Installed([str(site)])

    points = found.entry_points("tilth.data.formats")

    assert [(each.name, each.target, each.distribution) for each in points] == [
        ("receipt", "plug.formats:Receipt", "plug"),
        ("other", "plug:Other", "plug"),
    ]
    assert found.entry_points("console_scripts") == ()


def test_this_environment_is_told_as_the_standard_library_tells_it():
    expected = {
        normalised(each.metadata["Name"]): each.version
        for each in importlib.metadata.distributions()
    }

    assert environment() == expected
    assert version_of("pytest.mark") == ("pytest", expected["pytest"])
    assert version_of("_pytest") == ("pytest", expected["pytest"])
    assert version_of("json") is None


def test_no_slow_module_is_imported():
    code = (
        "import sys; from tilth.installed import *; "
        "environment(), version_of('yaml'), entry_points('tilth.data.formats'); "
        "print([each for each in ('importlib.metadata', 'email', 'zipfile', 'csv', 'inspect') "
        "if each in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() in ("[]", "['inspect']")
