"""What becomes of one value: sources, steps, conversions, empties."""

from decimal import Decimal
from typing import Any

import pytest

from streams.core.errors import Rejected
from tests.unit.connectors.mapping.conftest import MadeMapping


def refusal(made: MadeMapping, fields: str, record: dict[str, Any], **rest: Any) -> str:
    mapping = made(fields, **rest)
    with pytest.raises(Rejected) as error:
        mapping(record)
    return error.value.reason


def test_one_to_one_and_one_to_many(made: MadeMapping) -> None:
    mapping = made("CODE: {from: currency}\nTEXT: {from: currency}\n")
    assert mapping({"currency": "GBP"}) == {"CODE": "GBP", "TEXT": "GBP"}


def test_many_to_one_with_a_separator_and_a_part_left_out(made: MadeMapping) -> None:
    mapping = made('NAME: {join: [first, {from: middle, optional: true}, last], with: " "}\n')
    assert mapping({"first": "Ada", "middle": "", "last": "King"}) == {"NAME": "Ada King"}


def test_an_empty_part_is_refused_unless_it_may_be_left_out(made: MadeMapping) -> None:
    reason = refusal(made, "NAME: {join: [prefix, number]}\n", {"prefix": "UK", "number": ""})
    assert reason == (
        "shop/mappings/example.yaml:5: NAME: '' is empty: number must have a value; "
        "else say default or optional"
    )


def test_the_first_source_that_has_a_value(made: MadeMapping) -> None:
    mapping = made('NAME:\n  first_of:\n    - company\n    - {join: [first, last], with: " "}\n')
    assert mapping({"company": "Acme", "first": "Ada", "last": "King"}) == {"NAME": "Acme"}
    assert mapping({"company": "", "first": "Ada", "last": "King"}) == {"NAME": "Ada King"}


@pytest.mark.parametrize(
    ("take", "part"),
    [
        ("first", "Augusta"),
        ("but_first", "Ada King"),
        ("last", "King"),
        ("but_last", "Augusta Ada"),
        ("2", "Ada"),
    ],
)
def test_a_name_is_split_into_words(made: MadeMapping, take: str, part: str) -> None:
    mapping = made(f'NAME: {{from: name, split: {{at: " ", take: {take}}}}}\n')
    assert mapping({"name": "Augusta  Ada King"}) == {"NAME": part}


def test_a_key_is_split_at_its_first_hyphen(made: MadeMapping) -> None:
    mapping = made('NAME: {from: key, split: {at: "-", take: but_first}}\n')
    assert mapping({"key": "uk-5363-65"}) == {"NAME": "5363-65"}


def test_a_part_that_is_not_there_is_empty(made: MadeMapping) -> None:
    fields = 'NAME: {from: name, split: {at: " ", take: 4}}\n'
    assert "NAME: '' is empty: name must" in refusal(made, fields, {"name": "Ada King"})


def test_characters_are_taken_out(made: MadeMapping) -> None:
    mapping = made('NAME: {from: phone, remove: " -()"}\n')
    assert mapping({"phone": "(0113) 496-0001"}) == {"NAME": "01134960001"}


def test_lookups_know_texts_numbers_and_booleans(made: MadeMapping) -> None:
    mapping = made("NAME: {from: STAT, lookup: status}\nCODE: {from: paid, lookup: answer}\n")
    assert mapping({"STAT": 66, "paid": False}) == {"NAME": "delivered", "CODE": "N"}


def test_a_table_may_have_an_entry_for_all_others(made: MadeMapping) -> None:
    mapping = made("CODE: {from: shop, lookup: type}\n")
    assert mapping({"shop": "uk"}) == {"CODE": "WEB"}
    assert mapping({"shop": "fr"}) == {"CODE": "STD"}


def test_what_a_table_does_not_know_is_refused_skipped_defaulted_or_kept(made: MadeMapping) -> None:
    record = {"unit": "litre"}
    fields = "CODE: {from: unit, lookup: unit}\n"
    assert "'litre' is not in the table unit" in refusal(made, fields, record)
    assert made("CODE: {from: unit, lookup: unit, unknown: skip, optional: true}\n")(record) == {}
    default = made("CODE: {from: unit, lookup: unit, unknown: skip, default: EA}\n")
    assert default(record) == {"CODE": "EA"}
    assert made("NAME: {from: unit, lookup: unit, unknown: keep}\n")(record) == {"NAME": "litre"}


def test_a_first_source_that_no_table_knows_gives_way(made: MadeMapping) -> None:
    mapping = made(
        "CODE:\n  first_of:\n    - {from: code, lookup: unit, unknown: skip}\n"
        "    - {from: kind, lookup: unit}\n"
    )
    assert mapping({"code": "crates", "kind": "metres"}) == {"CODE": "M"}


def test_a_lookup_after_the_first_of_several_sources(made: MadeMapping) -> None:
    mapping = made("CODE: {first_of: [code, kind], lookup: unit}\n")
    assert mapping({"code": "", "kind": "metres"}) == {"CODE": "M"}


