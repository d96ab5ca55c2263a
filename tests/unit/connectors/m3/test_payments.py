"""Payments in M3's books: once each, to the penny."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.payments import Payments, batch_number
from connectors.m3.wire import Reply, Transaction
from streams.core.errors import Failure, Rejected, Transient, Unknown
from tests.unit.connectors.m3.conftest import M3, goods, order, payment, sent_back

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


async def test_a_payment_that_m3_refused_to_control_is_booked_when_it_is_sent_again(m3: M3) -> None:
    await m3.do(order())
    command = payment(KEY, await m3.invoiced(KEY))
    pay = payments_of(m3)
    refusing = replace(pay, bulk=failing_once(pay.bulk, "ControlBatch", Rejected("in use")))
    with pytest.raises(Rejected, match="in use"):
        await refusing.record(command, unknown=False)
    await refusing.record(command, unknown=True)  # as a sink does with what a person sends again
    books = await m3.books()
    assert (books["totals"]["paid"], books["totals"]["outstanding"]) == (3560, 0)


async def test_a_payment_of_no_invoice_is_refused_in_m3_s_words(m3: M3) -> None:
    invoice = {"CINO": "123", "INYR": 2010, "gross": 100}
    with pytest.raises(Rejected, match="Invoice 123 does not exist") as refused:
        await m3.do(payment(KEY, invoice))
    assert refused.value.field == "CINO"
    assert (await m3.books())["totals"]["paid"] == 0


async def test_money_given_back_settles_its_credit_note(m3: M3) -> None:
    note = await credited(m3)

    outcome = await m3.do(payment(KEY, note, transaction_id="TRN_refund"))

    books = await m3.books()
    assert (outcome.minor_units, outcome.currency) == (-510, "GBP")
    assert [each["outstanding"] for each in books["credit_notes"]] == [0]
    assert [(each["amount"], each["IRNO"]) for each in books["repayments"]] == [
        (-510, "TRN_refund")
    ]
    assert books["totals"]["outstanding"] == 3560


@pytest.mark.parametrize("lost", ["AddBatchHead", "ControlBatch"])
@pytest.mark.parametrize("failure", [Unknown("the line was cut"), Transient("busy")])
async def test_money_given_back_in_doubt_settles_its_credit_note_once(
    m3: M3, lost: str, failure: Failure
) -> None:
    command = payment(KEY, await credited(m3))
    pay = payments_of(m3)
    failing = replace(pay, bulk=failing_once(pay.bulk, lost, failure))
    with pytest.raises(type(failure) if lost == "AddBatchHead" else Unknown):
        await failing.record(command, unknown=False)

    outcome = await failing.record(command, unknown=True)

    books = await m3.books()
    assert outcome.minor_units == -510
    assert (books["totals"]["repaid"], books["credit_notes"][0]["outstanding"]) == (510, 0)


async def test_a_doubt_about_a_credit_note_is_settled_by_asking(m3: M3) -> None:
    """Not settled yet: it is settled now. Settled: nothing changes."""
    command = payment(KEY, await credited(m3))

    first = await m3.do(command, unknown=True)
    before = await m3.books()
    again = await m3.do(command, unknown=True)

    assert before["credit_notes"][0]["outstanding"] == 0
    assert again == first
    assert await m3.books() == before


@pytest.mark.parametrize("amount", [-511, 510])
async def test_no_other_money_than_was_credited_settles_a_credit_note(m3: M3, amount: int) -> None:
    note = await credited(m3)

    with pytest.raises(Rejected) as refused:
        await m3.do(payment(KEY, note, amount=amount))

    assert refused.value.code == "WAM0105"
    assert (await m3.books())["credit_notes"][0]["outstanding"] == -510


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


async def credited(m3: M3) -> Any:
    """The credit note of two hearts that came back."""
    number = await m3.sold(order())
    await m3.do(sent_back(KEY, number, goods("85123A", 2, "2.55", "1")))
    await m3.live()
    (note,) = (await m3.books())["credit_notes"]
    return note


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
