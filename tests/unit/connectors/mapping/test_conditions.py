"""`when:` of fields, of parts, and of the whole record."""

from typing import Any

import pytest

from streams.core.errors import Rejected
from tests.unit.connectors.mapping.conftest import MadeMapping


@pytest.mark.parametrize(
    ("test", "value", "holds"),
    [
        ("present", "x", True),
        ("present", "", False),
        ("absent", None, True),
        ("absent", 0, False),
        ("GBP", "GBP", True),
        ("GBP", "EUR", False),
        ("[US, CA]", "CA", True),
        ("[US, CA]", "GB", False),
        ("true", True, True),
        ("{is: present}", "present", True),
        ("{not: 1}", 7, True),
        ("{not: 1}", 1, False),
        ("{not: [US, CA]}", "CA", False),
        ("{above: 0}", 1, True),
        ("{above: 0}", 0, False),
        ('{above: "0.50"}', "0.51", True),
        ("{below: 0}", -1, True),
        ("{below: 0}", None, False),
    ],
)
def test_tests(made: MadeMapping, test: str, value: Any, holds: bool) -> None:
    mapping = made(f"NAME:\n  value: yes\n  when: {{field: {test}}}\n")
    assert (mapping({"field": value}) == {"NAME": "yes"}) is holds


def test_all_tests_must_hold(made: MadeMapping) -> None:
    mapping = made("NAME:\n  value: yes\n  when: {a: 1, b.c: present}\n")
    assert mapping({"a": 1, "b": {"c": "x"}}) == {"NAME": "yes"}
    assert mapping({"a": 1, "b": {}}) == {}


def test_the_default_takes_the_place_of_what_does_not_hold(made: MadeMapping) -> None:
    mapping = made("NAME: {from: n, when: {n: {above: 3}}, default: few}\n")
    assert mapping({"n": 4}) == {"NAME": "4"}
    assert mapping({"n": 3}) == {"NAME": "few"}


def test_a_part_of_a_join_may_have_a_condition(made: MadeMapping) -> None:
    mapping = made(
        'NAME: {join: [city, {from: state, when: {country: US}}], with: ", "}\n',
    )
    assert mapping({"city": "Troy", "state": "NY", "country": "US"}) == {"NAME": "Troy, NY"}
    assert mapping({"city": "Leeds", "state": "", "country": "GB"}) == {"NAME": "Leeds"}


def test_a_value_that_cannot_be_compared_is_refused(made: MadeMapping) -> None:
    mapping = made("NAME: {value: yes, when: {n: {above: 0}}}\n")
    with pytest.raises(Rejected, match="NAME: 'many' is not a number to be above 0"):
        mapping({"n": "many"})


def test_a_record_for_which_the_condition_does_not_hold_gives_none(made: MadeMapping) -> None:
    mapping = made("NAME: {from: note}\n", head="when: {note: present}\n")
    assert mapping.many({"note": ""}) == []
    assert mapping.many({"note": "hello"}) == [{"NAME": "hello"}]
    with pytest.raises(Rejected, match=r"example\.yaml:4: when: the condition does not hold"):
        mapping({"note": ""})
