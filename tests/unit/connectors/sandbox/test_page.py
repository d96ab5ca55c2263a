"""The books as a page: complete, to the penny, safe to show, without anything from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.heartland.sandbox import app as heartland
from connectors.heartland.sandbox.page import page as heartland_page
from connectors.m3.sandbox import app as m3
from connectors.m3.sandbox.page import page as m3_page
from connectors.sandbox.harness import Options
from connectors.sandbox.page import SHOWN, Page, Table, rendered, table
from connectors.woocommerce.sandbox import app as shop
from connectors.woocommerce.sandbox.page import page as shop_page
from tests.unit.connectors.sandbox.conftest import Open, Till, always


class Reader(HTMLParser):
    """What a person reads: tables by their heading, figures, and which addresses are named."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.figures: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self._heading = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "tr":
            self.tables.setdefault(self._heading, []).append([])
        if tag in ("h2", "th", "td", "dt", "dd"):
            self._text = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._heading = self._text.strip()
        if tag in ("th", "td"):
            self.tables[self._heading][-1].append(self._text)
        if tag in ("dt", "dd"):
            self.figures.append(self._text)

    def handle_data(self, data: str) -> None:
        self._text += data

    def rows(self, heading: str) -> list[dict[str, str]]:
        found = next(
            rows
            for name, rows in self.tables.items()
            if re.fullmatch(re.escape(heading) + r" [\d,]+( of [\d,]+)?", name)
        )
        return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def read(page: Page, find: str = "") -> Reader:
    return Reader(rendered(page, find))


def figures(page: Page) -> dict[str, str]:
    told = read(page).figures
    return dict(zip(told[::2], told[1::2], strict=True))


async def html(till: Till, path: str = "/") -> str:
    assert till.http
    async with till.http.get(path) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        return await answer.text()


async def test_a_sandbox_shows_its_books_what_was_injected_and_its_requests(opened: Open) -> None:
    till = await opened(Options(faults="none", log=True))
    await till.pay("uk-1", 123_456)
    till.injector.set(always("lost-reply", per_command=1), seed=7)
    await till.pay("uk-2", 100)
    shown = Reader(await html(till))
    assert shown.figures == ["taken", "1,235.56 GBP"]
    assert shown.rows("Takings") == [
        {"id": "uk-2", "paid": "1.00 GBP"},
        {"id": "uk-1", "paid": "1,234.56 GBP"},
    ]
    assert shown.rows("Faults: always, seed 7") == [{"fault": "lost-reply", "times": "1"}]
    lost, paid = shown.rows("Requests")
    assert (lost["status"], lost["fault"], lost["request"]) == (
        "lost",
        "lost-reply",
        "POST /api/pay",
    )
    assert (paid["status"], paid["fault"]) == ("200", "")
    assert "hush" not in str(shown.tables)


async def test_it_works_without_script_and_without_anything_from_elsewhere(opened: Open) -> None:
    till = await opened(Options())
    shown = Reader(await html(till))
    assert "script" not in shown.tags
    assert all(address.startswith(("#", "?", "data:")) for address in shown.addresses)
    assert 'http-equiv="refresh"' in await html(till)
    assert 'http-equiv="refresh"' not in await html(till, "/?refresh=off&find=uk")


async def test_no_text_becomes_markup(opened: Open) -> None:
    till = await opened(Options())
    evil = '<script>alert("1")</script>'
    await till.pay(evil, 100)
    for path in ("/", "/?find=%3Cscript%3E"):
        shown = Reader(await html(till, path))
        assert shown.rows("Takings") == [{"id": evil, "paid": "1.00 GBP"}]
        assert "script" not in shown.tags


def orders(count: int) -> Page:
    rows = [(f"uk-{number}", "paid" if number % 2 else "open") for number in range(count)]
    return Page("Books", "", (), (table("Orders", {"key": "text", "state": "state"}, rows),))


def test_many_rows_are_cut_off_and_the_newest_come_first() -> None:
    shown = read(orders(SHOWN + 50))
    keys = [row["key"] for row in shown.rows("Orders")]
    assert keys == [f"uk-{number}" for number in range(SHOWN + 49, 49, -1)]
    assert "and 50 older ones" in rendered(orders(SHOWN + 50))