@pytest.mark.parametrize(
    ("fields", "record", "expected"),
    [
        ("QNTY: {from: n}", {"n": 6}, "6"),
        ("QNTY: {from: n}", {"n": "2.50"}, "2.50"),
        ("QNTY: {from: n}", {"n": Decimal("1E+2")}, "100"),
        ("QNTY: {from: n, as: integer}", {"n": "007"}, "007"),
        ("TEXT: {from: n, as: amount, currency: c}", {"n": 1234, "c": "GBP"}, "12.34"),
        ("TEXT: {from: n, as: amount, currency: c}", {"n": -5, "c": "GBP"}, "-0.05"),
        ("TEXT: {from: n, as: amount, currency: c}", {"n": 1234, "c": "JPY"}, "1234"),
        ("TEXT: {from: n, as: amount, currency: c}", {"n": 1234, "c": "KWD"}, "1.234"),
        ("FLAG: {from: n, as: boolean}", {"n": True}, "1"),
        ("FLAG: {from: n, as: boolean}", {"n": "no"}, "0"),
        ("NAME: {from: n}", {"n": " two\n lines\t"}, "two lines"),
        ("NAME: {value: fixed}", {}, "fixed"),
        ("QNTY: {value: 1}", {}, "1"),
    ],
)
def test_conversions_for_m3(
    made: MadeMapping, fields: str, record: dict[str, Any], expected: str
) -> None:
    assert list(made(fields + "\n")(record).values()) == [expected]


