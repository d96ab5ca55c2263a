"""Lookup tables and rates: defaults, and what a tenant overrides."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.mapping.problems import MappingError
from connectors.mapping.tables import Tables

DEFAULTS = """\
tables:
  order_type:
    "*": WEB
  unit:
    pieces: EA
    metres: M
rates:
  EUR/GBP:
    2010-12-01: "0.8512"
"""
TENANT = """\
tables:
  order_type:
    fr: WFR
  unit:
    pieces: PCE
rates:
  EUR/GBP:
    2010-12-01: "0.8500"
    2011-01-01: "0.8600"
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_tenant_overrides_entry_by_entry(tmp_path: Path) -> None:
    tables = Tables.load(
        written(tmp_path, "tables.yaml", DEFAULTS), written(tmp_path, "acme.yaml", TENANT)
    )
    assert tables.lookups == {
        "order_type": {"*": "WEB", "fr": "WFR"},
        "unit": {"pieces": "PCE", "metres": "M"},
    }
    assert tables.rates["EUR/GBP"].on(date(2010, 12, 31)) == Decimal("0.8500")
    assert tables.rates["EUR/GBP"].on(date(2011, 1, 1)) == Decimal("0.8600")


def test_an_empty_file_has_no_tables(tmp_path: Path) -> None:
    assert Tables.load(written(tmp_path, "tables.yaml", "# none yet\n")) == Tables()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tables:\n  warehouse:\n    uk: 001\n", "tables.yaml:3: warehouse: 'uk': 1: keys and"),
        ("tables:\n  answer:\n    true: Y\n", "tables.yaml:3: answer: True: 'Y': keys and values"),
        ("tables:\n  unit: EA\n", "tables.yaml:2: unit: must be a block of keys"),
        ("lookup:\n  a: b\n", "tables.yaml:1: unknown key 'lookup'; known are tables, rates"),
        ("rates:\n  EUR/GBP:\n    2010-12-01: 0.85\n", "must be a date and a decimal in quotes"),
        ('rates:\n  EUR/GBP:\n    2010-12-01: "about 1"\n', "tables.yaml:3: EUR/GBP: 2010-12-01"),
        ('rates:\n  EUR/GBP:\n    always: "0.85"\n', "must be a date and a decimal in quotes"),
        ("tables: {a: [}\n", "tables.yaml:1: not YAML"),
        ("- a\n", "tables.yaml:1: must be a block of keys"),
    ],
)
def test_a_file_that_is_not_tables_says_where(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(MappingError) as error:
        Tables.load(written(tmp_path, "tables.yaml", text))
    assert problem in str(error.value)