def test_the_filter_finds_rows_that_are_cut_off() -> None:
    assert read(orders(500), "UK-7").rows("Orders")[-1]["key"] == "uk-7"
    assert len(read(orders(50), "open").rows("Orders")) == 25
    assert "<p>none</p>" in rendered(orders(50), "nowhere")


def test_an_empty_table_says_so() -> None:
    assert "<p>none</p>" in rendered(Page("Books", "", (), (Table("Orders", (), ()),)))


M3_BOOKS: dict[str, Any] = {
    "orders": {
        "uk-1": {
            "ORNO": "0010000001",
            "CUOR": "uk-1",
            "CUNO": "GUEST",
            "state": "77",
            "total": 3_560,
            "currency": "GBP",
            "lines": [{}, {}],
        }
    },
    "duplicates": [],
    "deliveries": [
        {"DLIX": "1", "ORNO": "0010000001", "CUOR": "uk-1", "gross": 3_560, "lines": []}
    ],
    "invoices": {
        "uk-1": {
            "CINO": "100000001",
            "INYR": 2026,
            "ORNO": "0010000001",
            "gross": 3_560,
            "net": 2_967,
            "vat": 593,
            "outstanding": 60,
            "currency": "GBP",
        }
    },
    "payments": [
        {
            "PBID": "1",
            "TRNO": 1,
            "CINO": "100000001",
            "INYR": 2026,
            "CUOR": "uk-1",
            "amount": 3_500,
            "IRNO": "TRN_1",
        }
    ],
    "stock": {"85123A": {"STQT": "994", "ALQT": "0"}},
    "counts": {"orders": 1},
    "totals": {"ordered": 3_560, "invoiced": 3_560, "paid": 3_500, "outstanding": 60},
}


def test_m3s_page_has_orders_receivables_payments_and_stock() -> None:
    page = m3_page(M3_BOOKS, "GBP", {"OIS100MI/Confirm": 1}, {"delivered": 4, "pending": 0})
    assert figures(page) == {
        "orders": "1",
        "ordered": "35.60 GBP",
        "invoiced": "35.60 GBP",
        "paid": "35.00 GBP",
        "outstanding": "0.60 GBP",
    }
    shown = read(page)
    [order] = shown.rows("Orders")
    assert (order["CUOR"], order["ORST"], order["total"]) == ("uk-1", "77 invoiced", "35.60 GBP")
    [invoice] = shown.rows("Invoices and receivables")
    assert (invoice["CUOR"], invoice["outstanding"], invoice["receivable"]) == (
        "uk-1",
        "0.60 GBP",
        "open",
    )
    assert shown.rows("Deliveries")[0]["gross"] == "35.60 GBP"
    assert shown.rows("Payments")[0]["amount"] == "35.00 GBP"
    assert shown.rows("Stock")[0]["on hand (STQT)"] == "994"
    assert shown.rows("BODs")[-1] == {"what": "delivered", "how many": "4"}
    assert not [name for name in shown.tables if name.startswith(("Returns", "Credit"))]


MONEY = {"authorized": 0, "captured": 0, "refunded": 0, "reversed": 0, "declined": 0}
GP_BOOKS: dict[str, Any] = {
    "orders": {
        "uk-1": {
            **MONEY,
            "currency": "JPY",
            "authorized": 1_400,
            "captured": 1_400,
            "status": "CAPTURED",
            "transactions": ["TRN_1"],
        }
    },
    "totals": {"JPY": {**MONEY, "authorized": 1_400, "captured": 1_400}},
    "batches": {
        "BAT_1": {
            "currency": "JPY",
            "status": "OPEN",
            "transactions": 1,
            "net": 1_400,
            "deposit": "",
        }
    },
    "deposits_to_come": [
        {"batch": "BAT_1", "currency": "JPY", "net": 1_400, "closes": "2026-01-02", "comes": ""}
    ],
    "deposits": {
        "DEP_1": {
            "currency": "JPY",
            "status": "FUNDED",
            **dict.fromkeys(("sales", "refunds", "fees", "chargebacks", "reversals"), 0),
            "amount": -30,
        }
    },
    "disputes": {
        "DIS_1": {
            "transaction": "TRN_1",
            "stage": "CHARGEBACK",
            "status": "UNDER_REVIEW",
            "result": "",
            "amount": 700,
        }
    },
    "settlement": {"JPY": {"deposited": -30, "fees": 30, "disputes": 0, "to_come": 1_400}},
}


