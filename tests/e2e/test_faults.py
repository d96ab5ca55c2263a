"""Every fault profile, end to end: the books agree, or each difference is a case with its amount.

What must be so is computed from the file's rows, the sandboxes' own books and where Tandem says
that each order stands; the demo's own comparison is not trusted, but must come to the same.
"""

import asyncio
import csv
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.sandbox.profiles import PROFILES
from streams.commands.demo import BAD_DAY_SECONDS
from streams.demo.report import Report
from streams.demo.sandboxes import Books
from streams.flows.order.state import OrderState, Status
from streams.messages.ops import DeadLetter
from tests.brokers import Cluster
from tests.e2e.expected import Expected, expected
from tests.product import SAMPLE_FILE, Scene, engine, eventually, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = 34
RETURNS = ("C536506", "C536737", "C536758", "C536826", "C536979", "C537024")
RETURNED = ("536488", "536537", "536395", "536397", "536557", "536617")
"""The sample's first documents, and its first returns with the orders that they are of."""

ALL = ("shop", "m3", "heartland")
AT_ONCE = 3
PATIENCE = 280.0


@dataclass(frozen=True)
class Day:
    """How a profile is played: a seed that meets its faults, and those that it must have met."""

    seed: int
    faults: Mapping[str, Collection[str]]
    per_second: float = 8


REPLIES = dict.fromkeys(ALL, ("lost-reply", "5xx-before", "5xx-after"))
MESSAGES = dict.fromkeys(ALL, ("duplicate", "late", "unordered"))
DAYS = {
    "calm": Day(1, {"shop": ("slow", "unordered"), "m3": ("duplicate", "unordered")}),
    "storm": Day(
        1,
        {
            "shop": ("429-retry-after", "429", "slow", "duplicate", "late", "outage-reset"),
            "m3": ("429", "slow", "expired-token", "outage", "unordered", "missing"),
            "heartland": ("slow", "expired-token", "duplicate", "unordered", "decline"),
        },
    ),
    "throttled": Day(1, dict.fromkeys(ALL, ("429-retry-after", "429", "slow"))),
    "lost-replies": Day(1, REPLIES),
    "outage": Day(
        1149, {"shop": ("outage-reset",), "m3": ("outage-reset",), "heartland": ("outage",)}
    ),
    "tokens": Day(20, dict.fromkeys(("m3", "heartland"), ("expired-token",)), per_second=5),
    "webhooks": Day(1, MESSAGES),
    "declines": Day(1, {"heartland": ("decline",)}),
    "bulk": Day(1, {"m3": ("bulk-refusal", "bulk-cut-504", "bulk-cut-ended")}),
}


BAD = [each.name for each in PROFILES if each.name != "none"]


