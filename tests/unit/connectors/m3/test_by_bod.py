"""Orders and customers by BOD: the same in M3's books as by MI, once, and refusals say why."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.m3.by_bod import ByBod
from connectors.m3.ion import IonClient
from connectors.m3.process import Bod
from streams.core.errors import Misconfigured, Rejected, Transient, Unknown
from streams.core.message import Command
from streams.messages.customer import CustomerAcknowledged
from streams.messages.fulfilment import SalesOrderAcknowledged, SalesOrderSynced
from streams.messages.m3 import CreateOrder, EnsureCustomer
from streams.messages.parts import Address, Charge, Line
from tests.unit.connectors.m3.conftest import ANN, M3, Doors, customer, opened, order

ABROAD = Address(
    first_name="Grace",
    last_name="Hopper",
    company="Hanging Hearts & Co <NY>",
    address_1="The Old Warehouse behind the Grand Canal, Unit 17",
    address_2="Flat 3",
    city="New York",
    state="NY",
    postcode="10001",
    country="US",
    email="grace@example.com",
    phone="212-555-0123 x45678901",
)
NOTE = 'Please leave it with the neighbour, if "Zoë" & <family> are not at home. ' * 6
ORDERS: dict[str, dict[str, Any]] = {
    "goods and postage": {},
    "per 7 pieces, something taken off, free": {
        "lines": (
            Line(
                line_id="1",
                item="85123A",
                quantity=14,
                unit_price="10.00",
                price_quantity=7,
                discount=29,
                amount=1971,
            ),
            Line(line_id="2", item="22752", quantity=1, unit_price="0", amount=0),
        ),
        "total": 1971 + 500,
    },
    "charges alone": {
        "lines": (),
        "charges": (
            Charge(kind="freight", code="flat_rate", name="Flat rate", amount=395),
            Charge(kind="fee", code="gift-wrap", name="", amount=0),
        ),
        "total": 395,
    },
    "abroad, with a long note": {"ship_to": ABROAD, "customer_note": NOTE},
    "a key and a name that XML would stumble over": {
        "key": "uk-o'b&<1>",
        "ship_to": ANN.model_copy(update={"last_name": "O'Brien & <Sons>", "city": "Århus"}),
    },
    "many lines": {
        "lines": tuple(
            Line(line_id=str(n), item="85123A", quantity=n, unit_price="2.55", amount=n * 255)
            for n in range(1, 121)
        ),
        "charges": (),
        "total": 255 * 120 * 121 // 2,
    },
}


def by_bod(m3: M3) -> ByBod:
    """The executor behind the sink."""
    found = getattr(m3.opened.sinks[0].handles[CreateOrder], "__self__", None)
    assert isinstance(found, ByBod)
    return found


async def entered(home: Path, by: str, command: Command, question: str) -> Any:
    """What M3 was given, field by field, and what it makes of it."""
    async with opened(home, {}, orders_by=by) as m3:
        outcome = await m3.do(command)
        await m3.live()
        found, books = await m3.ask(f"entered?{question}"), await m3.books()
        sent = await m3.ask("ion")
    assert bool(sent) == (by == "bod")
    (one,) = found["orders"] or found["customers"]
    for record in (one, *one.get("lines", ()), *one.get("addresses", {}).values()):
        record.pop("ORNO", None)
    for text in one.get("texts", ()):
        text.pop("ORNO")
    return outcome.values, one, books


@pytest.mark.parametrize("changes", ORDERS.values(), ids=list(ORDERS))
async def test_an_order_is_the_same_in_m3_by_bod_as_by_mi(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    """Head, lines, charges, address, texts, money, invoice; all but the time of day."""
    command = order(**changes)
    question = f"CUOR={command.key.replace('&', '%26')}"
    by_mi, by_bod_ = [await entered(tmp_path, by, command, question) for by in ("mi", "bod")]
    assert by_bod_[1] == by_mi[1]
    assert by_bod_[2] == by_mi[2]
    assert by_bod_[0]["ORNO"] == by_mi[0]["ORNO"] == by_mi[2]["orders"][command.key]["ORNO"]
    assert by_bod_[0]["PONR"] == by_mi[0]["PONR"]
    assert by_bod_[2]["orders"][command.key]["total"] == command.total
    assert by_bod_[2]["invoices"][command.key]["gross"] == command.total


@pytest.mark.parametrize("address", [ANN, ABROAD], ids=["a person", "a company abroad"])
async def test_a_customer_is_the_same_in_m3_by_bod_as_by_mi(
    address: Address, tmp_path: Path
) -> None:
    command = customer(address=address)
    by_mi, by_bod_ = [await entered(tmp_path, by, command, "CUNO=UK17850") for by in ("mi", "bod")]
    assert by_bod_ == by_mi


@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_m3_acknowledges_what_it_took(version: str, doors: Doors) -> None:
    async with doors.tenant(orders_by="bod", ims_version=version) as m3:
        who, what = await m3.do(customer()), await m3.do(order())
        await m3.live()
        sent = await m3.ask("ion")
    assert [each["messageId"] for each in sent] == ["command-uk-17850", "command-uk-536365"]
    (known,) = [each for each in doors.events if isinstance(each, CustomerAcknowledged)]
    assert (known.key, known.customer_number) == ("uk-17850", who.values["CUNO"])
    assert (known.command_id, known.causation_id) == ("command-uk-17850", "command-uk-17850")
    (taken,) = [each for each in doors.events if isinstance(each, SalesOrderAcknowledged)]
    assert (taken.key, taken.m3_order) == ("uk-536365", what.values["ORNO"])
    assert (taken.command_id, taken.reason, taken.code) == ("command-uk-536365", "", "")


NONE = Line(line_id="3", item="NOSUCH", quantity=1, unit_price="1", amount=100)


async def test_a_refused_order_says_why_and_may_be_asked_for_anew(doors: Doors) -> None:
    """M3's refusal has no effect: a new command, once M3 has the item, enters the order."""
    bad = order(lines=(*order().lines, NONE), total=3660)
    async with doors.tenant(orders_by="bod", acknowledge_seconds=0) as m3:
        outcome = await m3.do(bad)
        await m3.live()
        assert outcome.values == {"ORNO": "", "STAT": ""}
        (refused,) = [each for each in doors.events if isinstance(each, SalesOrderAcknowledged)]
        assert (refused.key, refused.command_id) == ("uk-536365", bad.id)
        assert (refused.m3_order, refused.code) == ("", "WIT0103")
        assert refused.reason == "Item number NOSUCH does not exist"
        books = await m3.books()
        assert (books["orders"], books["unconfirmed"]) == ({}, [])

        async with m3.session.post(
            f"{m3.server.url}/_sandbox/items", json=[{"ITNO": "NOSUCH", "price": "1"}]
        ):
            again = await m3.do(bad.model_copy(update={"id": "command-again"}))
        assert again.values["ORNO"]
        assert (await m3.books())["totals"]["ordered"] == 3660


