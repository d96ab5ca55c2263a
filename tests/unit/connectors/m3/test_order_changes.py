"""Orders whose lines the shop changes: M3's books hold what it wants, each line once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.line_changes import COLUMNS, changes
from connectors.m3.packing import Packing
from connectors.m3.wire import MiError, MiResult, Reply, Transaction
from streams.core.errors import Rejected
from streams.messages.fulfilment import SalesOrderSynced, ShipmentSent
from streams.messages.m3 import ChangeOrder
from streams.messages.parts import Charge, Line
from tests.unit.connectors.m3.conftest import M3, Doors, cancelled, envelope, opened, order
from tests.unit.connectors.m3.lossy import in_doubt

KEY = "uk-536365"
POSTAGE = Charge(kind="freight", code="POST", name="Postage", amount=500)


def line(item: str, quantity: int, price: str = "2.55", discount: int = 0, per: int = 1) -> Line:
    """A line of goods, priced in pence that divide evenly."""
    amount = round(quantity * int(price.replace(".", "")) / per) - discount
    return Line(
        line_id=f"{item}-{quantity}",
        item=item,
        quantity=quantity,
        unit_price=price,
        price_quantity=per,
        discount=discount,
        amount=amount,
    )


HEARTS, BOXES = line("85123A", 6), line("22752", 2, "7.65")


def change(number: str, *lines: Line, charges: tuple[Charge, ...] = (POSTAGE,)) -> ChangeOrder:
    """What the order is to hold."""
    return ChangeOrder(
        **envelope(KEY),
        shop="uk",
        m3_order=number,
        currency="GBP",
        lines=lines,
        charges=charges,
    )


def total(command: ChangeOrder) -> int:
    """Of the order, in pence."""
    goods = sum(each.amount for each in command.lines)
    return goods + sum(each.amount for each in command.charges)


async def waiting(m3: M3, *lines: Line, **more: Any) -> str:
    """ORNO of an order, of 6 hearts and 2 boxes with postage, that waits for boxes."""
    await m3.act("items", [{"ITNO": "22752", "STQT": 0}])
    return await m3.sold(order(lines=lines or (HEARTS, BOXES), **more))


async def sold_in_part(m3: M3) -> str:
    """ORNO of 6 hearts and 2 boxes with postage, of which 4 hearts and the postage have left."""
    await m3.act("deliveries", {"back_orders": True})
    await m3.act("items", [{"ITNO": "85123A", "STQT": 4}, {"ITNO": "22752", "STQT": 0}])
    return await m3.sold(order())


async def held(m3: M3) -> list[tuple[int, str, str]]:
    """PONR, item and pieces of the order's lines."""
    lines = (await m3.books())["orders"][KEY]["lines"]
    return [(each["PONR"], each["ITNO"], each["ORQT"]) for each in lines]


async def all_comes(m3: M3) -> Any:
    """The books after all has left."""
    stock = [{"ITNO": item, "STQT": 100} for item in ("85123A", "22752", "20725")]
    await m3.act("items", stock)
    return await m3.books()


READS = ("OOLINE", "OOHEAD")
"""Tables that a change reads, a call each."""

FREIGHT_LESS = POSTAGE.model_copy(update={"amount": 195})
CHANGES = {
    "fewer pieces": (line("85123A", 4), BOXES),
    "more pieces": (HEARTS, line("22752", 5, "7.65")),
    "another price": (line("85123A", 6, "2.00"), BOXES),
    "a price for seven": (line("85123A", 6, "7.00", per=7), BOXES),
    "a discount": (line("85123A", 6, "2.55", discount=29), BOXES),
    "other pieces at another price, less a discount": (line("85123A", 3, "2.10", 7), BOXES),
    "a free line": (line("85123A", 6, "0.00"), BOXES),
    "a new item": (HEARTS, BOXES, line("20725", 3, "1.65")),
    "an item swapped": (line("20725", 6, "1.65"), BOXES),
    "a line taken out and another fewer": (line("22752", 1, "7.65"),),
    "all other goods": (line("20725", 2, "1.65"), line("20725", 3, "1.65")),
    "a line split in two": (line("85123A", 2), BOXES, line("85123A", 4)),
    "in another order": (BOXES, HEARTS),
}


@pytest.fixture
async def m3(m3: M3) -> M3:
    await m3.act("items", [{"ITNO": "20725", "ITDS": "Lunch bag", "price": "1", "STQT": 1}])
    return m3


