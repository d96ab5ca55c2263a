"""The M3 connector: its sink, its bridge and its pollers, built once."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import aiohttp

from connectors.http import Answer, Call, HttpClient
from connectors.m3 import ion
from connectors.m3.bridge import bod_bridge
from connectors.m3.bulk import Bulk
from connectors.m3.by_bod import ByBod
from connectors.m3.cancellations import Cancellations
from connectors.m3.changes import Changes
from connectors.m3.client import MiClient
from connectors.m3.customers import Customers
from connectors.m3.errors import judge
from connectors.m3.ionapi import IonApi, bearer, read_ionapi
from connectors.m3.line_cancellations import LineCancellations
from connectors.m3.order_changes import OrderChanges
from connectors.m3.orders import Orders
from connectors.m3.ours import Ours
from connectors.m3.packing import Packing
from connectors.m3.payments import Payments
from connectors.m3.poller import change_pollers
from connectors.m3.process import Sender
from connectors.m3.returns import Returns
from connectors.m3.settings import M3Settings
from connectors.mapping.folder import load_mappings, load_tables
from connectors.mapping.mapping import Mapping as Rule
from streams.core.clock import Clock
from streams.core.connector import Connector, Execute, Opened, Sink
from streams.core.errors import Failure
from streams.core.message import Command
from streams.core.metrics import Metrics
from streams.messages.m3 import (
    CancelLines,
    CancelOrder,
    ChangeOrder,
    CreateOrder,
    CreateReturn,
    EnsureCustomer,
    RecordPayment,
)


@asynccontextmanager
async def opened(settings: M3Settings, clock: Clock, metrics: Metrics) -> AsyncIterator[Opened]:
    """M3's sink, bridge and pollers; nothing is called before the first command or round.

    Raises:
        Misconfigured: the `.ionapi` file or a mapping cannot be used.
    """
    ionapi = read_ionapi(settings.ionapi)
    rules = load_mappings(Path(__file__).parent, settings.tables)
    tables = load_tables(Path(__file__).parent, settings.tables).lookups
    ours = Ours(
        settings.divi,
        frozenset(tables["order_type"].values()),
        frozenset(tables["warehouse"].values()),
    )
    async with aiohttp.ClientSession() as session:
        client = mi_client(settings, ionapi, session, clock, metrics)
        packing = Packing(settings.bulk_size, settings.company_ms, settings.calls_in_flight)
        bulk = Bulk(client.execute, packing, settings.command_seconds)
        handles: dict[type[Command], Execute] = {
            CreateOrder: Orders(bulk, rules, settings.cono).create,
            EnsureCustomer: Customers(bulk, rules).ensure,
            RecordPayment: Payments(bulk, rules).record,
            CreateReturn: Returns(bulk, rules, settings.cono).create,
            ChangeOrder: OrderChanges(bulk, rules, settings.cono).change,
            CancelOrder: Cancellations(bulk, rules).cancel,
            CancelLines: LineCancellations(bulk, rules).cancel,
        }
        if settings.orders_by == "bod":
            by_bod = _by_bod(settings, client, bulk, rules)
            handles |= {CreateOrder: by_bod.create, EnsureCustomer: by_bod.ensure}
        sink = Sink("m3", handles, call_seconds=settings.call_seconds)
        async with aclosing(bulk):
            yield Opened(
                bridges=(bod_bridge(settings, ionapi, clock),),
                sinks=(sink,),
                pollers=change_pollers(Changes(client, ours), settings, clock),
            )


def mi_client(
    settings: M3Settings,
    ionapi: IonApi,
    session: aiohttp.ClientSession,
    clock: Clock,
    metrics: Metrics,
) -> MiClient:
    """A client of M3's REST API with the account of an `.ionapi` file."""
    http = HttpClient(
        "m3",
        ionapi.iu,
        session,
        bearer(ionapi, session, clock, metrics),
        _judge,
        metrics,
        per_minute=settings.calls_per_minute,
        timeout=settings.timeout_seconds,
    )
    seconds = 2 * settings.timeout_seconds
    return MiClient(http, ionapi.ti, settings.cono, settings.divi, seconds)


def _by_bod(settings: M3Settings, client: MiClient, bulk: Bulk, rules: Mapping[str, Rule]) -> ByBod:
    sender = Sender(client.tenant, settings.accounting_entity, settings.logical_id)
    messaging = ion.IonClient(
        client.http,
        client.tenant,
        settings.ims_version,
        settings.logical_id,
        client.request_seconds,
    )
    return ByBod(messaging, bulk, rules, sender, settings.cono, settings.acknowledge_seconds)


def _judge(call: Call, answer: Answer) -> Failure | None:
    """One client for both services of ION API: they share its quota and the token."""
    return ion.judge(answer) if call.name == ion.SEND else judge(call, answer)


CONNECTOR = Connector(
    "m3",
    M3Settings,
    (
        CreateOrder,
        EnsureCustomer,
        RecordPayment,
        CreateReturn,
        ChangeOrder,
        CancelOrder,
        CancelLines,
    ),
    opened,
)
