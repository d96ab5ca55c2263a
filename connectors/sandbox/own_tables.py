"""What the harness adds to every sandbox's page: what was injected, and the request log."""

from collections.abc import Mapping

from connectors.sandbox.injector import Injector
from connectors.sandbox.log import RequestLog
from connectors.sandbox.page import Kind, Table, table

_LATEST = 200


def calls(counts: Mapping[str, int]) -> Table:
    """How often what was called, the most called first."""
    rows = sorted(counts.items(), key=lambda each: each[1])
    return table("Calls", {"what": "code", "times": "number"}, rows)


def injected(injector: Injector) -> Table:
    """The faults that happened so far."""
    plan = injector.plan
    title = f"Faults: {plan.profile.name}, seed {plan.seed}"
    rows = sorted(injector.injected.items(), key=lambda each: each[1])
    return table(title, {"fault": "state", "times": "number"}, rows)


def requests(log: RequestLog) -> Table:
    """The latest requests."""
    columns: dict[str, Kind] = {
        "at": "code",
        "request": "code",
        "status": "state",
        "ms": "number",
        "fault": "state",
        "body": "code",
        "answer": "code",
    }
    rows = [
        (
            str(each.at)[11:23],
            f"{each.method} {each.path}",
            "lost" if each.status is None else each.status,
            each.ms,
            each.fault,
            each.request[:120],
            each.answer[:120],
        )
        for each in log.latest(_LATEST)[::-1]
    ]
    return table("Requests", columns, rows)
