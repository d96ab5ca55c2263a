"""Shows a run while it goes on: a live table in a terminal, plain lines in a file or a pipe."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from streams.core.money import show
from streams.demo.watch import Money, Watch, percentile
from streams.flows.order.state import MEANING, Status


@dataclass(frozen=True)
class Snapshot:
    """A run at a moment; `settled` orders a second make its rate."""

    seconds: float
    orders: int
    placed: int
    statuses: dict[Status, int]
    money: dict[str, Money]
    settled: int
    exceptions: int
    dead_letters: int
    p50_ms: int
    p99_ms: int

    @property
    def rate(self) -> float:
        """Orders settled a second since the start."""
        return self.settled / self.seconds if self.seconds > 0 else 0.0


def snapshot(watch: Watch, seconds: float, orders: int, placed: int) -> Snapshot:
    """What there is to show now."""
    statuses = watch.statuses
    return Snapshot(
        seconds=seconds,
        orders=orders,
        placed=placed,
        statuses={status: statuses[status] for status in Status if statuses[status]},
        money=watch.money,
        settled=sum(watch.settled(key) for key in watch.orders),
        exceptions=len(watch.exceptions),
        dead_letters=len(watch.dead_letters),
        p50_ms=percentile(watch.latencies_ms, 50),
        p99_ms=percentile(watch.latencies_ms, 99),
    )


class Screen(Protocol):
    """Where snapshots go."""

    pause: float
    """Seconds between two snapshots."""

    def frame(self, now: Snapshot) -> None:
        """Shows a snapshot."""

    def close(self) -> None:
        """The last snapshot was shown."""


class PlainLines:
    """One line a snapshot, and none if nothing has changed since the line before."""

    pause = 1.0

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = ""

    def frame(self, now: Snapshot) -> None:
        """Prints a line if there is news."""
        news = _line(now)
        if news != self._said:
            self._said = news
            rate = f"{now.rate:.1f} orders/s"
            _say(self._console, f"{now.seconds:6.1f} s  {news}; {rate}")

    def close(self) -> None:
        """Nothing to tidy up."""


class LiveTable:
    """A table that is drawn anew in its place."""

    pause = 0.25

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def frame(self, now: Snapshot) -> None:
        """Draws it."""
        self._live.update(_table(now), refresh=True)

    def close(self) -> None:
        """Leaves the last picture and gives the terminal back."""
        self._live.stop()


@asynccontextmanager
async def displayed(console: Console, look: Callable[[], Snapshot]) -> AsyncIterator[None]:
    """Shows `look()` again and again while the body runs, and once more after it."""
    screen: Screen = LiveTable(console) if console.is_terminal else PlainLines(console)
    over = asyncio.Event()
    showing = asyncio.create_task(_show(screen, look, over))
    try:
        yield
    finally:
        over.set()
        await showing
        screen.close()


async def _show(screen: Screen, look: Callable[[], Snapshot], over: asyncio.Event) -> None:
    while not over.is_set():
        screen.frame(look())
        with suppress(TimeoutError):
            async with asyncio.timeout(screen.pause):
                await over.wait()
    screen.frame(look())


def _line(now: Snapshot) -> str:
    statuses = ", ".join(f"{count} {status}" for status, count in now.statuses.items())
    parts = [f"{now.placed} of {now.orders} orders placed: {statuses or 'none seen yet'}"]
    for currency, sums in now.money.items():
        parts.append(
            f"{show(sums.ordered, currency)} ordered, {show(sums.captured, currency)} captured, "
            f"{show(sums.invoiced, currency)} invoiced"
        )
    parts.append(f"{now.exceptions} exceptions, {now.dead_letters} dead letters")
    parts.append(f"ready in {now.p50_ms} ms (p50), {now.p99_ms} ms (p99)")
    return "; ".join(parts)


def _table(now: Snapshot) -> Group:
    states = Table("orders", "", "what it means", box=None, pad_edge=False)
    for status in Status:
        count = now.statuses.get(status, 0)
        style = "" if count else "dim"
        states.add_row(status.value, f"{count:>6}", MEANING[status], style=style)
    sums = Table("money", box=None, pad_edge=False)
    for name in ("ordered", "authorized", "captured", "refunded", "invoiced"):
        sums.add_column(name, justify="right")
    for currency, each in now.money.items():
        sums.add_row(currency, *(f"{show(value, currency)}" for value in vars(each).values()))
    facts = (
        f"{now.placed} of {now.orders} placed, {now.rate:.1f} orders/s, {now.seconds:.0f} s   "
        f"ready in {now.p50_ms} ms (p50), {now.p99_ms} ms (p99)   "
        f"{now.exceptions} exceptions, {now.dead_letters} dead letters"
    )
    return Group(states, "", sums, "", Text(facts, style="bold"))


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
