"""Tells a report to people."""

from collections import Counter
from collections.abc import Mapping
from io import StringIO
from typing import Any

from rich.console import Console
from rich.table import Table

from streams.core.money import show
from streams.demo.report import Report

WIDTH = 120
SHOWN = 20
"""Differences and cases that are printed; the JSON report has all."""


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
    if report.faults:
        lines += _faults(report.faults)
    if report.cases:
        lines.append(f"{len(report.cases)} cases:")
        lines += _some([_case(each) for each in report.cases])
    if report.agree:
        return [*lines, "The shop, M3 and Heartland agree, order by order.", ""]
    if report.accounted:
        many = len(report.differences)
        agree = "The shop, M3 and Heartland agree, order by order, but for what is named above"
        return [*lines, f"{agree} ({many} differences).", ""]
    differ = report.unnamed if report.faults else report.differences
    lines.append(f"The books do NOT agree; {len(differ)} differences (amounts in minor units):")
    lines += _some(
        [
            f"{each['key']}: {each['system']} {each['field']} is {each['found']}, "
            f"expected {each['expected']}"
            for each in differ
        ]
    )
    return [*lines, ""]


def _some(lines: list[str]) -> list[str]:
    more = [f"and {len(lines) - SHOWN} more; --json FILE keeps all."]
    return [f"  {line}" for line in lines[:SHOWN] + (more if len(lines) > SHOWN else [])]


def _faults(faults: Mapping[str, Any]) -> list[str]:
    """What was injected, a line a system."""
    told = [f"Faults: {faults['profile']}, seed {faults['seed']}."]
    for system, injected in faults["injected"].items():
        times = ", ".join(f"{count} {name}" for name, count in injected.items())
        told.append(f"  {system}: {times or 'none'}")
    return told


def _case(case: Mapping[str, Any]) -> str:
    known = case["minor_units"] is not None
    money = show(case["minor_units"], case["currency"]) if known else "amount not known"
    return f"{case['key'] or '(no order)'}: {case['kind']}, {money}: {case['reason']}"


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
