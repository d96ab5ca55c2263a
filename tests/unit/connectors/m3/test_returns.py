"""Returns in M3's books: the goods back in stock and credited, each once, to the penny."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from connectors.m3 import returnable
from connectors.m3.wire import Transaction
from streams.core.errors import Rejected
from streams.messages.m3 import CreateReturn
from streams.messages.parts import Charge, Returned
from tests.unit.connectors.m3.conftest import M3, goods, order, order_of, sent_back
from tests.unit.connectors.m3.lossy import in_doubt

KEY = "uk-536365"
HEARTS, BOXES = goods("85123A", 2, "2.55", "1"), goods("22752", 1, "7.65", "2")
BACK = 2 * 255 + 765


async def settled(m3: M3) -> Any:
    """The books when nothing moves by itself any more."""
    await m3.live()
    return await m3.books()


async def test_goods_come_back_and_are_credited_to_the_penny(m3: M3) -> None:
    number = await m3.sold(order())
    before = (await m3.books())["stock"]

    outcome = await m3.do(sent_back(KEY, number, HEARTS, BOXES))

    books = await settled(m3)
    (returned,) = books["returns"]
    assert outcome.values == {"REPN": returned["REPN"]}
    assert (returned["CUOR"], returned["state"]) == (KEY, "77")
    assert came_back(before, books) == {"85123A": 2, "22752": 1}
    assert {(note["CUOR"], note["REPN"]) for note in books["credit_notes"]} == {
        (KEY, outcome.values["REPN"])
    }
    assert books["totals"]["credited"] == BACK
    assert books["totals"]["outstanding"] == 3560 - BACK


@pytest.mark.parametrize("price", ["2.50", "0.333", "0.00"])
async def test_goods_are_credited_at_the_price_that_is_given_back(m3: M3, price: str) -> None:
    number = await m3.sold(order())

    await m3.do(sent_back(KEY, number, goods("85123A", 3, price, "1")))

    (note,) = (await settled(m3))["credit_notes"]
    assert note["gross"] == {"2.50": -750, "0.333": -100, "0.00": 0}[price]


async def test_the_line_of_the_order_is_the_one_that_is_named(m3: M3) -> None:
    """One item on two lines: M3's own choice would be the first."""
    number = await m3.sold(order_of(KEY, [5, 2]))

    await m3.do(sent_back(KEY, number, goods("85123A", 2, "2.55", "2")))

    books = await settled(m3)
    assert returned_of(books) == {1: "0", 2: "2"}
    assert books["totals"]["credited"] == 510


async def test_both_lines_of_one_item_come_back_together(m3: M3) -> None:
    number = await m3.sold(order_of(KEY, [5, 2]))
    lines = (goods("85123A", 2, "2.55", "2"), goods("85123A", 5, "2.55", "1"))

    await m3.do(sent_back(KEY, number, *lines))

    books = await settled(m3)
    assert returned_of(books) == {1: "5", 2: "2"}
    assert books["totals"]["credited"] == 7 * 255


async def test_the_numbers_that_the_order_answered_name_its_lines(m3: M3) -> None:
    created = await m3.do(order_of(KEY, [5, 2, 9]))
    await m3.live()
    last = created.values["PONR"].split(",")[-1]

    await m3.do(sent_back(KEY, created.values["ORNO"], goods("85123A", 9, "2.55", last)))

    assert returned_of(await settled(m3)) == {1: "0", 2: "0", 3: "9"}


POSTAGE = Charge(kind="freight", code="POST", amount=500)


async def test_freight_is_credited_with_the_goods_and_has_no_stock(m3: M3) -> None:
    number = await m3.sold(order())
    before = (await m3.books())["stock"]

    await m3.do(sent_back(KEY, number, HEARTS, charges=(POSTAGE,)))

    books = await settled(m3)
    (note,) = books["credit_notes"]
    assert note["gross"] == -(2 * 255 + 500)
    assert came_back(before, books) == {"85123A": 2}


async def test_freight_is_credited_in_part_and_once(m3: M3) -> None:
    number = await m3.sold(order())
    part = POSTAGE.model_copy(update={"amount": 195})

    await m3.do(sent_back(KEY, number, charges=(part,)))
    with pytest.raises(Rejected, match=r"item POST .*: 1 pieces .*, 0 have left"):
        await m3.do(sent_back(KEY, number, refund="78", charges=(POSTAGE,)))

    assert (await settled(m3))["totals"]["credited"] == 195


async def test_without_its_line_goods_come_back_by_item(m3: M3) -> None:
    number = await m3.sold(order())

    await m3.do(sent_back(KEY, number, goods("22752", 1, "7.65")))

    books = await settled(m3)
    assert returned_of(books)[2] == "1"
    assert books["totals"]["credited"] == 765


