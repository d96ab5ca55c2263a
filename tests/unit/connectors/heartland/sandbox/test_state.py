"""A sandbox that is killed and started again goes on where it was."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import settings as profile
from hypothesis.stateful import invariant, rule

from connectors.heartland.sandbox.app import NOTIFIER, SandboxSettings, create_app
from connectors.heartland.sandbox.books import books
from connectors.heartland.sandbox.settled_books import settled_books
from connectors.sandbox.harness import Options
from connectors.sandbox.keeping.kept import Kept
from streams.core.clock import SteppingClock
from tests.unit.connectors.heartland.sandbox.conftest import Gp
from tests.unit.connectors.heartland.sandbox.test_conservation import Money
from tests.unit.connectors.heartland.sandbox.test_notifications import Receiver, receiver
from tests.unit.connectors.sandbox.killing import killed

__all__ = ["receiver"]

DAY = 24 * 60 * 60 * 1000


@asynccontextmanager
async def running(
    state: Path, clock: SteppingClock, settings: SandboxSettings, token: str = ""
) -> AsyncIterator[Gp]:
    app = create_app(settings, clock, Options(state=state))
    async with TestClient(TestServer(app)) as http:
        yield Gp(http, clock, settings, app[NOTIFIER], token)


@pytest.fixture
async def kept(settings: SandboxSettings, tmp_path: Path) -> AsyncIterator[Gp]:
    async with running(tmp_path / "books", SteppingClock(), settings) as gp:
        await gp.sign_in()
        await gp.seed({"id": "PMT_good", "last4": "5262"}, {"id": "PMT_once", "last4": "0001"})
        yield gp


@asynccontextmanager
async def started_again(gp: Gp, tmp_path: Path) -> AsyncIterator[Gp]:
    """Another sandbox, of what a kill would leave; the client kept its token."""
    left = killed(tmp_path / "books")
    async with running(left, gp.clock, gp.settings, gp.token) as again:
        again.numbers = gp.numbers
        yield again


async def trade(gp: Gp) -> dict[str, Any]:
    """An order captured in parts and refunded, a deposit, a dispute; the sale."""
    sale = await gp.authorize("3000", capture_mode="MULTIPLE")
    one = f"/transactions/{sale['id']}"
    await gp.post(f"{one}/capture", {"amount": "1000", "capture_sequence": "FIRST"}, "key-first")
    await gp.post(f"{one}/refund", {"amount": "250"})
    await gp.call("POST", "/_sandbox/settle")
    await gp.post(f"{one}/capture", {"amount": "500", "capture_sequence": "SUBSEQUENT"})
    await gp.call("POST", "/_sandbox/disputes", {"transaction_id": sale["id"], "amount": "400"})
    await gp.post("/payers", {"first_name": "Ada", "last_name": "Lane", "reference": "c-1"})
    return sale


async def everything(gp: Gp) -> list[dict[str, Any]]:
    """All that a client can ask for, but the log of the calls that ask."""
    lists = ("transactions", "payers", "settlement/deposits", "disputes", "settlement/disputes")
    accounts = {"settlement": "settlement_reporting", "disputes": "dispute_management"}
    answers = [await gp.books()]
    for path in (*lists, "settlement/transactions"):
        account = accounts.get(path.partition("/")[0], "transaction_processing")
        answer = await gp.get(f"/{path}?account_name={account}&page_size=50")
        assert answer.status == 200, answer.text
        del answer.body["action"]
        answers.append(answer.body)
    return answers


async def test_what_was_traded_is_there_again_and_goes_on(kept: Gp, tmp_path: Path) -> None:
    sale = await trade(kept)
    before = await everything(kept)
    async with started_again(kept, tmp_path) as again:
        after = await everything(again)
        last = {"amount": "1500", "capture_sequence": "LAST"}
        captured = await again.post(f"/transactions/{sale['id']}/capture", last)
        await again.call("POST", "/_sandbox/settle")
        book = await again.books()

    assert after == before
    assert before[0]["orders"]["uk-536365"]["captured"] == 1500
    assert captured.status == 200
    assert book["orders"]["uk-536365"]["captured"] == 3000
    assert book["settlement"]["GBP"]["difference"] == 0
    assert book["settlement"]["GBP"]["disputes"] == 400


async def test_a_key_that_was_used_is_refused_after_a_restart(kept: Gp, tmp_path: Path) -> None:
    order = kept.order()
    first = await kept.post("/transactions", order, "key-1")
    async with started_again(kept, tmp_path) as again:
        second = await again.post("/transactions", order, "key-1")
        totals = (await again.books())["totals"]["GBP"]

    assert second.status == 409
    assert first.body["id"] in second.why
    assert totals["authorized"] == 1400


async def test_a_nonce_is_good_once_and_a_token_until_it_ends(kept: Gp, tmp_path: Path) -> None:
    async with started_again(kept, tmp_path) as again:
        held = await again.get("/transactions")
        again.numbers = iter([0])
        replayed = await again.sign_in()
        again.clock.advance(DAY)
        ended = await again.get("/transactions")

    assert held.status == 200
    assert replayed.status == 403
    assert ended.status == 401


async def test_what_is_due_happens_although_it_came_due_while_nothing_ran(
    kept: Gp, tmp_path: Path
) -> None:
    await kept.authorize("1400", capture_mode="AUTO")
    await kept.authorize("900")
    kept.clock.advance(8 * DAY)
    async with started_again(kept, tmp_path) as again:
        book = await again.books()

    assert [each["status"] for each in book["deposits"].values()] == ["FUNDED"]
    assert book["totals"]["GBP"]["lapsed"] == 900
    assert book["settlement"]["GBP"]["difference"] == 0


async def test_an_issuer_that_declines_twice_counts_on(kept: Gp, tmp_path: Path) -> None:
    await kept.seed({"id": "PMT_poor", "last4": "1154", "outcome": "decline:101:2"})
    poor = {"id": "PMT_poor"}
    first = await kept.authorize(payment_method=poor)
    async with started_again(kept, tmp_path) as again:
        statuses = [(await again.authorize(payment_method=poor))["status"] for _ in range(2)]

    assert [first["status"], *statuses] == ["DECLINED", "DECLINED", "PREAUTHORIZED"]


async def test_a_notification_that_was_not_answered_is_delivered_once_after_the_restart(
    kept: Gp, tmp_path: Path, receiver: Receiver
) -> None:
    away = receiver.url.replace("/gp/status", "/gp/nowhere")
    slow = SandboxSettings(notify_backoff_ms=(60_000,), drain_ms=0)
    async with running(tmp_path / "slow", kept.clock, slow) as gp:
        await gp.sign_in()
        await gp.seed({"id": "PMT_good", "last4": "5262"})
        told = await gp.authorize(notifications={"status_url": receiver.url})
        await gp.notifier.settled()
        await gp.authorize(notifications={"status_url": away})
        receiver.answers = [503]
        waiting = await gp.authorize(notifications={"status_url": receiver.url})
        await _heard(receiver, 2)
        left = killed(tmp_path / "slow")
    async with running(left, kept.clock, kept.settings, gp.token) as again:
        await again.notifier.settled()
        async with running(killed(left), kept.clock, kept.settings, gp.token) as third:
            await third.notifier.settled()
        counts = (await again.call("GET", "/_sandbox/calls")).body["notifications"]

    assert [each["id"] for each in receiver.told()] == [told["id"], waiting["id"], waiting["id"]]
    assert counts == {"delivered": 2, "given_up": 1}


async def _heard(receiver: Receiver, times: int) -> None:
    async with asyncio.timeout(5):
        while len(receiver.received) < times:
            receiver.arrived.clear()
            await receiver.arrived.wait()


async def test_a_sandbox_that_is_closed_keeps_what_it_did_not_deliver(
    kept: Gp, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answers = [503]
    slow = SandboxSettings(notify_backoff_ms=(60_000,), drain_ms=0)
    async with running(tmp_path / "slow", kept.clock, slow) as gp:
        await gp.sign_in()
        await gp.seed({"id": "PMT_good", "last4": "5262"})
        await gp.authorize(notifications={"status_url": receiver.url})
        await _heard(receiver, 1)
    async with running(tmp_path / "slow", kept.clock, kept.settings, gp.token) as again:
        await again.notifier.settled()

    assert len(receiver.received) == 2


async def test_where_to_push_is_remembered(kept: Gp, tmp_path: Path, receiver: Receiver) -> None:
    await kept.call("POST", "/_sandbox/push-target", {"url": receiver.url})
    async with started_again(kept, tmp_path) as again:
        await again.post("/payers", {"first_name": "Ada", "last_name": "Lane"})
        await again.notifier.settled()

    assert [each["first_name"] for each in receiver.told()] == ["AXX"]


async def test_reset_empties_the_file_but_for_the_tokens(kept: Gp, tmp_path: Path) -> None:
    await trade(kept)
    await kept.call("POST", "/_sandbox/reset")
    async with started_again(kept, tmp_path) as again:
        book = await again.books()
        gone = await again.post("/transactions", again.order())
        listed = (await again.get("/actions")).body["total_record_count"]

    assert (book["orders"], book["deposits"], book["disputes"]) == ({}, {}, {})
    assert gone.status == 404
    assert listed == 1


async def test_time_that_was_moved_stays_moved(kept: Gp, tmp_path: Path) -> None:
    await kept.call("POST", "/_sandbox/clock", {"ahead_ms": 3 * DAY})
    kept.clock.advance(1_000)
    before = (await kept.call("GET", "/_sandbox/clock")).body["now_ms"]
    async with started_again(kept, tmp_path) as again:
        after = (await again.call("GET", "/_sandbox/clock")).body["now_ms"]

    assert after == before == kept.clock.now_ms() + 3 * DAY


async def test_no_card_number_is_in_the_file_and_nobody_else_reads_it(
    kept: Gp, tmp_path: Path
) -> None:
    card = {"number": "4263970000005262", "expiry_month": "05", "expiry_year": "35", "cvv": "852"}
    body = {"account_name": "tokenization", "reference": "reference-1", "card": card}
    stored = (await kept.post("/payment-methods", body)).body
    paid = await kept.authorize(payment_method={"id": stored["id"]})
    files = [file for file in (tmp_path / "books").iterdir() if ".sqlite" in file.name]
    content = b"".join(file.read_bytes() for file in files)

    assert paid["status"] == "PREAUTHORIZED"
    assert stored["id"].encode() in content
    assert card["number"].encode() not in content
    assert (tmp_path / "books" / "heartland.sqlite").stat().st_mode & 0o077 == 0


class Killed(Money):
    """A merchant whose gateway is killed at any time."""

    def open(self, shelves: object) -> None:
        self.state_dir = Path(tempfile.mkdtemp())
        self.kept = Kept(self.state_dir / "heartland.sqlite", "heartland")
        super().open(self.kept)

    @invariant()
    def whatever_changed_is_in_the_file(self) -> None:
        assert self.kept.differences() == []

    @rule()
    def kill(self) -> None:
        before = self.told()
        left, old = killed(self.state_dir), self.state_dir
        self.kept.close()
        shutil.rmtree(old)
        self.state_dir = left
        self.kept = Kept(left / "heartland.sqlite", "heartland")
        super().open(self.kept)
        assert self.told() == before

    def told(self) -> object:
        traded = books(self.state.ledger.all())
        return traded, settled_books(self.state.bank, traded["totals"])

    def teardown(self) -> None:
        self.kill()
        self.kept.close()
        shutil.rmtree(self.state_dir)


TestKilled = Killed.TestCase
TestKilled.settings = profile(max_examples=30, stateful_step_count=30, deadline=None)
