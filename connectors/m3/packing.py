"""What goes into the next bulk request, and when. Pure: time is handed in."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.m3.wire import MiResult, Transaction


@dataclass(eq=False)
class Ticket:
    """Transactions of one program that one command waits for, in their order.

    Attributes:
        since_ms: since when its next transaction waits for company.
        sent: how many transactions have gone out.
        results: what came back of them.
    """

    program: str
    transactions: tuple[Transaction, ...]
    since_ms: int
    sent: int = 0
    results: list[MiResult] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Transactions that have not gone out."""
        return len(self.transactions) - self.sent


@dataclass(frozen=True)
class Part:
    """What of a ticket travels in one request."""

    ticket: Ticket
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True)
class Parcel:
    """One bulk request: parts of the tickets of one program."""

    program: str
    parts: tuple[Part, ...]

    @property
    def transactions(self) -> tuple[Transaction, ...]:
        """All transactions in their order."""
        return tuple(each for part in self.parts for each in part.transactions)


class Packing:
    """The tickets that wait, and the rule by which they go.

    A request goes as soon as it is full, as soon as every active command waits (nobody else can
    come), or when its first ticket has waited for `company_ms`; and as long as fewer than
    `in_flight` requests are under way. A ticket that does not fit is split; its rest waits for the
    reply to the first part, so that an order's lines keep their order.

    Args:
        most: transactions in a request.
        company_ms: how long a ticket waits for company.
        in_flight: requests that may be under way.
    """

    def __init__(self, most: int, company_ms: int, in_flight: int) -> None:
        self._most, self._company_ms, self._in_flight = most, company_ms, in_flight
        self._waiting: defaultdict[str, deque[Ticket]] = defaultdict(deque)
        self.active = 0
        self.under_way = 0

    def wait(self, ticket: Ticket) -> None:
        """A ticket that waits from now on: the rest of a split one goes first."""
        queue = self._waiting[ticket.program]
        if ticket.sent:
            queue.appendleft(ticket)
        else:
            queue.append(ticket)

    def drop(self, ticket: Ticket) -> None:
        """Forgets a ticket whose command no longer waits."""
        queue = self._waiting[ticket.program]
        if ticket in queue:
            queue.remove(ticket)

    def next(self, now_ms: int) -> Parcel | None:
        """The request that must go now, if any; its tickets no longer wait."""
        if self.under_way >= self._in_flight:
            return None
        alone = self.active <= sum(map(len, self._waiting.values()))
        for since_ms, program in sorted(self._oldest()):
            waited = now_ms - since_ms >= self._company_ms
            full = sum(each.left for each in self._waiting[program]) >= self._most
            if alone or waited or full:
                self.under_way += 1
                return self._packed(program)
        return None

    def wake_ms(self) -> int | None:
        """When the first ticket has waited for long enough; None if no time changes anything."""
        if self.under_way >= self._in_flight:
            return None
        first = min(self._oldest(), default=None)
        return first[0] + self._company_ms if first else None

    def _oldest(self) -> Iterator[tuple[int, str]]:
        for program, queue in self._waiting.items():
            if queue:
                yield min(each.since_ms for each in queue), program

    def _packed(self, program: str) -> Parcel:
        queue, room, parts = self._waiting[program], self._most, []
        while queue and room:
            ticket = queue.popleft()
            taken = ticket.transactions[ticket.sent : ticket.sent + room]
            ticket.sent += len(taken)
            room -= len(taken)
            parts.append(Part(ticket, taken))
        return Parcel(program, tuple(parts))
