"""Deposits: what reaches the merchant's bank account, and what was kept of it on the way."""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.heartland.sandbox.batches import Batch
from connectors.heartland.sandbox.settings import SandboxSettings

CREDIT, DEBIT = "CREDIT", "DEBIT"
STATUSES = ("FUNDED", "SPLIT_FUNDING", "DELAYED", "RESERVED", "IRREG", "RELEASED")


@dataclass(frozen=True)
class Adjustment:
    """What a dispute moves: a chargeback is negative, its reversal positive; minor units."""

    dispute_id: str
    currency: str
    amount: int
    made_ms: int

    @property
    def funding_type(self) -> str:
        """CREDIT or DEBIT."""
        return CREDIT if self.amount > 0 else DEBIT


@dataclass(frozen=True)
class Fees:
    """What the acquirer keeps, minor units, never negative.

    Args:
        discount: the percentage of the sales, rounded half up once for all of them together.
        items: the price per sale.
        chargebacks: the price per chargeback.
    """

    discount: int = 0
    items: int = 0
    chargebacks: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.discount + self.items + self.chargebacks


@dataclass(frozen=True)
class Deposit:
    """One credit to the merchant's bank account, or one debit.

    Amounts in minor units of `currency`; `refunds` and `chargebacks` are negative, what was kept of
    it is positive in `fees`.

    Args:
        batch_ids: the batches it pays.
        adjustments: what disputes moved in it.
    """

    id: str
    currency: str
    created_ms: int
    sales_count: int
    sales: int
    refunds_count: int
    refunds: int
    fees: Fees
    batch_ids: tuple[str, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    status: str = "FUNDED"

    @property
    def chargebacks(self) -> int:
        """What disputes took, negative."""
        return sum(a.amount for a in self.adjustments if a.amount < 0)

    @property
    def chargebacks_count(self) -> int:
        """How many times disputes took something."""
        return sum(a.amount < 0 for a in self.adjustments)

    @property
    def reversals(self) -> int:
        """What disputes gave back."""
        return sum(a.amount for a in self.adjustments if a.amount > 0)

    @property
    def amount(self) -> int:
        """What reaches the account; negative for a debit."""
        gross = self.sales + self.refunds + self.chargebacks + self.reversals
        return gross - self.fees.total

    @property
    def funding_type(self) -> str:
        """CREDIT or DEBIT."""
        return DEBIT if self.amount < 0 else CREDIT


def price(settings: SandboxSettings, sales: int, count: int, chargebacks: int) -> Fees:
    """What the account is charged for so many sales of that sum, and so many chargebacks."""
    discount = (sales * settings.discount_basis_points + 5_000) // 10_000
    return Fees(discount, count * settings.item_fee, chargebacks * settings.chargeback_fee)


def deposit_of(
    id: str,
    currency: str,
    batches: Iterable[Batch],
    adjustments: Iterable[Adjustment],
    now_ms: int,
) -> Deposit:
    """The deposit, before fees, that pays these batches and makes these adjustments."""
    paid = tuple(batches)
    amounts = [amount for batch in paid for amount in batch.amounts.values()]
    sales = [amount for amount in amounts if amount > 0]
    refunds = [amount for amount in amounts if amount < 0]
    return Deposit(
        id=id,
        currency=currency,
        created_ms=now_ms,
        sales_count=len(sales),
        sales=sum(sales),
        refunds_count=len(refunds),
        refunds=sum(refunds),
        fees=Fees(),
        batch_ids=tuple(batch.id for batch in paid),
        adjustments=tuple(adjustments),
    )


@dataclass
class MonthlyFees:
    """What one month's processing costs, for an account that pays its fees monthly.

    Args:
        month: `2026-11`, UTC.
        charged_ms: when it was debited, 0 while the month is running (ESTIMATED).
    """

    month: str
    currency: str
    created_ms: int
    sales_count: int = 0
    sales: int = 0
    refunds_count: int = 0
    refunds: int = 0
    chargebacks_count: int = 0
    charged_ms: int = 0

    def add(self, deposit: Deposit) -> None:
        """Counts what a deposit paid."""
        self.sales_count += deposit.sales_count
        self.sales += deposit.sales
        self.refunds_count += deposit.refunds_count
        self.refunds += deposit.refunds
        self.chargebacks_count += deposit.chargebacks_count

    def fees(self, settings: SandboxSettings) -> Fees:
        """What it costs by now."""
        return price(settings, self.sales, self.sales_count, self.chargebacks_count)