@dataclass(frozen=True)
class Played:
    """A day that is over: what the demo reports, and what was to be seen of it."""

    report: Report
    books: Books
    orders: Mapping[str, OrderState]
    letters: Collection[DeadLetter]
    wanted: Expected
    repaired: "Played | None" = None

    @property
    def injected(self) -> Mapping[str, Mapping[str, int]]:
        assert self.report.faults is not None
        injected: Mapping[str, Mapping[str, int]] = self.report.faults["injected"]
        return injected

    def times(self, *faults: str) -> int:
        return sum(each.get(name, 0) for each in self.injected.values() for name in faults)

    def cases(self, key: str) -> dict[str, int | None]:
        return {e["kind"]: e["minor_units"] for e in self.report.cases if e["key"] == key}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of the sample, few, with returns of their own orders."""
    with gzip.open(SAMPLE_FILE, "rt", encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    first = sorted({row["InvoiceNo"]: row["InvoiceDate"] for row in rows[::-1]}.items(), key=_date)
    chosen = {number for number, _ in first[:FIRST]} | {*RETURNS, *RETURNED}
    path = tmp_path_factory.mktemp("orders") / "few.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, rows[0].keys())
        table.writeheader()
        table.writerows(row for row in rows if row["InvoiceNo"] in chosen)
    return path


def _date(dated: tuple[str, str]) -> str:
    return dated[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def days(cluster: Cluster, file: Path) -> AsyncIterator[Mapping[str, asyncio.Task[Played]]]:
    """All days, some at once, since most of a bad day is waiting."""
    room = asyncio.Semaphore(AT_ONCE)

    async def day(profile: str) -> Played:
        async with room, asyncio.timeout(PATIENCE):
            return await played(cluster, file, profile)

    running = {profile: asyncio.create_task(day(profile)) for profile in BAD}
    yield running
    for task in running.values():
        task.cancel()
    await asyncio.gather(*running.values(), return_exceptions=True)


async def played(cluster: Cluster, file: Path, profile: str) -> Played:
    day = DAYS[profile]
    async with (
        scene(engine(cluster), True) as acts,
        acts.stage.roles("flows"),
        acts.stage.roles("bridge", "sinks", "pollers"),
    ):
        report = await acts.play(
            files=(file,),
            faults=profile,
            seed=day.seed,
            per_second=day.per_second,
            settle_seconds=BAD_DAY_SECONDS,
        )
        books = await acts.sandboxes.books()
        letters = [*acts.eyes.letters.values()]
        over = Played(report, books, {**acts.eyes.orders}, letters, expected(file, 1_000))
        return replace(over, repaired=await repaired(acts, over)) if profile == "bulk" else over


async def repaired(acts: Scene, over: Played) -> Played:
    """A person sends again what M3 refused once, in no order; the day as it is when all is done.

    What goes back may still be a case: of a return whose lines M3 took one by one there are two
    credit notes.
    """
    refused = (each.id for each in over.letters if each.origin == "sink/m3")
    sent = await asyncio.gather(*(acts.command("dlq", "retry", letter) for letter in refused))
    assert {each.out for each in sent} == {"Sent again: 1 message.\n"}, sent
    orders = acts.eyes.orders
    await acts.eyes.until(lambda: all(each.status is Status.CLOSED for each in orders.values()))

    refunds = [each for each in over.report.cases if each["kind"].startswith("refund")]
    cases = {each["key"] for each in refunds}

    async def told_and_paid_back() -> Books | None:
        books = await acts.sandboxes.books()
        statuses = {entry["status"] for entry in books.shop["orders"].values()}
        unpaid = {note["CUOR"] for note in books.m3["credit_notes"] if note["outstanding"]}
        return books if statuses <= {"completed", "refunded"} and unpaid <= cases else None

    books = await eventually(told_and_paid_back)
    return replace(over, report=replace(over.report, cases=refunds), books=books, orders={**orders})


@pytest.mark.timeout(600)
@pytest.mark.parametrize("profile", BAD)
async def test_the_books_agree_or_each_difference_is_a_case_with_its_amount(
    days: Mapping[str, asyncio.Task[Played]], profile: str
) -> None:
    seen = await days[profile]

    for system, faults in DAYS[profile].faults.items():
        assert {name: seen.injected[system].get(name, 0) > 0 for name in faults} == dict.fromkeys(
            faults, True
        ), system
    assert seen.report.unnamed == []
    assert seen.report.accounted
    assert_nothing_twice(seen)
    for number, amount in seen.wanted.orders.items():
        assert_ended(seen, number, amount)
    assert_letters(seen)


async def test_what_m3_refused_closes_when_a_person_sends_it_again(
    days: Mapping[str, asyncio.Task[Played]],
) -> None:
    seen = await days["bulk"]
    assert seen.repaired
    assert {state.status for state in seen.orders.values()} > {Status.REFUSED}

    assert_nothing_twice(seen.repaired)
    for number, amount in seen.wanted.orders.items():
        assert_ended(seen.repaired, number, amount)


def assert_nothing_twice(seen: Played) -> None:
    """No order is in M3 twice, none is charged twice, none is there that nobody placed."""
    amounts = {f"uk-{number}": amount for number, amount in seen.wanted.orders.items()}
    m3, heartland = seen.books.m3, seen.books.heartland["orders"]
    assert m3["duplicates"] == []
    assert m3["orders"].keys() <= amounts.keys()
    for key, order in m3["orders"].items():
        back = seen.wanted.given_back.get(key.removeprefix("uk-"), 0)
        assert amounts[key] - back <= order["total"] <= amounts[key], key
    paid = Counter(payment["CUOR"] for payment in m3["payments"])
    assert set(paid.values()) <= {1}
    assert heartland.keys() <= amounts.keys()
    for key, entry in heartland.items():
        moved = entry["captured"] + entry["reversed"] + entry["held"] + entry["lapsed"]
        assert entry["authorized"] == moved <= amounts[key], key
        assert entry["refunded"] + entry["reversed"] <= amounts[key], key
    shop = {number: entry["total"] for number, entry in seen.books.shop["orders"].items()}
    assert shop == dict(seen.wanted.orders)


def assert_ended(seen: Played, number: str, amount: int) -> None:
    """An order's money is the same everywhere, or a case says how much of it is not.

    What goes back before M3 has delivered it (`off`) M3 takes off the order: it is not invoiced.
    """
    key, back = f"uk-{number}", seen.wanted.given_back.get(number, 0)
    status, cases = seen.orders[key].status, seen.cases(key)
    paid = seen.books.heartland["orders"].get(key, dict.fromkeys(("captured", "refunded"), 0))
    invoice = seen.books.m3["invoices"].get(key, {"gross": 0, "outstanding": 0, "CINO": ""})
    kept, held = paid["captured"] - paid["refunded"], paid.get("held", 0)
    shop = seen.books.shop["orders"][number]
    m3 = seen.books.m3["orders"].get(key)
    off = amount - m3["total"] if m3 else 0
    match status:
        case Status.CLOSED:
            left = invoice["outstanding"] + credit_left(seen, key)
            assert (invoice["gross"], held) == (amount - off, 0), key
            if not cases:
                assert (kept, left, shop["refunded"]) == (amount - back, 0, back), key
                assert shop["status"] == ("refunded" if back == amount > 0 else "completed"), key
            else:
                assert back, f"{key} closed: only what goes back may be a case"
                assert {*cases.values()} <= {back, amount}, key
        case Status.INVOICED:
            assert cases == {f"m3.record_payment {invoice['CINO']} refused": amount}, key
            assert (kept, credit_left(seen, key), shop["refunded"]) == (amount - back, 0, back), key
            assert invoice["gross"] == invoice["outstanding"] == amount - off, key
        case Status.REFUSED:
            assert cases == {"refused": amount}, key
            assert (kept, held, m3) == (0, amount, None), key
            assert shop["status"] == "on-hold", key
        case Status.DECLINED:
            refund = {"refund without payment": back} if back else {}
            assert cases == {"declined": amount, **refund}, key
            assert (kept, held, m3) == (0, 0, None), key
            assert shop["status"] == "failed", key
        case _:
            raise AssertionError(f"{key} stands still: {seen.orders[key]}, {cases}")


def credit_left(seen: Played, key: str) -> int:
    return sum(e["outstanding"] for e in seen.books.m3["credit_notes"] if e["CUOR"] == key)


def assert_letters(seen: Played) -> None:
    """A dead letter for each message that was cut off, and for what M3 refused; no other."""
    origins = Counter(letter.origin.partition("/")[0] for letter in seen.letters)
    assert origins["bridge"] == seen.times("malformed")
    assert origins["sink"] <= seen.times("bulk-refusal")
    assert origins.keys() <= {"bridge", "sink"}
    assert seen.report.orders["declined"] == seen.times("decline")
