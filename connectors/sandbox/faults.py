"""The faults that a sandbox can have: what each is, and what Tandem does about it.

`docs/sandbox/faults.md` has this table; a test holds the two together.
"""

from dataclasses import dataclass
from enum import StrEnum

ALL = ("m3", "heartland", "shop")
SIGNED_IN = ("m3", "heartland")


class Kind(StrEnum):
    """What a fault befalls, which is also where it is decided."""

    REQUEST = "request"
    TOKEN = "token"  # noqa: S105 (a kind of fault)
    OUTAGE = "outage"
    MESSAGE = "message"
    PAYMENT = "payment"
    BULK = "bulk"


@dataclass(frozen=True)
class Fault:
    """One way in which a system misbehaves.

    Attributes:
        systems: the sandboxes that have it.
        what: what the sandbox does.
        tandem: what Tandem does about it.
    """

    name: str
    kind: Kind
    what: str
    tandem: str
    systems: tuple[str, ...] = ALL


_ASKS = (
    "The call is *unknown*. Heartland: the transaction is looked up by reference, or the same key"
    " is sent again and 409 names the first. M3: when the call can no longer have an effect, M3 is"
    " asked for the order, customer or payment before anything is added. Shop: a change is sent"
    " again, a note is looked for first."
)
_POLLED = (
    "What is never told has to be fetched: the poller's work. Until it comes, the order waits in"
    " its state, and is a case with its amount after the state's deadline."
)

FAULTS = (
    Fault(
        "429-retry-after",
        Kind.REQUEST,
        "429 with `Retry-After` in whole seconds; no effect.",
        "Waits as long as asked, within the call up to 5 s, else between two tries of the command."
        " Nothing is given up.",
    ),
    Fault(
        "429",
        Kind.REQUEST,
        "429 without `Retry-After`; no effect.",
        "Tries again after 0.2 s, doubled up to 15 s, each wait spread.",
    ),
    Fault(
        "5xx-before",
        Kind.REQUEST,
        "A gateway's 504; the request had no effect. The answer looks as after an effect.",
        _ASKS,
    ),
    Fault(
        "5xx-after",
        Kind.REQUEST,
        "A gateway's 504; the request had its effect.",
        _ASKS + " It is found, and not done twice.",
    ),
    Fault(
        "slow",
        Kind.REQUEST,
        "The request has its effect and is answered late.",
        "Waits; other orders go on. After `TIMEOUT_SECONDS` of the system it is a lost reply.",
    ),
    Fault(
        "lost-reply",
        Kind.REQUEST,
        "The request has its effect; the connection is closed without an answer.",
        _ASKS + " At Heartland this is where 409 on a repeated key comes from.",
    ),
    Fault(
        "reset",
        Kind.REQUEST,
        "The connection is reset before the request has an effect.",
        "As a lost reply, since Tandem cannot tell the two apart; the system knows nothing of it,"
        " so it is done then.",
    ),
    Fault(
        "expired-token",
        Kind.TOKEN,
        "An access token dies before its time: 401 to it from then on. A new one is given.",
        "Fetches one new token for all calls that wait, and sends each of them again.",
        SIGNED_IN,
    ),
    Fault(
        "outage",
        Kind.OUTAGE,
        "503 to every request for some seconds; no effects. Then all is well by itself.",
        "After five failures in at least five seconds the system is down: no new command is begun,"
        " `tandem_outage` is 1, lag grows, nothing becomes a dead letter. Work goes on by itself.",
    ),
    Fault(
        "outage-reset",
        Kind.OUTAGE,
        "Each connection is reset with its request for some seconds; no effects. Then all is well"
        " by itself.",
        "As an outage. But whether a request had an effect is not known: each of its commands is"
        " *unknown*, as after a lost reply, and the system is asked before it is done again.",
    ),
    Fault(
        "duplicate",
        Kind.MESSAGE,
        "A notification, webhook or BOD comes twice.",
        "Both make the same event id; the second changes nothing.",
    ),
    Fault(
        "late",
        Kind.MESSAGE,
        "It comes seconds late, after others of the same order.",
        "Facts may come in any order: each is kept and counts when its turn comes.",
    ),
    Fault(
        "unordered",
        Kind.MESSAGE,
        "It is held back for a moment, so that a later one overtakes it.",
        "As late. A regression (authorized after captured) is recorded, not applied; of two"
        " balances the higher `variationID` counts.",
    ),
    Fault(
        "missing",
        Kind.MESSAGE,
        "It never comes. At the shop and at Heartland at most one message of an order.",
        "What another message tells as well is known from that (the shop tells of an order twice,"
        " Heartland answers what it notifies). " + _POLLED,
    ),
    Fault(
        "malformed",
        Kind.MESSAGE,
        "It comes cut off in the middle, rightly signed; the whole one never comes.",
        "A dead letter with the original bytes, answered as kept, so that the sender goes on. For"
        " the rest it is a missing one.",
    ),
    Fault(
        "decline",
        Kind.PAYMENT,
        "The issuer declines an order's first authorization (101, 102, 103, 111 or 200); a second"
        " try is approved.",
        "The order is `declined`: the shop hears why in plain words, the stock is free, M3 has no"
        " order.",
        ("heartland",),
    ),
    Fault(
        "partial-approval",
        Kind.PAYMENT,
        "The issuer approves a part of an order's first authorization, where the request allows it"
        " (`authorization_mode` PARTIAL).",
        "Where the shop says `partial_approval: complete`, Tandem asks for the rest, which is"
        " approved, and the order goes on. Else it does not ask for parts, and meets none.",
        ("heartland",),
    ),
    Fault(
        "bulk-refusal",
        Kind.BULK,
        "One writing transaction of a bulk call is refused once (`ServerReturnedNOK`, SBX0001);"
        " the others are done.",
        "Only that command is refused: a dead letter with M3's message, its order waits in"
        " `refused` with its money, and `tandem dlq retry` does it. The others go on.",
        ("m3",),
    ),
    Fault(
        "bulk-cut-504",
        Kind.BULK,
        "The first transactions of a bulk call are done, then a gateway's 504 is all that comes.",
        "Every command of the call is *unknown*; M3 is asked for each, and only what is not there"
        " is done.",
        ("m3",),
    ),
    Fault(
        "bulk-cut-ended",
        Kind.BULK,
        "The first transactions of a bulk call are done, then M3 ends it: 400 `wasTerminated`, the"
        " rest `notProcessed`.",
        "The commands that were done go on with their results; the rest are sent again.",
        ("m3",),
    ),
)

OUTAGES = tuple(fault.name for fault in FAULTS if fault.kind is Kind.OUTAGE)
"""The forms of an outage."""

_BY_NAME = {fault.name: fault for fault in FAULTS}


def fault(name: str) -> Fault:
    """The fault of a name; a KeyError is a mistake in a profile."""
    return _BY_NAME[name]
