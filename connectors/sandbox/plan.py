"""Which fault happens when: a pure function of seed, profile, system and what it befalls."""

from dataclasses import dataclass
from hashlib import blake2b

from connectors.sandbox.faults import OUTAGES, Kind, fault
from connectors.sandbox.profiles import FaultProfile


@dataclass(frozen=True)
class Hit:
    """A fault that happens.

    Attributes:
        ms: how long it waits, if it is one that waits.
        dice: a number to choose further by, e.g. which decline.
    """

    fault: str
    ms: int
    dice: int


@dataclass(frozen=True)
class Plan:
    """What will go wrong in one system; asked twice, it says the same."""

    profile: FaultProfile
    seed: int
    system: str

    def hit(self, kind: Kind, *subject: object) -> Hit | None:
        """The fault of a kind that befalls a subject, None for none.

        Args:
            kind: whose rules are drawn from.
            subject: what names the thing, e.g. a route and the number of the request on it.
        """
        at = self._dice(kind, *subject)
        place = at % 1000
        for rule in self.profile.rules:
            known = fault(rule.fault)
            if known.kind != kind or self.system not in known.systems:
                continue
            if place < rule.per_1000:
                return Hit(rule.fault, _between(rule.ms, at // 1000), at // 1_000_000)
            place -= rule.per_1000
        return None

    def outage_at(self, number: int) -> int | None:
        """With which request the system's outage `number` (from 0) begins; None: there is none."""
        outages = self.profile.outages
        if outages is None or number >= outages.most:
            return None
        spread = self._dice(Kind.OUTAGE, number) % outages.every
        return outages.every * number + outages.every // 2 + spread // 2

    def outage(self, number: int) -> str:
        """The fault that the system's outage `number` (from 0) is: one form and the other in turn.

        `outage` is a gateway's 503 before a system that is down; `outage-reset` is a system whose
        connections are reset.
        """
        return OUTAGES[(self._dice(Kind.OUTAGE) + number) % len(OUTAGES)]

    def token_ms(self, number: int) -> int | None:
        """How long the system's token `number` lives; None: as long as the system says."""
        bounds = self.profile.token_ms
        known = self.system in fault("expired-token").systems
        return _between(bounds, self._dice(Kind.TOKEN, number)) if bounds and known else None

    def _dice(self, *subject: object) -> int:
        named = (self.seed, self.profile.name, self.system, *subject)
        text = "\x1f".join(map(str, named)).encode()
        return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def _between(bounds: tuple[int, int], dice: int) -> int:
    least, most = bounds
    return least + dice % (most - least + 1)
