"""Orders in M3's books: totals, calls, refusals, lost replies."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.orders import Orders
from connectors.m3.wire import Reply, Transaction
from streams.core.errors import Rejected, Unknown
from streams.messages.parts import Charge, Line
from tests.unit.connectors.m3.conftest import ANN, M3, order, order_of


async def test_an_order_is_in_m3_to_the_penny(m3: M3) -> None:
    outcome = await m3.do(order())
    entered = (await m3.books())["orders"]["uk-536365"]
    assert outcome.values == {"ORNO": entered["ORNO"], "STAT": "22", "PONR": "1,2"}
    assert entered["total"] == 3560
    assert [(line["ITNO"], line["total"]) for line in entered["lines"]] == [
        ("85123A", 1530),
        ("22752", 1530),
        ("POST", 500),
    ]
    assert (await m3.invoiced("uk-536365"))["gross"] == 3560


async def test_free_lines_rebates_and_notes_are_carried(m3: M3) -> None:
    free = Line(line_id="1", item="22752", quantity=1, unit_price="0", amount=0)
    cheaper = Line(
        line_id="2", item="85123A", quantity=3, unit_price="2.55", discount=65, amount=700
    )
    note = "Please leave it with the neighbour. " * 10
    command = order(lines=(free, cheaper), charges=(), total=700, customer_note=note)
    await m3.do(command)
    assert (await m3.books())["totals"]["ordered"] == 700


async def test_a_hundred_orders_of_nine_lines_take_few_calls(m3: M3) -> None:
    commands = [order_of(f"uk-{number}", list(range(1, 10))) for number in range(100)]
    await asyncio.gather(*map(m3.do, commands))
    books, calls = await m3.books(), await m3.ask("calls")
    assert books["counts"]["orders"] == 100
    assert books["totals"]["ordered"] == sum(command.total for command in commands) == 100 * 11475
    assert not books["duplicates"]
    assert calls["requests"] <= 20
    for command in commands:
        quantities = [line["ORQT"] for line in books["orders"][command.key]["lines"]]
        assert quantities == [str(number) for number in range(1, 10)]


async def test_a_very_long_order_keeps_its_lines_in_order(m3: M3) -> None:
    quantities = list(range(1, 251))
    await m3.do(order_of("uk-1", quantities))
    entered = (await m3.books())["orders"]["uk-1"]
    assert [line["ORQT"] for line in entered["lines"]] == [str(number) for number in quantities]


async def test_a_refused_item_leaves_no_order_and_harms_no_other(m3: M3) -> None:
    bad = Line(line_id="3", item="NOSUCH", quantity=1, unit_price="1", amount=100)
    worse = Line(line_id="4", item="NEITHER", quantity=1, unit_price="1", amount=100)
    refused = order("uk-1", lines=(*order().lines, bad, worse))
    answers = await asyncio.gather(m3.do(refused), m3.do(order("uk-2")), return_exceptions=True)
    failure = answers[0]
    assert isinstance(failure, Rejected)
    assert (failure.field, failure.code) == ("ITNO", "WIT0103")
    assert failure.reason == (
        "M3 refuses item NOSUCH of order uk-1: Item number NOSUCH does not exist; "
        "M3 refuses item NEITHER of order uk-1: Item number NEITHER does not exist"
    )
    assert list((await m3.books())["orders"]) == ["uk-2"]


async def test_an_unknown_customer_is_refused_before_anything_is_entered(m3: M3) -> None:
    with pytest.raises(Rejected, match="Customer 4711 does not exist"):
        await m3.do(order(customer_number="4711"))
    books = await m3.books()
    assert (books["orders"], books["unconfirmed"]) == ({}, [])


async def test_what_the_mapping_refuses_never_reaches_m3(m3: M3) -> None:
    too_long = ANN.model_copy(update={"postcode": "A POSTCODE TOO LONG"})
    with pytest.raises(Rejected, match="PONO"):
        await m3.do(order(ship_to=too_long))
    assert (await m3.ask("calls"))["requests"] == 0


async def test_a_charge_that_the_tenant_does_not_name_is_sold_by_its_kind(m3: M3) -> None:
    charge = Charge(kind="fee", code="gift-wrap", name="Gift wrap", amount=100)
    await m3.do(order(charges=(charge,), total=3160))
    entered = (await m3.books())["orders"]["uk-536365"]
    assert (entered["total"], entered["lines"][-1]["ITNO"]) == (3160, "FEE")


async def test_an_order_that_m3_has_is_not_entered_again(m3: M3) -> None:
    first = await m3.do(order())
    await m3.live()
    again = await m3.do(order(), unknown=True)
    assert again.values["ORNO"] == first.values["ORNO"]
    assert (await m3.books())["counts"]["orders"] == 1


async def test_an_order_that_m3_does_not_have_is_entered(m3: M3) -> None:
    outcome = await m3.do(order("uk-o'brien"), unknown=True)
    assert (await m3.books())["orders"]["uk-o'brien"]["ORNO"] == outcome.values["ORNO"]


@pytest.mark.parametrize(("done", "told"), [("1", "1,2,3"), ("2", ""), ("3", ""), (None, "1,2,3")])
async def test_the_lines_of_an_order_in_doubt_are_told_if_all_are_there(
    m3: M3, done: str | None, told: str
) -> None:
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    command = order_of("uk-1", [5, 2, 5])
    await m3.do(command)
    if done == "1":
        await m3.act("orders/change", {"CUOR": "uk-1", "PONR": 1, "SAPR": "1.00"})
    elif done:
        await m3.act("orders/cancel", {"CUOR": "uk-1", "PONR": done})

    again = await m3.do(command, unknown=True)

    assert again.values["PONR"] == told
    assert (await m3.books())["counts"]["orders"] == 1


@pytest.mark.parametrize("lost", ["AddBatchHead", "AddBatchLine", "Confirm"])
async def test_a_lost_reply_never_makes_a_second_order(m3: M3, lost: str) -> None:
    create = orders_of(m3)
    losing = replace(create, bulk=losing_once(create.bulk, lost))
    with pytest.raises(Unknown):
        await losing.create(order(), unknown=False)
    outcome = await losing.create(order(), unknown=True)
    books = await m3.books()
    assert outcome.values["PONR"] == "1,2"
    assert books["orders"]["uk-536365"]["ORNO"] == outcome.values["ORNO"]
    assert (books["counts"]["orders"], books["totals"]["ordered"]) == (1, 3560)


def orders_of(m3: M3) -> Orders:
    """The executor behind the sink."""
    handles = m3.opened.sinks[0].handles
    bound = handles[type(order())]
    found = getattr(bound, "__self__", None)
    assert isinstance(found, Orders)
    return found


def losing_once(bulk: Bulk, name: str) -> Bulk:
    """The packer over a line that loses the reply to the first request with a transaction."""
    send = bulk._send
    lost: list[str] = []

    async def lossy(program: str, transactions: Sequence[Transaction]) -> Reply:
        reply = await send(program, transactions)
        if not lost and any(each.name == name for each in transactions):
            lost.append(name)
            raise Unknown("the line was cut")
        return reply

    return Bulk(lossy, bulk._packing, 5)
