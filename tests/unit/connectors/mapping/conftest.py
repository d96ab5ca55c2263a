"""A small vendor with a flat and a JSON target, and mappings written for it in a few lines."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import indent

import pytest

from connectors.mapping.catalogue import Catalogue, Target, TargetField
from connectors.mapping.mapping import Mapping, load_mapping
from connectors.mapping.problems import MappingError
from connectors.mapping.tables import Rates, Tables

FLAT = (
    TargetField("NAME", "string", 12),
    TargetField("CODE", "string", 3),
    TargetField("TEXT", "string", 10),
    TargetField("MORE", "string", 10),
    TargetField("LAST", "string", 5),
    TargetField("DATE", "string", 10),
    TargetField("QNTY", "number", 5),
    TargetField("FLAG", "number", 1),
)
JSON = (
    TargetField("id", "integer"),
    TargetField("paid", "boolean"),
    TargetField("amount", "minor", 50),
    TargetField("payer.name", "string", 12),
    TargetField("payer.address.city", "string"),
    TargetField("mode", "string", 50, values=frozenset({"AUTO", "LATER"})),
    TargetField("reference", "string", 50, shortest=8),
    TargetField("meta_data", "pairs"),
)
TABLES = Tables(
    lookups={
        "unit": {"pieces": "EA", "metres": "M"},
        "type": {"uk": "WEB", "*": "STD"},
        "status": {"22": "reserved", "66": "delivered"},
        "answer": {"true": "Y", "false": "N"},
        "long": {"a": "LONG"},
    },
    rates={
        "EUR/GBP": Rates(
            "EUR/GBP",
            ((date(2010, 12, 1), Decimal("0.8512")), (date(2011, 1, 1), Decimal("0.86"))),
        )
    },
)

MadeMapping = Callable[..., Mapping]


def catalogue(*mandatory: str) -> Catalogue:
    """The vendor's catalogue, with these fields mandatory."""

    def target(name: str, fields: tuple[TargetField, ...], flat: bool) -> Target:
        by_name = {
            each.name: TargetField(
                each.name,
                each.type,
                each.length,
                each.name in mandatory,
                each.shortest,
                each.values,
            )
            for each in fields
        }
        return Target(name, by_name, flat)

    return Catalogue({"FLAT": target("FLAT", FLAT, True), "JSON": target("JSON", JSON, False)})


@pytest.fixture
def made(tmp_path: Path) -> MadeMapping:
    """Compiles fields (YAML) into a mapping for the target FLAT, or JSON."""

    def make(
        fields: str,
        target: str = "FLAT",
        head: str = "",
        mandatory: tuple[str, ...] = (),
        tables: Tables = TABLES,
    ) -> Mapping:
        path = tmp_path / "shop" / "mappings" / "example.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        top = f"version: 1\nsource: order.placed\ntarget: {target}\n{head}"
        path.write_text(f"{top}fields:\n{indent(fields, '  ')}", encoding="utf-8")
        return load_mapping(path, catalogue(*mandatory), tables)

    return make


@pytest.fixture
def problems(made: MadeMapping) -> Callable[..., list[str]]:
    """The problems of a mapping that cannot be loaded, each as `LINE: TEXT`."""

    def find(fields: str, **rest: object) -> list[str]:
        with pytest.raises(MappingError) as error:
            made(fields, **rest)
        return [f"{each.line}: {each.text}" for each in error.value.problems]

    return find
