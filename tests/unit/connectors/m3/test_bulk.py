"""Many commands in few requests, each with its own fate."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.packing import Packing
from connectors.m3.wire import MiError, MiResult, Reply, Transaction
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

REFUSED = MiError("Item number X does not exist", "WIT0103", "ITNO", "ServerReturnedNOK")


class Echo:
    """An M3 that answers each transaction with its name, and can be told to misbehave."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.behave: Callable[[list[str]], Reply | Failure | None] = lambda _: None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def send(self, _program: str, transactions: Sequence[Transaction]) -> Reply:
        names = [each.name for each in transactions]
        self.requests.append(names)
        self.asked.set()
        await self.gate.wait()
        behaviour = self.behave(names)
        if isinstance(behaviour, Failure):
            raise behaviour
        if behaviour:
            return behaviour
        return Reply(tuple(MiResult(({"NAME": name},)) for name in names))


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def bulk(echo: Echo) -> Bulk:
    return Bulk(echo.send, Packing(most=10, company_ms=5, in_flight=4), command_seconds=5)


async def run(bulk: Bulk, *names: str) -> list[str]:
    """A command that runs transactions; the names that came back."""
    async with bulk.command():
        results = await bulk.run_all([Transaction("OIS100MI", name) for name in names])
    return [each.records[0]["NAME"] for each in results]


async def fates(bulk: Bulk, *commands: tuple[str, ...]) -> list[list[str] | BaseException]:
    return await asyncio.gather(*(run(bulk, *each) for each in commands), return_exceptions=True)


async def test_commands_that_come_together_travel_together(bulk: Bulk, echo: Echo) -> None:
    assert await fates(bulk, ("a",), ("b", "c"), ("d",)) == [["a"], ["b", "c"], ["d"]]
    assert echo.requests == [["a", "b", "c", "d"]]


async def test_a_long_list_is_split_and_keeps_its_order(bulk: Bulk, echo: Echo) -> None:
    long = [f"l{number}" for number in range(25)]
    assert await run(bulk, *long) == long
    assert echo.requests == [long[:10], long[10:20], long[20:]]


async def test_company_is_waited_for_only_as_long_as_it_may_come(bulk: Bulk, echo: Echo) -> None:
    async with bulk.command():
        assert await run(bulk, "a") == ["a"]
    assert echo.requests == [["a"]]


async def test_a_refused_transaction_is_its_own_caller_s(bulk: Bulk, echo: Echo) -> None:
    echo.behave = lambda names: Reply(
        tuple(MiResult(error=REFUSED) if name == "b" else MiResult(({},)) for name in names)
    )

    async def errors(name: str) -> MiError | None:
        async with bulk.command():
            return (await bulk.run(Transaction("OIS100MI", name))).error

    assert list(await asyncio.gather(errors("a"), errors("b"))) == [None, REFUSED]


@pytest.mark.parametrize("failure", [Transient("busy", 3.0), Unknown("lost")])
async def test_a_failed_request_fails_all_that_are_in_it(
    bulk: Bulk, echo: Echo, failure: Failure
) -> None:
    echo.behave = lambda _: failure
    assert await fates(bulk, ("a",), ("b",)) == [failure, failure]


async def test_what_m3_did_before_it_ended_the_request_counts(bulk: Bulk, echo: Echo) -> None:
    ended = MiError("Transaction B does not exist", type="TransactionNotFound")
    echo.behave = lambda names: Reply((MiResult(({"NAME": names[0]},)), None, None), ended)
    done, blamed, later = await fates(bulk, ("a",), ("b",), ("c",))
    assert done == ["a"]
    assert isinstance(blamed, Misconfigured)
    assert isinstance(later, Transient)


async def test_a_request_refused_for_one_s_sake_spares_the_others(bulk: Bulk, echo: Echo) -> None:
    ended = MiError("the body is not understood", type="InvalidRequest")
    echo.behave = lambda names: Reply((None,) * len(names), ended) if "bad" in names else None
    good, bad, other = await fates(bulk, ("good",), ("bad",), ("other",))
    assert (good, other) == (["good"], ["other"])
    assert isinstance(bad, Rejected)


async def test_a_command_that_takes_too_long_is_unknown(echo: Echo) -> None:
    bulk = Bulk(echo.send, Packing(10, 5, 4), command_seconds=0.02)
    echo.gate.clear()
    with pytest.raises(Unknown, match="within"):
        await run(bulk, "a")
    echo.gate.set()
    assert await run(bulk, "b") == ["b"]
    await bulk.aclose()


async def test_closing_leaves_nobody_waiting(echo: Echo) -> None:
    bulk = Bulk(echo.send, Packing(1, 5, in_flight=1), command_seconds=5)
    echo.gate.clear()
    waiting = asyncio.gather(run(bulk, "a"), run(bulk, "b"), return_exceptions=True)
    await echo.asked.wait()
    await bulk.aclose()
    sent, waited = await waiting
    assert isinstance(sent, Unknown)
    assert isinstance(waited, Transient)