@pytest.mark.parametrize(
    ("refused", "field", "why"),
    [
        (goods("85123A", 7, "2.55", "1"), "REQ0", r"item 85123A .*: 7 pieces .*, 6 have left"),
        (goods("22752", 1, "7.65", "1"), "ITNO", r"item 22752 .* is on no such line"),
        (goods("22752", 1, "7.65", "9"), "ITNO", r"item 22752 .* is on no such line"),
        (goods("20725", 1, "1.00"), "ITNO", r"item 20725 .* is on no such line"),
    ],
)
async def test_of_a_return_that_m3_could_not_take_whole_nothing_is_entered(
    m3: M3, refused: Returned, field: str, why: str
) -> None:
    number = await m3.sold(order())

    with pytest.raises(Rejected, match=why) as failure:
        await m3.do(sent_back(KEY, number, BOXES, refused, HEARTS))

    assert "the return 77 of order uk-536365" in failure.value.reason
    assert failure.value.field == field
    assert (await settled(m3))["returns"] == []


async def test_lines_of_one_item_are_held_against_what_left_together(m3: M3) -> None:
    number = await m3.sold(order())
    hearts = (goods("85123A", pieces, "2.55", line) for pieces, line in ((3, "1"), (4, "")))
    with pytest.raises(Rejected, match=r"4 pieces .*, 3 have left"):
        await m3.do(sent_back(KEY, number, *hearts))
    assert (await settled(m3))["returns"] == []


async def test_goods_that_have_not_left_cannot_come_back(m3: M3) -> None:
    await m3.act("deliveries", {"back_orders": True})
    await m3.act("items", [{"ITNO": "85123A", "STQT": 2}])
    number = await m3.sold(order())

    with pytest.raises(Rejected, match=r"item 85123A .*: 3 pieces .*, 2 have left"):
        await m3.do(sent_back(KEY, number, goods("85123A", 3, "2.55", "1")))

    await m3.do(sent_back(KEY, number, HEARTS, refund="78"))
    assert (await settled(m3))["totals"]["credited"] == 510


async def test_what_came_back_before_does_not_come_back_again(m3: M3) -> None:
    number = await m3.sold(order())
    await m3.do(sent_back(KEY, number, goods("85123A", 4, "2.55", "1")))

    with pytest.raises(Rejected, match=r"item 85123A .*: 3 pieces .*, 2 have left"):
        await m3.do(sent_back(KEY, number, goods("85123A", 3, "2.55", "1"), refund="78"))

    assert (await settled(m3))["totals"]["credited"] == 4 * 255


async def test_a_return_of_no_order_is_refused_in_m3_s_words(m3: M3) -> None:
    with pytest.raises(Rejected, match="the return 77 of order uk-536365") as refused:
        await m3.do(sent_back(KEY, "0000000009", HEARTS))

    assert refused.value.field == "RORN"
    assert (await m3.books())["returns"] == []


async def test_what_the_mapping_refuses_opens_no_return(m3: M3) -> None:
    number = await m3.sold(order())

    with pytest.raises(Rejected, match="ITNO"):
        await m3.do(sent_back(KEY, number, HEARTS, goods("A-NAME-TOO-LONG-FOR-M3", 1, "1.00")))

    assert (await m3.books())["returns"] == []


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("lost", ["AddHead", "AddLine"])
async def test_a_return_in_doubt_is_entered_once(m3: M3, lost: str, arrived: bool) -> None:
    number = await m3.sold(order())
    command = sent_back(KEY, number, HEARTS, BOXES)
    before = (await m3.books())["stock"]
    create = await in_doubt(m3, command, lost, arrived=arrived)

    outcome = await create(command, unknown=True)

    books = await settled(m3)
    assert [each["REPN"] for each in books["returns"]] == [outcome.values["REPN"]]
    assert came_back(before, books) == {"85123A": 2, "22752": 1}
    assert books["totals"]["credited"] == BACK


async def test_the_same_return_again_changes_nothing(m3: M3) -> None:
    number = await m3.sold(order())
    command = sent_back(KEY, number, HEARTS, BOXES)
    first = await m3.do(command)
    before = await settled(m3)

    again = await m3.do(command, unknown=True)

    assert again == first
    assert await settled(m3) == before


@pytest.mark.parametrize("there", [[HEARTS], [BOXES]])
async def test_only_the_lines_that_are_missing_are_added(m3: M3, there: list[Any]) -> None:
    """An earlier try ended between its lines."""
    number = await m3.sold(order())
    await m3.do(sent_back(KEY, number, *there))
    await m3.live()

    await m3.do(sent_back(KEY, number, HEARTS, BOXES), unknown=True)

    books = await settled(m3)
    assert len(books["returns"]) == 1
    assert returned_of(books) == {1: "2", 2: "1", 3: "0"}
    assert books["totals"]["credited"] == BACK


