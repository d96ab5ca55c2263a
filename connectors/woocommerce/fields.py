"""Reading a record of WooCommerce's field by field; what is missing or of no use is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from streams.core.clock import to_ms
from streams.core.errors import Rejected


@dataclass(frozen=True)
class Fields:
    """A record and where it stands in the body.

    Every reader raises `Rejected`, with the field's full name, for what it cannot read.

    Attributes:
        record: its members.
        path: of the record, e.g. `line_items[0].`; empty at the top.
    """

    record: Mapping[str, Any]
    path: str = ""

    def text(self, name: str) -> str:
        """A text that must have something in it."""
        value = self._value(name)
        if not isinstance(value, str) or not value:
            raise self.bad(name, "must be a text that is not empty")
        return value

    def optional(self, name: str) -> str:
        """A text; empty if it is absent or null."""
        value = self.record.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.bad(name, "must be a text")
        return value

    def integer(self, name: str) -> int:
        """A whole number."""
        value = self._value(name)
        if type(value) is not int:
            raise self.bad(name, "must be a whole number")
        return value

    def money(self, name: str) -> Decimal:
        """An amount, major units, as WooCommerce's decimal text."""
        value = self._value(name)
        try:
            amount = Decimal(value) if isinstance(value, str) else None
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite():
            raise self.bad(name, "must be an amount, e.g. 10.00")
        return amount

    def gmt(self, name: str) -> int:
        """A time of WooCommerce's `_gmt` fields (ISO 8601 without zone, UTC), as ms UTC."""
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise self.bad(name, "must be a time, e.g. 2026-11-23T08:58:37") from None
        return to_ms(moment.replace(tzinfo=UTC))

    def inner(self, name: str) -> "Fields":
        """A record within this one."""
        value = self._value(name)
        if not isinstance(value, dict):
            raise self.bad(name, "must be an object")
        return Fields(value, f"{self.path}{name}.")

    def each(self, name: str) -> Iterator["Fields"]:
        """The records of a list within this one; none if it is absent."""
        value = self.record.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.bad(name, "must be a list of objects")
        for place, one in enumerate(value):
            yield Fields(one, f"{self.path}{name}[{place}].")

    def meta(self, key: str) -> str:
        """The text of an entry of `meta_data`; empty if there is none."""
        for entry in self.each("meta_data"):
            if entry.record.get("key") == key:
                return entry.optional("value")
        return ""

    def bad(self, name: str, why: str) -> Rejected:
        """The refusal of a field; the value itself is not repeated."""
        return Rejected(f"{why}; correct the order in the shop and save it", f"{self.path}{name}")

    def _value(self, name: str) -> Any:
        if name not in self.record:
            raise self.bad(name, "is missing")
        return self.record[name]