async def test_a_refused_customer_says_why(doors: Doors) -> None:
    """The tenant's tables name a template that M3 does not have."""
    tables = doors.home / "tables.yaml"
    tables.write_text('tables:\n  customer_template:\n    "*": NOSUCH\n')
    async with doors.tenant(orders_by="bod", acknowledge_seconds=0, tables=tables) as m3:
        await m3.do(customer())
        await m3.live()
        assert (await m3.ask("entered?CUNO=UK17850"))["customers"] == []
    (refused,) = [each for each in doors.events if isinstance(each, CustomerAcknowledged)]
    assert (refused.key, refused.customer_number) == ("uk-17850", "")
    assert refused.code == "WCU0403"
    assert refused.reason == "Customer template NOSUCH does not exist"


async def test_a_customer_that_m3_got_meanwhile_is_known(doors: Doors) -> None:
    """M3 refuses the number as taken: then the customer is there."""
    async with doors.tenant(orders_by="bod", process_ms=50, acknowledge_seconds=0) as m3:
        first, second = customer(), customer(id="command-other")
        await m3.do(first)
        await m3.do(second)
        await m3.live()
        assert (await m3.books())["counts"]["customers"] == 2
    told = [each for each in doors.events if isinstance(each, CustomerAcknowledged)]
    assert {each.command_id for each in told} == {first.id, second.id}
    assert {each.customer_number for each in told} == {"UK17850"}


