"""Executing increments: the rest of what an issuer approved in part is asked for once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.heartland.client import GpApi
from connectors.heartland.transactions import (
    HOLDS_MONEY,
    REFUSED,
    Transaction,
    amount_of,
    named,
    outcome_of,
    result_of,
)
from connectors.mapping.mapping import Mapping as Recipe
from streams.core.connector import Outcome
from streams.core.errors import Unknown
from streams.messages.heartland import Increment

APPROVED = ("", "00")
"""Results of what was not declined."""


@dataclass(frozen=True)
class Increments:
    """The executor of `heartland.increment`.

    Args:
        gp: GP API's transactions.
        mappings: the connector's mapping files by name.
    """

    gp: GpApi
    mappings: Mapping[str, Recipe]

    async def increment(self, command: Increment, *, unknown: bool) -> Outcome:
        """Asks the issuer for the rest; answers what is authorized in all by now.

        A decline is an outcome of what was authorized before. Nobody else raises a transaction, so
        one of more than that has had its increment, also when the key is forgotten.

        Raises:
            Rejected: GP API refuses, e.g. of a transaction that is captured or gone.
            Unknown: GP API has seen the key, and does not show the increment yet.
            Transient, Misconfigured: as the client says.
        """
        named(command.transaction_id)
        if unknown:
            now = await self.gp.get(command.transaction_id)
            if _is_raised(now, command):
                return _outcome(now, now, command)
        body = self.mappings["increment"](command.model_dump())
        answer = await self.gp.increment(command.transaction_id, body, command.id)
        if _is_raised(answer, command):
            return _outcome(answer, answer, command)
        if not _is_declined(answer) and not unknown:
            raise Unknown(f"GP API took an increment of {command.transaction_id} and shows none")
        return _outcome(answer, await self.gp.get(command.transaction_id), command)


def _is_raised(transaction: Transaction, command: Increment) -> bool:
    holds = transaction["status"] in HOLDS_MONEY
    return holds and amount_of(transaction) > command.authorized


def _is_declined(answer: Transaction) -> bool:
    return answer["status"] in REFUSED or result_of(answer) not in APPROVED


def _outcome(answer: Transaction, now: Transaction, command: Increment) -> Outcome:
    """What the issuer said, and what is authorized of the transaction by now."""
    told = outcome_of(answer, command.currency, amount_of(now))
    values = {**told.values, "id": command.transaction_id, "status": now["status"]}
    if not _is_declined(answer) and amount_of(now) < command.authorized + command.amount:
        values["message"] = "no more of it was approved"
    return replace(told, values=values)
