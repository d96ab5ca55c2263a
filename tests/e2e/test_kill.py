"""`kill -9` in the middle of a run of orders: the books agree, and nothing happened twice."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from random import Random
from typing import Any, Literal

import pytest

from streams.demo.report import Report
from streams.demo.sandboxes import Books
from streams.kafka.reader import read_topic
from tests.brokers import Cluster
from tests.e2e.expected import Expected, expected
from tests.product import SAMPLE_FILE, Scene, engine, eventually, scene

DOCUMENTS, ORDERS = 213, 200
"""The sample's first documents, and how many of them are orders."""

KILLS = 3

STEPS = (
    r"(authorized: TRN_\S+|Nothing to pay\.)",
    r"M3 order \d+\.",
    r"Shipped with ",
    r"M3 invoice \d+\.",
    r"Paid, delivered, invoiced and settled in M3\.",
)
"""What an order's shop hears of, each once: steps of one moment stand in one note."""

SHORT = {
    "TANDEM_M3_TIMEOUT_SECONDS": "3",
    "TANDEM_M3_COMMAND_SECONDS": "8",
    "TANDEM_SHOP_TIMEOUT_SECONDS": "4",
}
"""A new owner of started commands need not wait long before it may ask what they did."""


@pytest.mark.parametrize("durability", ["flush", "transaction"])
async def test_the_books_agree_although_processes_die(
    cluster: Cluster, durability: Literal["flush", "transaction"]
) -> None:
    made = {"TANDEM_KAFKA__DURABILITY": durability, "TANDEM_KAFKA__INSTANCE": "slot-0"}
    async with scene(engine(cluster), **SHORT, **made) as acts:
        report, books = await killed_again_and_again(acts, Random(f"kill -9 {durability}"))
        transactional = await asyncio.to_thread(in_transactions, acts)

    wanted = expected(SAMPLE_FILE, DOCUMENTS)
    assert len(wanted.orders) == ORDERS
    assert transactional == (durability == "transaction")
    assert_all_closed(report, wanted)
    assert_once_in_m3(books.m3, wanted)
    assert_once_at_heartland(books.heartland, wanted)
    assert_each_step_told_once(books.shop, wanted)


async def killed_again_and_again(acts: Scene, random: Random) -> tuple[Report, Books]:
    """Kills flows and sinks at random moments, at last the bridge too; each starts again."""
    roles = acts.stage.roles
    async with roles("bridge") as bridge:
        playing = asyncio.create_task(acts.play(limit=DOCUMENTS, per_second=20))
        for _ in range(KILLS):
            async with roles("flows", "sinks") as running:
                await acts.eyes.until(lambda: in_hand(acts) > 0)
                await asyncio.sleep(random.uniform(0.2, 2.5))
                running.process.kill()
                await running.process.wait()
            assert not playing.done(), "it was killed when all was over"
        async with roles("flows", "sinks"):
            # What the shop tells is told once; from here on it is M3 and Heartland who tell.
            await acts.eyes.until(lambda: all_placed(acts))
            bridge.process.kill()
            await bridge.process.wait()
            async with roles("bridge"):
                return await playing, await books_when_told(acts)


async def books_when_told(acts: Scene) -> Books:
    """The books once the shop has heard of every last step, which is after Tandem closed it."""

    async def ask() -> bool | None:
        orders = (await acts.sandboxes.books()).shop["orders"].values()
        notes = (" ".join(order["notes"]) for order in orders)
        return all(re.search(STEPS[-1], each) for each in notes) or None

    with suppress(TimeoutError):  # the books then say which order it never heard of
        await eventually(ask)
    return await acts.sandboxes.books()


def in_hand(acts: Scene) -> int:
    """Orders that Tandem has begun and not ended."""
    watch = acts.eyes.watch
    return sum(not watch.settled(key) for key in watch.orders)


def all_placed(acts: Scene) -> bool:
    return sum(state.placed is not None for state in acts.eyes.orders.values()) == ORDERS


def in_transactions(acts: Scene) -> bool:
    """Whether commands were sent in transactions, whose ends take offsets between records."""
    found = list(read_topic(acts.stage.engine, acts.topic("commands.m3"), partitions=(0,)))
    return found[-1].offset > found[0].offset + len(found) - 1


def assert_all_closed(report: Report, wanted: Expected) -> None:
    assert report.differences == []
    assert report.orders["closed"] == report.orders["placed"] == ORDERS
    told = report.money["GBP"]
    assert told["captured"] == told["invoiced"] == told["ordered"] == wanted.ordered
    assert told["refunded"] == wanted.refunded > 0
    assert report.dead_letters == 0
    assert {each["kind"] for each in report.exceptions} <= {"return", "adjustment"}


def assert_once_in_m3(book: Mapping[str, Any], wanted: Expected) -> None:
    amounts = {f"uk-{number}": amount for number, amount in wanted.orders.items()}
    assert book["duplicates"] == []
    assert {key: order["total"] for key, order in book["orders"].items()} == amounts
    paid = [(payment["CUOR"], payment["amount"]) for payment in book["payments"]]
    assert sorted(paid) == sorted((key, amount) for key, amount in amounts.items() if amount)
    credited = [(credit["CUOR"], -credit["gross"]) for credit in book["credit_notes"]]
    repaid = [(repaid["CUOR"], -repaid["amount"]) for repaid in book["repayments"]]
    back = [(f"uk-{number}", amount) for number, amount in wanted.given_back.items() if amount]
    assert sorted(summed(credited)) == sorted(summed(repaid)) == sorted(back)
    assert book["totals"]["outstanding"] == 0


def summed(amounts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for key, amount in amounts:
        sums[key] += amount
    return list(sums.items())


def assert_once_at_heartland(book: Mapping[str, Any], wanted: Expected) -> None:
    due = {f"uk-{number}": amount for number, amount in wanted.orders.items() if amount}
    assert book["orders"].keys() == due.keys()
    for key, order in book["orders"].items():
        back = wanted.given_back.get(key.removeprefix("uk-"), 0)
        assert order["authorized"] == order["captured"] + order["reversed"] == due[key], key
        assert order["reversed"] + order["refunded"] == back, key
        assert order["declined"] == 0, key


def assert_each_step_told_once(book: Mapping[str, Any], wanted: Expected) -> None:
    for number in wanted.orders:
        order = book["orders"][number]
        notes = " ".join(order["notes"])
        told = [len(re.findall(step, notes)) for step in STEPS]
        assert told == [1] * len(STEPS), (number, order["notes"])
        whole = wanted.given_back.get(number, 0) == wanted.orders[number] > 0
        assert order["status"] == ("refunded" if whole else "completed")