@pytest.mark.parametrize("quantities", [(2, 2), (1, 2)])
async def test_a_line_of_the_same_item_is_not_taken_for_another(
    m3: M3, quantities: tuple[int, int]
) -> None:
    number = await m3.sold(order_of(KEY, [5, 5]))
    first, second = (goods("85123A", n, "2.55", str(at)) for at, n in enumerate(quantities, 1))
    await m3.do(sent_back(KEY, number, second))
    await m3.live()

    await m3.do(sent_back(KEY, number, first, second), unknown=True)

    assert returned_of(await settled(m3)) == {1: str(quantities[0]), 2: str(quantities[1])}


async def test_what_a_clerk_takes_back_meanwhile_is_not_taken_back_twice(m3: M3) -> None:
    number = await m3.sold(order())
    command = sent_back(KEY, number, HEARTS, BOXES)
    create = await in_doubt(m3, command, "AddLine", arrived=False)
    await m3.act("returns", {"CUOR": KEY, "lines": [{"PONR": 2, "REQ0": 2}]})

    with pytest.raises(Rejected, match=r"item 22752 .*: 1 pieces .*, 0 have left"):
        await create(command, unknown=True)

    assert returned_of(await settled(m3)) == {1: "0", 2: "2", 3: "0"}


async def test_a_line_that_m3_itself_refuses_is_told_in_its_words(m3: M3) -> None:
    """M3 shows nothing of the order, so it is not known before."""
    number = await m3.sold(order())
    bound: Any = m3.opened.sinks[0].handles[CreateReturn]
    elsewhere = replace(bound.__self__, cono=999)

    with pytest.raises(Rejected, match="item 85123A of the return 77") as refused:
        await elsewhere.create(sent_back(KEY, number, goods("85123A", 7, "1", "1")), unknown=False)

    assert (refused.value.field, refused.value.code) == ("REQ0", "WRQ0105")


@pytest.mark.parametrize(("away", "fits"), [("0", False), ("3", True)])
def test_what_was_turned_away_has_not_come_back(away: str, fits: bool) -> None:
    sold = [{"OBPONR": "1", "OBDLQT": "2", "OBIVQT": "4", "OBITNO": "85123A"}]
    back = [{"ODRORL": "1", "ODREQ0": "6", "ODREQ5": away, "ODITNO": "85123A"}]
    lines = [Transaction("OIS390MI", "AddLine", {"ITNO": "85123A", "REQ0": "3", "RORL": "1"})]
    with nullcontext() if fits else pytest.raises(Rejected, match="0 have left"):
        returnable.check(lines, sold, back, "the return")


async def test_a_long_return_in_doubt_has_each_line_once(m3: M3) -> None:
    """Longer than one request, and than what M3 answers to a query unless it is told."""
    number = await m3.sold(order_of(KEY, [2] * 150))
    lines = [goods("85123A", 1, "2.55", str(at)) for at in range(1, 151)]
    command = sent_back(KEY, number, *lines)
    create = await in_doubt(m3, command, "AddLine", arrived=True, requests=2)

    await create(command, unknown=True)

    books = await settled(m3)
    assert set(returned_of(books).values()) == {"1"}
    assert books["totals"]["credited"] == 150 * 255


async def test_returns_of_many_orders_take_few_calls(m3: M3) -> None:
    keys = [f"uk-{number}" for number in range(30)]
    numbers = [
        made.values["ORNO"] for made in await asyncio.gather(*(m3.do(order(k)) for k in keys))
    ]
    await m3.live()
    before = (await m3.ask("calls"))["requests"]

    await asyncio.gather(
        *(m3.do(sent_back(k, n, HEARTS, BOXES)) for k, n in zip(keys, numbers, strict=True))
    )

    assert (await m3.ask("calls"))["requests"] - before <= 6
    assert (await settled(m3))["totals"]["credited"] == 30 * BACK


def came_back(before: Any, books: Any) -> dict[str, int]:
    """By how many pieces each item's stock has grown."""
    grown = {
        item: int(now["STQT"]) - int(before[item]["STQT"]) for item, now in books["stock"].items()
    }
    return {item: pieces for item, pieces in grown.items() if pieces}


def returned_of(books: Any) -> dict[int, str]:
    """What came back of the order's lines, by PONR."""
    return {line["PONR"]: line["RTQT"] for line in books["orders"][KEY]["lines"]}
