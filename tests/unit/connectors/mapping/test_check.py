"""What `tandem mapping check|show|try` say."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from connectors.mapping.check import Trial, check, show, trial
from connectors.mapping.folder import load_mappings, load_tables, mapping_paths
from connectors.mapping.mapping import Mapping
from connectors.mapping.problems import MappingError
from tests.unit.connectors.mapping.conftest import MadeMapping

GOOD = """\
version: 1
source: shop.update_order
target: T
fields:
  NAME:
    from: order_id
    too_long: refuse
"""
TESTS = """\
record:
  order_id: "42"
tests:
  - name: an order
    expect:
      NAME: "42"
"""


@pytest.fixture
def connector(tmp_path: Path) -> Path:
    """A connector's folder with one target and no mappings."""
    (tmp_path / "mappings").mkdir()
    fields = [
        {"name": "NAME", "type": "string", "length": 5},
        {"name": "NOTE", "type": "string"},
    ]
    catalogue = {"targets": {"T": {"in": fields}}}
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    return tmp_path


def put(connector: Path, mapping: str, tests: str = TESTS) -> Path:
    path = connector / "mappings" / "order.yaml"
    path.write_text(mapping)
    path.with_name("order.tests.yaml").write_text(tests)
    return path


def said(path: Path) -> list[str]:
    return [f"{each.line}: {each.text}" for each in check([path])]


def test_a_good_mapping_has_no_problems(connector: Path) -> None:
    assert check([put(connector, GOOD)]) == []


def test_a_text_needs_its_rule(connector: Path) -> None:
    path = put(connector, GOOD.replace("    too_long: refuse\n", ""))
    assert said(path) == [
        "5: NAME: the text can be longer than the field; say too_long: cut, split or refuse"
    ]


@pytest.mark.parametrize(
    ("recipe", "needed"),
    [
        ("{join: [order_id, status]}", True),
        ("{first_of: [{value: x}, order_id]}", True),
        ("{from: order_id, lookup: unknown_to_all, unknown: keep}", True),
        ("{from: order_id, lookup: short}", False),
        ("{from: order_id, as: integer}", False),
        ("{from: customer_note, as: boolean}", False),
        ("{value: x}", False),
    ],
)
def test_only_texts_of_unknown_length_need_a_rule(
    connector: Path, recipe: str, needed: bool
) -> None:
    tables = "tables: {short: {a: b}, unknown_to_all: {a: b}}\n"
    (connector / "mappings" / "tables.yaml").write_text(tables)
    path = put(connector, GOOD.partition("  NAME")[0] + f"  NAME: {recipe}\n")
    assert any("too_long" in each for each in said(path)) is needed


def test_a_source_field_must_be_the_messages_or_given(connector: Path) -> None:
    path = put(connector, GOOD + "  NOTE:\n    from: m3_ordre\n    optional: true\n")
    assert said(path) == ["8: shop.update_order has no field m3_ordre, nor is it given"]
    given = GOOD.replace("fields:", "given: [m3_ordre]\nfields:")
    assert check([put(connector, given + "  NOTE: {from: m3_ordre, optional: true}\n")]) == []


def test_fields_of_a_list_and_conditions_are_looked_up_too(connector: Path) -> None:
    text = """\
    version: 1
    source: m3.create_order
    target: T
    each: {as: line, of: lines}
    when: {line.amuont: {above: 0}}
    fields:
      NOTE: {join: [line.item, ship_to.city, ship_to.town, line.itme]}
    """
    path = put(connector, dedent(text), "record: {lines: []}\ntests: [{name: none, expect: []}]\n")
    assert said(path) == [
        "5: m3.create_order has no field line.amuont, nor is it given",
        "7: m3.create_order has no field line.itme, nor is it given",
        "7: m3.create_order has no field ship_to.town, nor is it given",
    ]


def test_an_unknown_message_is_a_problem(connector: Path) -> None:
    path = put(connector, GOOD.replace("shop.update_order", "shop.updtae"))
    assert said(path) == ["2: source: there is no message shop.updtae"]


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        (
            TESTS.replace('NAME: "42"', 'NAME: "43"'),
            "expected [{'NAME': '43'}], got [{'NAME': '42'}]",
        ),
        (TESTS.replace('"42"', '"424242"', 1), "has 6 characters, 5 fit (too_long: refuse)"),
        (
            TESTS.replace('expect:\n      NAME: "42"', "refused: too long"),
            "expected too long, got [{",
        ),
    ],
)
def test_a_failing_test_is_a_problem(connector: Path, tests: str, problem: str) -> None:
    (found,) = said(put(connector, GOOD, tests))
    assert found.startswith("1: test failed: an order: ")
    assert problem in found