@pytest.mark.parametrize("freight", [(POSTAGE,), (FREIGHT_LESS,), ()], ids=["", "less", "none"])
@pytest.mark.parametrize("lines", CHANGES.values(), ids=CHANGES)
async def test_the_order_and_its_invoice_are_what_is_wanted(
    m3: M3, lines: tuple[Line, ...], freight: tuple[Charge, ...]
) -> None:
    command = change(await waiting(m3), *lines, charges=freight)

    outcome = await m3.do(command)

    numbers = [int(number) for number in outcome.values["PONR"].split(",")]
    there = {number: (item, pieces) for number, item, pieces in await held(m3)}
    named = [there.pop(number) for number in numbers]
    assert named == [(each.item, str(each.quantity)) for each in lines]
    assert sorted(there.values()) == [("POST", "1")] * len(freight)
    assert (await m3.books())["orders"][KEY]["total"] == total(command)
    books = await all_comes(m3)
    assert books["orders"][KEY]["lowest"] == "77"
    assert books["invoices"][KEY]["gross"] == books["totals"]["invoiced"] == total(command)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("lines", CHANGES.values(), ids=CHANGES)
async def test_the_same_again_changes_nothing(
    m3: M3, lines: tuple[Line, ...], unknown: bool
) -> None:
    command = change(await waiting(m3), *lines, charges=(FREIGHT_LESS,))
    first = await m3.do(command)
    books = await m3.books()
    calls = (await m3.ask("calls"))["requests"]

    assert await m3.do(command, unknown=unknown) == first
    assert await m3.books() == books
    assert (await m3.ask("calls"))["requests"] == calls + len(READS)


async def test_an_order_as_it_was_entered_is_as_it_is_wanted(m3: M3) -> None:
    """What CreateOrder enters and what ChangeOrder wants compare equal, to the last field."""
    lines = (line("85123A", 6, "10.00", 29, per=7), line("85123A", 6), line("22752", 2, "7.650"))
    charges = (POSTAGE, Charge(kind="fee", code="gift_wrap", name="Gift", amount=0))
    number = await waiting(m3, *lines, charges=charges)
    books = await m3.books()
    assert (await m3.do(change(number, *lines, charges=charges))).values["PONR"] == "1,2,3"
    assert await m3.books() == books


async def test_several_lines_of_one_item_keep_what_is_theirs(m3: M3) -> None:
    """The discounted one is kept, the cheap one repriced, one has fewer pieces."""
    kept, cheap, few = line("22752", 2, "7.65", 30), line("22752", 2, "7.65"), line("22752", 9)
    number = await waiting(m3, cheap, kept, few)
    fewer = line("22752", 8)

    outcome = await m3.do(change(number, line("22752", 2, "7.00"), kept, fewer))

    assert outcome.values["PONR"] == "1,2,5"
    lines = {each["PONR"]: each for each in (await m3.books())["orders"][KEY]["lines"]}
    assert {number: each["total"] for number, each in lines.items()} == {
        1: 1400,
        2: 1500,
        4: 500,
        5: 2040,
    }


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("lost", ["Select", "AddOrderLine", "UpdPriceInfo", "DelLine"])
async def test_a_change_in_doubt_is_made_once(m3: M3, lost: str, arrived: bool) -> None:
    number = await waiting(m3)
    wanted = (line("85123A", 6, "2.00"), line("22752", 1, "7.65"), line("20725", 3, "1.65"))
    command = change(number, *wanted, charges=(FREIGHT_LESS,))
    execute = await in_doubt(m3, command, lost, arrived=arrived)

    outcome = await execute(command, unknown=True)

    when = outcome.values["LMTS"]
    assert outcome.values == {"ORNO": number, "PONR": "1,4,5", "LMTS": when}
    assert when.isdecimal()
    assert await held(m3) == [
        (1, "85123A", "6"),
        (3, "POST", "1"),
        (4, "22752", "1"),
        (5, "20725", "3"),
    ]
    books = await all_comes(m3)
    assert books["totals"]["invoiced"] == books["totals"]["ordered"] == total(command)


@pytest.mark.parametrize(
    ("lines", "charges", "why", "field"),
    [
        ((line("85123A", 5), BOXES), (POSTAGE,), "item 85123A .*: 4 pieces have left", "ORQT"),
        ((line("85123A", 6, "2.00"), BOXES), (POSTAGE,), "85123A .*: 4 pieces", "SAPR"),
        ((line("85123A", 6, "2.55", 1), BOXES), (POSTAGE,), "85123A .*: 4 pieces", "SAPR"),
        ((BOXES,), (POSTAGE,), "item 85123A .*: 4 pieces have left", "ORQT"),
        ((HEARTS, line("22752", 1, "7.65")), (FREIGHT_LESS,), "item POST .*: 1 pieces", "SAPR"),
        ((HEARTS,), (), "item POST .*: 1 pieces have left in M3", "ORQT"),
    ],
)
async def test_what_has_left_is_changed_no_more_and_nothing_else_is(
    m3: M3, lines: tuple[Line, ...], charges: tuple[Charge, ...], why: str, field: str
) -> None:
    number = await sold_in_part(m3)
    before = await m3.books()

    with pytest.raises(Rejected, match=why) as refused:
        await m3.do(change(number, *lines, line("20725", 1), charges=charges))

    assert refused.value.field == field
    assert "order uk-536365" in refused.value.reason
    assert await m3.books() == before


