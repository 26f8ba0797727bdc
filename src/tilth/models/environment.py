"""What a model needs to run: its libraries, and theirs, each with its exact version."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import tilth
from tilth.installed import Distribution, Installed, normalised

_REQUIRES = re.compile(r"^Requires-Dist: *([A-Za-z0-9][\w.-]*)(.*)$", re.MULTILINE)
_IMPORTABLE = re.compile(r"^([^\s/][^/\n,]*)", re.MULTILINE)

OWN = "tilth"


def distributions_for(
    modules: Iterable[str], installed: Installed, names: Iterable[str] = ()
) -> dict[str, str]:
    """Distribution -> version, of all that these modules need, in the order of their names.

    What a distribution asks for only on other systems is among them where it is installed; what
    it asks for as an extra is not.

    Args:
        modules: Names as they are imported, such as `sklearn.tree._tree`.
        installed: What there is.
        names: More distributions.
    """
    tops = {each.partition(".")[0] for each in modules} - set(sys.stdlib_module_names)
    held = all_installed(installed)
    waiting = [normalised(each) for each in names]
    waiting += [OWN] * (OWN in tops)  # may be installed as a folder that is worked on
    known = [installed.version_of(each) for each in sorted(tops - {OWN})]
    waiting += [each[0] for each in known if each is not None]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name in held and name not in found:
            found[name] = held[name].version
            waiting += _required(held[name])
    return dict(sorted(found.items()))


def all_installed(installed: Installed) -> dict[str, Distribution]:
    """Every distribution by its name; the first on the path wins."""
    found: dict[str, Distribution] = {}
    for held in installed.sites.values():
        for each in held.values():
            found.setdefault(each.name, each)
    return found


def _required(distribution: Distribution) -> list[str]:
    text = _text(distribution, "METADATA")
    head = text.partition("\n\n")[0]
    return [normalised(name) for name, rest in _REQUIRES.findall(head) if "extra" not in rest]


def _text(distribution: Distribution, name: str) -> str:
    try:
        return Path(distribution.folder, name).read_text("utf-8", "replace")
    except OSError:
        return ""


def linked_site(folder: Path, needed: Mapping[str, str], installed: Installed) -> list[str]:
    """Fill a folder with links to these distributions and nothing else, to be imported from.

    Returns:
        Those that are not installed.
    """
    held = all_installed(installed)
    for name in needed:
        if name == OWN:
            link_own(folder)
        if name in held:
            site = Path(held[name].folder).parent
            record = _text(held[name], "RECORD")
            for top in sorted(set(_IMPORTABLE.findall(record))):
                if not top.startswith(("..", "__editable__")) and not top.endswith(".pth"):
                    _link(folder, site / top)
    return [name for name in needed if name not in held]


def link_own(folder: Path) -> None:
    """Let Tilth, as it runs here, be imported from a folder."""
    _link(folder, Path(tilth.__file__).parent)


def _link(folder: Path, target: Path) -> None:
    link = folder / target.name
    if target.exists() and not link.exists():
        link.symlink_to(target)
