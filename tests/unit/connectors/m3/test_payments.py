"""Payments in M3's books: once each, to the penny."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.payments import Payments, batch_number
from connectors.m3.wire import Reply, Transaction
from streams.core.errors import Failure, Rejected, Transient, Unknown
from tests.unit.connectors.m3.conftest import M3, order, payment

KEY = "uk-536365"


async def test_a_payment_settles_its_invoice(m3: M3) -> None:
    await m3.do(order())
    command = payment(KEY, await m3.invoiced(KEY))
    outcome = await m3.do(command)
    books = await m3.books()
    assert (outcome.minor_units, outcome.currency) == (3560, "GBP")
    assert books["totals"]["outstanding"] == 0
    assert books["payments"] == [
        {
            "PBID": outcome.values["PBID"],
            "TRNO": 1,
            "CINO": command.invoice_number,
            "INYR": 2010,
            "CUOR": KEY,
            "amount": 3560,
            "IRNO": command.transaction_id,
        }
    ]


async def test_many_payments_take_few_calls(m3: M3) -> None:
    keys = [f"uk-{number}" for number in range(30)]
    await asyncio.gather(*(m3.do(order(key)) for key in keys))
    await m3.live()
    invoices = (await m3.books())["invoices"]
    before = (await m3.ask("calls"))["requests"]
    await asyncio.gather(*(m3.do(payment(key, invoices[key])) for key in keys))
    assert (await m3.books())["totals"]["paid"] == 30 * 3560
    assert (await m3.ask("calls"))["requests"] - before <= 2


@pytest.mark.parametrize("lost", ["AddBatchHead", "ControlBatch"])
@pytest.mark.parametrize("failure", [Unknown("the line was cut"), Transient("busy")])
async def test_a_payment_in_doubt_is_booked_once(m3: M3, lost: str, failure: Failure) -> None:
    await m3.do(order())
    command = payment(KEY, await m3.invoiced(KEY))
    pay = payments_of(m3)
    failing = replace(pay, bulk=failing_once(pay.bulk, lost, failure))
    with pytest.raises(type(failure) if lost == "AddBatchHead" else Unknown):
        await failing.record(command, unknown=False)
    outcome = await failing.record(command, unknown=True)
    books = await m3.books()
    assert outcome.minor_units == 3560
    assert (books["totals"]["paid"], books["totals"]["outstanding"]) == (3560, 0)


async def test_a_second_payment_of_an_invoice_is_refused(m3: M3) -> None:
    await m3.do(order())
    command = payment(KEY, await m3.invoiced(KEY))
    await m3.do(command)
    with pytest.raises(Rejected):
        await m3.do(command)
    assert (await m3.books())["totals"]["paid"] == 3560


async def test_a_payment_of_no_invoice_is_refused_in_m3_s_words(m3: M3) -> None:
    invoice = {"CINO": "123", "INYR": 2010, "gross": 100}
    with pytest.raises(Rejected, match="Invoice 123 does not exist") as refused:
        await m3.do(payment(KEY, invoice))
    assert refused.value.field == "CINO"
    assert (await m3.books())["totals"]["paid"] == 0


def test_a_batch_s_number_is_made_of_year_and_invoice() -> None:
    invoice = {"CINO": "100000001", "INYR": 2011, "gross": 1}
    assert batch_number(payment(KEY, invoice)) == 1100000001
    short = {"CINO": "17", "INYR": 2026, "gross": 1}
    assert batch_number(payment(KEY, short)) == 6000000017


@pytest.mark.parametrize("number", ["A17", "1234567890", ""])
def test_an_odd_invoice_number_makes_no_batch(number: str) -> None:
    with pytest.raises(Rejected) as refused:
        batch_number(payment(KEY, {"CINO": number, "INYR": 2026, "gross": 1}))
    assert refused.value.field == "CINO"


def payments_of(m3: M3) -> Payments:
    """The executor behind the sink."""
    invoice = {"CINO": "1", "INYR": 2010, "gross": 1}
    bound = m3.opened.sinks[0].handles[type(payment(KEY, invoice))]
    found = getattr(bound, "__self__", None)
    assert isinstance(found, Payments)
    return found


def failing_once(bulk: Bulk, name: str, failure: Failure) -> Bulk:
    """The packer over a line that fails once: unknown after the request, transient before it."""
    send = bulk._send
    failed: list[str] = []

    async def failing(program: str, transactions: Sequence[Transaction]) -> Reply:
        hit = not failed and any(each.name == name for each in transactions)
        if hit:
            failed.append(name)
        if hit and isinstance(failure, Transient):
            raise failure
        reply = await send(program, transactions)
        if hit:
            raise failure
        return reply

    return Bulk(failing, bulk._packing, 5)
