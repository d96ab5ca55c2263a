"""Order files: gzip'd or plain, and what is wrong with bad ones."""

import gzip
from pathlib import Path

import pytest

from streams.core.clock import iso
from streams.core.errors import Misconfigured
from streams.demo.files import COLUMNS, read_rows

HEADER = ",".join(COLUMNS)
GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def _write(folder: Path, *lines: str) -> Path:
    path = folder / "orders.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_plain_and_gzip_say_the_same(tmp_path: Path) -> None:
    plain = _write(tmp_path, HEADER, GOOD)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    (from_plain,), (from_packed,) = read_rows([plain]), read_rows([packed])
    assert from_plain.customer == from_packed.customer == "17850"
    assert from_plain.unit_price == from_packed.unit_price
    assert iso(from_plain.at) == "2010-12-01T08:26:00.000Z"


def test_summer_orders_are_an_hour_behind_london(tmp_path: Path) -> None:
    path = _write(tmp_path, HEADER, GOOD.replace("2010-12-01", "2011-07-01"))
    (row,) = read_rows([path])
    assert iso(row.at) == "2011-07-01T07:26:00.000Z"


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("EIRE", "IE"),
        ("Channel Islands", "JE"),
        ("Unspecified", "GB"),
        ("Hong Kong", "HK"),
        ("RSA", "ZA"),
    ],
)
def test_the_files_own_country_names(tmp_path: Path, country: str, code: str) -> None:
    path = _write(tmp_path, HEADER, GOOD.replace("United Kingdom", country))
    (row,) = read_rows([path])
    assert row.country == code


def test_a_guest_has_no_customer(tmp_path: Path) -> None:
    (row,) = read_rows([_write(tmp_path, HEADER, GOOD.replace("17850.0", ""))])
    assert row.customer == ""


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("536365", "X36365", "InvoiceNo"),
        ("85123A", " ", "StockCode"),
        (",6,", ",6.5,", "Quantity"),
        ("2010-12-01 08:26:00", "1 December", "InvoiceDate"),
        ("2.55", "2,55 £".replace(",", "."), "UnitPrice"),
        ("2.55", "NaN", "UnitPrice"),
        ("17850.0", "17850.5", "CustomerID"),
        ("United Kingdom", "Atlantis", "Country"),
    ],
)
def test_a_bad_value_names_file_line_and_column(
    tmp_path: Path, old: str, new: str, column: str
) -> None:
    path = _write(tmp_path, HEADER, GOOD, GOOD.replace(old, new))
    with pytest.raises(Misconfigured, match=rf"orders\.csv, line 3, column {column}: ") as refused:
        list(read_rows([path]))
    assert "\n" not in str(refused.value)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, HEADER.replace(",Country", ""), GOOD)
    with pytest.raises(Misconfigured, match=r"line 1: column Country is missing"):
        list(read_rows([path]))


def test_a_short_line_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, HEADER, "536365,85123A")
    with pytest.raises(Misconfigured, match=r"line 2: 2 columns, the header has 8"):
        list(read_rows([path]))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(f"{HEADER}\n{GOOD}\n".encode())[:-9], "not a whole gzip file"),
        (f"{HEADER}\n{GOOD}\n".replace("WHITE", "£").encode("latin-1"), "not UTF-8"),
        (f'{HEADER}\n"536365"x,\n'.encode(), "not CSV"),
        (b"", "line 1: column InvoiceNo"),
    ],
)
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=why) as refused:
        list(read_rows([path]))
    assert str(path) in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.csv: cannot be read: No such file"):
        list(read_rows([tmp_path / "nowhere.csv"]))