def test_a_mapping_without_tests_is_a_problem(connector: Path) -> None:
    path = put(connector, GOOD)
    path.with_name("order.tests.yaml").unlink()
    assert said(path) == ["1: test failed: order: expected tests beside the mapping, got none"]


def test_problems_of_loading_are_reported(connector: Path) -> None:
    assert said(put(connector, GOOD.replace("NAME", "NOPE"))) == ["5: NOPE: T has no such field"]


def test_a_folder_is_loaded_as_a_whole(connector: Path) -> None:
    put(connector, GOOD)
    assert load_mappings(connector)["order"]({"order_id": "42"}) == {"NAME": "42"}
    assert [path.name for path in mapping_paths(connector)] == ["order.yaml"]
    for name in ("bad", "worse"):
        (connector / "mappings" / f"{name}.yaml").write_text("version: 0\n")
    with pytest.raises(MappingError) as error:
        load_mappings(connector)
    assert {each.file.rsplit("/", 1)[-1] for each in error.value.problems} == {
        "bad.yaml",
        "worse.yaml",
    }


def test_a_tenants_tables_reach_the_mappings(connector: Path) -> None:
    defaults = connector / "mappings" / "tables.yaml"
    defaults.write_text('tables:\n  prefix:\n    "*": GB\n')
    tenant = connector / "acme.yaml"
    tenant.write_text("tables:\n  prefix:\n    fr: FR\n")
    put(connector, GOOD.replace("from: order_id", "from: order_id\n    lookup: prefix"))
    mapping = load_mappings(connector, tenant)["order"]
    assert mapping({"order_id": "fr"}) == {"NAME": "FR"}
    assert mapping({"order_id": "uk"}) == {"NAME": "GB"}
    assert load_tables(connector).lookups == {"prefix": {"*": "GB"}}


def test_a_tenants_tables_are_checked_and_the_tests_are_not_about_them(connector: Path) -> None:
    (connector / "mappings" / "tables.yaml").write_text('tables: {prefix: {"42": "42"}}\n')
    tenant = connector / "acme.yaml"
    tenant.write_text('tables: {prefix: {"42": "43"}}\n')
    path = put(connector, GOOD.replace("from: order_id", "from: order_id\n    lookup: prefix"))
    assert check([path], tenant) == []
    tenant.write_text('tables: {prefix: {"42": "434343"}}\n')
    assert [each.text for each in check([path], tenant)] == [
        "NAME: '434343' has 6 characters, 5 fit"
    ]


def test_show_says_how_each_field_is_filled(connector: Path) -> None:
    put(connector, GOOD)
    (row,) = show(load_mappings(connector)["order"])
    assert (row.field, row.type, row.length, row.mandatory) == ("NAME", "string", 5, False)
    assert (row.source, row.rules, row.line) == ("order_id", "too_long: refuse", 5)


def only(mapping: Mapping, record: dict[str, object]) -> Trial:
    (found,) = trial(mapping, record)
    return found


def test_a_trial_explains_every_field(made: MadeMapping) -> None:
    mapping = made("NAME: {join: [a, b]}\nCODE: {from: c}\n")
    good = only(mapping, {"a": "x", "b": "y", "c": "GBP"})
    assert good.result == {"NAME": "xy", "CODE": "GBP"}
    assert good.fields[0].read == {"a": "x", "b": "y"}
    assert good.fields[0].value == {"NAME": "xy"}
    bad = only(mapping, {"a": "x", "b": "y", "c": "LONG"})
    assert bad.result is None
    assert bad.fields[0].refused == ""
    assert bad.fields[1].refused == "'LONG' has 4 characters, 3 fit (too_long: refuse)"


def test_a_trial_says_when_nothing_is_wanted(made: MadeMapping) -> None:
    mapping = made("NAME: {from: a}\n", head="when: {a: present}\n")
    nothing = only(mapping, {"a": ""})
    assert (nothing.result, nothing.wanted) == (None, False)


def test_a_trial_of_a_list_is_one_an_entry(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\n", head="each: {as: line, of: lines}\n")
    trials = trial(mapping, {"lines": [{"item": "A"}, {"item": "too long for a name"}]})
    assert [each.result for each in trials] == [{"NAME": "A"}, None]
