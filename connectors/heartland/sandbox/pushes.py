"""The sandbox's own notifications of customers and settlement, for who asks for them.

**No such Heartland notification is public** (facts: payers, batches and deposits are polled). They
exist so that a receiver that expects them can be tried; each says so in `X-Sandbox-Extension`, and
in its body. Signature, headers and retries are those of a transaction's notification.
"""

from dataclasses import dataclass, field
from typing import Literal

from connectors.heartland.sandbox.notifications import Notification, Notifier, signed
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.views import Json

EXTENSION = {"X-Sandbox-Extension": "no such Heartland notification is public"}

Topic = Literal["customers", "settlement"]
TOPICS: tuple[Topic, ...] = ("customers", "settlement")


@dataclass
class Pushes:
    """Where to push what; nothing as long as `url` is ""."""

    settings: SandboxSettings
    notifier: Notifier
    url: str = ""
    topics: frozenset[Topic] = field(default_factory=frozenset)

    def wants(self, topic: Topic) -> bool:
        """Whether somebody wants to hear of it."""
        return bool(self.url) and topic in self.topics

    def push(self, action: str, resource: Json, now_ms: int) -> None:
        """Sends a resource as it is now, with `action.type` saying what was done with it."""
        told: Notification = signed(
            {**resource, "sandbox_extension": True},
            url=self.url,
            action=action,
            settings=self.settings,
            now_ms=now_ms,
            headers=EXTENSION,
        )
        self.notifier.send(told)