async def test_what_has_left_is_kept_while_the_rest_changes(m3: M3) -> None:
    number = await sold_in_part(m3)
    command = change(number, HEARTS, line("22752", 1, "7.00"), line("20725", 2, "1.65"))

    outcome = await m3.do(command)

    assert outcome.values["PONR"] == "1,4,5"
    assert (await all_comes(m3))["totals"]["invoiced"] == total(command)


async def test_of_two_lines_that_are_alike_the_one_that_has_left_is_kept(m3: M3) -> None:
    await m3.act("deliveries", {"back_orders": True})
    await m3.act("items", [{"ITNO": "85123A", "STQT": 6}])
    number = await m3.sold(order(lines=(HEARTS, HEARTS), charges=()))
    command = change(number, line("85123A", 6, "2.00"), HEARTS, charges=())

    assert (await m3.do(command)).values["PONR"] == "2,1"
    assert (await all_comes(m3))["totals"]["invoiced"] == total(command)


async def test_a_closed_line_is_what_has_left_of_it(m3: M3) -> None:
    """Of 6 hearts 4 have left, the rest is given up: 4 are held, 6 would be two more."""
    number = await sold_in_part(m3)
    await m3.act("orders/cancel", {"ORNO": number, "PONR": "1", "rest": True})
    with pytest.raises(Rejected, match=r"item 85123A .*: 4 pieces have left"):
        await m3.do(change(number, HEARTS, BOXES))

    outcome = await m3.do(change(number, line("85123A", 4), line("22752", 1, "7.65")))

    assert outcome.values["PONR"] == "1,4"
    assert (await all_comes(m3))["totals"]["invoiced"] == 4 * 255 + 765 + 500


async def test_a_line_that_was_closed_before_any_left_does_not_count(m3: M3) -> None:
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    number = await waiting(m3)
    await m3.act("orders/cancel", {"ORNO": number, "PONR": "2", "rest": True})

    outcome = await m3.do(change(number, HEARTS, BOXES))

    assert outcome.values["PONR"] == "1,4"
    assert (await all_comes(m3))["totals"]["invoiced"] == 3560


async def test_an_order_that_m3_no_longer_has_is_refused(m3: M3) -> None:
    number = await waiting(m3)
    await m3.do(cancelled(KEY, number))
    with pytest.raises(Rejected, match="order uk-536365 has no line in M3") as refused:
        await m3.do(change(number, HEARTS))
    assert refused.value.field == "ORNO"


async def test_an_order_is_not_left_without_a_line(m3: M3) -> None:
    number = await waiting(m3)
    before = await m3.books()
    with pytest.raises(Rejected, match="order uk-536365 would be left without a line: cancel it"):
        await m3.do(change(number, charges=()))
    assert await m3.books() == before


async def test_an_item_that_m3_does_not_have_changes_nothing(m3: M3) -> None:
    number = await waiting(m3)
    before = await held(m3)
    command = change(number, HEARTS, line("NONE", 2), line("20725", 1, "1.65"))
    with pytest.raises(
        Rejected, match=r"M3 refuses to add item NONE of order uk-536365 .*: Item n"
    ):
        await m3.do(command)
    assert await held(m3) == before

    await m3.act("items", [{"ITNO": "NONE", "price": "1", "STQT": 9}])

    assert len((await m3.do(command)).values["PONR"].split(",")) == 3
    assert (await m3.books())["orders"][KEY]["total"] == total(command)


async def test_a_line_that_leaves_meanwhile_is_told(m3: M3) -> None:
    """Its reply was lost, so what was added is there beside it, and people hear of it."""
    number = await waiting(m3)
    command = change(number, line("85123A", 5), BOXES)
    await in_doubt(m3, command, "DelLine", arrived=False)
    await all_comes(m3)
    with pytest.raises(Rejected, match="item 85123A of order uk-536365: 6 pieces have left in M3"):
        await m3.do(command, unknown=True)


