"""What waits has a deadline: the same orders, days later by the flows' clock."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from streams.demo.stage import Running
from streams.flows.order.state import Status
from tests.brokers import Cluster
from tests.e2e.counter import (
    cases,
    checkout,
    checkout_takes,
    in_m3,
    opened,
    premises,
)
from tests.product import Scene, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

AHEAD = Path(__file__).parent / "ahead"
SIX_DAYS = 6 * 24 * 3600
"""A day before an authorization of today is no longer good (`TANDEM_AUTHORIZATION_DAYS`)."""

CLAIMS = {"TANDEM_CLAIM_HOURS": "120"}
"""All claims on stock are too old then."""

TOKEN, BY_CHECKOUT, UNPAID = 830001, 830002, 830003
ORPHAN = 830099
EXPIRED = ("claim expired", 0)


def flows(acts: Scene, ahead_seconds: int) -> AbstractAsyncContextManager[Running]:
    """The flows, whose clock is ahead of all others'."""
    ahead = {"PYTHONPATH": str(AHEAD), "AHEAD_SECONDS": str(ahead_seconds), **CLAIMS}
    stage = replace(acts.stage, environment={**acts.stage.environment, **ahead})
    return stage.roles("flows")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def acts(cluster: Cluster) -> AsyncIterator[Scene]:
    """Orders that wait since today, now that six days have passed."""
    async with premises(cluster) as acts, acts.stage.roles("bridge", "sinks", "pollers"):
        await opened(acts)
        async with flows(acts, 0):
            await acts.sandboxes.place(checkout(TOKEN, ("LATE", 2, "4.00")))
            held = await checkout_takes(acts, BY_CHECKOUT, "500", payment_action="authorize")
            paid = {"transaction_id": held, "action": "authorize"}
            lines = ("LATE", 1, "5.00")
            await acts.sandboxes.place(checkout(BY_CHECKOUT, lines, payment=paid, meta_data=[]))
            await acts.sandboxes.place(checkout(UNPAID, ("TEA", 1, "3.00"), meta_data=[]))
            await checkout_takes(acts, ORPHAN, "4200", status_url=f"{acts.bridge}/hooks/heartland")
            for number in (TOKEN, BY_CHECKOUT):
                await acts.eyes.status(f"uk-{number}", Status.CONFIRMED)
            await acts.eyes.status(f"uk-{UNPAID}", Status.PLACED)
            await in_m3(acts, "items", [{"ITNO": "TEA", "STQT": "90"}])
            await eventually(lambda: for_sale(acts, 89))
        async with flows(acts, SIX_DAYS + 2 * 3600):
            yield acts


def is_a_case(acts: Scene, key: str, kind: str, amount: int) -> Callable[[], bool]:
    return lambda: cases_but_of_claims(acts, key) == [(kind, amount)]


def cases_but_of_claims(acts: Scene, key: str) -> list[tuple[str, int]]:
    return [case for case in cases(acts, key) if case != EXPIRED]


async def test_an_authorization_is_renewed_before_it_expires(acts: Scene) -> None:
    key = f"uk-{TOKEN}"

    async def renewed() -> bool | None:
        book = (await acts.sandboxes.books()).heartland["orders"][key]
        there = len(book["transactions"]), book["held"], book["reversed"]
        return there == (2, 800, 800) or None

    await eventually(renewed)
    assert not cases_but_of_claims(acts, key)
    (_, now) = (await acts.sandboxes.books()).heartland["orders"][key]["transactions"]
    await acts.eyes.until(lambda: acts.eyes.orders[key].payment.transaction_id == now)


async def test_an_authorization_that_cannot_be_renewed_is_a_case(acts: Scene) -> None:
    key = f"uk-{BY_CHECKOUT}"
    await acts.eyes.until(is_a_case(acts, key, "authorization expires", 500))


async def test_an_order_without_its_payment_is_a_case(acts: Scene) -> None:
    await acts.eyes.until(is_a_case(acts, f"uk-{UNPAID}", "late", 300))


async def test_a_payment_without_its_order_is_a_case(acts: Scene) -> None:
    key = f"TRN_{ORPHAN:032x}"
    await acts.eyes.until(is_a_case(acts, key, "payment without order", 4200))


async def test_a_claim_that_nobody_took_up_ends_and_its_pieces_are_for_sale_again(
    acts: Scene,
) -> None:
    await acts.eyes.until(lambda: EXPIRED in cases(acts, f"uk-{UNPAID}"))
    await eventually(lambda: for_sale(acts, 90))


async def for_sale(acts: Scene, pieces: int) -> bool | None:
    """Whether the shop sells so many pieces of the tea."""
    return (await acts.sandboxes.books()).shop["stock"]["TEA"] == pieces or None
