"""What a project is: its pipelines and its catalog, made from what its files say."""

from __future__ import annotations

from collections.abc import Mapping

from tilth.config.config import Config
from tilth.config.mistake import Mistake
from tilth.data.catalog import Catalog
from tilth.graph.pipeline import Pipeline
from tilth.project.build import Builder
from tilth.project.check import Checks
from tilth.project.code import Code
from tilth.project.entries import catalog_of
from tilth.project.label_checks import check_labels
from tilth.project.parameters import parameter, parameter_names
from tilth.project.telling import Telling
from tilth.record import record

__all__ = ["Definition", "define", "parameter", "parameter_names"]


@record
class Definition:
    """What a project is.

    Attributes:
        pipelines: By name.
        catalog: What there is and where it lies.
        warnings: What should be told, though the project can be opened.
    """

    pipelines: Mapping[str, Pipeline]
    catalog: Catalog
    warnings: list[Mistake]


def define(config: Config, code: Code) -> Definition:
    """Build all pipelines and check them against the catalog and the parameters.

    Raises:
        ConfigError: Something is wrong; the error lists all of it.
    """
    telling = Telling(config.places, config.warnings)
    catalog = catalog_of(config, code, telling)
    builder = Builder(config, code, telling)
    builder.build()
    Checks(config, code, catalog, builder, telling).check()
    made = (each for known in builder.pipelines.values() for each in known.makers)
    check_labels(config, {*catalog, *made}, telling)
    telling.refuse()
    return Definition(
        pipelines=builder.pipelines,
        catalog=catalog,
        warnings=telling.warnings(),
    )