async def test_what_m3_does_later_is_told_later(doors: Doors) -> None:
    """Handed over is done; the number comes by the Acknowledge, and by the order's own BOD."""
    async with doors.tenant(orders_by="bod", process_ms=60, acknowledge_seconds=0) as m3:
        outcome = await m3.do(order())
        assert outcome.values == {"ORNO": "", "STAT": ""}
        assert (await m3.books())["orders"] == {}
        await m3.live()
        number = (await m3.books())["orders"]["uk-536365"]["ORNO"]
    told = [each for each in doors.events if isinstance(each, SalesOrderAcknowledged)]
    assert [each.m3_order for each in told] == [number]
    synced = [each for each in doors.events if isinstance(each, SalesOrderSynced)]
    assert {each.m3_order for each in synced} == {number}


async def test_what_m3_does_soon_is_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path, {"process_ms": 60}, orders_by="bod") as m3:
        outcomes = await asyncio.gather(
            m3.do(customer()), *(m3.do(order(f"uk-{n}")) for n in range(20))
        )
        books = await m3.books()
    assert outcomes[0].values == {"CUNO": "UK17850"}
    numbers = {each.values["ORNO"] for each in outcomes[1:]}
    assert numbers == {each["ORNO"] for each in books["orders"].values()}
    assert (books["counts"]["orders"], books["duplicates"]) == (20, [])


@pytest.mark.parametrize("taken", [True, False], ids=["the reply is lost", "the message is lost"])
@pytest.mark.parametrize("process_ms", [0, 60], ids=["M3 has it", "M3 is not so far"])
@pytest.mark.parametrize("command", [order(), customer()], ids=["order", "customer"])
async def test_a_lost_reply_never_enters_anything_twice(
    command: Command, process_ms: int, taken: bool, tmp_path: Path
) -> None:
    async with opened(
        tmp_path, {"process_ms": process_ms}, orders_by="bod", acknowledge_seconds=0
    ) as m3:
        before = (await m3.books())["counts"]
        with losing(by_bod(m3).ion, taken=taken) as ion:
            with pytest.raises(Unknown):
                await m3.do(command)
            await m3.do(command, unknown=True)
            await m3.do(command, unknown=True)
        await m3.live()
        books = await m3.books()
        assert (await m3.do(command, unknown=True)).values
        assert (await m3.books())["counts"] == books["counts"]
    assert ion.ids == {command.id}
    kind = "orders" if isinstance(command, CreateOrder) else "customers"
    assert books["counts"][kind] == before[kind] + 1
    assert not books["duplicates"]
    assert books["totals"]["ordered"] == (3560 if isinstance(command, CreateOrder) else 0)


class losing:
    """A line to ION that loses the first message or the reply to it; notes the messages' ids."""

    def __init__(self, ion: IonClient, *, taken: bool) -> None:
        self._http, self._taken = ion.http, taken
        self._call = ion.http.call
        self._lost = False
        self.ids: set[str] = set()

    def __enter__(self) -> "losing":
        async def lossy(call: Any) -> Any:
            if b"MessagePayload" in (call.body if isinstance(call.body, bytes) else b""):
                found = call.body.partition(b'"messageId": "')[2].partition(b'"')[0]
                self.ids.add(found.decode())
                if not self._lost:
                    self._lost = True
                    if self._taken:
                        await self._call(call)
                    raise Unknown("the line was cut")
            return await self._call(call)

        self._http.call = lossy  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self._http.call = self._call  # type: ignore[method-assign]


async def test_the_same_command_gives_the_same_bytes(tmp_path: Path) -> None:
    async with opened(tmp_path, {}, orders_by="bod", acknowledge_seconds=0) as m3:
        await m3.do(order())
        m3.clock.advance(60_000)
        await m3.do(order())
        first, second = await m3.ask("ion")
    assert first == second


