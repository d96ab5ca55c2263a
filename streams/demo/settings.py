"""What a demo is told: what to play, and where its systems are."""

from dataclasses import dataclass, field
from pathlib import Path

SAMPLE = Path("tests/data/online-retail/sample.csv.gz")
"""The sample that the checkout carries, relative to it."""


@dataclass(frozen=True)
class DemoSettings:
    """What is played and how.

    Attributes:
        files: order files, in the order in which they are read.
        limit: how many documents (orders, returns, adjustments, all) to take; None for all.
        seed: of the invented people and of the faults.
        shop: the shop's code, the first part of each order's key.
        in_flight: orders that may be on their way at the same time.
        per_second: orders placed a second at the most; None for as fast as it goes.
        stall_seconds: without any progress for so long, the demo stops and reports what is open.
        quiet_seconds: the same when all that is open waits for a person.
        settle_seconds: how long the books may take to agree after the last order has closed.
        faults: the profile by which the sandboxes misbehave; None: they don't.
    """

    files: tuple[Path, ...] = (SAMPLE,)
    limit: int | None = None
    seed: int = 1
    shop: str = "uk"
    in_flight: int = 100
    per_second: float | None = None
    stall_seconds: float = 60
    quiet_seconds: float = 15
    settle_seconds: float = 20
    faults: str | None = None

    def key(self, number: str) -> str:
        """A document's key in every system: `uk-536365`."""
        return f"{self.shop}-{number}"


@dataclass(frozen=True)
class Systems:
    """The sandboxes that the demo seeds, drives and reads, by their base addresses.

    Attributes:
        hooks_url: where the shop sends its webhooks, the bridge's `/hooks/shop/uk`; empty if they
            are registered already.
        bods_url: the base that M3 puts before `/service/v3/multipartMessage`; empty if it is set
            already. `bod_secret` goes with each BOD; empty for the sandbox's own.
    """

    shop_url: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    m3_url: str
    heartland_url: str
    hooks_url: str = ""
    bods_url: str = ""
    bod_secret: str = field(default="", repr=False)
