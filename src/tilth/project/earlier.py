"""Which model is meant, and which one was before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilth.errors import DefinitionError, MissingDataError, UnknownNameError
from tilth.history.record import Made
from tilth.project.versions import digest_of, latest_first

if TYPE_CHECKING:
    from tilth.models.registry import ModelVersion
    from tilth.project.project import Project

_DIGITS = 8


def meant(project: Project, model: str) -> tuple[Made, str]:
    """A dataset's version, or that of a registered model; and what it is called."""
    made, found = _found(project, model)
    return made, made.dataset if found is None else found.name


def earlier(project: Project, model: str, made: Made, since: str) -> tuple[Made, str]:
    """The model to compare with, and what it is called, such as `tree@3f2a91c0` or `late@2`.

    Args:
        project: Whose it is.
        model: What was asked about: a dataset, perhaps with a version, or a registered one.
        made: What that means.
        since: A version of the same dataset or registered model, any other model by name, or
            nothing for the version before.

    Raises:
        MissingDataError: There is no such version, or none before.
        UnknownNameError: There is no model or dataset of this name.
        DefinitionError: It is the same model.
    """
    _, registered = _found(project, model)
    if not since:
        return _one_before(project, model, made, registered)
    before, name = _named(project, model, made, registered, since)
    if before.fingerprint == made.fingerprint:
        called = registered.name if registered else made.dataset
        raise DefinitionError(
            f"`{called}` and `{since}` are the same model ({digest_of(made)[:_DIGITS]})",
            hint="name an earlier version, or none for the one before",
        )
    return before, name


def versions_before(project: Project, made: Made) -> Iterator[Made]:
    """Other versions that were the latest of the dataset before this one, the newest first."""
    seen = False
    for each in latest_first(project, made.dataset):
        if each.fingerprint == made.fingerprint:
            seen = True
        elif seen:
            yield each


def _found(project: Project, model: str) -> tuple[Made, ModelVersion | None]:
    from tilth.project.models import made_of, registry  # it knows of more than a project has to

    try:
        return project.version(model), None
    except (UnknownNameError, MissingDataError, DefinitionError):
        known = registry(project)
        if model.partition("@")[0] not in known.models:
            raise
        found = known.find(model)
        return made_of(project, found), found


def _one_before(
    project: Project, model: str, made: Made, registered: ModelVersion | None
) -> tuple[Made, str]:
    if registered is not None:
        return _registered_before(project, model, made, registered)
    before = next(versions_before(project, made), None)
    if before is None:
        raise MissingDataError(
            f"there is no version of `{made.dataset}` before {digest_of(made)[:_DIGITS]}",
            hint="a run that makes another model gives one to compare with; or name one, such as "
            "`--since late@production`",
        )
    return before, _called(before)


def _registered_before(
    project: Project, model: str, made: Made, registered: ModelVersion
) -> tuple[Made, str]:
    """What the alias pointed at before, or the last registered version that is another model."""
    from tilth.project.models import made_of, registry  # it is loaded by now

    known, which = registry(project), model.partition("@")[2]
    if which and not which.isdecimal():
        before = known.before(registered.model, which)
        return made_of(project, before), before.name
    for number in range(registered.version - 1, 0, -1):
        before = known.find(f"{registered.model}@{number}")
        found = made_of(project, before)
        if found.fingerprint != made.fingerprint:
            return found, before.name
    raise MissingDataError(
        f"there is no other model before `{registered.name}`",
        hint="name one to compare with, such as `--since` with a dataset and its version",
    )


def _named(
    project: Project, model: str, made: Made, registered: ModelVersion | None, since: str
) -> tuple[Made, str]:
    if "@" in since:
        before, found = _found(project, since)
        return before, _called(before) if found is None else found.name
    if registered is not None and since.isdecimal():
        return meant(project, f"{registered.model}@{since}")
    try:
        before = project.version(made.dataset, since)
    except (DefinitionError, MissingDataError, UnknownNameError) as error:
        try:  # it may be another model, or an alias of this one
            other = f"{registered.model}@{since}" if registered is not None else since
            return meant(project, other)
        except (DefinitionError, MissingDataError, UnknownNameError):
            raise error from None
    return before, _called(before)


def _called(made: Made) -> str:
    return f"{made.dataset}@{digest_of(made)[:_DIGITS]}"