async def test_an_order_that_m3_has_is_not_sent_again(tmp_path: Path) -> None:
    """Also one that was entered by MI, before the setting was changed."""
    async with opened(tmp_path, {}, orders_by="bod") as m3:
        first = await m3.do(order())
        await m3.live()
        again = await m3.do(order(id="another"), unknown=True)
        assert again.values["ORNO"] == first.values["ORNO"]
        assert len(await m3.ask("ion")) == 1


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (order(ship_to=ANN.model_copy(update={"postcode": "A POSTCODE TOO LONG"})), "PostalCode"),
        (
            order(
                lines=(Line(line_id="1", item="x" * 16, quantity=1, unit_price="1", amount=100),)
            ),
            "ItemID",
        ),
        (customer(address=ANN.model_copy(update={"first_name": "", "last_name": ""})), "Name"),
    ],
)
async def test_what_the_mapping_refuses_never_leaves(
    command: CreateOrder | EnsureCustomer, field: str, tmp_path: Path
) -> None:
    async with opened(tmp_path, {}, orders_by="bod") as m3:
        with pytest.raises(Rejected, match=field):
            await m3.do(command)
        assert await m3.ask("ion") == []
        assert (await m3.ask("calls"))["requests"] == 0


@pytest.mark.parametrize("command", [order(), customer()], ids=["order", "customer"])
async def test_an_ion_that_is_not_there_had_no_effect(command: Command, tmp_path: Path) -> None:
    async with opened(tmp_path, {}, orders_by="bod") as m3:
        by_bod(m3).ion.http._base = "http://127.0.0.1:9"
        with pytest.raises(Transient):
            await m3.do(command)


Answering = Callable[[web.Request], web.StreamResponse]


@asynccontextmanager
async def gateway(
    home: Path, answer: Answering, **more: Any
) -> AsyncIterator[tuple[M3, list[str]]]:
    """A connector whose calls end at a gateway that answers as told; its tokens come from M3."""
    asked: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return answer(request)

    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{tail:.*}", handle)
    async with (
        TestServer(app) as server,
        opened(home, {}, orders_by="bod", acknowledge_seconds=0, **more) as m3,
    ):
        by_bod(m3).ion.http._base = str(server.make_url("")).rstrip("/")
        yield m3, asked


@pytest.mark.parametrize(
    ("status", "failure", "said"),
    [
        (400, Rejected, "the document name is not known"),
        (401, Misconfigured, "TANDEM_M3_LOGICAL_ID"),
        (403, Misconfigured, "the document name is not known"),
        (404, Misconfigured, "connection point"),
        (412, Misconfigured, "connection point"),
        (413, Rejected, "413"),
        (429, Transient, "quota"),
        (500, Unknown, "500"),
        (502, Unknown, "not known"),
        (503, Transient, "not available"),
        (504, Unknown, "not known"),
    ],
)
async def test_each_answer_of_ion_is_judged(
    status: int, failure: type[Exception], said: str, tmp_path: Path
) -> None:
    def answer(_: web.Request) -> web.Response:
        body = {"status": "ERROR", "errors": ["the document name is not known"]}
        return web.json_response(body, status=status, headers={"Retry-After": "30"})

    async with gateway(tmp_path, answer) as (m3, asked):
        with pytest.raises(failure, match=said) as raised:
            await m3.do(order())
    assert set(asked) == {"/TANDEM_TST/IONSERVICES/api/ion/messaging/service/v3/multipartMessage"}
    if isinstance(raised.value, Transient):
        assert raised.value.retry_after == 30


@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_the_version_that_was_chosen_is_spoken(version: str, tmp_path: Path) -> None:
    def taken(_: web.Request) -> web.Response:
        return web.json_response({"status": "OK"}, status=201)

    async with gateway(tmp_path, taken, ims_version=version) as (m3, asked):
        await m3.do(order())
    assert asked[0].endswith(f"/messaging/service/{version}/multipartMessage")


async def test_m3_that_does_not_answer_after_the_sending_takes_nothing_back(
    tmp_path: Path,
) -> None:
    """ION has the order; that M3 cannot be asked now is no failure of the command."""
    async with gateway(
        tmp_path,
        lambda request: web.json_response(
            {"status": "OK"}, status=201 if "IONSERVICES" in request.path else 503
        ),
    ) as (m3, asked):
        outcome = await m3.do(order())
    assert outcome.values == {"ORNO": "", "STAT": ""}
    assert len([path for path in asked if "IONSERVICES" in path]) == 1


async def test_a_bod_that_is_too_large_for_ion_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path, {}, orders_by="bod") as m3:
        large = Bod("Process.SalesOrder", "1", bytes(5 * 1024 * 1024 + 1))
        with pytest.raises(Rejected, match="5242880 bytes"):
            await by_bod(m3).ion.send(large)
        assert await m3.ask("ion") == []
