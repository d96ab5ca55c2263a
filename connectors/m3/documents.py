"""Reading a BOD: its values by path, and what is wrong said by path."""

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, fromstring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from streams.core.clock import to_ms
from streams.core.errors import Rejected
from streams.core.money import exact_minor

_REQUIRED = "\0"


@dataclass(frozen=True)
class Document:
    """A BOD or a part of it; paths are element names without namespaces, `@name` an attribute.

    Every reader raises `Rejected`, naming the whole path, for what is missing and has no default,
    and for what is not of its kind.
    """

    element: Element
    path: str = ""

    @property
    def name(self) -> str:
        """The element's name: `SyncInvoice`."""
        return self.element.tag

    def has(self, path: str) -> bool:
        """Whether there is an element at the path."""
        return self.element.find(path) is not None

    def part(self, path: str) -> "Document":
        """The first element at a path."""
        found = self.element.find(path)
        if found is None:
            raise self._missing(path)
        return Document(found, self._full(path))

    def parts(self, path: str) -> Iterator["Document"]:
        """All elements at a path."""
        return (Document(found, self._full(path)) for found in self.element.findall(path))

    def text(self, path: str, default: str = _REQUIRED) -> str:
        """The text of an element or attribute, without outer blanks."""
        way, _, attribute = path.partition("/@")
        found = self.element.find(way)
        value = None if found is None else found.get(attribute) if attribute else found.text
        if value and value.strip():
            return value.strip()
        if default == _REQUIRED:
            raise self._missing(path)
        return default

    def whole(self, path: str, default: int | None = None) -> int:
        """A whole number, also one written with decimals (`5.0`)."""
        text = self.text(path, _REQUIRED if default is None else str(default))
        number = self._decimal(path, text)
        if number != number.to_integral_value():
            raise Rejected(f"{text} is not a whole number", self._full(path))
        return int(number)

    def pieces(self, path: str, default: int | None = None) -> int:
        """A quantity in whole pieces; what is left of one is not counted, for it cannot be sold."""
        text = self.text(path, _REQUIRED if default is None else str(default))
        return math.floor(self._decimal(path, text))

    def money(self, path: str) -> tuple[int, str]:
        """An amount in minor units and its currency, from `@currencyID`."""
        currency, text = self.text(f"{path}/@currencyID"), self.text(path)
        amount = self._decimal(path, text)
        try:
            return exact_minor(amount, currency), currency
        except ValueError as error:
            raise Rejected(str(error), self._full(path)) from None

    def moment(self, *paths: str) -> int:
        """A time in ms UTC: of the first path that there is; one without a zone is UTC."""
        path = next((each for each in paths if self.has(each)), paths[-1])
        text = self.text(path)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Rejected(f"{text!r} is not an ISO 8601 time", self._full(path)) from None
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def _decimal(self, path: str, text: str) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise Rejected(f"{text!r} is not a number", self._full(path)) from None
        if not number.is_finite():
            raise Rejected(f"{text!r} is not a number", self._full(path))
        return number

    def _full(self, path: str) -> str:
        return f"{self.path}/{path}".lstrip("/")

    def _missing(self, path: str) -> Rejected:
        return Rejected("the BOD does not have it", self._full(path))


def read(xml: bytes) -> Document:
    """Reads a BOD; namespaces are left out.

    Raises:
        Rejected: it is no XML, or has a DTD or entities (which BODs never have, and bombs do).
    """
    try:
        _refuse_declarations(xml)
        root = fromstring(xml)  # noqa: S314 - nothing is declared
    except DefusedXmlException:
        raise Rejected("the XML has a DTD or entities; a BOD has none", "MessagePayload") from None
    except (ParseError, ValueError, LookupError) as error:
        raise Rejected(f"the payload is not XML: {error}", "MessagePayload") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return Document(root)


def _refuse_declarations(xml: bytes) -> None:
    """Reads what comes before the root element: only there can a DTD and its entities stand.

    To read all of a BOD this way takes twice as long: it calls Python for each element and text.

    Raises:
        DefusedXmlException: there is a DTD.
        ParseError, ValueError, LookupError: it is no XML.
    """
    with suppress(_RootBegins):
        DefusedXMLParser(target=_Prolog(), forbid_dtd=True).feed(xml)


class _RootBegins(Exception):
    """The prolog is over."""


class _Prolog:
    def start(self, *_: Any) -> NoReturn:
        raise _RootBegins