@pytest.mark.parametrize(
    ("fields", "record", "expected"),
    [
        ("id: {from: n}", {"n": "31"}, {"id": 31}),
        ("paid: {from: n}", {"n": 1}, {"paid": True}),
        ("amount: {from: n}", {"n": 1234}, {"amount": "1234"}),
        ("payer.name: {from: n}", {"n": "Ada"}, {"payer": {"name": "Ada"}}),
        (
            "payer.address.city: {from: n}",
            {"n": " a\nb "},
            {"payer": {"address": {"city": " a\nb "}}},
        ),
        ("paid: {value: false}", {}, {"paid": False}),
        ("payer.name: {from: n, as: integer}", {"n": 7}, {"payer": {"name": "7"}}),
        ("payer.name: {from: n, as: boolean}", {"n": "yes"}, {"payer": {"name": "1"}}),
        (
            "payer.name: {from: n, too_long: split, rest_to: [reference]}",
            {"n": "Augusta Ada King of Lovelace"},
            {"payer": {"name": "Augusta Ada"}, "reference": "King of Lovelace"},
        ),
        ("meta_data[_m3]: {from: n}", {"n": "7"}, {"meta_data": [{"key": "_m3", "value": "7"}]}),
    ],
)
def test_json_targets_keep_types_and_nest(
    made: MadeMapping, fields: str, record: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert made(fields + "\n", target="JSON")(record) == expected


def test_pairs_gather_in_the_files_order(made: MadeMapping) -> None:
    mapping = made(
        "meta_data[a]: {from: a}\n"
        "meta_data[b]: {from: b, optional: true}\n"
        "meta_data[c]: {from: c}\n",
        target="JSON",
    )
    assert mapping({"a": "1", "b": "", "c": "3"}) == {
        "meta_data": [{"key": "a", "value": "1"}, {"key": "c", "value": "3"}]
    }


@pytest.mark.parametrize(
    ("zone", "format", "expected"),
    [
        ("UTC", "yyyyMMdd", "20110708"),
        ("Europe/London", "yyyyMMdd", "20110709"),
        ("Asia/Kathmandu", "yyyy-MM-dd", "2011-07-09"),
        ("America/New_York", "dd.MM.yyyy", "08.07.2011"),
    ],
)
def test_a_date_is_that_of_its_time_zone(
    made: MadeMapping, zone: str, format: str, expected: str
) -> None:
    mapping = made(f"DATE: {{from: t, as: date, zone: {zone}, format: {format}}}\n")
    assert mapping({"t": 1310167800000}) == {"DATE": expected}


def test_a_time_of_day(made: MadeMapping) -> None:
    mapping = made("CODE: {from: t, as: date, zone: UTC, format: HH}\n")
    assert mapping({"t": 1310167800000}) == {"CODE": "23"}
    assert mapping({"t": 1310167799999 + 3_600_000}) == {"CODE": "00"}


@pytest.mark.parametrize(
    ("fields", "record", "text"),
    [
        ("NAME: {from: n}", {"n": True}, "NAME: True is not a text (as: text)"),
        ("NAME: {from: n}", {"n": ["a"]}, "NAME: ['a'] is not a text (as: text)"),
        ("QNTY: {from: n}", {"n": "2,5"}, "QNTY: '2,5' is not a decimal number (as: decimal)"),
        ("QNTY: {from: n}", {"n": "123456"}, "'123456' has 6 characters, 5 fit"),
        ("QNTY: {from: n, as: integer}", {"n": "1.0"}, "'1.0' is not a whole number (as: integer)"),
        ("FLAG: {from: n, as: boolean}", {"n": "maybe"}, "'maybe' is neither true nor false"),
        ("FLAG: {from: n, as: boolean}", {"n": [1]}, "[1] is neither true nor false"),
        (
            "DATE: {from: n, as: date, zone: UTC}",
            {"n": "2011"},
            "is not a time in milliseconds UTC",
        ),
        (
            "TEXT: {from: n, as: amount, currency: c}",
            {"n": "1.00", "c": "GBP"},
            "'1.00' is not an amount in minor units (as: amount)",
        ),
        (
            "TEXT: {from: n, as: amount, currency: c}",
            {"n": 1, "c": "XXZ"},
            "'XXZ' is not an ISO 4217 currency code",
        ),
        ("NAME: {from: a.b}", {"a": "text"}, "'text' is not a record, so there is no a.b"),
        ("CODE: {from: n, lookup: unit}", {"n": ["x"]}, "neither text nor whole number"),
        ("NAME: {from: a.b}", {"a": None}, "NAME: '' is empty: a.b must have a value"),
        ("NAME: {from: n}", {"n": "  "}, "NAME: '' is empty: n must have a value"),
    ],
)
def test_refusals(made: MadeMapping, fields: str, record: dict[str, Any], text: str) -> None:
    reason = refusal(made, fields + "\n", record)
    assert reason.startswith("shop/mappings/example.yaml:5: ")
    assert text in reason


@pytest.mark.parametrize(
    ("fields", "record", "text"),
    [
        ("mode: {from: n}", {"n": "NEVER"}, "mode: 'NEVER' is none of AUTO, LATER"),
        ("reference: {from: n}", {"n": "42"}, "'42' has 2 characters, at least 8 are needed"),
        ("payer.name: {from: n}", {"n": "a" * 13}, "has 13 characters, 12 fit (too_long: refuse)"),
        ("amount: {from: n}", {"n": "1234"}, "'1234' is not an amount in minor units (as: minor)"),
    ],
)
def test_refusals_of_json_targets(
    made: MadeMapping, fields: str, record: dict[str, Any], text: str
) -> None:
    assert text in refusal(made, fields + "\n", record, target="JSON")


def test_all_refused_values_are_named_at_once(made: MadeMapping) -> None:
    mapping = made("NAME: {from: name}\nCODE: {from: code}\nTEXT: {from: text}\n")
    with pytest.raises(Rejected) as error:
        mapping({"name": "", "code": "LONG", "text": "fine"})
    assert error.value.field == "NAME"
    assert error.value.reason == (
        "shop/mappings/example.yaml:5: NAME: '' is empty: name must have a value; "
        "else say default or optional; "
        "shop/mappings/example.yaml:6: CODE: 'LONG' has 4 characters, 3 fit (too_long: refuse)"
    )


def test_a_long_value_is_shortened_in_the_refusal(made: MadeMapping) -> None:
    reason = refusal(made, "NAME: {from: n, too_long: refuse}\n", {"n": "x" * 5000})
    assert len(reason) < 200
    assert "has 5000 characters, 12 fit" in reason


def test_defaults(made: MadeMapping) -> None:
    mapping = made("CODE: {from: code, default: EA}\nQNTY: {from: n, default: 1}\n")
    assert mapping({"code": "", "n": None}) == {"CODE": "EA", "QNTY": "1"}
    assert mapping({"code": "M", "n": 0}) == {"CODE": "M", "QNTY": "0"}


@pytest.mark.parametrize(
    ("currency", "day_ms", "pence"),
    [
        ("EUR", 1291191960000, "8.51"),  # 2010-12-01
        ("EUR", 1293840000000, "8.60"),  # 2011-01-01
        ("GBP", 1291191960000, "10.00"),
    ],
)
def test_exchange_at_the_rate_of_the_day(
    made: MadeMapping, currency: str, day_ms: int, pence: str
) -> None:
    mapping = made(
        "TEXT:\n  from: amount\n  exchange: {to: GBP, at: at, zone: Europe/London}\n"
        "  as: amount\n  currency: currency\n"
    )
    assert mapping({"amount": 1000, "currency": currency, "at": day_ms}) == {"TEXT": pence}


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            {"currency": "EUR", "at": 1288569600000},
            "'2010-11-01' is before the first rate of EUR/GBP",
        ),
        ({"currency": "USD", "at": 1291191960000}, "'USD/GBP' has no rates in the tables"),
        ({"currency": "EUR", "at": None}, "None is not a time in milliseconds UTC (exchange)"),
        ({"currency": "", "at": 1291191960000}, "None is not an ISO 4217 currency code"),
        (
            {"currency": "EUR", "at": 1, "amount": "9"},
            "'9' is not an amount in minor units (exchange)",
        ),
    ],
)
def test_exchange_refuses_to_guess(made: MadeMapping, record: dict[str, Any], text: str) -> None:
    fields = (
        "TEXT:\n  from: amount\n  exchange: {to: GBP, at: at, zone: Europe/London}\n"
        "  as: amount\n  currency: currency\n"
    )
    assert text in refusal(made, fields, {"amount": 1000, **record})
