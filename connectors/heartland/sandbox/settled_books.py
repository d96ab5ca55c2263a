"""What the sandbox's books say of the money's way to the bank, so that it can be proven.

    captured − refunded = deposited + fees + disputes + to come

in each currency: `captured` and `refunded` are those of all transactions, `deposited` is the sum of
the deposits, `fees` what was kept of them, `disputes` what chargebacks took of them less what came
back, `to_come` what is in a batch that no deposit has paid. What a dispute has moved and no deposit
has shown is beside it, in `disputes_to_come`: it takes no part until a deposit shows it.
"""

from collections.abc import Iterable, Mapping

from connectors.heartland.sandbox.bank import Bank
from connectors.heartland.sandbox.batches import Batch
from connectors.heartland.sandbox.deposits import Deposit
from streams.core.clock import iso

_COLUMNS = (
    "captured",
    "refunded",
    "deposited",
    "discounts",
    "item_fees",
    "chargeback_fees",
    "fees",
    "disputes",
    "in_open_batches",
    "in_closed_batches",
    "disputes_to_come",
    "to_come",
    "difference",
)


def settled_books(bank: Bank, totals: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    """`{batches, deposits, deposits_to_come, disputes, settlement}`, amounts in minor units.

    Args:
        bank: what was settled.
        totals: by currency, what was `captured` and `refunded`.
    """
    return {
        "batches": {
            batch.id: {
                "currency": batch.currency,
                "status": batch.status,
                "transactions": len(batch.amounts),
                "net": batch.net,
                "deposit": batch.deposit_id,
            }
            for batch in bank.batches.all()
        },
        "deposits": {deposit.id: _deposit(deposit) for deposit in bank.deposits.values()},
        "deposits_to_come": [_to_come(b, bank) for b in bank.batches.all() if not b.deposit_id],
        "disputes": {
            dispute.id: {
                "transaction": dispute.transaction_id,
                "stage": dispute.stage,
                "status": dispute.status,
                "result": dispute.result,
                "amount": dispute.amount,
                "taken": dispute.taken,
            }
            for dispute in bank.disputes.values()
        },
        "settlement": {
            currency: _settlement(currency, total, bank) for currency, total in totals.items()
        },
    }


def _to_come(batch: Batch, bank: Bank) -> dict[str, object]:
    closes_ms, comes_ms = bank.due(batch)
    return {
        "batch": batch.id,
        "currency": batch.currency,
        "net": batch.net,
        "closes": iso(closes_ms) if closes_ms else "",
        "comes": iso(comes_ms) if comes_ms else "",
    }


def _deposit(deposit: Deposit) -> dict[str, object]:
    return {
        "currency": deposit.currency,
        "status": deposit.status,
        "amount": deposit.amount,
        "sales": deposit.sales,
        "refunds": deposit.refunds,
        "discounts": deposit.fees.discount,
        "item_fees": deposit.fees.items,
        "chargeback_fees": deposit.fees.chargebacks,
        "fees": deposit.fees.total,
        "chargebacks": deposit.chargebacks,
        "reversals": deposit.reversals,
        "batches": list(deposit.batch_ids),
    }


def _settlement(currency: str, total: Mapping[str, int], bank: Bank) -> dict[str, int]:
    book = dict.fromkeys(_COLUMNS, 0)
    book["captured"], book["refunded"] = total["captured"], total["refunded"]
    for deposit in _of(currency, bank.deposits.values()):
        book["deposited"] += deposit.amount
        book["discounts"] += deposit.fees.discount
        book["item_fees"] += deposit.fees.items
        book["chargeback_fees"] += deposit.fees.chargebacks
        book["fees"] += deposit.fees.total
        book["disputes"] -= deposit.chargebacks + deposit.reversals
    for batch in bank.batches.all():
        if batch.currency == currency and not batch.deposit_id:
            book["in_closed_batches" if batch.closed_ms else "in_open_batches"] += batch.net
    waiting = sum(a.amount for a in bank.waiting.values() if a.currency == currency)
    book["disputes_to_come"] = -waiting
    book["to_come"] = book["in_open_batches"] + book["in_closed_batches"]
    arrived = book["deposited"] + book["fees"] + book["disputes"] + book["to_come"]
    book["difference"] = book["captured"] - book["refunded"] - arrived
    return book


def _of(currency: str, deposits: Iterable[Deposit]) -> Iterable[Deposit]:
    return (deposit for deposit in deposits if deposit.currency == currency)
