"""Tells a report to people."""

from collections import Counter
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from streams.core.money import show
from streams.demo.report import Report

WIDTH = 120
SHOWN = 20
"""Differences that are printed; the JSON report has all."""


def told(report: Report) -> str:
    """The result in plain words, with the money as each system says it; lines of plain text."""
    out = StringIO()
    console = Console(file=out, width=WIDTH, soft_wrap=True)
    for line in words(report):
        console.print(line, markup=False, highlight=False)
    for currency in report.money:
        console.print(_money(report, currency))
    return out.getvalue()


def words(report: Report) -> list[str]:
    """The result, a sentence or so a line."""
    orders, found = report.orders, report.documents
    ends = [f"{orders[name]} {name}" for name in ("closed", "declined", "cancelled", "open")]
    calls = report.m3_calls / orders["placed"] if orders["placed"] else 0.0
    lines = [
        "",
        f"{sum(found.values())} documents: {found['orders']} orders, {found['returns']} returns, "
        f"{found['adjustments']} adjustments, {found['without_lines']} without a line.",
        f"{orders['placed']} orders placed: {', '.join(ends)}; {report.seconds:.1f} s, "
        f"{report.orders_per_second:.1f} orders/s.",
        f"Confirmed and authorized in {report.latency_ms['p50']} ms (p50), "
        f"{report.latency_ms['p99']} ms (p99); "
        f"{report.m3_calls} calls to M3, {calls:.2f} an order.",
        f"{report.dead_letters} dead letters; exceptions: {_exceptions(report.exceptions)}.",
    ]
    if report.agree:
        return [*lines, "The shop, M3 and Heartland agree, order by order.", ""]
    many = len(report.differences)
    lines.append(f"The books do NOT agree; {many} differences (amounts in minor units):")
    for each in report.differences[:SHOWN]:
        lines.append(
            f"  {each['key']}: {each['system']} {each['field']} is {each['found']}, "
            f"expected {each['expected']}"
        )
    if many > SHOWN:
        lines.append(f"  and {many - SHOWN} more; --json FILE keeps all.")
    return [*lines, ""]


def _exceptions(cases: list[dict[str, Any]]) -> str:
    counts: Counter[tuple[str, str]] = Counter()
    sums: Counter[tuple[str, str]] = Counter()
    for case in cases:
        kind = case["kind"], case["currency"]
        counts[kind] += 1
        sums[kind] += case["minor_units"]
    told = [f"{counts[k]} {k[0]} ({show(sums[k], k[1])})" for k in counts]
    return ", ".join(told) or "none"


def _money(report: Report, currency: str) -> Table:
    said = {"Tandem": report.money[currency]} | {
        name: report.systems[system]["money"].get(currency, {})
        for name, system in (("shop", "shop"), ("M3", "m3"), ("Heartland", "heartland"))
    }
    table = Table(f"{currency}, in the books of", title_justify="left")
    names = ("ordered", "authorized", "captured", "refunded", "invoiced", "paid", "outstanding")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for name, sums in said.items():
        table.add_row(name, *(_amount(sums, each, currency) for each in names))
    return table


def _amount(sums: dict[str, int], name: str, currency: str) -> str:
    return show(sums[name], currency).removesuffix(f" {currency}") if name in sums else ""
