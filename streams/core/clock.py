"""Time: the only place that reads a clock."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the shell of the program reads the time; flows never do."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000


@dataclass
class SteppingClock:
    """A clock that a test or a sped-up sandbox moves by hand."""

    at_ms: int = 1_700_000_000_000

    def now_ms(self) -> int:
        """The moment it was set to, in milliseconds UTC."""
        return self.at_ms

    def advance(self, ms: int) -> None:
        """Moves the clock forward by `ms` milliseconds."""
        self.at_ms += ms


def utc(ms: int) -> datetime:
    """The moment `ms` (milliseconds UTC) as an aware datetime."""
    return datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)


def to_ms(moment: datetime) -> int:
    """An aware datetime as milliseconds UTC."""
    return round(moment.timestamp() * 1000)


def iso(ms: int) -> str:
    """The moment `ms` as ISO 8601 in UTC with milliseconds: `2026-11-23T08:58:37.000Z`."""
    return utc(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
