"""The order's story through the whole product: its latency when quiet, its M3 calls when busy."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from bench.figures import Figure, Goal, Section, Table, number
from bench.machine import cpu_seconds
from bench.orders import orders
from bench.product import Product, product
from streams.core.clock import SystemClock
from streams.demo.documents import Order
from streams.demo.watch import percentile
from streams.kafka.settings import KafkaSettings

PER_SECOND = 20


@dataclass(frozen=True)
class Run:
    """What became of some orders.

    Attributes:
        latencies: from the bridge to "confirmed and authorized", ms, an order each.
        m3_calls: HTTP requests to M3 until all were closed.
        seconds: from the first one's checkout until the last one was closed.
        cpu: CPU seconds that Tandem's processes needed for it; None where that cannot be told.
    """

    latencies: tuple[int, ...]
    m3_calls: int
    seconds: float
    cpu: float | None

    @property
    def calls_an_order(self) -> float:
        """M3 calls that one order cost."""
        return self.m3_calls / len(self.latencies)


async def measure(settings: KafkaSettings, seconds: int, warm_up: int, burst: int) -> Section:
    """Places orders at 20 a second for some time, then `burst` of them at once."""
    first = SystemClock().now_ms() // 1000
    all_ = orders(first, (warm_up + seconds) * PER_SECOND + burst, SystemClock().now_ms())
    quiet_from, busy_from = warm_up * PER_SECOND, (warm_up + seconds) * PER_SECOND
    async with product(settings, all_) as tandem:
        await _run(tandem, all_[:quiet_from], PER_SECOND)
        quiet = await _run(tandem, all_[quiet_from:busy_from], PER_SECOND)
        busy = await _run(tandem, all_[busy_from:], float("inf"))
    return section(quiet, busy)


async def _run(tandem: Product, some: Sequence[Order], per_second: float) -> Run:
    calls, cpu, started = await tandem.m3_calls(), _cpu(tandem), monotonic()
    await tandem.place_at(some, per_second)
    await tandem.closed(some)
    seconds = monotonic() - started
    spent = _cpu(tandem)
    states = [tandem.states[order.number] for order in some]
    latencies = tuple(state.ready_at - state.accepted_at for state in states)
    calls = await tandem.m3_calls() - calls
    return Run(latencies, calls, seconds, None if spent is None or cpu is None else spent - cpu)


def _cpu(tandem: Product) -> float | None:
    seconds = [cpu_seconds(pid) for pid in tandem.pids]
    return None if None in seconds else sum(filter(None, seconds))


def section(quiet: Run, busy: Run) -> Section:
    """The figures."""
    rate = f"at {PER_SECOND} orders a second"
    from_to = 'bridge to "confirmed and authorized"'
    figures = (
        Figure(f"{from_to} {rate}, p50", percentile(quiet.latencies, 50), "ms", _at_most(60)),
        Figure(f"{from_to} {rate}, p99", percentile(quiet.latencies, 99), "ms", _at_most(150)),
        Figure(f"M3 calls an order {rate}", quiet.calls_an_order),
        Figure("M3 calls an order, all placed at once", busy.calls_an_order),
    )
    rows = (_row(rate, quiet), _row("all at once", busy))
    about = (
        "Orders of about 9 lines, 14 M3 transactions each, through the shop's webhook, Kafka, M3 "
        "and Heartland until closed; each role a process of its own, the sandboxes, which "
        "answer at once, in another, the broker beside them on the same cores."
    )
    columns = (
        "",
        "orders",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "M3 calls an order",
        "closed, /s",
        "CPU ms an order",
    )
    return Section(figures, (Table("The order's story", columns, rows, about),))


def _at_most(value: float) -> Goal:
    return Goal("at most", value)


def _row(title: str, run: Run) -> tuple[str, ...]:
    placed = len(run.latencies)
    return (
        title,
        number(placed),
        *(number(percentile(run.latencies, percent)) for percent in (50, 90, 99)),
        number(run.calls_an_order),
        number(placed / run.seconds),
        "" if run.cpu is None else number(1000 * run.cpu / placed),
    )
