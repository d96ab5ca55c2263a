"""Whatever is done, and however long it takes, no penny appears and none is lost."""

from collections.abc import Callable

from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.heartland.sandbox.app import SandboxSettings
from connectors.heartland.sandbox.books import books
from connectors.heartland.sandbox.dispute_operations import DisputeOperations
from connectors.heartland.sandbox.disputes import RESULTS, STAGES, Dispute, decide, enter
from connectors.heartland.sandbox.endpoints import Call, Desk, Reply
from connectors.heartland.sandbox.errors import GpApiError
from connectors.heartland.sandbox.notifications import Notifier
from connectors.heartland.sandbox.operations import Operations
from connectors.heartland.sandbox.settled_books import settled_books
from connectors.heartland.sandbox.settlement_operations import SettlementOperations
from connectors.heartland.sandbox.tokens import ACCOUNTS, PROCESSING, AccessToken
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import SteppingClock

HOUR = 60 * 60 * 1000
TOKEN = AccessToken("TKN", 2**62, ACCOUNTS)
AMOUNTS = st.integers(1, 2_000).map(str)
SOME = st.integers(0, 1_000)


class Money(RuleBasedStateMachine):
    """A merchant that does anything at any time; what is refused changes nothing."""

    @initialize(
        fees=st.sampled_from(["DEPOSIT", "MONTHLY", "NONE"]),
        parts=st.booleans(),
        ceiling=st.sampled_from([100, 115]),
    )
    def start(self, fees: str, parts: bool, ceiling: int) -> None:
        self.settings = SandboxSettings(
            fees=fees,  # type: ignore[arg-type]
            partial_reversals=parts,
            refund_ceiling_percent=ceiling,
        )
        self.clock = SteppingClock()
        self.open(MEMORY)
        entries = [
            {"id": "PMT_0", "last4": "0000"},
            {"id": "PMT_1", "last4": "0001", "outcome": "decline:101:1"},
            {"id": "PMT_2", "last4": "0002", "outcome": "limit:500"},
        ]
        self.state.payment_methods.seed(entries, self.clock.now_ms())
        self.number = 0

    def open(self, shelves: Shelves) -> None:
        desk = Desk(self.settings, self.clock, shelves)
        self.state = Operations(desk, Notifier(self.settings, None, shelves))
        self.settlement = SettlementOperations(self.state)
        self.disputes = DisputeOperations(self.state)

    def do(self, call: Callable[[Call], Reply], id: str = "", **body: object) -> None:
        now_ms = self.clock.now_ms()
        self.state.catch_up(now_ms)
        try:
            call(Call({"id": id}, {}, body, TOKEN, now_ms))
        except GpApiError:
            return

    def any_transaction(self, which: int) -> str:
        ids = [transaction.id for transaction in self.state.ledger.all()]
        return ids[which % len(ids)] if ids else "TRN_none"

    @rule(
        amount=AMOUNTS,
        mode=st.sampled_from(["AUTO", "LATER", "MULTIPLE"]),
        type=st.sampled_from(["SALE", "SALE", "SALE", "REFUND"]),
        currency=st.sampled_from(["GBP", "EUR"]),
        token=st.sampled_from(["PMT_0", "PMT_0", "PMT_1", "PMT_2"]),
    )
    def pay(self, amount: str, mode: str, type: str, currency: str, token: str) -> None:
        self.number += 1
        self.do(
            self.state.create_transaction,
            account_name=PROCESSING.name,
            channel="CNP",
            country="GB",
            amount=amount,
            currency=currency,
            reference=f"reference-{self.number}",
            type=type,
            capture_mode=mode,
            authorization_mode="PARTIAL",
            payment_method={"id": token},
        )

    @rule(which=SOME, amount=AMOUNTS, sequence=st.sampled_from(["", "", "LAST"]))
    def capture(self, which: int, amount: str, sequence: str) -> None:
        id = self.any_transaction(which)
        self.do(self.state.capture, id, amount=amount, capture_sequence=sequence)

    @rule(which=SOME)
    def capture_the_rest(self, which: int) -> None:
        self.do(self.state.capture, self.any_transaction(which))

    @rule(which=SOME, amount=st.none() | AMOUNTS)
    def refund(self, which: int, amount: str | None) -> None:
        self.do(self.state.refund, self.any_transaction(which), amount=amount)

    @rule(which=SOME, amount=st.none() | AMOUNTS)
    def reverse(self, which: int, amount: str | None) -> None:
        self.do(self.state.reverse, self.any_transaction(which), amount=amount)

    @rule(which=SOME, amount=AMOUNTS)
    def change(self, which: int, amount: str) -> None:
        self.do(self.state.adjust, self.any_transaction(which), amount=amount)
        self.do(self.state.increment, self.any_transaction(which), amount=amount)

    @rule(which=SOME)
    def authorize_again(self, which: int) -> None:
        self.do(self.state.reauthorize, self.any_transaction(which))

    @rule(which=SOME)
    def close(self, which: int) -> None:
        ids = [batch.id for batch in self.state.bank.batches.all()]
        if ids:
            self.do(self.settlement.close_batch, ids[which % len(ids)])

    @rule(which=SOME, stage=st.sampled_from(STAGES), amount=st.integers(1, 3))
    def dispute(self, which: int, stage: str, amount: int) -> None:
        id, now_ms = self.any_transaction(which), self.clock.now_ms()
        self.state.catch_up(now_ms)
        if id != "TRN_none" and self.state.ledger.get(id).captured:
            moments = (now_ms, now_ms, now_ms, now_ms + 24 * HOUR)
            case = Dispute(f"DIS_{self.number}_{which}", id, amount, stage, *moments)
            self.state.bank.put_dispute(enter(case, stage, now_ms, moments[-1]), now_ms)

    @rule(which=SOME, result=st.sampled_from(RESULTS[1:]))
    def decide(self, which: int, result: str) -> None:
        now_ms = self.clock.now_ms()
        self.state.catch_up(now_ms)
        cases = list(self.state.bank.disputes.values())
        if cases:
            case = decide(cases[which % len(cases)], result, now_ms)
            self.state.bank.put_dispute(case, now_ms)

    @rule(hours=st.integers(1, 24 * 9))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours * HOUR)

    @rule()
    def settle(self) -> None:
        now_ms = self.clock.now_ms()
        self.state.catch_up(now_ms)
        self.state.bank.settle(now_ms)

    @invariant()
    def no_penny_is_lost(self) -> None:
        if not hasattr(self, "state"):
            return
        self.state.catch_up(self.clock.now_ms())
        told = books(self.state.ledger.all())
        settled = settled_books(self.state.bank, told["totals"])["settlement"]
        assert isinstance(settled, dict)
        assert {
            currency: book["difference"] for currency, book in settled.items()
        } == dict.fromkeys(settled, 0)
        for sale in self.state.ledger.all():
            assert sale.refunded * 100 <= sale.captured * self.settings.refund_ceiling_percent
            assert min(sale.authorized, sale.captured, sale.held, sale.lapsed) >= 0
            assert sale.status != "FUNDED" or sale.captures


Money.TestCase.settings = profile(max_examples=40, stateful_step_count=40, deadline=None)
TestMoney = Money.TestCase
