"""The mappings of a connector: the files of its `mappings/` folder, its catalogue and tables."""

from pathlib import Path

from connectors.mapping.catalogue import Catalogue
from connectors.mapping.mapping import Mapping, load_mapping
from connectors.mapping.problems import MappingError, Problem
from connectors.mapping.tables import Tables

_TABLES = "tables.yaml"
_TESTS = ".tests.yaml"


def mapping_paths(connector: Path) -> list[Path]:
    """The mapping files of a connector's folder, in the order of their names."""
    return sorted(
        path
        for path in (connector / "mappings").glob("*.yaml")
        if path.name != _TABLES and not path.name.endswith(_TESTS)
    )


def load_tables(connector: Path, tenant: Path | None = None) -> Tables:
    """A connector's default tables, overridden by the tenant's file.

    Raises:
        MappingError: a file is not readable as tables.
    """
    defaults = connector / "mappings" / _TABLES
    return Tables.load(defaults, tenant) if defaults.exists() or tenant else Tables()


def load_mappings(connector: Path, tenant: Path | None = None) -> dict[str, Mapping]:
    """All mappings of a connector by name: `load_mappings(Path(__file__).parent)["order_head"]`.

    Args:
        connector: the folder that has `catalogue.json` and `mappings/`.
        tenant: the tenant's tables, overriding the connector's entry by entry.

    Raises:
        MappingError: a file cannot be used; the problems of all files.
    """
    catalogue = Catalogue.load(connector / "catalogue.json")
    tables = load_tables(connector, tenant)
    mappings: dict[str, Mapping] = {}
    problems: list[Problem] = []
    for path in mapping_paths(connector):
        try:
            mappings[path.stem] = load_mapping(path, catalogue, tables)
        except MappingError as error:
            problems.extend(error.problems)
    if problems:
        raise MappingError(problems)
    return mappings


def examples_path(mapping: Path) -> Path:
    """Where a mapping's tests are: beside it, `order_head.tests.yaml` of `order_head.yaml`."""
    return mapping.with_name(mapping.stem + _TESTS)
