"""`each:` — one source list, many target records."""

import pytest

from streams.core.errors import Rejected
from tests.unit.connectors.mapping.conftest import MadeMapping

EACH_LINE = "each: {as: line, of: lines}\n"


def test_one_record_a_line_with_the_orders_own_fields(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\nCODE: {from: shop}\n", head=EACH_LINE)
    record = {"shop": "uk", "lines": ({"item": "A"}, {"item": "B"})}
    assert mapping.many(record) == [{"NAME": "A", "CODE": "uk"}, {"NAME": "B", "CODE": "uk"}]


def test_no_list_no_records(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\n", head=EACH_LINE)
    assert mapping.many({"lines": []}) == []
    assert mapping.many({}) == []


def test_lines_for_which_the_condition_does_not_hold_are_left_out(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\n", head=EACH_LINE + "when: {line.n: {above: 0}}\n")
    assert mapping.many({"lines": [{"item": "A", "n": 0}, {"item": "B", "n": 1}]}) == [
        {"NAME": "B"}
    ]


def test_one_refused_line_refuses_all(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\n", head=EACH_LINE)
    with pytest.raises(Rejected, match=r"NAME: '' is empty: line.item must have a value"):
        mapping.many({"lines": [{"item": "A"}, {"item": ""}]})


def test_a_single_entry_can_be_mapped_by_its_name(made: MadeMapping) -> None:
    assert made("NAME: {from: line.item}\n", head=EACH_LINE)({"line": {"item": "A"}}) == {
        "NAME": "A"
    }


def test_what_is_no_list_is_refused(made: MadeMapping) -> None:
    mapping = made("NAME: {from: line.item}\n", head=EACH_LINE)
    with pytest.raises(Rejected, match=r"example.yaml:4: lines: 'A' is not a list \(each\)"):
        mapping.many({"lines": "A"})


def test_a_text_becomes_records_of_its_pieces(made: MadeMapping) -> None:
    mapping = made("TEXT: {from: piece}\n", head="each: {as: piece, of: note, split: 10}\n")
    assert mapping.many({"note": "Mind\nthe gap, please."}) == [
        {"TEXT": "Mind the"},
        {"TEXT": "gap,"},
        {"TEXT": "please."},
    ]
    with pytest.raises(Rejected, match="7 is not a text to split"):
        mapping.many({"note": 7})
