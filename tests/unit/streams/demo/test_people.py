"""People are invented the same way each time, in the row's country, without card data."""

import json

from connectors.carddata import find
from streams.demo.documents import Order, documents, orders_of
from streams.demo.files import read_rows
from streams.demo.people import People, Person
from tests.unit.streams.demo.builders import SAMPLE, order, row


def _german(number: str) -> Order:
    return order(row(number, customer="12471", country="DE"))


def test_the_same_seed_gives_the_same_people() -> None:
    orders = [order(row("1")), _german("2"), order(row("3", customer=""))]
    first, again, other = (list(map(People(seed).of, orders)) for seed in (1, 1, 2))
    assert first == again
    assert all(a.card.token != b.card.token for a, b in zip(first, other, strict=True))


def test_a_customer_is_one_person_and_each_guest_another() -> None:
    people = People(1)
    assert people.of(order(row("1"))) is people.of(order(row("2")))
    guests = [people.of(order(row(number, customer=""))) for number in "34"]
    assert guests[0].billing != guests[1].billing


def test_people_live_where_the_row_says() -> None:
    german = People(1).of(_german("1"))
    assert (german.billing.country, german.shipping.country) == ("DE", "DE")
    assert len(german.billing.postcode) == 5


def test_people_of_the_sample_try_m3s_field_lengths_and_hold_no_card_data() -> None:
    people = People(1)
    found = {people.of(each) for each in orders_of(documents(read_rows([SAMPLE])))}
    homes = [person.billing for person in found]
    assert any(len(home.company) > 36 for home in homes)
    assert any(len(f"{home.address_1}, {home.address_2}") > 36 for home in homes)
    assert any(len(home.city) > 20 for home in homes)
    assert all(len(home.email) <= 50 and home.email.isascii() for home in homes)
    assert all(len(home.postcode) <= 10 for home in homes)
    assert len({person.card.token for person in found}) == len(found)
    assert not find(json.dumps(list(map(_texts, found))).encode())


def _texts(person: Person) -> list[object]:
    card = person.card
    return [
        person.billing.model_dump(),
        person.shipping.model_dump(),
        [card.token, card.brand, card.last4],
    ]
