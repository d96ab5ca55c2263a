"""What may be done to a value before `as:` — `split`, `remove`, `lookup`, `exchange`."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.mapping.convert import currency_of
from connectors.mapping.document import Block
from connectors.mapping.problems import Refused
from connectors.mapping.record import Record, Step, reader
from connectors.mapping.tables import ANY, Rates, Tables
from streams.core.clock import utc
from streams.core.money import exponent, to_major, to_minor

_TAKES = ("first", "last", "but_first", "but_last")
_UNKNOWN = ("refuse", "skip", "keep")


def split(block: Block) -> Step | None:
    """`split: {at: " ", take: first}` — one part, or all but one, of a text; 1 is the first.

    With `at: " "` any run of blanks parts words.
    """
    inner = block.block("split")
    if inner is None:
        return None
    inner.known(("at", "take"))
    at, take = inner.text("at"), inner.get("take")
    if not at or not (take in _TAKES or (type(take) is int and take > 0)):
        inner.wrong(f"split: needs at: TEXT and take: a number from 1, or {', '.join(_TAKES)}")
        return None
    chosen = _slice(take)

    def part(value: Any, _: Record) -> str | None:
        words = str(value).split() if at == " " else str(value).split(at)
        return at.join(words[chosen]) or None

    return part


def _slice(take: str | int) -> slice:
    if isinstance(take, int):
        return slice(take - 1, take)
    return {
        "first": slice(0, 1),
        "last": slice(-1, None),
        "but_first": slice(1, None),
        "but_last": slice(None, -1),
    }[take]


def remove(block: Block) -> Step | None:
    """`remove: " -()"` — takes every one of these characters out of a text."""
    characters = block.text("remove")
    if not characters:
        return None
    gone = str.maketrans("", "", characters)
    return lambda value, _: str(value).translate(gone) or None


def lookup(block: Block, tables: Tables) -> tuple[Step | None, tuple[str, ...]]:
    """`lookup: TABLE` — the table's text for the value; also gives every text it can give.

    What the table does not know is refused, or, by `unknown:`, skipped (empty) or kept as it is.
    """
    name, unknown = block.text("lookup"), block.one_of("unknown", _UNKNOWN) or "refuse"
    if name is None:
        if "unknown" in block:
            block.wrong("unknown: has no meaning without lookup", "unknown")
        return None, ()
    entries = tables.lookups.get(name)
    if entries is None:
        block.wrong(f"lookup: there is no table {name}", "lookup")
        return None, ()
    fallback = entries.get(ANY)

    def find(value: Any, _: Record) -> Any:
        key = value if type(value) is str else _key(value)
        found = entries.get(key, fallback)
        if found is not None:
            return found
        if unknown == "refuse":
            raise Refused(value, f"is not in the table {name}")
        return key if unknown == "keep" else None

    return find, () if unknown == "keep" else tuple(entries.values())


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise Refused(value, "is neither text nor whole number to be looked up")


def exchange(block: Block, tables: Tables) -> tuple[Step | None, tuple[str, ...]]:
    """`exchange: {to: GBP, at: ordered_at, zone: Europe/London}` — minor units in another currency.

    The rate is the tenant's for the pair (`currency:` and `to`) in force on the day of `at` (ms
    UTC) in `zone`; the result is rounded half up. Also gives the source paths that it reads.
    """
    inner = block.block("exchange")
    if inner is None:
        return None, ()
    inner.known(("to", "at", "zone"))
    to, at, held = inner.text("to"), inner.text("at"), zone(inner)
    path = block.text("currency")
    if not (to and at and held and path):
        inner.wrong("exchange: needs to, at and zone, and the field's currency")
        return None, ()
    read_currency, read_time = reader(path), reader(at)

    def convert(value: Any, record: Record) -> int:
        currency = currency_of(read_currency(record))
        if type(value) is not int:
            raise Refused(value, "is not an amount in minor units (exchange)")
        if currency == to:
            return value
        rate = _rate(tables, f"{currency}/{to}").on(_day(read_time(record), held))
        return to_minor(to_major(value, currency) * rate, to)

    try:
        exponent(to)
    except ValueError as error:
        inner.wrong(f"to: {error}", "to")
    return convert, (path, at)


def zone(block: Block) -> ZoneInfo | None:
    """The time zone that a block names; a problem is noted if there is no such zone."""
    name = block.text("zone")
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        block.wrong(f"zone: there is no time zone {name!r}", "zone")
        return None


def _rate(tables: Tables, pair: str) -> Rates:
    rates = tables.rates.get(pair)
    if rates is None:
        raise Refused(pair, "has no rates in the tables")
    return rates


def _day(moment: Any, held: ZoneInfo) -> date:
    if type(moment) is not int:
        raise Refused(moment, "is not a time in milliseconds UTC (exchange)")
    return utc(moment).astimezone(held).date()
