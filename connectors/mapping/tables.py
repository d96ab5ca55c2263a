"""A tenant's tables: lookups of values, and exchange rates with their dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from connectors.mapping.document import Block, read
from connectors.mapping.problems import MappingError, Problem, Refused

ANY = "*"


@dataclass(frozen=True)
class Rates:
    """What one currency was worth in another, from each date on."""

    pair: str
    from_dates: tuple[tuple[date, Decimal], ...]

    def on(self, day: date) -> Decimal:
        """The rate in force on a day: the newest whose date is not after it.

        Raises:
            Refused: the table has no rate as old as the day.
        """
        for since, rate in reversed(self.from_dates):
            if since <= day:
                return rate
        raise Refused(day.isoformat(), f"is before the first rate of {self.pair}")


@dataclass(frozen=True)
class Tables:
    """Lookup tables by name (an entry `*` stands for every other value) and rates by `EUR/GBP`."""

    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rates: Mapping[str, Rates] = field(default_factory=dict)

    @classmethod
    def load(cls, defaults: Path, tenant: Path | None = None) -> "Tables":
        """Reads the connector's tables and lets the tenant's override them, entry by entry.

        Keys and values are texts; a rate is a decimal in quotes under the date from which it holds.

        Raises:
            MappingError: a file is not readable as tables; all problems with their lines.
        """
        lookups: dict[str, dict[str, str]] = {}
        dated: dict[str, dict[date, Decimal]] = {}
        problems: list[Problem] = []
        for path in (defaults, tenant) if tenant else (defaults,):
            document = read(path, problems)
            if document is None:
                continue
            document.known(("tables", "rates"))
            for name, entries in _blocks(document, "tables"):
                lookups.setdefault(name, {}).update(_texts(name, entries))
            for pair, entries in _blocks(document, "rates"):
                dated.setdefault(pair, {}).update(_rates(pair, entries))
        if problems:
            raise MappingError(problems)
        rates = {pair: Rates(pair, tuple(sorted(days.items()))) for pair, days in dated.items()}
        return cls(lookups, rates)


def _blocks(document: Block, key: str) -> list[tuple[str, Block]]:
    block = document.block(key)
    named = [(name, block.block(name)) for name in block] if block else []
    return [(str(name), entries) for name, entries in named if entries is not None]


def _texts(name: str, entries: Block) -> dict[str, str]:
    texts = {}
    for key in entries:
        value = entries.data[key]
        if isinstance(key, str) and isinstance(value, str):
            texts[key] = value
        else:
            entries.wrong(
                f"{name}: {key!r}: {value!r}: keys and values are texts; put them in quotes", key
            )
    return texts


def _rates(pair: str, entries: Block) -> dict[date, Decimal]:
    rates = {}
    for since in entries:
        rate = entries.data[since]
        try:
            if not isinstance(since, date) or not isinstance(rate, str):
                raise InvalidOperation
            rates[since] = Decimal(rate)
        except InvalidOperation:
            text = f"{pair}: {since}: {rate!r} must be a date and a decimal in quotes"
            entries.wrong(text, since)
    return rates
