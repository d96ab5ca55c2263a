"""The demo's report, for a program to read (`--json`) and for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from streams.demo.agreement import differences
from streams.demo.cases import ENDED, OPEN, REFUND_OPEN, Case, cases, unnamed
from streams.demo.documents import Adjustment, Document, NoLine, Order, Return
from streams.demo.sandboxes import Books
from streams.demo.watch import CANCELLED, CLOSED, DECLINED, Watch, money, percentile
from streams.messages.ops import Exceptional


@dataclass(frozen=True)
class Report:
    """What a demo came to. Amounts are minor units, by ISO 4217 currency where they are sums.

    Attributes:
        documents: what was in the files: orders, returns, adjustments, without_lines.
        orders: placed, closed, declined, cancelled, open.
        money: by currency: ordered, authorized, captured, refunded, invoiced, as Tandem saw it.
        systems: what shop, m3 and heartland say in their own books: `counts`, and `money` by
            currency.
        exceptions: cases for a person: key, kind, reason, minor_units, currency.
        dead_letters: how many.
        latency_ms: p50 and p99 from the bridge to "M3 confirmed and payment authorized".
        m3_calls: HTTP requests to M3.
        agree: the three books agree order by order; `differences` names what does not.
        cases: what did not end as it should, with its amount: key, kind, reason,
            minor_units, currency.
        unnamed: the differences that none of these cases names.
        faults: profile and seed by which the sandboxes misbehaved, and what was `injected` by
            system; None if they did not.
        seconds: from the first order placed to the last one settled.
    """

    documents: dict[str, int]
    orders: dict[str, int]
    money: dict[str, dict[str, int]]
    systems: dict[str, Any]
    exceptions: list[dict[str, Any]]
    dead_letters: int
    latency_ms: dict[str, int]
    m3_calls: int
    agree: bool
    differences: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    unnamed: list[dict[str, Any]]
    faults: dict[str, Any] | None
    seconds: float
    orders_per_second: float

    @property
    def accounted(self) -> bool:
        """Whether the books agree or, after faults, every difference is a named case."""
        return self.agree or (self.faults is not None and not self.unnamed)

    def document(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return asdict(self)


def build(
    documents: Sequence[Document],
    orders: Mapping[str, Order],
    given_back: Mapping[str, int],
    placed: int,
    watch: Watch,
    books: Books,
    seconds: float,
    faults: dict[str, Any] | None = None,
) -> Report:
    """The report of a run.

    Args:
        documents: all that was read.
        orders: the orders among them, by key.
        given_back: what goes back of them, minor units by key.
        placed: how many of them were placed in the shop.
        watch: what Tandem told.
        books: what the sandboxes say at the end.
        seconds: how long it took.
        faults: profile, seed, and what was injected by system; None if there were none.
    """
    seen = {key: watch.orders[key] for key in orders if key in watch.orders}
    statuses = {key: each.status for key, each in seen.items()}
    differ = differences(orders, given_back, statuses, books)
    found = cases(orders, given_back, watch)
    counts = _counts(statuses.values(), placed)
    settled = placed - counts["open"]
    return Report(
        documents=_documents(documents),
        orders=counts,
        money={code: asdict(sums) for code, sums in money(seen.values()).items()},
        systems={
            "shop": _shop(books.shop),
            "m3": _m3(books.m3),
            "heartland": _heartland(books.heartland),
        },
        exceptions=[_exception(case) for case in watch.exceptions.values()],
        dead_letters=len(watch.dead_letters),
        latency_ms={name: percentile(watch.latencies_ms, at) for name, at in _LATENCIES.items()},
        m3_calls=books.m3_calls,
        agree=not differ,
        differences=[asdict(each) for each in differ],
        cases=[asdict(each) for each in found],
        unnamed=[asdict(each) for each in unnamed(differ, orders, _explaining(found, faults))],
        faults=faults,
        seconds=round(seconds, 3),
        orders_per_second=round(settled / seconds, 3) if seconds else 0.0,
    )


def _explaining(found: Sequence[Case], faults: Mapping[str, Any] | None) -> list[Case]:
    """The cases that explain differences: open ones only as far as messages were lost.

    A declined order is an end, and must agree.
    """
    injected = faults["injected"].values() if faults else ()
    lost = sum(each.get(name, 0) for each in injected for name in ("missing", "malformed"))
    on_their_way = {OPEN, REFUND_OPEN}
    too_many = sum(case.kind in on_their_way for case in found) > lost
    none = {ENDED} | (on_their_way if too_many else set())
    return [case for case in found if case.kind not in none]


_LATENCIES = {"p50": 50, "p99": 99}
_KINDS = {Order: "orders", Return: "returns", Adjustment: "adjustments", NoLine: "without_lines"}


def _documents(found: Iterable[Document]) -> dict[str, int]:
    counts = Counter(_KINDS[type(each)] for each in found)
    return {name: counts[name] for name in _KINDS.values()}


def _counts(statuses: Iterable[Any], placed: int) -> dict[str, int]:
    by_status = Counter(statuses)
    named = {"closed": CLOSED, "declined": DECLINED, "cancelled": CANCELLED}
    ends = {name: sum(by_status[each] for each in group) for name, group in named.items()}
    return {"placed": placed, **ends, "open": placed - sum(ends.values())}


def _exception(case: Exceptional) -> dict[str, Any]:
    return case.model_dump(include={"key", "kind", "reason", "minor_units", "currency"})


def _shop(book: Mapping[str, Any]) -> dict[str, Any]:
    sums: dict[str, Counter[str]] = {}
    for entry in book["orders"].values():
        total = sums.setdefault(entry["currency"], Counter())
        total.update(ordered=entry["total"], refunded=entry["refunded"])
        total[f"status {entry['status']}"] += entry["total"]
    return _book({"orders": len(book["orders"]), **book["counts"]}, sums)


def _m3(book: Mapping[str, Any]) -> dict[str, Any]:
    sums: dict[str, Counter[str]] = {}
    for order in [*book["orders"].values(), *book["duplicates"]]:
        total = sums.setdefault(order["currency"], Counter())
        total.update(ordered=order["total"], refunded=0)
    for invoice in book["invoices"].values():
        total = sums.setdefault(invoice["currency"], Counter())
        total.update(invoiced=invoice["gross"], outstanding=invoice["outstanding"])
    for credit in book["credit_notes"]:
        total = sums.setdefault(credit["currency"], Counter())
        total.update(refunded=-credit["gross"], outstanding=credit["outstanding"])
    for payment in book["payments"]:
        sums[book["invoices"][payment["CUOR"]]["currency"]].update(paid=payment["amount"])
    return _book({**book["counts"], "unconfirmed": len(book["unconfirmed"])}, sums)


def _heartland(book: Mapping[str, Any]) -> dict[str, Any]:
    counts: Counter[str] = Counter(orders=len(book["orders"]))
    sums: dict[str, Mapping[str, int]] = {}
    for currency, total in book["totals"].items():
        counts.update(total["counts"])
        sums[currency] = {name: sum_ for name, sum_ in total.items() if name != "counts"}
    return _book(counts, sums)


def _book(counts: Mapping[str, int], sums: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {
        "counts": dict(counts),
        "money": {currency: dict(total) for currency, total in sums.items()},
    }
