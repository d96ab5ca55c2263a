"""Fault profiles: how often which fault happens."""

from dataclasses import dataclass

from connectors.sandbox.faults import fault
from streams.core.errors import Misconfigured


@dataclass(frozen=True)
class Rule:
    """How often a fault happens.

    Attributes:
        fault: its name in `FAULTS`.
        per_1000: of so many requests, messages, orders or bulk calls each.
        ms: between which bounds it waits (slow, late, unordered, duplicate, `Retry-After`).
    """

    fault: str
    per_1000: int
    ms: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        fault(self.fault)


@dataclass(frozen=True)
class Outages:
    """When a system is down: each time after about so many requests, for so long, so often.

    Its forms take turns: a 503, connections that are reset.
    """

    every: int
    ms: int
    most: int


@dataclass(frozen=True)
class FaultProfile:
    """A mix of faults.

    Attributes:
        about: in a line.
        rules: of one kind, the shares add up to 1,000 at the most: one thing has one fault.
        outages: None for none.
        token_ms: between which bounds a token lives; None for its full time.
        per_command: a command meets at most so many faults of requests, and as many in a bulk
            call, so that a client that does the right thing always gets through.
    """

    name: str
    about: str
    rules: tuple[Rule, ...] = ()
    outages: Outages | None = None
    token_ms: tuple[int, int] | None = None
    per_command: int = 2


_WEBHOOKS = (
    Rule("duplicate", 150, (0, 1_500)),
    Rule("late", 60, (2_000, 8_000)),
    Rule("unordered", 250, (50, 1_000)),
    Rule("missing", 20),
    Rule("malformed", 10),
)

PROFILES = (
    FaultProfile("none", "everything works"),
    FaultProfile(
        "calm",
        "a little of everything that an order can survive by itself",
        (
            Rule("429-retry-after", 5, (1_000, 1_000)),
            Rule("429", 5),
            Rule("5xx-before", 2),
            Rule("5xx-after", 2),
            Rule("slow", 20, (200, 800)),
            Rule("lost-reply", 2),
            Rule("reset", 2),
            Rule("duplicate", 30, (0, 500)),
            Rule("late", 10, (1_000, 3_000)),
            Rule("unordered", 50, (50, 500)),
            Rule("decline", 10),
            Rule("bulk-cut-504", 5),
            Rule("bulk-cut-ended", 5),
        ),
        Outages(every=400, ms=3_000, most=1),
        token_ms=(20_000, 40_000),
    ),
    FaultProfile(
        "storm",
        "much of everything, and what a person must repair",
        (
            Rule("429-retry-after", 30, (1_000, 2_000)),
            Rule("429", 30),
            Rule("5xx-before", 15),
            Rule("5xx-after", 15),
            Rule("slow", 60, (300, 2_000)),
            Rule("lost-reply", 15),
            Rule("reset", 15),
            *_WEBHOOKS,
            Rule("decline", 60),
            Rule("bulk-refusal", 10),
            Rule("bulk-cut-504", 20),
            Rule("bulk-cut-ended", 20),
        ),
        Outages(every=300, ms=8_000, most=2),
        token_ms=(8_000, 20_000),
    ),
    FaultProfile(
        "throttled",
        "quotas that are used up, and slow answers",
        (
            Rule("429-retry-after", 100, (1_000, 3_000)),
            Rule("429", 100),
            Rule("slow", 100, (300, 2_000)),
        ),
    ),
    FaultProfile(
        "lost-replies",
        "effects without an answer: lost replies, resets, 504 before and after",
        (
            Rule("lost-reply", 60),
            Rule("5xx-after", 40),
            Rule("5xx-before", 20),
            Rule("reset", 20),
        ),
    ),
    FaultProfile(
        "outage",
        "each system is down for some seconds, three times: 503 and reset connections in turn",
        outages=Outages(every=150, ms=10_000, most=3),
    ),
    FaultProfile(
        "tokens",
        "access tokens that die within seconds",
        token_ms=(4_000, 10_000),
    ),
    FaultProfile(
        "webhooks",
        "notifications, webhooks and BODs twice, late, out of order, never, cut off",
        _WEBHOOKS,
    ),
    FaultProfile(
        "declines",
        "one order in five is declined, one in ten approved in part if that is asked for",
        (Rule("decline", 200), Rule("partial-approval", 100)),
    ),
    FaultProfile(
        "bulk",
        "M3's bulk calls refused in part, or cut off in the middle",
        (
            Rule("bulk-refusal", 30),
            Rule("bulk-cut-504", 60),
            Rule("bulk-cut-ended", 60),
        ),
    ),
)

NONE = PROFILES[0]


def profile(name: str) -> FaultProfile:
    """The profile of a name.

    Raises:
        Misconfigured: there is none; the text lists those that there are.
    """
    for each in PROFILES:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in PROFILES)
    raise Misconfigured(f"no fault profile is called {name!r}; there are: {known}")
