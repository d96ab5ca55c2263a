"""What no BOD told of, against the sandbox: it has no application to tell, its BODs are kept."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from aiohttp import web

from connectors.m3 import fetched
from connectors.m3.bods import Context, events
from connectors.m3.changes import Changes
from connectors.m3.client import MiClient
from connectors.m3.connector import CONNECTOR
from connectors.m3.export import LONGEST, answered, quoted, selects
from connectors.m3.fetched import order_status
from connectors.m3.ours import ORDER, Ours
from connectors.m3.poller import change_pollers
from connectors.m3.told import newness
from connectors.m3.wire import MiError, MiResult, Transaction
from streams.core.clock import SteppingClock
from streams.core.connector import Opened
from streams.core.errors import Misconfigured, Rejected, Unknown
from streams.core.message import Message
from streams.core.metrics import Metrics
from streams.messages.fulfilment import (
    CreditNoteIssued,
    InvoiceIssued,
    SalesOrderSynced,
    ShipmentSent,
)
from streams.messages.parts import OrderLine, Shipped
from streams.messages.stock import StockReported
from tests.unit.connectors.doubtful import doubtful
from tests.unit.connectors.m3.conftest import M3, order, order_of, settings
from tests.unit.connectors.polling import Polling, keys, polling

MINUTE, HOUR = 60_000, 3_600_000
T = TypeVar("T", bound=Message)


class Tenant:
    """A sandbox and the four pollers, each at its second round: the first says where it begins."""

    def __init__(self, m3: M3) -> None:
        self.m3 = m3
        names = ("orders", "deliveries", "invoices", "balances")
        self.polls: dict[str, Polling] = {n: polling(m3.opened, f"m3/{n}") for n in names}

    async def begin(self) -> "Tenant":
        self.m3.clock.advance(HOUR)
        for each in self.polls.values():
            assert await each.round() == []
        self.m3.clock.advance(MINUTE)
        return self

    async def order(self, key: str, pieces: int = 6) -> str:
        """An order that Tandem entered; its number in M3."""
        done = await self.m3.do(order_of(key, [pieces]))
        await self.m3.live()
        return done.values["ORNO"]

    async def told(self, kind: type[T]) -> list[T]:
        """What the BODs tell that nobody got."""
        context = Context("TANDEM_TST", "100_AAA", self.m3.clock.now_ms())
        messages = (await self.m3.ask("bods"))["messages"]
        found = [each for m in messages for each in events(m["payload"].encode(), context)]
        return [each for each in found if isinstance(each, kind)]

    async def fetched(self, what: str, kind: type[T]) -> list[T]:
        found = await self.polls[what].round()
        assert self.polls[what].refused == []
        return [each for each in found if isinstance(each, kind)]


@pytest.fixture
async def tenant(m3: M3) -> Tenant:
    return await Tenant(m3).begin()


def settle(tenant: Tenant) -> None:
    tenant.m3.clock.advance(MINUTE)


async def test_an_order_that_no_bod_told_of_arrives(tenant: Tenant) -> None:
    number = await tenant.order("uk-1")
    (found,) = await tenant.fetched("orders", SalesOrderSynced)
    assert (found.key, found.m3_order, found.status) == ("uk-1", number, "Closed")
    assert found.id in {each.id for each in await tenant.told(SalesOrderSynced)}


async def test_each_status_that_is_seen_is_the_bod_s_event(tenant: Tenant) -> None:
    await tenant.m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    await tenant.order("uk-1")
    seen = await tenant.fetched("orders", SalesOrderSynced)
    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.act("orders/stop", {"CUOR": "uk-1"})
    seen += await tenant.fetched("orders", SalesOrderSynced)
    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.act("orders/release", {"CUOR": "uk-1"})
    seen += await tenant.fetched("orders", SalesOrderSynced)
    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.act("orders/cancel", {"CUOR": "uk-1", "rest": True})
    seen += await tenant.fetched("orders", SalesOrderSynced)

    assert [each.status for each in seen] == ["Open", "Hold", "Open", "Canceled"]
    assert len({each.id for each in seen}) == 4
    assert {each.id for each in seen} <= {each.id for each in await tenant.told(SalesOrderSynced)}
    assert [each.variation for each in seen] == sorted(each.variation for each in seen)


async def test_what_m3_gives_up_is_the_bod_s_event(tenant: Tenant) -> None:
    """A line is closed while another is still to come, then that one as well."""
    await tenant.m3.act("items", [{"ITNO": "85123A", "STQT": 2}, {"ITNO": "22752", "STQT": 0}])
    await tenant.m3.act("deliveries", {"back_orders": True})
    await tenant.m3.do(order("uk-1"))
    await tenant.m3.live()
    await tenant.m3.act("orders/cancel", {"CUOR": "uk-1", "PONR": "1", "rest": True})
    seen = await tenant.fetched("orders", SalesOrderSynced)
    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.act("orders/cancel", {"CUOR": "uk-1", "PONR": "2", "rest": True})
    seen += await tenant.fetched("orders", SalesOrderSynced)

    hearts = OrderLine(order_line="1", item="85123A", ordered=6, shipped=2, final=True)
    boxes = OrderLine(order_line="2", item="22752", ordered=2, shipped=0)
    given_up = boxes.model_copy(update={"final": True})
    post = OrderLine(order_line="3", item="POST", ordered=1, shipped=1, final=True)
    assert [(each.status, each.lines) for each in seen] == [
        ("Open", (hearts, boxes, post)),
        ("Closed", (hearts, given_up, post)),
    ]
    assert {each.id for each in seen} <= {each.id for each in await tenant.told(SalesOrderSynced)}


async def test_a_deleted_line_is_told_by_its_bod_alone(tenant: Tenant) -> None:
    await tenant.m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    await tenant.m3.do(order("uk-1"))
    await tenant.m3.live()
    await tenant.m3.act("orders/cancel", {"CUOR": "uk-1", "PONR": "2"})
    (found,) = await tenant.fetched("orders", SalesOrderSynced)
    told = await tenant.told(SalesOrderSynced)
    (boxes,) = (line for each in told for line in each.lines if line.final)
    assert boxes == OrderLine(order_line="2", item="22752", ordered=0, shipped=0, final=True)
    assert [line.order_line for line in found.lines] == ["1", "3"]
    assert [each.amount for each in told] == [3560, 3560 - 1530]
    assert found.amount == -1


async def test_a_delivery_arrives_once_however_it_is_learnt(tenant: Tenant) -> None:
    number = await tenant.order("uk-1")
    settle(tenant)
    (found,) = await tenant.fetched("deliveries", ShipmentSent)
    (told,) = await tenant.told(ShipmentSent)
    assert found.id == told.id
    assert (found.key, found.m3_order) == ("uk-1", number)
    assert found.lines == told.lines == (Shipped(item="85123A", quantity=6, order_line="1"),)
    assert told.tracking
    assert not found.tracking, (
        "only the BOD knows the parcel, so it comes first: see settle_seconds"
    )


async def test_a_delivery_and_an_invoice_are_left_to_their_bods_for_a_while(
    tenant: Tenant,
) -> None:
    await tenant.order("uk-1")
    assert await tenant.fetched("deliveries", ShipmentSent) == []
    assert await tenant.fetched("invoices", InvoiceIssued) == []
    settle(tenant)
    assert len(await tenant.fetched("deliveries", ShipmentSent)) == 1
    assert len(await tenant.fetched("invoices", InvoiceIssued)) == 1


async def test_an_invoice_is_the_bod_s_to_the_penny(tenant: Tenant) -> None:
    await tenant.m3.do(order("uk-1"))
    await tenant.order("uk-2", 1)
    settle(tenant)
    found = await tenant.fetched("invoices", InvoiceIssued)
    told = await tenant.told(InvoiceIssued)

    def said(each: InvoiceIssued) -> dict[str, Any]:
        return each.model_dump(exclude={"received_at"})

    assert sorted(map(said, found), key=str) == sorted(map(said, told), key=str)
    assert sorted(each.amount for each in found) == [255, 3560]


async def test_a_part_delivery_each_has_its_own_events(tenant: Tenant) -> None:
    await tenant.m3.act(
        "deliveries", {"CUOR": "uk-1", "deliveries": [{"85123A": 2}, {"85123A": 1}]}
    )
    await tenant.order("uk-1", 6)
    settle(tenant)
    shipped = await tenant.fetched("deliveries", ShipmentSent)
    billed = await tenant.fetched("invoices", InvoiceIssued)
    assert sorted(each.lines[0].quantity for each in shipped) == [1, 2, 3]
    assert sorted(each.amount for each in billed) == [255, 510, 765]
    assert {each.id for each in shipped} == {each.id for each in await tenant.told(ShipmentSent)}
    assert {each.id for each in billed} == {each.id for each in await tenant.told(InvoiceIssued)}


async def test_a_credit_note_is_the_bod_s(tenant: Tenant) -> None:
    number = await tenant.order("uk-1")
    lines = [{"ITNO": "85123A", "REQ0": 2}]
    await tenant.m3.act("returns", {"CUOR": "uk-1", "YREF": "our own words", "lines": lines})
    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.live()
    settle(tenant)
    found = await tenant.polls["invoices"].round()
    assert tenant.polls["invoices"].refused == []
    assert [type(each) for each in found] == [InvoiceIssued, CreditNoteIssued]
    (told,) = await tenant.told(CreditNoteIssued)
    assert found[1].model_dump(exclude={"received_at"}) == told.model_dump(exclude={"received_at"})
    assert (told.key, told.m3_order, told.amount, told.vat) == ("uk-1", number, 510, 85)
    assert (bool(told.return_number), told.reference) == (True, "our own words")


async def test_balances_arrive_with_the_time_that_they_moved(tenant: Tenant) -> None:
    await tenant.order("uk-1")
    (found,) = await tenant.fetched("balances", StockReported)
    (told,) = [b for b in await tenant.told(StockReported) if b.on_hand == found.on_hand]
    assert (found.key, found.on_hand) == ("85123A@001", 99_994)
    assert found.id == told.id
    assert found.occurred_at == tenant.m3.clock.now_ms()
    assert found.variation == newness(tenant.m3.clock.now_ms(), 999) > told.variation

    tenant.m3.clock.advance(MINUTE)
    await tenant.m3.act("items", [{"ITNO": "85123A", "STQT": 5}])
    (later,) = await tenant.fetched("balances", StockReported)
    assert later.on_hand == 5
    assert later.variation > found.variation


async def test_a_balance_that_never_rests_is_seen(tenant: Tenant) -> None:
    for pieces in (1, 2, 3):
        await tenant.order(f"uk-{pieces}", pieces)
        (found,) = await tenant.fetched("balances", StockReported)
        assert found.occurred_at == tenant.m3.clock.now_ms()
        tenant.m3.clock.advance(1_000)


async def test_rounds_look_back_by_the_overlap(tenant: Tenant) -> None:
    await tenant.order("uk-1")
    for passed, known in ((4, 1), (1, 1), (1, 0)):
        tenant.m3.clock.advance(passed * MINUTE + 1)
        assert len(await tenant.fetched("orders", SalesOrderSynced)) == known


async def test_a_standstill_of_a_night_is_made_up_for(tenant: Tenant) -> None:
    placed = []
    for number in range(9):
        await tenant.order(f"uk-{number}")
        placed.append(f"uk-{number}")
        tenant.m3.clock.advance(HOUR)
    for what in ("orders", "deliveries", "invoices"):
        found = await tenant.polls[what].round()
        assert list(dict.fromkeys(keys(found))) == placed
        assert tenant.polls[what].fetches > 9


async def test_more_changes_of_one_moment_than_a_list_or_a_query_holds(tenant: Tenant) -> None:
    entered = [f"uk-{number}" for number in range(130)]
    for key in entered:
        await tenant.m3.do(order_of(key, [1]))
    await tenant.m3.live()
    settle(tenant)
    for what in ("orders", "deliveries", "invoices"):
        assert sorted(keys(await tenant.polls[what].round())) == sorted(entered)


async def test_nothing_new_costs_two_calls_each(tenant: Tenant) -> None:
    before = (await tenant.m3.ask("calls"))["requests"]
    tenant.m3.clock.advance(HOUR // 2)
    for each in tenant.polls.values():
        await each.round()
    assert (await tenant.m3.ask("calls"))["requests"] == before + 8


async def test_what_is_not_a_shop_s_is_left_out(m3: M3) -> None:
    tables = m3.server.ionapi.parent / "tables.yaml"
    tables.write_text('tables: {order_type: {"*": SHP}, warehouse: {"*": "900"}}')
    elsewhere = settings(m3.server.ionapi, tables=tables)
    async with CONNECTOR.open(elsewhere, m3.clock, Metrics()) as opened:
        tenant = Tenant(M3(opened, m3.server, m3.session, m3.clock))
        await tenant.begin()
        await m3.do(order_of("uk-1", [6]))
        await m3.live()
        settle(tenant)
        for each in tenant.polls.values():
            assert (await each.round(), each.refused) == ([], [])


async def test_what_is_credited_of_several_orders_finds_each_return(tenant: Tenant) -> None:
    for number in range(3):
        await tenant.order(f"uk-{number}", 6)
        lines = [{"ITNO": "85123A", "REQ0": number + 1}]
        body = {"CUOR": f"uk-{number}", "YREF": f"of {number}", "lines": lines}
        await tenant.m3.act("returns", body)
    settle(tenant)
    found = await tenant.fetched("invoices", CreditNoteIssued)
    said = [(each.key, each.reference, each.amount) for each in found]
    assert said == [(f"uk-{n}", f"of {n}", 255 * (n + 1)) for n in range(3)]
    assert {each.id for each in found} == {each.id for each in await tenant.told(CreditNoteIssued)}


async def test_only_credit_notes_cost_further_calls(tenant: Tenant) -> None:
    await tenant.order("uk-1")
    settle(tenant)
    before = (await tenant.m3.ask("calls"))["requests"]
    assert len(await tenant.fetched("invoices", InvoiceIssued)) == 1
    assert (await tenant.m3.ask("calls"))["requests"] == before + 5
    await tenant.m3.act("returns", {"CUOR": "uk-1", "lines": [{"ITNO": "85123A", "REQ0": 2}]})
    settle(tenant)
    before = (await tenant.m3.ask("calls"))["requests"]
    assert len(await tenant.fetched("invoices", CreditNoteIssued)) == 1
    assert (await tenant.m3.ask("calls"))["requests"] == before + 7


@pytest.mark.parametrize(
    ("change", "returned", "amount"),
    [
        ({}, ("7", "why"), 255),
        ({"EXTA": "0.00", "TAMT": "0.00"}, ("7", "why"), 0),
        ({"returns": {}}, ("", ""), 255),
    ],
)
def test_what_is_credited_is_a_credit_note(
    change: dict[str, Any], returned: tuple[str, str], amount: int
) -> None:
    event = fetched.bill(fetched.Fields(CREDITED | change), 5)
    assert isinstance(event, CreditNoteIssued)
    assert (event.return_number, event.reference) == returned
    assert (event.amount, event.m3_order, event.key) == (amount, "001", "uk-1")


def test_what_is_credited_of_two_returns_together_is_refused() -> None:
    with pytest.raises(Rejected, match="of the returns 7, 8 together") as refused:
        fetched.bill(fetched.Fields(CREDITED | {"returns": {"7": "why", "8": "not"}}), 5)
    assert refused.value.field == "REPN"


CREDITED = {
    **dict.fromkeys(("UHIVNO", "UHEXIN"), "9"),
    "UHYEA4": "2010",
    "UHCUNO": "GUEST",
    "UHCUCD": "GBP",
    "UHLMTS": "4",
    "orders": ["001"],
    "references": ["uk-1"],
    "returns": {"7": "why"},
    "EXTA": "-2.13",
    "TAMT": "-0.42",
}


class Clerk:
    """Answers as an M3 whose INVBODMI does not know invoice 1, and that bills 3 with 2 orders."""

    def __init__(self) -> None:
        orders = (f"00{number};WEB;AAA;77;0;5;uk-{number}" for number in (1, 2, 3, 4))
        bills = (f"2010;{number};{number};GUEST;GBP;31;5" for number in (1, 2, 3, 9))
        self.tables = {"OOHEAD": tuple(orders), "OINVOH": tuple(bills), "OOLINE": ()}
        self.time = "1291191960000"
        self.orders = {"2": ("002",), "3": ("003", "004"), "9": ("phone",)}

    async def read(self, transactions: Sequence[Transaction]) -> list[MiResult]:
        return list(map(self._answer, transactions))

    def _answer(self, asked: Transaction) -> MiResult:
        if asked.name == "GetServerTime":
            return MiResult(({"LMTS": self.time},))
        if asked.program == "EXPORTMI":
            table = asked.record["QERY"].partition(" from ")[2].split()[0]
            return MiResult(tuple({"REPL": row} for row in self.tables[table]))
        if asked.record["CINO"] == "1":
            return MiResult(error=MiError("Invoice number 1 does not exist", "WIN0103", "CINO"))
        if asked.name == "GetHeader":
            return MiResult(({"EXTA": "2.13", "TAMT": "0.42"},))
        return MiResult(tuple({"RIDN": number} for number in self.orders[asked.record["CINO"]]))


async def test_an_invoice_that_cannot_be_read_is_refused_and_the_others_go_on() -> None:
    ours = Ours("AAA", frozenset(("WEB",)), frozenset())
    changes = Changes(cast("MiClient", Clerk()), ours)
    pollers = change_pollers(changes, settings(Path("x")), SteppingClock())
    invoices = polling(Opened(pollers=pollers), "m3/invoices")
    (found,) = await invoices.round()
    assert isinstance(found, InvoiceIssued)
    assert (found.key, found.amount, found.vat) == ("uk-2", 255, 42)
    together, unknown = (why for _, why in invoices.refused)
    assert together.field == "RIDN"
    assert "003, 004" in together.reason
    assert unknown.field == "CINO"
    assert "invoice 1: Invoice number 1 does not exist" in unknown.reason


async def test_time_is_m3_s_own() -> None:
    """A clock of ours that is an hour off loses nothing, for M3 stamps rows by its own."""
    ours = Ours("AAA", frozenset(("WEB",)), frozenset())
    clerk = Clerk()
    pollers = change_pollers(
        Changes(cast("MiClient", clerk), ours), settings(Path("x")), SteppingClock(9)
    )
    orders = polling(Opened(pollers=pollers), "m3/orders")
    await orders.round()
    assert orders.cursor == clerk.time
    clerk.time = "soon"
    with pytest.raises(Unknown, match="tells its time as 'soon'"):
        await orders.round()


@pytest.mark.parametrize(
    ("what", "item", "field"),
    [
        ("orders", {"OACUOR": "", "OAORNO": "1"}, "OACUOR"),
        ("orders", {"OACUOR": "k", "OAORNO": "1", "OAORSL": "22", "OALMTS": "soon"}, "OALMTS"),
        (
            "deliveries",
            {"OACUOR": "k", "UAORNO": "1", "UADLIX": "1", "lines": [{"UBITNO": "x"}]},
            "UBDLQT",
        ),
        (
            "deliveries",
            {
                "OACUOR": "k",
                "UAORNO": "1",
                "UADLIX": "1",
                "lines": [{"UBITNO": "x", "UBDLQT": "6.5"}],
            },
            "UBDLQT",
        ),
        (
            "invoices",
            {"orders": ["1"], "references": ["k"], "UHCUCD": "GBP", "EXTA": "1.005"},
            "EXTA",
        ),
        ("balances", {"MBITNO": "x", "MBWHLO": "001", "MBSTQT": "NaN"}, "MBSTQT"),
    ],
)
async def test_what_is_missing_or_odd_is_named_in_m3_s_words(
    m3: M3, what: str, item: dict[str, Any], field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        polling(m3.opened, f"m3/{what}").poller.translate(json.dumps(item).encode())
    assert refused.value.field == field


def test_free_text_with_the_separator_is_read_whole() -> None:
    answer = MiResult(({"REPL": "001;WEB;AAA;77;0;5;PO 7;second try"},))
    (row,) = list(answered(answer, ORDER))
    assert row["OACUOR"] == "PO 7;second try"
    with pytest.raises(Unknown, match="7 columns"):
        list(answered(MiResult(({"REPL": "001;WEB"},)), ORDER))


async def test_an_m3_that_lacks_what_is_asked_stops_the_poller(m3: M3) -> None:
    ended = {
        "wasTerminated": True,
        "terminationReason": "Program EXPORTMI does not exist",
        "terminationErrorType": "TransactionNotFound",
    }
    async with doubtful(m3.server.url) as line:
        file = m3.server.ionapi.with_name("line.ionapi")
        file.write_text(m3.server.ionapi.read_text().replace(m3.server.url, line.url))
        async with CONNECTOR.open(settings(file), m3.clock, Metrics()) as opened:
            line.answer("m3api-rest/v2/execute", web.json_response(ended, status=400))
            with pytest.raises(Misconfigured, match="EXPORTMI does not exist"):
                await polling(opened, "m3/orders").round()
            assert await polling(opened, "m3/orders").round() == []


def test_long_lists_are_asked_for_in_queries_that_m3_takes() -> None:
    numbers = [quoted(f"{number:010}") for number in range(500)]
    asked = [str(each.record["QERY"]) for each in selects(("OAORNO",), "OOHEAD", "OAORNO", numbers)]
    assert all(len(query) <= LONGEST for query in asked)
    assert len(asked) == 7
    listed = [v for query in asked for v in query.partition("(")[2].rstrip(")").split(",")]
    assert listed == numbers
    assert list(selects(("OAORNO",), "OOHEAD", "OAORNO", [])) == []


@pytest.mark.parametrize(
    ("ORSL", "OBLC", "status"),
    [
        ("22", "0", "Open"),
        ("33", "", "Open"),
        ("66", "9", "Shipped"),
        ("77", "0", "Closed"),
        ("99", "0", "Canceled"),
        ("22", "7", "Hold"),
    ],
)
def test_an_order_s_status_is_said_as_a_bod_says_it(ORSL: str, OBLC: str, status: str) -> None:
    assert order_status(ORSL, OBLC) == status
