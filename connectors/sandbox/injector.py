"""One sandbox's faults at work: it counts what a plan is asked about, and what came of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sandbox.faults import Kind
from connectors.sandbox.plan import Hit, Plan
from connectors.sandbox.profiles import FaultProfile
from streams.core.clock import Clock

DECLINES = ("101", "102", "103", "111", "200")
_IN_A_ROW = 2


@dataclass(frozen=True)
class Subject:
    """What a request is about.

    Attributes:
        route: what requests are counted by; no ids in it.
        keys: the commands that travel in it, by their business keys; none: it is one of its route.
    """

    route: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copy:
    """A message as it leaves: after how long, and whether it is cut off."""

    wait_ms: int = 0
    malformed: bool = False


@dataclass(frozen=True)
class Fate:
    """What becomes of a message: its copies, none if it is never sent."""

    copies: tuple[Copy, ...] = (Copy(),)


AS_IT_IS = Fate()


@dataclass(frozen=True)
class Issued:
    """What the issuer says for a fault.

    Attributes:
        result: a decline's code; "" for an approval.
        approved: of the amount, in minor units; 0 if declined.
    """

    result: str
    approved: int


@dataclass(frozen=True)
class BulkHit:
    """What befalls a bulk call at its transaction `at` (from 0): refused, or the call ends there.

    `fault` is `bulk-refusal`, `bulk-cut-504` or `bulk-cut-ended`.
    """

    fault: str
    at: int


class Injector:
    """Says what goes wrong in one sandbox; it does nothing itself.

    Args:
        system: `m3`, `heartland` or `shop`.
        clock: real time, since outages and tokens are what a client meets; never sped up.
        profile: what to begin with.
    """

    def __init__(self, system: str, clock: Clock, profile: FaultProfile, seed: int) -> None:
        self._system, self._clock = system, clock
        self.set(profile, seed)

    def set(self, profile: FaultProfile, seed: int) -> None:
        """Begins anew with a profile: counts from zero, an outage ends, dead tokens live again."""
        self.plan = Plan(profile, seed, self._system)
        self.injected: Counter[str] = Counter()
        self.calm = not (profile.rules or profile.outages or profile.token_ms)
        self._number: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()
        self._lost: set[str] = set()
        self._tokens: dict[str, int | None] = {}
        self._outages, self._down_until, self._down = 0, 0, ""

    def down(self) -> str:
        """The outage that swallows this request, "" if there is none; every request asks once."""
        if self.plan.profile.outages is None:
            return ""
        now = self._clock.now_ms()
        if now < self._down_until:
            return self._down
        self._number["requests"] += 1
        begins = self.plan.outage_at(self._outages)
        if begins is None or self._number["requests"] < begins:
            return ""
        self._down = self.plan.outage(self._outages)
        self._outages += 1
        self._down_until = now + self.plan.profile.outages.ms
        self.injected[self._down] += 1
        return self._down

    def expired(self, token: str) -> bool:
        """Whether an access token is dead; its life begins when it is first seen."""
        if self.plan.profile.token_ms is None or not token:
            return False
        now = self._clock.now_ms()
        if token not in self._tokens:
            life = self.plan.token_ms(len(self._tokens))
            self._tokens[token] = None if life is None else now + life
        dies = self._tokens[token]
        if dies is None or now < dies:
            return False
        if dies:
            self.injected["expired-token"] += 1
            self._tokens[token] = 0
        return True

    def request(self, about: Subject) -> Hit | None:
        """What befalls a request.

        A request of one command is drawn by that command's key and the faults that it has met, so
        that it fares the same in every run; others by their number on their route.
        """
        if len(about.keys) == 1:
            met = self._met[about.keys[0]]
            hit = self.plan.hit(Kind.REQUEST, about.route, about.keys[0], met)
        else:
            self._number[about.route] += 1
            hit = self.plan.hit(Kind.REQUEST, about.route, self._number[about.route])
        return hit if self._bounded(about, hit) else None

    def bulk(self, program: str, keys: Sequence[str], writes: Sequence[bool]) -> BulkHit | None:
        """What befalls a bulk call.

        Args:
            program: of its transactions.
            keys: of each transaction the command that it belongs to.
            writes: of each whether it changes anything.
        """
        route = f"bulk {program}"
        self._number[route] += 1
        hit = self.plan.hit(Kind.BULK, route, self._number[route])
        if hit is None:
            return None
        if hit.fault == "bulk-refusal":
            at = [number for number, each in enumerate(writes) if each]
            return self._refusal(keys, at[hit.dice % len(at)]) if at else None
        named = Subject(route, tuple(f"bulk {key}" for key in dict.fromkeys(keys)))
        if len(keys) < 2 or not self._bounded(named, hit):
            return None
        return BulkHit(hit.fault, 1 + hit.dice % (len(keys) - 1))

    def message(self, channel: str, about: str = "") -> Fate:
        """What becomes of a message.

        Args:
            channel: its kind, e.g. `order.created` or `Sync.Invoice`.
            about: the order that it tells of; "" draws by its number in the channel. Of one
                order at most one message is lost.
        """
        if about:
            hit = self.plan.hit(Kind.MESSAGE, channel, about)
        else:
            self._number[channel] += 1
            hit = self.plan.hit(Kind.MESSAGE, channel, self._number[channel])
        if hit is None:
            return AS_IT_IS
        if hit.fault in ("missing", "malformed") and about:
            if about in self._lost:
                return AS_IT_IS
            self._lost.add(about)
        self.injected[hit.fault] += 1
        match hit.fault:
            case "missing":
                return Fate(())
            case "malformed":
                return Fate((Copy(malformed=True),))
            case "duplicate":
                return Fate((Copy(), Copy(hit.ms)))
            case _:
                return Fate((Copy(hit.ms),))

    def issued(self, order: str, amount: int, *, partial: bool) -> Issued | None:
        """What the issuer says to an order's first authorization for a fault; None: as ever.

        Args:
            order: its reference.
            amount: what would be approved, in minor units.
            partial: whether the client allows a partial approval.
        """
        key = f"payment {order}"
        hit = self.plan.hit(Kind.PAYMENT, order)
        if hit is None or self._met[key] or (hit.fault == "partial-approval" and not partial):
            return None
        self._met[key] += 1
        self.injected[hit.fault] += 1
        if hit.fault == "decline":
            return Issued(DECLINES[hit.dice % len(DECLINES)], 0)
        return Issued("", 1 + hit.dice % max(1, amount - 1))

    def _refusal(self, keys: Sequence[str], at: int) -> BulkHit | None:
        key = f"refused {keys[at]}"
        if self._met[key]:
            return None
        self._met[key] += 1
        self.injected["bulk-refusal"] += 1
        return BulkHit("bulk-refusal", at)

    def _bounded(self, about: Subject, hit: Hit | None) -> bool:
        """Whether a hit is within bounds; one that is, counts."""
        if hit is None:
            self._in_a_row.pop(about.route, None)
            return False
        most = self.plan.profile.per_command
        if any(self._met[key] >= most for key in about.keys):
            return False
        if not about.keys and self._in_a_row[about.route] >= _IN_A_ROW:
            self._in_a_row[about.route] = 0
            return False
        self._in_a_row[about.route] += not about.keys
        self._met.update(about.keys)
        self.injected[hit.fault] += 1
        return True
