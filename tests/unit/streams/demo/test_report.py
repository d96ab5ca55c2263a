"""The report: its figures, its JSON, its words."""

import json
from typing import Any

from streams.demo.documents import documents, orders_of
from streams.demo.playback import exceptional
from streams.demo.report import Report, build
from streams.demo.telling import told as in_words
from streams.demo.watch import Watch, percentile
from streams.flows.order.state import Status
from tests.unit.streams.demo.builders import agreeing, row, state

FOUND = documents(
    [
        row("1", quantity=2, price="5.00"),
        row("2", price="0.0"),
        row("C3", quantity=-3, price="1.50"),
        row("A4", "B", price="-20.00"),
        row("5", quantity=-1),
    ]
)
ORDERS = {f"uk-{order.number}": order for order in orders_of(FOUND)}


def _report(faults: dict[str, Any] | None = None, **statuses: Status) -> Report:
    watch = Watch()
    for key, order in ORDERS.items():
        status = statuses.get(key.replace("-", ""), Status.CLOSED)
        watch.order(state(key, status, order.amount))
    for document in FOUND[2:4]:
        assert not isinstance(document, type(FOUND[4]))
        amount = document.amount  # type: ignore[union-attr]
        watch.exception(exceptional(document, amount, f"uk-{document.number}", 0))  # type: ignore[arg-type]
    return build(FOUND, ORDERS, {}, len(ORDERS), watch, agreeing(ORDERS.values()), 4.0, faults)


def test_a_run_that_agrees() -> None:
    report = _report()
    assert report.agree
    assert report.differences == []
    assert report.documents == {"orders": 2, "returns": 1, "adjustments": 1, "without_lines": 1}
    assert report.orders == {"placed": 2, "closed": 2, "declined": 0, "cancelled": 0, "open": 0}
    assert report.money == {
        "GBP": {
            "ordered": 1000,
            "authorized": 1000,
            "captured": 1000,
            "refunded": 0,
            "invoiced": 1000,
        }
    }
    assert report.latency_ms == {"p50": 40, "p99": 40}
    assert (report.m3_calls, report.dead_letters, report.orders_per_second) == (3, 0, 0.5)


def test_returns_and_adjustments_are_exceptions_with_their_amounts() -> None:
    cases = {case["key"]: case for case in _report().exceptions}
    assert cases["uk-C3"]["kind"] == "return"
    assert (cases["uk-C3"]["minor_units"], cases["uk-C3"]["currency"]) == (450, "GBP")
    assert "17850" in cases["uk-C3"]["reason"]
    assert (cases["uk-A4"]["kind"], cases["uk-A4"]["minor_units"]) == ("adjustment", -2000)


def test_each_systems_books_are_in_it() -> None:
    systems = _report().systems
    assert systems["shop"]["counts"] == {"orders": 2, "completed": 2}
    assert systems["shop"]["money"]["GBP"]["ordered"] == 1000
    assert systems["m3"]["money"]["GBP"] == {
        "ordered": 1000,
        "refunded": 0,
        "invoiced": 1000,
        "outstanding": 0,
        "paid": 1000,
    }
    assert systems["heartland"]["money"]["GBP"]["captured"] == 1000


def test_an_open_order_does_not_agree() -> None:
    report = _report(uk1=Status.REFUSED)
    assert not report.agree
    assert report.orders["open"] == 1
    assert report.differences[0]["key"] == "uk-1"


def _after(**injected: int) -> dict[str, Any]:
    return {"profile": "storm", "seed": 7, "injected": {"shop": injected, "m3": {}}}


def test_an_open_order_is_accounted_for_if_a_message_was_lost() -> None:
    report = _report(_after(missing=1), uk1=Status.CONFIRMED)
    assert (report.agree, report.unnamed, report.accounted) == (False, [], True)
    assert [(c["key"], c["kind"], c["minor_units"]) for c in report.cases] == [
        ("uk-1", "open", 1000)
    ]


def test_more_open_orders_than_lost_messages_are_not_accounted_for() -> None:
    report = _report(_after(missing=1), uk1=Status.CONFIRMED, uk2=Status.CONFIRMED)
    assert len(report.unnamed) == 2
    assert not report.accounted
    assert not _report(_after(late=5), uk1=Status.CONFIRMED).accounted


def test_without_faults_nothing_but_agreement_will_do() -> None:
    report = _report(uk1=Status.CONFIRMED)
    assert [case["kind"] for case in report.cases] == ["open"]
    assert not report.accounted


def test_a_declined_order_must_agree() -> None:
    report = _report(_after(decline=1), uk1=Status.DECLINED)
    assert [case["kind"] for case in report.cases] == ["declined"]
    assert {each["field"] for each in report.unnamed} >= {"kept", "status"}
    assert not report.accounted


def test_people_are_told_of_faults_and_of_what_is_left() -> None:
    lines = in_words(_report(_after(missing=1, slow=3), uk1=Status.CONFIRMED)).splitlines()
    assert "Faults: storm, seed 7." in lines
    assert "  shop: 1 missing, 3 slow" in lines
    assert "  m3: none" in lines
    assert "1 cases:" in lines
    assert "  uk-1: open, 10.00 GBP: confirmed: M3 has the order." in lines
    assert lines[lines.index("  uk-1: open, 10.00 GBP: confirmed: M3 has the order.") + 1] == (
        "The shop, M3 and Heartland agree, order by order, but for what is named above "
        "(1 differences)."
    )


def test_the_json_has_whole_amounts() -> None:
    told = json.loads(json.dumps(_report().document()), parse_float=str)
    assert told["money"]["GBP"]["captured"] == 1000
    assert told["agree"] is True


def test_people_are_told_in_words() -> None:
    told = in_words(_report())
    assert "The shop, M3 and Heartland agree, order by order." in told
    assert "1 return (4.50 GBP), 1 adjustment (-20.00 GBP)" in told
    told = in_words(_report(uk1=Status.SHIPPED))
    assert "uk-1: tandem status is shipped, expected closed" in told


def test_percentiles_are_values_that_were_seen() -> None:
    assert [percentile(range(1, 101), at) for at in (50, 99)] == [50, 99]
    assert percentile([7], 99) == 7
    assert percentile([], 50) == 0
