"""Customers in M3's books."""

import asyncio

import pytest

from streams.core.errors import Rejected
from tests.unit.connectors.m3.conftest import ANN, M3, customer


async def test_an_unknown_customer_is_added_once(m3: M3) -> None:
    before = (await m3.books())["counts"]["customers"]
    first = await m3.do(customer())
    again = await m3.do(customer())
    assert first.values == again.values == {"CUNO": "UK17850"}
    assert (await m3.books())["counts"]["customers"] == before + 1


async def test_two_that_add_the_same_customer_at_once_both_have_it(m3: M3) -> None:
    outcomes = await asyncio.gather(m3.do(customer()), m3.do(customer()))
    assert [outcome.values for outcome in outcomes] == [{"CUNO": "UK17850"}] * 2
    assert (await m3.ask("calls"))["requests"] == 2


async def test_a_doubtful_customer_is_asked_for(m3: M3) -> None:
    await m3.do(customer())
    assert (await m3.do(customer(), unknown=True)).values == {"CUNO": "UK17850"}


async def test_a_customer_that_m3_refuses_is_rejected(m3: M3) -> None:
    nameless = ANN.model_copy(update={"first_name": "", "last_name": ""})
    with pytest.raises(Rejected, match="CUNM"):
        await m3.do(customer(address=nameless))
    assert (await m3.ask("calls"))["requests"] == 0