def test_heartlands_page_has_orders_and_the_way_to_the_bank() -> None:
    page = heartland_page(GP_BOOKS, {"POST /ucp/transactions": 1}, {"delivered": 2})
    assert figures(page) == {
        "orders": "1",
        "authorized": "1,400 JPY",
        "captured": "1,400 JPY",
        "refunded": "0 JPY",
        "reversed": "0 JPY",
        "declined": "0 JPY",
        "deposited": "-30 JPY",
        "fees": "30 JPY",
        "disputes": "0 JPY",
        "to come": "1,400 JPY",
    }
    shown = read(page)
    assert shown.rows("Orders")[0]["captured"] == "1,400 JPY"
    assert shown.rows("Batches")[0]["net"] == "1,400 JPY"
    assert shown.rows("Deposits to come")[0]["batch closes"] == "2026-01-02"
    assert shown.rows("Deposits")[0]["amount"] == "-30 JPY"
    assert shown.rows("Disputes")[0]["amount"] == "700 JPY"
    assert shown.rows("Notifications") == [{"what": "delivered", "times": "2"}]


def test_heartlands_page_leaves_out_what_is_not_there() -> None:
    books = {name: GP_BOOKS[name] for name in ("orders", "totals")}
    shown = read(heartland_page(books, {}, {}))
    assert {name.split()[0] for name in shown.tables} == {"Orders"}


def test_the_shops_page_has_orders_stock_and_webhooks() -> None:
    order = {
        "number": "17",
        "status": "processing",
        "total": 1_000,
        "refunded": 250,
        "currency": "GBP",
        "transaction_id": "TRN_1",
        "notes": ["first", "last"],
        "meta": {},
    }
    hook = {
        "id": 1,
        "topic": "order.created",
        "status": "active",
        "delivered": 3,
        "failures": 0,
    }
    books = {
        "orders": {"17": order},
        "totals": {"processing": 1_000},
        "total": 1_000,
        "currency": "GBP",
        "stock": {"TEA": 7},
        "reserved": {"TEA": 2},
        "webhooks": [hook],
    }
    page = shop_page("Tea & Co", books, {})
    assert figures(page) == {
        "orders": "1",
        "ordered": "10.00 GBP",
        "refunded": "2.50 GBP",
        "processing": "10.00 GBP",
    }
    shown = read(page)
    assert shown.rows("Orders")[0]["latest note"] == "last"
    assert shown.rows("Stock") == [{"SKU": "TEA", "stock_quantity": "7", "reserved": "2"}]
    assert shown.rows("Webhooks")[0]["delivered"] == "3"
    assert "<title>Tea &amp; Co</title>" in rendered(page)


@pytest.mark.parametrize("system", ["m3", "heartland", "shop"])
async def test_each_sandbox_serves_its_page(system: str, tmp_path: Path) -> None:
    options = Options(faults="none", log=True)
    running: Any
    if system == "m3":
        settings = m3.SandboxSettings(ionapi_path=tmp_path / "m3.ionapi")
        running = await m3.serve(settings, options=options)
    elif system == "heartland":
        running = await heartland.serve(heartland.SandboxSettings(), options=options)
    else:
        running = await shop.serve(shop.SandboxSettings(), options=options)
    try:
        async with aiohttp.ClientSession() as http, http.get(running.url) as answer:
            assert answer.status == 200
            text = await answer.text()
    finally:
        await running.close()
    for heading in ("Orders", "Calls", "Faults: none", "Requests"):
        assert re.search(f"<h2>{heading}", text)
