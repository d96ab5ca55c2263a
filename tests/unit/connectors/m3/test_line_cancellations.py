"""Lines that nobody wants any more: out of M3's books, as far as they have not left."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.line_cancellations import LineCancellations
from connectors.m3.packing import Packing
from connectors.m3.wire import MiError, MiResult, Reply, Transaction
from streams.core.connector import Execute
from streams.core.errors import Misconfigured, Rejected
from streams.messages.fulfilment import SalesOrderSynced
from streams.messages.m3 import CancelLines
from tests.unit.connectors.m3.conftest import M3, Doors, cancelled_lines, order, order_of
from tests.unit.connectors.m3.lossy import in_doubt

KEY = "uk-536365"


def told(number: str, deleted: str = "", closed: str = "", delivered: str = "") -> dict[str, str]:
    return {"ORNO": number, "DELETED": deleted, "CLOSED": closed, "DELIVERED": delivered}


async def sold_in_part(m3: M3, pieces: int) -> str:
    """ORNO of 6 hearts and 2 boxes with postage, of which so many hearts and no box have left."""
    await m3.act("deliveries", {"back_orders": True})
    await m3.act("items", [{"ITNO": "85123A", "STQT": pieces}, {"ITNO": "22752", "STQT": 0}])
    return await m3.sold(order())


async def stock_comes(m3: M3) -> Any:
    """The books after all that M3 can still deliver has left."""
    await m3.act("items", [{"ITNO": "85123A", "STQT": 100}, {"ITNO": "22752", "STQT": 100}])
    return await m3.books()


def left(books: Any) -> dict[int, str]:
    """What left of the order's lines, by PONR."""
    return {line["PONR"]: line["DLQT"] for line in books["orders"][KEY]["lines"]}


async def test_lines_of_which_nothing_left_are_deleted(m3: M3) -> None:
    number = await sold_in_part(m3, 0)

    outcome = await m3.do(cancelled_lines(KEY, number, "2"))

    assert outcome.values == told(number, "2")
    books = await stock_comes(m3)
    assert left(books) == {1: "6", 3: "1"}
    assert books["totals"]["invoiced"] == 3560 - 1530


async def test_the_last_line_takes_the_order_with_it(m3: M3) -> None:
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    number = await m3.sold(order_of(KEY, [5, 2]))

    outcome = await m3.do(cancelled_lines(KEY, number, "1", "2"))

    assert outcome.values == told(number, "1,2")
    assert (await stock_comes(m3))["orders"] == {}


async def test_what_has_left_of_a_line_stays_and_the_rest_is_given_up(m3: M3) -> None:
    number = await sold_in_part(m3, 2)

    outcome = await m3.do(cancelled_lines(KEY, number, "1", "2"))

    assert outcome.values == told(number, "2", closed="1")
    books = await stock_comes(m3)
    assert left(books) == {1: "2", 3: "1"}
    assert books["totals"]["invoiced"] == books["totals"]["ordered"] == 2 * 255 + 500


async def test_a_line_that_has_left_is_left_as_it_is(m3: M3) -> None:
    number = await sold_in_part(m3, 6)

    outcome = await m3.do(cancelled_lines(KEY, number, "1", "2", "3"))

    assert outcome.values == told(number, "2", delivered="1,3")
    books = await stock_comes(m3)
    assert left(books) == {1: "6", 3: "1"}
    assert books["totals"]["invoiced"] == 6 * 255 + 500


@pytest.mark.parametrize("unknown", [False, True])
async def test_the_same_again_changes_nothing(m3: M3, unknown: bool) -> None:
    number = await sold_in_part(m3, 2)
    command = cancelled_lines(KEY, number, "1", "2", "3")
    first = await m3.do(command)
    books = await m3.books()

    assert await m3.do(command, unknown=unknown) == first
    assert first.values == told(number, "2", "1", "3")
    assert await m3.books() == books


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("lost", ["DelLine", "CloLine", "GetLine"])
async def test_lines_in_doubt_are_given_up_once(m3: M3, lost: str, arrived: bool) -> None:
    number = await sold_in_part(m3, 2)
    command = cancelled_lines(KEY, number, "1", "2", "3")
    cancel = await in_doubt(m3, command, lost, arrived=arrived)

    outcome = await cancel(command, unknown=True)

    assert outcome.values == told(number, "2", "1", "3")
    books = await stock_comes(m3)
    assert left(books) == {1: "2", 3: "1"}
    assert books["totals"]["invoiced"] == 2 * 255 + 500


