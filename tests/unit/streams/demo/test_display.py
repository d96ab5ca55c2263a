"""Progress: plain lines without repeats when nobody looks at a terminal, a table when one does."""

from io import StringIO

from rich.console import Console

from streams.demo.display import LiveTable, PlainLines, displayed, snapshot
from streams.demo.watch import Watch
from streams.flows.order.state import Status
from tests.unit.streams.demo.builders import state


def _watch() -> Watch:
    watch = Watch()
    watch.order(state("uk-1", Status.CLOSED, 1000))
    watch.order(state("uk-2", Status.SHIPPED, 250, ready_at=1120))
    return watch


def test_plain_lines_say_only_news() -> None:
    out, watch = StringIO(), _watch()
    lines = PlainLines(Console(file=out))
    lines.frame(snapshot(watch, 1.0, 3, 2))
    lines.frame(snapshot(watch, 2.0, 3, 2))
    watch.order(state("uk-2", Status.CLOSED, 250))
    lines.frame(snapshot(watch, 4.0, 3, 2))
    first, second = out.getvalue().splitlines()
    assert "2 of 3 orders placed: 1 shipped, 1 closed" in first
    assert "12.50 GBP ordered, 10.00 GBP captured" in first
    assert "ready in 40 ms (p50), 120 ms (p99)" in first
    assert "2 closed" in second
    assert "0.5 orders/s" in second
    assert "\x1b" not in out.getvalue()


def test_a_terminal_has_a_table() -> None:
    out = StringIO()
    table = LiveTable(Console(file=out, force_terminal=True, width=140))
    table.frame(snapshot(_watch(), 2.0, 3, 2))
    table.close()
    assert "Ordered, captured, invoiced and settled agree." in out.getvalue()
    assert "12.50 GBP" in out.getvalue()


async def test_the_last_state_is_always_shown() -> None:
    out, watch = StringIO(), _watch()
    async with displayed(Console(file=out), lambda: snapshot(watch, 1.0, 2, 2)):
        watch.order(state("uk-2", Status.CLOSED, 250))
    assert "2 closed" in out.getvalue().splitlines()[-1]
