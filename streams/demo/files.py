"""Reads order files: the rows of the Online Retail format, gzip'd or plain CSV."""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, NoReturn
from zlib import error as ZlibError
from zoneinfo import ZoneInfo

from streams.core.clock import to_ms
from streams.core.errors import Misconfigured
from streams.demo.countries import alpha2

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
SHOP_ZONE = ZoneInfo("Europe/London")
"""The zone of `InvoiceDate`: the retailer's own."""

_GZIP = b"\x1f\x8b"
_INVOICE = re.compile(r"[ACac]?\d+", re.ASCII)
_QUANTITY = re.compile(r"-?\d+", re.ASCII)
_CUSTOMER = re.compile(r"(\d+)(\.0+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an order file.

    Attributes:
        invoice: the document's number, a leading letter in capitals.
        item: the StockCode; `name` its description, which may be empty.
        at: ms UTC.
        unit_price: GBP, VAT included.
        customer: the customer's number without ".0"; empty for a guest.
        country: ISO 3166-1 alpha-2.
        where: file and line, for an error that a later rule finds.
    """

    invoice: str
    item: str
    name: str
    quantity: int
    at: int
    unit_price: Decimal
    customer: str
    country: str
    where: str


def read_rows(files: Iterable[Path]) -> Iterator[Row]:
    """The rows of the files, in the order given, each file in its own order.

    Raises:
        Misconfigured: a file cannot be read or is not in the format; names file, line and column.
            Whoever chose the file must repair it or choose another.
    """
    for path in files:
        yield from _rows_of(path)


def _rows_of(path: Path) -> Iterator[Row]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            opened: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # GzipFile is IO in all but its stub
            with TextIOWrapper(opened, encoding="utf-8-sig", newline="") as text:
                yield from _parsed(path, text)
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error.strerror or error}") from error
    except (EOFError, ZlibError) as error:
        raise Misconfigured(f"{path}: is not a whole gzip file: {error}") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path}: is not UTF-8 text: {error.reason}; convert it") from error
    except csv.Error as error:
        raise Misconfigured(f"{path}: is not CSV: {error}") from error


def _parsed(path: Path, text: IO[str]) -> Iterator[Row]:
    reader = csv.reader(text, strict=True)
    header = next(reader, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise Misconfigured(
            f"{path}, line 1: column {', '.join(missing)} is missing; wanted: {', '.join(COLUMNS)}"
        )
    places = [header.index(column) for column in COLUMNS]
    for values in reader:
        if not values:
            continue
        where = f"{path}, line {reader.line_num}"
        if len(values) != len(header):
            raise Misconfigured(f"{where}: {len(values)} columns, the header has {len(header)}")
        yield _row(where, [values[place].strip() for place in places])


def _row(where: str, values: list[str]) -> Row:
    invoice, item, name, quantity, date, price, customer, country = values
    number = _CUSTOMER.fullmatch(customer)
    code = alpha2(country)
    if not _INVOICE.fullmatch(invoice):
        _refuse(where, "InvoiceNo", invoice, "digits, with a leading C or A for what is no order")
    if not item:
        _refuse(where, "StockCode", item, "an item's code")
    if not _QUANTITY.fullmatch(quantity):
        _refuse(where, "Quantity", quantity, "a whole number")
    if customer and not number:
        _refuse(where, "CustomerID", customer, "a number, or empty for a guest")
    if not code:
        _refuse(where, "Country", country, "a country's English name")
    return Row(
        invoice=invoice.upper(),
        item=item,
        name=name,
        quantity=int(quantity),
        at=_moment(where, date),
        unit_price=_price(where, price),
        customer=number[1] if number else "",
        country=code,
        where=where,
    )


def _moment(where: str, text: str) -> int:
    try:
        return to_ms(datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE))
    except ValueError:
        _refuse(where, "InvoiceDate", text, "a time like 2010-12-01 08:26:00")


def _price(where: str, text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        _refuse(where, "UnitPrice", text, "an amount like 2.55")
    if not price.is_finite():
        _refuse(where, "UnitPrice", text, "an amount like 2.55")
    return price


def _refuse(where: str, column: str, value: Any, wanted: str) -> NoReturn:
    raise Misconfigured(f"{where}, column {column}: {value!r} is not {wanted}")