@pytest.mark.parametrize("refused", ["AddOrderLine", "UpdPriceInfo", "DelLine"])
async def test_what_m3_refuses_is_told_and_done_when_it_is_asked_again(
    m3: M3, refused: str
) -> None:
    """An M3 that refuses once, in words that the sandbox does not have: nothing is there twice."""
    number = await waiting(m3)
    command = change(number, line("85123A", 5), BOXES, charges=(FREIGHT_LESS,))
    bound: Any = m3.opened.sinks[0].handles[ChangeOrder]
    bulk, why = bound.__self__.bulk, MiError("The line is on a picking list", "OI10144", "PONR")

    before, tries = await held(m3), iter([True])

    async def send(program: str, asked: Sequence[Transaction]) -> Reply:
        if any(each.name == refused for each in asked) and next(tries, False):
            return Reply(tuple(MiResult(error=why) for _ in asked))
        reply: Reply = await bulk._send(program, asked)
        return reply

    refusing = replace(bound.__self__, bulk=Bulk(send, Packing(100, 50, 4), 5))
    item = "POST" if refused == "UpdPriceInfo" else "85123A"
    with pytest.raises(Rejected, match=rf"item {item} of order uk-.*: The line is on a") as failure:
        await refusing.change(command, unknown=False)
    assert (failure.value.field, failure.value.code) == ("PONR", "OI10144")
    assert await held(m3) == before

    assert (await m3.do(command)).values["PONR"] == "4,2"
    assert (await all_comes(m3))["totals"]["invoiced"] == total(command)


REFUSED = MiResult(error=MiError("Not allowed", "XRE0103", "QERY", "ServerReturnedNOK"))


@pytest.mark.parametrize("answer", [REFUSED, MiResult(), MiResult(({"REPL": "today"},))])
async def test_a_change_is_made_although_m3_does_not_tell_when(m3: M3, answer: MiResult) -> None:
    number = await waiting(m3)
    bound: Any = m3.opened.sinks[0].handles[ChangeOrder]
    bulk = bound.__self__.bulk

    async def send(program: str, transactions: Sequence[Transaction]) -> Reply:
        asks_when = any("OOHEAD" in str(each.record.get("QERY")) for each in transactions)
        reply: Reply = await bulk._send(program, transactions)
        return Reply((answer,)) if asks_when else reply

    changing = replace(bound.__self__, bulk=Bulk(send, bulk._packing, 5))
    command = change(number, line("85123A", 3, "2.55"), line("22752", 2, "7.65"))
    outcome = await changing.change(command, unknown=False)
    assert outcome.values["LMTS"] == ""
    assert ("85123A", "3") in {(item, pieces) for _, item, pieces in await held(m3)}


async def test_m3_tells_the_lines_that_were_changed(doors: Doors) -> None:
    async with doors.tenant() as m3:
        number = await waiting(m3)
        doors.events.clear()
        command = change(number, line("85123A", 6, "2.00"), line("22752", 1, "7.65"))
        done = (await m3.do(command)).values
        added = done["PONR"].split(",")[1]
        await m3.live()
        told = [each for each in doors.events if isinstance(each, SalesOrderSynced)]
        assert total(command) in {each.amount for each in told}
        assert max(each.occurred_at for each in told) == int(done["LMTS"])
        assert {line.order_line for each in told for line in each.lines if line.final} == {"2"}
        await all_comes(m3)
        await m3.live()

    (sent,) = [each for each in doors.events if isinstance(each, ShipmentSent)]
    assert {(each.item, each.quantity, each.order_line) for each in sent.lines} >= {
        ("85123A", 6, "1"),
        ("22752", 1, added),
    }


async def test_orders_by_bod_are_changed_by_mi(tmp_path: Any) -> None:
    async with opened(tmp_path, {}, orders_by="bod") as m3:
        await m3.act("items", [{"ITNO": "22752", "STQT": 0}])
        number = (await m3.do(order())).values["ORNO"]
        command = change(number, line("85123A", 4), BOXES)
        assert (await m3.do(command)).values["PONR"] == "4,2"
        assert (await m3.books())["orders"][KEY]["total"] == total(command)


def test_a_part_of_a_kit_goes_with_its_line() -> None:
    """A suffixed line has its line's PONR: to delete it would delete that."""
    wanted = Transaction("OIS100MI", "AddOrderLine", {"ITNO": "KIT", "ORQT": "1", "SAPR": "9.00"})
    kit = ("1", "0", "1", "22", "9.000000", "", "", "", "0", "KIT")
    part = ("1", "1", "4", "22", "0", "1", "0", "0", "0", "PART")
    plan = changes([wanted], [dict(zip(COLUMNS, each, strict=True)) for each in (kit, part)], "it")
    assert (plan.numbers, plan.prices, plan.unwanted) == (("1",), (), ())
