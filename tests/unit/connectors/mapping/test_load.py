"""A mapping file that cannot work is not loaded, and all that is wrong with it is said at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.mapping.catalogue import Catalogue, Target, TargetField
from connectors.mapping.mapping import load_mapping
from connectors.mapping.problems import MappingError
from connectors.mapping.tables import Tables
from streams.core.errors import Misconfigured
from tests.unit.connectors.mapping.conftest import MadeMapping, catalogue

Problems = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("NOPE: {from: a}", "NOPE: FLAT has no such field"),
        ("NAME: {frm: a}", "unknown key 'frm'; known are from, value, first_of, join, with, when"),
        ("NAME: {too_long: cut}", "needs one source: from, value, first_of, join"),
        ("NAME: {from: a, value: b}", "needs one source"),
        ("NAME: a", "NAME: must be a block of keys"),
        ("NAME: {from: 7}", "from: 7 must be a text"),
        ("NAME: {from: a, optional: maybe}", "optional: 'maybe' must be true or false"),
        ("NAME: {from: a, too_long: shrink}", "'shrink' must be one of cut, split, refuse"),
        ("NAME: {from: a, too_long: split}", "split and rest_to: [FIELD, ...] belong together"),
        ("NAME: {from: a, rest_to: [MORE]}", "split and rest_to: [FIELD, ...] belong together"),
        ("NAME: {from: a, too_long: split, rest_to: [QNTY]}", "FLAT has no text field QNTY"),
        ("NAME: {from: a, too_long: split, rest_to: MORE}", "'MORE' must be a list of texts"),
        ("QNTY: {from: a, too_long: cut}", "too_long: is for texts with a length"),
        ("NAME: {from: a, as: colour}", "as: 'colour' must be one of text, integer, decimal"),
        ("NAME: {from: a, as: minor}", "as: minor does not give a string"),
        ("QNTY: {from: a, as: text}", "as: text does not give a number"),
        ("NAME: {from: a, as: amount}", "as: amount needs currency"),
        ("DATE: {from: a, as: date}", "as: date needs zone"),
        ("DATE: {from: a, as: date, zone: Europe/Leeds}", "there is no time zone 'Europe/Leeds'"),
        ("DATE: {from: a, as: date, zone: UTC, format: '%Y'}", "format: '%Y' has more than yyyy"),
        ("NAME: {from: a, lookup: colours}", "lookup: there is no table colours"),
        ("NAME: {from: a, unknown: skip}", "unknown: has no meaning without lookup"),
        (
            "NAME: {from: a, lookup: unit, unknown: hope}",
            "'hope' must be one of refuse, skip, keep",
        ),
        ("CODE: {from: a, lookup: long}", "CODE: 'LONG' has 4 characters, 3 fit"),
        ("CODE: {value: LONG}", "CODE: 'LONG' has 4 characters, 3 fit"),
        ("CODE: {from: a, default: LONG}", "CODE: 'LONG' has 4 characters, 3 fit"),
        ("QNTY: {value: many}", "value: 'many' is not a decimal number"),
        ("QNTY: {from: a, default: many}", "default: 'many' is not a decimal number"),
        ("QNTY: {value: 2.5}", "write 2.5 in quotes"),
        ("NAME: {value: ''}", "value: is empty"),
        ("NAME: {value: a, lookup: unit}", "lookup: has no meaning beside value"),
        ("NAME: {join: first}", "join: must be a list of source fields or blocks"),
        ("NAME: {join: [first, 7]}", "join: 7 must be the path of a source field or a block"),
        ("NAME: {from: a, split: words}", "split: must be a block of keys"),
        ("NAME: {from: a, split: {at: ' ', take: some}}", "split: needs at: TEXT and take"),
        ("NAME: {from: a, when: present}", "when: must be a block of keys"),
        ("NAME: {from: a, when: {b: {like: x}}}", "when: b: needs one of is, not, above, below"),
        ("NAME: {from: a, when: {b: {above: x}}}", "above: 'x' must be a number"),
        ("NAME: {from: a, when: {b: {above: 0.5}}}", "above: 0.5 must be a number; with decimals"),
        ("NAME: {from: a, when: {b: 0.5}}", "when: b: write 0.5 in quotes"),
        ("NAME: {from: a, when: {b: {not: [1, 0.5]}}}", "when: b: write"),
        ("QNTY: {from: a, lookup: unit}", "lookup: 'EA' is not a decimal number (as: decimal)"),
        ("NAME: {from: a, exchange: {to: GBP}}", "exchange: needs to, at and zone"),
        (
            "NAME: {from: a, exchange: {to: GBX, at: t, zone: UTC}, as: amount, currency: c}",
            "to: 'GBX' is not an ISO 4217 currency code",
        ),
        (
            "NAME: {from: a, default: b, optional: true}",
            "optional: has no meaning beside a default",
        ),
        ("NAME[x]: {from: a}", "NAME[x]: is written NAME"),
    ],
)
def test_problems_of_a_field(problems: Problems, fields: str, problem: str) -> None:
    found = problems(fields + "\n")
    assert any(each.startswith("5: ") and problem in each for each in found), found


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("mode: {value: NEVER}", "5: mode: 'NEVER' is none of AUTO, LATER"),
        ("meta_data: {from: a}", "5: meta_data: is written meta_data[KEY]"),
        ("paid: {value: perhaps}", "5: value: 'perhaps' is neither true nor false (as: boolean)"),
        ("id: {from: a, as: boolean}", "5: as: boolean does not give a integer"),
    ],
)
def test_problems_of_a_json_targets_field(problems: Problems, fields: str, problem: str) -> None:
    assert any(each.startswith(problem) for each in problems(fields + "\n", target="JSON"))


def test_a_mandatory_field_needs_a_block(problems: Problems) -> None:
    found = problems("CODE: {from: a}\n", mandatory=("NAME", "CODE"))
    assert found == ["4: NAME: is mandatory in FLAT and has no block"]


@pytest.mark.parametrize("way", ["optional: true", "when: {a: present}"])
def test_a_mandatory_field_cannot_be_left_out(problems: Problems, way: str) -> None:
    found = problems(f"NAME: {{from: a, {way}}}\n", mandatory=("NAME",))
    assert found == ["5: NAME: is mandatory, so it cannot be left out (optional or when)"]


def test_a_mandatory_field_may_have_a_condition_with_a_default(made: MadeMapping) -> None:
    mapping = made("NAME: {from: a, when: {a: present}, default: x}\n", mandatory=("NAME",))
    assert mapping({}) == {"NAME": "x"}


def test_a_field_is_filled_once(problems: Problems) -> None:
    found = problems("TEXT: {from: a, too_long: split, rest_to: [MORE]}\nMORE: {from: b}\n")
    assert found == ["6: MORE: is filled twice"]


def test_one_field_of_a_group_must_be_filled(tmp_path: Path) -> None:
    fields = {name: TargetField(name, "string") for name in ("id", "name", "note")}
    target = Target("T", fields, flat=False, one_of=(frozenset({"id", "name"}),))
    path = tmp_path / "example.yaml"
    path.write_text("version: 1\nsource: s\ntarget: T\nfields:\n  note: {from: a}\n")
    with pytest.raises(MappingError, match="T wants one of id, name"):
        load_mapping(path, Catalogue({"T": target}), Tables())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields:\n  NAME: {from: [}\n", ["2: not YAML"]),
        ("a: 1\na: 2\n", ["2: not YAML"]),
        ("- a\n- b\n", ["1: must be a block of keys"]),
        (
            "version: one\ntarget: NOPE\nflavour: x\n",
            [
                "1: version: must be a whole number from 1",
                "1: fields: is missing",
                "1: source: must name the type of a message",
                "2: target: the catalogue has no 'NOPE'",
                "3: unknown key 'flavour'",
            ],
        ),
        (
            "version: 1\nsource: s\ntarget: FLAT\neach: {as: line}\nfields:\n  NAME: {from: a}\n",
            ["4: each: needs as: NAME and of: LIST"],
        ),
    ],
)
def test_problems_of_the_file(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as error:
        load_mapping(path, catalogue(), Tables())
    found = [f"{each.line}: {each.text}" for each in error.value.problems]
    assert len(found) == len(expected)
    for problem in expected:
        assert any(each.startswith(problem) for each in found), found


def test_all_problems_are_listed_with_file_and_line(made: MadeMapping) -> None:
    with pytest.raises(Misconfigured) as error:
        made("NOPE: {from: a}\nCODE:\n  from: a\n  too_long: shrink\nQNTY: {value: x}\n")
    assert str(error.value).splitlines() == [
        "shop/mappings/example.yaml:5: NOPE: FLAT has no such field",
        "shop/mappings/example.yaml:8: too_long: 'shrink' must be one of cut, split, refuse",
        "shop/mappings/example.yaml:9: value: 'x' is not a decimal number (as: decimal)",
    ]
