"""Executing payment commands: authorize, capture, reverse, each exactly once.

The command's id is GP API's idempotency key, and an authorization's `reference` too. A doubt is
settled by asking: the transaction of that reference (for ever), what is captured of it, or the same
key again (24 hours, 409 names the transaction); if nothing is known there, the call never arrived
and is made now.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.heartland.client import GpApi
from connectors.heartland.settings import HeartlandSettings
from connectors.heartland.tokens import SignIn
from connectors.heartland.transactions import (
    CAPTURED,
    PREAUTHORIZED,
    REVERSED,
    Transaction,
    amount_of,
    named,
    outcome_of,
)
from connectors.mapping.mapping import Mapping as Recipe
from streams.core.clock import Clock
from streams.core.connector import Outcome
from streams.core.errors import Rejected, Transient, Unknown
from streams.messages.heartland import Authorize, Capture, Reverse

KEY_REMEMBERED_MS = 24 * 3_600_000
"""How long GP API knows an idempotency key (facts: 4.2)."""


@dataclass(frozen=True)
class Payments:
    """The executors of what takes money, or lets it go.

    Args:
        gp: GP API's transactions.
        sign_in: knows the account.
        mappings: the connector's mapping files by name.
        settings: the merchant's country and the address of our bridge.
        clock: tells whether GP API still knows a command's key.
    """

    gp: GpApi
    sign_in: SignIn
    mappings: Mapping[str, Recipe]
    settings: HeartlandSettings
    clock: Clock

    async def authorize(self, command: Authorize, *, unknown: bool) -> Outcome:
        """Asks for a payment with the order's token. A decline is an outcome of amount 0.

        Answers `id`, `status`, `result`, `message` (in plain words), `authcode`, `brand`, `last4`.

        Raises:
            Rejected: the order has no token, or GP API refuses a field.
            Transient, Unknown, Misconfigured: as the client says.
        """
        if not command.token:
            raise Rejected(
                "the order carries no payment token (PMT_...), so there is nothing to charge: see"
                " why the shop's checkout sent none, or take the payment by hand",
                "token",
            )
        if unknown and (known := await self.gp.find(command.id)):
            return outcome_of(known, command.currency)
        record = {
            **command.model_dump(),
            "country": command.country or self.settings.country,
            "account_name": await self.sign_in.account_name(),
            "status_url": self.settings.status_url,
        }
        body = self.mappings["authorize"](record)
        return outcome_of(await self.gp.create(body, command.id), command.currency)

    async def capture(self, command: Capture, *, unknown: bool) -> Outcome:
        """Takes authorized money; answers `id`, `status` and what is captured in all by now.

        Money that GP API refuses to take because somebody took it already, e.g. a clerk in the
        shop's plugin, is taken. A doubt about one of several is settled by its key, and only when
        that is forgotten by what is captured in all.

        Raises:
            Rejected: GP API refuses, e.g. more than was authorized, or what was reversed.
            Transient, Unknown, Misconfigured: as the client says.
        """
        named(command.transaction_id)
        doubtful = unknown and (not command.sequence or self._forgotten(command))
        if doubtful and (done := await self._taken(command)):
            return outcome_of(done, command.currency)
        body = self.mappings["capture"](command.model_dump())
        try:
            answer = await self.gp.capture(command.transaction_id, body, command.id)
        except Rejected:
            if done := await self._taken(command):
                return outcome_of(done, command.currency)
            raise
        if not command.sequence and answer["status"] in CAPTURED:
            return outcome_of(answer, command.currency)
        return outcome_of(await self._shown(command, unknown), command.currency)

    async def _shown(self, command: Capture, asked: bool) -> Transaction:
        """The transaction after a capture.

        Of several captures each may be answered with its own amount; and the key may be one that a
        failed call used up, which is not known of GP API (facts: 4.2).

        Raises:
            Unknown: GP API does not show the capture, or not yet.
            Rejected: nor does it when it is `asked` again.
        """
        try:
            done = await self._taken(command)
        except Transient as error:
            raise Unknown(f"the capture is answered, and not yet seen: {error.reason}") from error
        if done:
            return done
        if asked:
            raise Rejected(
                f"GP API has seen this capture and shows none: look at {command.transaction_id} in"
                " Heartland's portal, and send the command again if it was not made",
                "transaction_id",
            )
        raise Unknown(f"GP API took a capture of {command.transaction_id} and shows none")

    async def _taken(self, command: Capture) -> Transaction | None:
        """The transaction if it has what the command asks for, whoever took it."""
        now = await self.gp.reached(command.transaction_id, CAPTURED)
        if now is None or amount_of(now) < command.captured + command.amount:
            return None
        return now

    async def reverse(self, command: Reverse, *, unknown: bool) -> Outcome:
        """Lets authorized money go, all of it or a part; answers `id`, `status`, what is let go.

        Whether a part was let go is told by nothing but its key: GP API shows what is authorized or
        captured, not what was. So a part is not let go again when the key is forgotten. Money that
        GP API refuses to let go because it is gone already (it lapsed, or a clerk did it) is gone.

        Raises:
            Rejected: GP API refuses, e.g. a part where the account may not, or what was refunded;
                or nobody can tell any more whether a part was let go.
            Transient, Unknown, Misconfigured: as the client says.
        """
        named(command.transaction_id)
        if unknown:
            now = await self.gp.get(command.transaction_id)
            if now["status"] in REVERSED:
                return outcome_of(now, command.currency, command.amount)
            whole = now["status"] == PREAUTHORIZED and amount_of(now) == command.amount
            if not whole and self._forgotten(command):
                raise Rejected(
                    "nobody can tell whether this part of the authorization was let go: look at the"
                    " transaction in Heartland's portal, and send the command again if it was not;"
                    " what is still held lapses by itself",
                    "amount",
                )
        body = self.mappings["reverse"](command.model_dump())
        try:
            gone = await self.gp.reverse(command.transaction_id, body, command.id)
        except Rejected:
            lapsed = await self.gp.reached(command.transaction_id, REVERSED)
            if lapsed is None:
                raise
            gone = lapsed
        return outcome_of(gone, command.currency, command.amount)

    def _forgotten(self, command: Capture | Reverse) -> bool:
        return self.clock.now_ms() - command.received_at >= KEY_REMEMBERED_MS
