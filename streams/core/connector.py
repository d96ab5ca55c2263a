"""Connectors: what the outside world looks like to the engine."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic_settings import BaseSettings

from streams.core.clock import Clock
from streams.core.message import Command, Message
from streams.core.metrics import Metrics


@dataclass(frozen=True)
class Request:
    """An HTTP request as a bridge sees it: the exact bytes, and header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Received:
    """What a bridge made of a request.

    Attributes:
        messages: events to publish; the answer goes out only after Kafka has acknowledged them.
        status: the HTTP status that tells the sender "kept".
        body: the answer's text.
        content_type: its media type.
    """

    messages: tuple[Message, ...] = ()
    status: int = 200
    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True)
class Bridge:
    """A door for what an outside system sends.

    Attributes:
        source: who knocks, e.g. `shop/uk`.
        path: where, e.g. `/hooks/shop/uk`; a path that ends in `/` takes all below it.
        authenticate: raises `Unauthenticated` (401, nothing is kept) unless the sender proved who
            they are.
        translate: makes events of the request, purely; also of a dead letter's, whose sender had
            proved it. Raises `Rejected` (a dead letter with the original bytes, then
            `refused_status`) or `CardData` (422, a dead letter with the digits masked).
        methods: the HTTP methods it takes.
        refused_status: what the sender hears of a message that became a dead letter.
    """

    source: str
    path: str
    authenticate: Callable[[Request], None]
    translate: Callable[[Request], Received]
    methods: tuple[str, ...] = ("POST",)
    refused_status: int = 200

    def receive(self, request: Request) -> Received:
        """Authenticates, then translates."""
        self.authenticate(request)
        return self.translate(request)


@dataclass(frozen=True)
class Outcome:
    """What executing a command came to, when the system took it.

    Attributes:
        values: what the system answered, in its own field names.
        minor_units: the amount that was moved, if any.
        currency: its ISO 4217 code.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    minor_units: int | None = None
    currency: str = ""


class Execute(Protocol):
    """Has exactly one effect on the outside system per command id."""

    def __call__(self, command: Any, *, unknown: bool) -> Awaitable[Outcome]:
        """Executes a command.

        Args:
            command: what to do.
            unknown: True if an earlier try may have had its effect: ask the system before doing.

        Raises:
            Transient: the effect has not happened; the engine tries again.
            Unknown: it may have happened; the engine calls again with `unknown=True`.
            Rejected: refused for good; the flow is told and a dead letter is kept.
            Misconfigured: the worker stops.
        """


@dataclass(frozen=True)
class Sink:
    """Executes commands on an outside system.

    Attributes:
        system: its name, which names its commands topic and journal as well.
        handles: what executes each command type.
        call_seconds: no call of a former owner can still have an effect after this time.
        side_by_side: how many keys of one partition run at once.
        repeatable: commands that may be executed again without harm: no start of theirs is kept.
        patience_ms: how long a command may wait for company, as in `streams.core.flow.Flow`.
    """

    system: str
    handles: Mapping[type[Command], Execute]
    call_seconds: float = 60.0
    side_by_side: int = 64
    repeatable: frozenset[type[Command]] = frozenset()
    patience_ms: int = 0


@dataclass(frozen=True)
class Page:
    """What a poller found, in order.

    Attributes:
        items: each as it came, e.g. an order's JSON; what is refused is kept as it is here.
        cursor: where the next round begins, in the poller's own words.
        more: there is more to fetch at once; the round is not over.
    """

    items: tuple[bytes, ...] = ()
    cursor: str = ""
    more: bool = False


@dataclass(frozen=True)
class Poller:
    """Fetches what nobody sends, or what was sent and got lost.

    Attributes:
        source: what is asked, e.g. `shop/uk/orders`; names its cursor.
        every_seconds: the pause between two rounds; 0 switches it off.
        fetch: `cursor -> Page`; an empty cursor is the first ever. It must find all that happened
            since the cursor was made, and may find more. Raises as an `Execute` does, but it has no
            effect that could be in doubt.
        translate: makes events of an item, purely; a fact has one id, told or fetched. Raises
            `Rejected` or `CardData` (a dead letter with the item's bytes; the others go on).
        bridge: the source of the bridge that is sent the same bytes, if there is one: what is
            refused then has one dead letter, told or fetched, and is sent again by that bridge.
        headers: what that bridge must see beside the bytes.
    """

    source: str
    every_seconds: float
    fetch: Callable[[str], Awaitable[Page]]
    translate: Callable[[bytes], tuple[Message, ...]]
    bridge: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Where its dead letters come from."""
        return f"bridge/{self.bridge}" if self.bridge else f"poller/{self.source}"


@dataclass(frozen=True)
class Opened:
    """A connector at work: what it has to mount."""

    bridges: tuple[Bridge, ...] = ()
    sinks: tuple[Sink, ...] = ()
    pollers: tuple[Poller, ...] = ()


@dataclass(frozen=True)
class Connector:
    """An outside system, as one folder and one line in `CONNECTORS`.

    Attributes:
        name: `m3`, `heartland`, `woocommerce`.
        settings: its settings model; secrets are `SecretStr`, every field is described.
        commands: the command types that its sinks handle.
        open: `(settings, clock, metrics) -> context manager of what is mounted`; connects nothing
            before it is entered.
    """

    name: str
    settings: type[BaseSettings]
    commands: tuple[type[Command], ...]
    open: Callable[[Any, Clock, Metrics], AbstractAsyncContextManager[Opened]]
