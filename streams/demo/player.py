"""Plays a demo from its files to its report."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession
from rich.console import Console

from streams.core.clock import SystemClock
from streams.demo.display import Snapshot, displayed, snapshot
from streams.demo.documents import Document, Order, documents, orders_of
from streams.demo.files import read_rows
from streams.demo.people import People
from streams.demo.playback import Playback, Publish
from streams.demo.report import Report, build
from streams.demo.returns import Matched, matched
from streams.demo.sandboxes import Sandboxes
from streams.demo.seeding import connect, seed
from streams.demo.settings import DemoSettings, Systems
from streams.demo.watch import Watch

BETWEEN_LOOKS = 0.5
"""Seconds between two looks at the books."""


async def play(
    settings: DemoSettings,
    systems: Systems,
    watch: Watch,
    publish: Publish,
    console: Console | None = None,
) -> Report:
    """Reads the files, seeds the sandboxes, plays all documents and compares the books.

    Tandem must be running: the bridges that the shop and M3 tell, the flows, the sinks; and what it
    says must come into `watch`, on the same event loop. What a system is told last (a note, a
    status) may reach it after the order has closed: until then, `settle_seconds` at the most, the
    books are read again.

    Args:
        settings: what to play.
        systems: the sandboxes; they must be empty, or what they hold besides is a difference.
        watch: fed by the caller.
        publish: for the documents that are no orders; they must come back through `watch`.
        console: where progress is shown; standard output if it is None.

    Raises:
        Misconfigured: a file is not in the format, or a sandbox is not there; says which and why.
    """
    clock = SystemClock()
    found, orders, people = await asyncio.to_thread(_prepared, settings)
    async with ClientSession() as http:
        sandboxes = Sandboxes(http, systems)
        await seed(sandboxes, list(orders.values()), people)
        await connect(sandboxes)
        returns = matched(found)
        back = given_back(settings, returns)
        playback = Playback(settings, sandboxes, people, watch, publish, clock, returns)
        if settings.faults:
            await sandboxes.misbehave(settings.faults, settings.seed)
        started_ms = clock.now_ms()

        def seconds() -> float:
            return (clock.now_ms() - started_ms) / 1000

        def look() -> Snapshot:
            return snapshot(watch, seconds(), len(orders), len(playback.placed))

        async with displayed(console or Console(), look):
            all_settled = await playback.play(found)
            took = seconds()
            while True:
                books = await sandboxes.books()
                placed = len(playback.placed)
                faults = await _faults(settings, sandboxes)
                report = build(found, orders, back, placed, watch, books, took, faults)
                waited = seconds() - took
                if report.accounted or not all_settled or waited > settings.settle_seconds:
                    return report
                await asyncio.sleep(BETWEEN_LOOKS)


def given_back(settings: DemoSettings, returns: Mapping[str, Matched]) -> Counter[str]:
    """What goes back of each order in all, minor units by key."""
    sums: Counter[str] = Counter()
    for match in returns.values():
        for each in match.given:
            sums[settings.key(each.order)] += each.amount
    return sums


async def _faults(settings: DemoSettings, sandboxes: Sandboxes) -> dict[str, Any] | None:
    """Which faults the sandboxes had so far; None if they were to have none."""
    if not settings.faults:
        return None
    injected = await sandboxes.injected()
    return {"profile": settings.faults, "seed": settings.seed, "injected": injected}


def _prepared(settings: DemoSettings) -> tuple[list[Document], dict[str, Order], People]:
    found = documents(read_rows(settings.files), settings.limit)
    orders = {settings.key(order.number): order for order in orders_of(found)}
    people = People(settings.seed)
    for order in orders.values():
        people.of(order)
    return found, orders, people
