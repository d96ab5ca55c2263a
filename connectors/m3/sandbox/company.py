"""The simulated company: its books, its clock, and what happens when they change."""

from dataclasses import dataclass, field

from connectors.m3.sandbox.announcer import Announcer
from connectors.m3.sandbox.life import Life
from connectors.m3.sandbox.returning import Returning
from connectors.m3.sandbox.settings import SandboxSettings
from connectors.m3.sandbox.state.books import Books
from streams.core.clock import Clock


@dataclass
class Company:
    """What an MI program works on: books to read and change, life and announcements to start."""

    settings: SandboxSettings
    clock: Clock
    books: Books
    announcer: Announcer
    life: Life
    returning: Returning
    calls: dict[str, int] = field(default_factory=dict)

    def now_ms(self) -> int:
        """The moment, in milliseconds UTC."""
        return self.clock.now_ms()
