"""Tells the outside what changed: builds the BOD and hands it to the outbox."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import uuid4

from connectors.m3.sandbox import bods
from connectors.m3.sandbox.ims import Outbox
from connectors.m3.sandbox.oagis import Envelope
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.customers import Customer
from connectors.m3.sandbox.state.deliveries import Delivery
from connectors.m3.sandbox.state.items import Item
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.receivables import Invoice
from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from streams.core.clock import Clock

_BALANCES = 100


class Announcer:
    """Builds BODs of changed state; the balances that change in a moment are one BOD."""

    def __init__(
        self,
        settings: SandboxSettings,
        clock: Clock,
        outbox: Outbox,
        shelves: Shelves = MEMORY,
    ):
        self._settings = settings
        self._clock = clock
        self._outbox = outbox
        self._variations: dict[str, int] = shelves.shelf("variations", int)
        self._moved: dict[str, Item] = shelves.shelf("balances_to_tell", Item)
        self._flush: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Sends in a moment what waited when the sandbox was stopped."""
        if self._moved and self._flush is None:
            delay = self._settings.coalesce_ms / 1000
            self._flush = asyncio.get_running_loop().call_later(delay, self.flush)

    def stop(self) -> None:
        """What waits goes on to wait."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None

    def sales_order(
        self, order: Order, *, deleted: bool = False, gone: Sequence[Line] = ()
    ) -> None:
        """Sends the order as it now stands: deleted, without the lines that are gone, or so."""
        env = self._envelope(f"O{order.ORNO}")
        self._send("SalesOrder", bods.sales_order(order, env, deleted=deleted, gone=gone))

    def shipment(self, delivery: Delivery) -> None:
        """Sends what was delivered."""
        self._send("Shipment", bods.shipment(delivery, self._envelope(f"S{delivery.DLIX}")))

    def invoice(self, invoice: Invoice) -> None:
        """Sends an invoice."""
        envelope = self._envelope(f"I{invoice.INYR}{invoice.CINO}")
        self._send("Invoice", bods.invoice(invoice, envelope))

    def customer(self, customer: Customer) -> None:
        """Sends a customer as it now stands."""
        envelope = self._envelope(f"C{customer.CUNO}")
        self._send("CustomerPartyMaster", bods.customer(customer, envelope))

    def item(self, item: Item) -> None:
        """Sends an item as it now stands."""
        env = self._envelope(f"M{item.ITNO}")
        self._send("ItemMaster", bods.item_master(item, self._settings.currency, env))

    def acknowledge(self, noun: str, build: Callable[[Envelope], str]) -> None:
        """Answers a Process BOD, which an application gets because it sent that."""
        self._outbox.put(f"Acknowledge.{noun}", build(self._envelope("A")))

    def balance(self, item: Item) -> None:
        """Sends the item's balance, a moment later and once for all changes in between."""
        item.moved_ms = self._clock.now_ms()
        self._moved[item.ITNO] = item
        self.start()

    def flush(self) -> None:
        """Sends the balances that wait, at most 100 in a BOD."""
        items = list(self._moved.values())
        self.clear()
        for start in range(0, len(items), _BALANCES):
            some = items[start : start + _BALANCES]
            self._send("InventoryCount", bods.inventory_count(some, self._envelope("B")))

    @property
    def waiting(self) -> int:
        """Balances that wait to be sent."""
        return len(self._moved)

    def clear(self) -> None:
        """Forgets the balances that wait."""
        self._moved.clear()
        self.stop()

    def _envelope(self, document: str) -> Envelope:
        variation = self._variations.get(document, 0) + 1
        self._variations[document] = variation
        return Envelope(
            self._settings.accounting_entity,
            self._settings.warehouse,
            self._clock.now_ms(),
            str(uuid4()),
            variation,
        )

    def _send(self, noun: str, text: str) -> None:
        self._outbox.put(f"Sync.{noun}", text)
