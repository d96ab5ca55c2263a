"""Who bought: names, addresses, e-mails and payment tokens that the file does not hold.

All of it is invented by Faker, the same for the same seed and customer (a guest: the same for the
same order), in the row's country. Some names, streets and towns are longer than M3's fields.
"""

from dataclasses import dataclass
from functools import cache

from faker import Faker

from streams.core.message import message_id
from streams.demo.documents import Order
from streams.messages.parts import Address

LOCALES = {
    "CA": "en_CA",
    "CH": "de_CH",
    "DE": "de_DE",
    "ES": "es_ES",
    "FR": "fr_FR",
    "NL": "nl_NL",
    "NO": "no_NO",
    "PT": "pt_PT",
    "SE": "sv_SE",
    "US": "en_US",
}
"""Faker's locale by country; a locale takes some 60 ms to load, so all others are British."""

BRANDS = ("VISA", "VISA", "MASTERCARD", "MASTERCARD", "AMEX")
_MAIL_NAME = 24
_LETTERS = str.maketrans("0123456789", "ghijkmnopq")


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a stored card: GP API's token, its brand and last four digits."""

    token: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True)
class Person:
    """A customer or a guest."""

    billing: Address
    shipping: Address
    card: Card


class People:
    """The people behind orders."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[tuple[str, str], Person] = {}

    def of(self, order: Order) -> Person:
        """Who placed the order. Some 0.3 ms for a new person, nothing for a known one."""
        who = order.customer or f"guest of {order.number}"
        known = self._known.get((who, order.country))
        if known is None:
            known = _invented(message_id(self._seed, who, order.country), order.country)
            self._known[who, order.country] = known
        return known


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _invented(cause: str, country: str) -> Person:
    fake = _faker(LOCALES.get(country, "en_GB"))
    fake.seed_instance(cause)
    first_name, last_name = fake.first_name(), _surname(fake)
    home = Address(
        first_name=first_name,
        last_name=last_name,
        company=_company(fake, last_name),
        **_place(fake, country),
        email=_mail(first_name, last_name, cause),
        phone=fake.phone_number().partition("x")[0],
    )
    return Person(home, _delivered_to(fake, home, country), _card(fake, cause))


def _surname(fake: Faker) -> str:
    name: str = fake.last_name()
    return f"{name}-{fake.last_name()}" if _one_in(fake, 12) else name


def _company(fake: Faker, surname: str) -> str:
    if not _one_in(fake, 5):
        return ""
    company: str = fake.company()
    if _one_in(fake, 3):
        return f"{company} Gifts and Interiors, formerly {surname} Trading"
    return company


def _place(fake: Faker, country: str) -> dict[str, str]:
    town = fake.city()
    return {
        "address_1": fake.street_address().replace("\n", ", "),
        "address_2": _premises(fake),
        "city": f"{town} under {fake.last_name()}wood" if _one_in(fake, 20) else town,
        "state": _state(fake, country),
        "postcode": fake.postcode(),
        "country": country,
    }


def _premises(fake: Faker) -> str:
    number = fake.random_int(1, 90)
    if _one_in(fake, 10):
        return f"Unit {number}, The Old Brewery Business Park, entrance behind the car park"
    return f"Flat {number}" if _one_in(fake, 6) else ""


def _state(fake: Faker, country: str) -> str:
    if country == "US":
        return str(fake.state_abbr(include_territories=False))
    return str(fake.province_abbr()) if country == "CA" else ""


def _delivered_to(fake: Faker, home: Address, country: str) -> Address:
    if not _one_in(fake, 8):
        return home.model_copy(update={"email": ""})
    return Address(
        first_name=fake.first_name(),
        last_name=_surname(fake),
        **_place(fake, country),
        phone=fake.phone_number().partition("x")[0],
    )


def _mail(first_name: str, last_name: str, cause: str) -> str:
    plain = "".join(
        c for c in f"{first_name[:1]}{last_name}".lower() if c.isascii() and c.isalpha()
    )
    return f"{plain[:_MAIL_NAME]}.{cause[:6]}@example.com"


def _card(fake: Faker, cause: str) -> Card:
    """A token of letters alone, so that nothing can take it for a card number."""
    word = message_id("card", cause).translate(_LETTERS)
    token = "-".join((word[:8], word[8:12], word[12:16], word[16:20], word[20:]))
    return Card(f"PMT_{token}", fake.random_element(BRANDS), f"{fake.random_int(0, 9999):04}")


def _one_in(fake: Faker, many: int) -> bool:
    return bool(fake.random_int(1, many) == 1)
