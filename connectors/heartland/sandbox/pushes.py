"""The sandbox's own notifications of customers and settlement, for who asks for them.

**No such Heartland notification is public** (facts: payers, batches and deposits are polled). They
exist so that a receiver that expects them can be tried; each says so in `X-Sandbox-Extension`, and
in its body. Signature, headers and retries are those of a transaction's notification.
"""

from dataclasses import dataclass
from typing import Literal

from connectors.heartland.sandbox.notifications import Notification, Notifier, signed
from connectors.heartland.sandbox.settings import SandboxSettings
from connectors.heartland.sandbox.views import Json
from connectors.sandbox.keeping.shelves import MEMORY, Shelves

EXTENSION = {"X-Sandbox-Extension": "no such Heartland notification is public"}

Topic = Literal["customers", "settlement"]
TOPICS: tuple[Topic, ...] = ("customers", "settlement")


@dataclass(frozen=True)
class Target:
    """Where to push what; nothing as long as `url` is ""."""

    url: str = ""
    topics: frozenset[Topic] = frozenset()


class Pushes:
    """Pushes what somebody has asked for."""

    def __init__(
        self, settings: SandboxSettings, notifier: Notifier, shelves: Shelves = MEMORY
    ) -> None:
        self._settings, self._notifier = settings, notifier
        self._targets: dict[str, Target] = shelves.shelf("push_target", Target)

    @property
    def target(self) -> Target:
        """Where what is pushed."""
        return self._targets.get("", Target())

    def aim(self, target: Target) -> None:
        """Pushes there from now on."""
        self._targets[""] = target

    def wants(self, topic: Topic) -> bool:
        """Whether somebody wants to hear of it."""
        return bool(self.target.url) and topic in self.target.topics

    def push(self, action: str, resource: Json, now_ms: int) -> None:
        """Sends a resource as it is now, with `action.type` saying what was done with it."""
        told: Notification = signed(
            {**resource, "sandbox_extension": True},
            url=self.target.url,
            action=action,
            settings=self._settings,
            now_ms=now_ms,
            headers=EXTENSION,
        )
        self._notifier.send(told)
