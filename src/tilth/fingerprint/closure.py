"""All the code of the project that something can reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tilth.fingerprint.canonical import combine
from tilth.fingerprint.modules import Item, Modules
from tilth.record import field, record


@record
class Refused:
    """A place where code does what cannot be known from its names.

    Attributes:
        what: The call, such as `builtins.eval`.
        part: The function, class or constant that makes it.
    """

    what: str
    part: str
    file: str
    line: int

    @property
    def why(self) -> str:
        """One sentence."""
        name = self.what.removeprefix("builtins.")
        return (
            f"{self.file}:{self.line}: `{self.part}` uses `{name}`, "
            "so what it depends on cannot be told from its source"
        )

    @property
    def hint(self) -> str:
        """What to do about it."""
        return "name what it uses in `depends_on=`: functions, modules or files; or write it out"


@record
class Closure:
    """What can be reached.

    Attributes:
        parts: Full name -> digest. A whole module is `pkg.module.*`.
        distributions: Name -> version of those that the parts use directly.
        refused: What cannot be known.
    """

    parts: Mapping[str, str]
    distributions: Mapping[str, str]
    refused: tuple[Refused, ...]


@record(kw_only=False, frozen=False)
class _Found:
    parts: dict[str, str] = field(default_factory=dict)
    distributions: dict[str, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def closure(modules: Modules, items: Iterable[Item]) -> Closure:
    """All that some items reach, directly or through others."""
    found = _Found()
    waiting = list(items)
    seen = set(waiting)
    while waiting:
        for item in _visit(modules, waiting.pop(), found):
            if item not in seen:
                seen.add(item)
                waiting.append(item)
    return Closure(
        parts=dict(sorted(found.parts.items())),
        distributions=dict(sorted(found.distributions.items())),
        refused=tuple(sorted(set(found.refused), key=lambda each: (each.file, each.line))),
    )


def _visit(modules: Modules, item: Item, found: _Found) -> Iterable[Item]:
    """Note an item, and say what it leads to."""
    if item.kind == "part":
        return _visit_part(modules, item, found)
    if item.kind == "module":
        return _visit_module(modules, item.module, found)
    if item.kind == "outside":
        _note_distribution(modules, item.module, found)
    else:
        _note_missing(modules, item, found)
    return ()


def _visit_part(modules: Modules, item: Item, found: _Found) -> Iterable[Item]:
    part = modules.facts(item.module).part(item.name)
    name = f"{item.module}.{item.name}"
    found.parts[name] = part.digest
    for what, line in part.risks:
        found.refused.append(_refused(modules, item.module, name, what, line))
    return modules.edges(item.module, item.name)


def _visit_module(modules: Modules, module: str, found: _Found) -> Iterable[Item]:
    place = modules.place(module)
    name = f"{module}.*"
    if place.kind == "native":
        assert place.file is not None  # a native module is a file
        found.parts[name] = modules.digest_of_file(place.file)
        return ()
    facts = modules.facts(module)
    rest = facts.rest
    found.parts[name] = rest.digest
    for what, line in rest.risks:
        found.refused.append(_refused(modules, module, name, what, line))
    stars = tuple(item for target in facts.stars for item in modules.leads(module, [f">{target}"]))
    return (
        *modules.leads(module, sorted(facts.names)),
        *modules.leads(module, rest.mentions),
        *stars,
    )


def _note_distribution(modules: Modules, dotted: str, found: _Found) -> None:
    if modules.place(dotted.partition(".")[0]).kind == "standard":
        return
    owner = modules.installed.version_of(dotted)
    if owner is not None:
        found.distributions[owner[0]] = owner[1]


def _note_missing(modules: Modules, item: Item, found: _Found) -> None:
    """What is not there counts as not being there: it may come."""
    name = f"{item.module}.{item.name}".rstrip(".")
    # Imports in a circle may miss by one way what is there by another.
    found.parts.setdefault(name, combine("missing", name).partition(":")[2])
    if item.name and modules.place(item.module).kind == "project":
        for what, line in modules.facts(item.module).dynamic:
            found.refused.append(_refused(modules, item.module, name, what, line))


def _refused(modules: Modules, module: str, part: str, what: str, line: int) -> Refused:
    file = modules.place(module).file
    return Refused(what=what, part=part, file=modules.shown(file) if file else "", line=line)