async def test_a_line_that_left_while_it_was_in_doubt_is_told(m3: M3) -> None:
    number = await sold_in_part(m3, 2)
    command = cancelled_lines(KEY, number, "1")
    cancel = await in_doubt(m3, command, "CloLine", arrived=False)
    await stock_comes(m3)

    outcome = await cancel(command, unknown=True)

    assert outcome.values == told(number, delivered="1")
    assert (await m3.books())["totals"]["invoiced"] == 3560


async def test_lines_of_an_order_that_m3_no_longer_has_are_gone(m3: M3) -> None:
    outcome = await m3.do(cancelled_lines(KEY, "0000000009", "1", "2"))
    assert outcome.values == told("0000000009", "1,2")


async def test_a_line_that_never_was_is_gone(m3: M3) -> None:
    number = await sold_in_part(m3, 0)
    before = await m3.books()
    assert (await m3.do(cancelled_lines(KEY, number, "9"))).values == told(number, "9")
    assert await m3.books() == before


async def test_no_lines_ask_m3_nothing(m3: M3) -> None:
    before = (await m3.ask("calls"))["requests"]
    assert (await m3.do(cancelled_lines(KEY, "0010000001"))).values["CLOSED"] == ""
    assert (await m3.ask("calls"))["requests"] == before


async def test_lines_are_given_up_in_few_calls(m3: M3) -> None:
    await m3.act("items", [{"ITNO": "85123A", "STQT": 0}])
    number = await m3.sold(order_of(KEY, [2] * 50))
    before = (await m3.ask("calls"))["requests"]
    await m3.do(cancelled_lines(KEY, number, *map(str, range(1, 50))))
    assert (await m3.ask("calls"))["requests"] == before + 1
    assert [line["PONR"] for line in (await m3.books())["orders"][KEY]["lines"]] == [50]


async def test_m3_tells_what_was_given_up(doors: Doors) -> None:
    async with doors.tenant() as m3:
        number = await sold_in_part(m3, 2)
        doors.events.clear()
        await m3.do(cancelled_lines(KEY, number, "1", "2"))
        await m3.live()

    told = [each for each in doors.events if isinstance(each, SalesOrderSynced)]
    cut = {(line.order_line, line.shipped) for each in told for line in each.lines if line.final}
    assert cut == {("1", 2), ("2", 0), ("3", 1)}
    assert min(each.amount for each in told) == 2 * 255 + 500


def clerk(m3: M3, error: MiError, **line: str) -> Execute:
    """An M3 that neither deletes nor closes a line, in words that the sandbox does not have."""
    bound: Any = m3.opened.sinks[0].handles[CancelLines]

    async def send(_: str, transactions: Sequence[Transaction]) -> Reply:
        (asked,) = transactions
        return Reply((MiResult((line,)) if asked.reads else MiResult(error=error),))

    return LineCancellations(Bulk(send, Packing(100, 50, 4), 5), bound.__self__.rules).cancel


ON_A_LIST = MiError("The line is on a picking list", "OI10144", "PONR", "ServerReturnedNOK")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ({"ORQT": "6", "DLQT": "2", "ORST": "66"}, told("1", closed="1")),
        ({"ORQT": "6", "ORST": "99"}, told("1", closed="1")),
        ({"ORQT": "6", "DLQT": "6", "ORST": "66"}, told("1", delivered="1")),
        ({"ORQT": "6", "DLQT": "2", "IVQT": "4", "ORST": "67"}, told("1", delivered="1")),
        ({"ORQT": "6", "DLQT": "2", "IVQT": "3", "ORST": "67"}, told("1", closed="1")),
    ],
)
async def test_a_line_that_m3_does_not_close_is_looked_at(
    m3: M3, line: dict[str, str], values: dict[str, str]
) -> None:
    outcome = await clerk(m3, ON_A_LIST, **line)(cancelled_lines(KEY, "1", "1"), unknown=False)
    assert outcome.values == values


async def test_a_line_that_will_leave_all_the_same_is_refused_in_m3_s_words(m3: M3) -> None:
    execute = clerk(m3, ON_A_LIST, ORQT="6", DLQT="2", ORST="46")
    with pytest.raises(Rejected, match="to close line 1 of order 7: The line is on a pick") as why:
        await execute(cancelled_lines(KEY, "7", "1"), unknown=False)
    assert (why.value.field, why.value.code) == ("PONR", "OI10144")


async def test_a_refused_company_stops_the_worker(m3: M3) -> None:
    company = MiError("Not authorized for company 100", "XAU0008", "CONO", "ServerReturnedNOK")
    with pytest.raises(Misconfigured, match="TANDEM_M3_CONO"):
        await clerk(m3, company)(cancelled_lines(KEY, "7", "1"), unknown=False)
