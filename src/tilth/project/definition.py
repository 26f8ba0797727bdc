"""What a project is: its pipelines and its catalog, made from what its files say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tilth.config.config import Config
from tilth.config.mistake import Mistake
from tilth.data.catalog import Catalog
from tilth.graph.pipeline import Pipeline
from tilth.project.build import Builder
from tilth.project.check import Checks
from tilth.project.code import Code
from tilth.project.entries import catalog_of
from tilth.project.parameters import parameter, parameter_names
from tilth.project.telling import Telling
from tilth.record import record

if TYPE_CHECKING:
    from tilth.contract.contract import Contract

__all__ = ["Definition", "define", "parameter", "parameter_names"]


@record
class Definition:
    """What a project is.

    Attributes:
        pipelines: By name.
        catalog: What there is and where it lies.
        contracts: Dataset -> what is held where it enters or is made.
        written: Dataset -> its contract as it is written.
        warnings: What should be told, though the project can be opened.
    """

    pipelines: Mapping[str, Pipeline]
    catalog: Catalog
    contracts: Mapping[str, Contract]
    written: Mapping[str, Contract]
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
    checks = Checks(config, code, catalog, builder, telling)
    checks.check()
    if config.settings.labels:
        from tilth.project.label_checks import check_labels  # only projects with labels pay

        check_labels(config, checks.datasets, telling)
    promised = any(entry.contract is not None for entry in config.catalog.values())
    if not promised:
        telling.refuse()
        return Definition(
            pipelines=builder.pipelines,
            catalog=catalog,
            contracts={},
            written={},
            warnings=telling.warnings(),
        )
    from tilth.project import contracts  # only projects with contracts pay for it

    found = contracts.contracts_of(config, code, telling)
    contracts.check_sources(found, checks.datasets, config, telling)
    telling.refuse()
    made = contracts.arranged(builder.pipelines, catalog, found, code)
    return Definition(
        pipelines=made.pipelines,
        catalog=made.catalog,
        contracts=made.contracts,
        written=found,
        warnings=telling.warnings(),
    )
