"""A poller's rounds without a broker: what is in Kafka, and how far the cursor may come."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic_settings import BaseSettings

from streams.core.clock import SteppingClock
from streams.core.connector import Connector, Opened
from streams.core.errors import CardData, Misconfigured, Rejected, Transient, Unknown
from streams.core.message import Message
from streams.core.topic import Topic
from streams.kafka.context import Context
from streams.kafka.cursors import Cursor, cursor_record
from streams.kafka.durable import NotDurable
from streams.kafka.rounds import REMEMBERS, Rounds
from streams.messages.ops import DeadLetter
from streams.refused import polled
from streams.repair import send_again
from tests.engine.asked import Asked, fact
from tests.engine.records import Taken

CURSORS = Topic("cursors", (), "")


class Stop(BaseException):
    """Ends `run` in the middle of a pause."""


class Pauses:
    """Takes note of pauses, and ends the run at the last of so many."""

    def __init__(self, most: int) -> None:
        self.most, self.seconds = most, list[float]()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == self.most:
            raise Stop


@pytest.fixture
def asked() -> Asked:
    return Asked([10, 20, 30])


def rounds(asked: Asked, context: Context, cursor: Cursor = Cursor(), pauses: int = 1) -> Rounds:  # noqa: B008
    return Rounds(asked.poller(), context, CURSORS, polled(context.clock), cursor, Pauses(pauses))


def kept_cursor(taken: Taken) -> Cursor:
    value = taken.on("cursors")[-1].value
    assert value is not None
    return Cursor.model_validate_json(value)


def published(context: Context, taken: Taken) -> list[Message]:
    events = [record for record in taken.records if record.topic != "cursors"]
    return [context.codec.decode(record.value or b"") for record in events]


def value(context: Context, name: str, **labels: str) -> float:
    return context.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_a_round_publishes_all_and_then_writes_its_cursor(
    asked: Asked, context: Context, taken: Taken, clock: SteppingClock
) -> None:
    polling = rounds(asked, context)

    assert await polling.round()
    assert published(context, taken) == [fact(0, 10), fact(1, 20)]
    assert kept_cursor(taken) == Cursor(cursor="2", at=0)
    assert not await polling.round()
    assert published(context, taken)[2:] == [fact(2, 30)]
    assert kept_cursor(taken) == Cursor(cursor="3", at=clock.now_ms())
    assert [record.topic for record in taken.records][-2:][-1] == "cursors"


async def test_a_crash_between_publishing_and_the_cursor_repeats_the_round_with_the_same_ids(
    asked: Asked, context: Context, taken: Taken
) -> None:
    keep, cursors = taken.keep, list[object]()

    async def broken(partition: int, records: object, offsets: object) -> None:
        if any(record.topic == "cursors" for record in records):  # type: ignore[attr-defined]
            cursors.append(records)
            raise NotDurable("died")
        await keep(partition, records, offsets)  # type: ignore[arg-type]

    taken.keep = broken  # type: ignore[method-assign]
    with pytest.raises(NotDurable):
        await rounds(asked, context).run()
    assert len(cursors) == 1
    first = published(context, taken)

    taken.keep = keep  # type: ignore[method-assign]
    await rounds(asked, context).round()
    assert published(context, taken)[len(first) :] == first == [fact(0, 10), fact(1, 20)]
    assert kept_cursor(taken).cursor == "2"


async def test_nothing_passes_what_kafka_did_not_take(
    asked: Asked, context: Context, taken: Taken
) -> None:
    taken.broken = True
    polling = rounds(asked, context)
    with pytest.raises(NotDurable):
        await polling.run()
    assert (taken.records, polling.cursor) == ([], Cursor())


async def test_a_next_owner_goes_on_from_the_cursor(asked: Asked, context: Context) -> None:
    await rounds(asked, context, Cursor(cursor="2", at=5)).round()
    assert asked.cursors == ["2"]


async def test_what_rounds_find_again_is_sent_once(
    asked: Asked, context: Context, taken: Taken
) -> None:
    asked.overlap = 2
    polling = rounds(asked, context)
    for _ in range(5):
        await polling.round()
    asked.amounts.append(40)
    await polling.round()
    assert published(context, taken) == [fact(n, 10 * (n + 1)) for n in range(4)]


async def test_no_more_is_remembered_than_rounds_can_overlap(
    context: Context, taken: Taken
) -> None:
    asked = Asked(list(range(REMEMBERS + 10)), most=REMEMBERS + 10)
    polling = rounds(asked, context)
    await polling.round()
    asked.most, polling.cursor = 20, Cursor()
    await polling.round()
    assert published(context, taken)[REMEMBERS + 10 :] == [fact(n, n) for n in range(10)]


async def test_what_is_refused_is_a_dead_letter_and_the_round_goes_on(
    context: Context, taken: Taken
) -> None:
    asked = Asked([10, -5, None, 40], most=4, overlap=4)
    polling = rounds(asked, context)
    await polling.round()
    await polling.round()

    first, refused, bug, last = published(context, taken)
    assert (first, last) == (fact(0, 10), fact(3, 40))
    assert isinstance(refused, DeadLetter)
    assert (refused.original, refused.field, refused.kind) == (b"[1, -5]", "amount", "rejected")
    assert refused.origin == refused.source == "poller/asked"
    assert isinstance(bug, DeadLetter)
    assert (bug.original, bug.kind, bug.code) == (b"[2, null]", "bug", "TypeError")
    assert kept_cursor(taken).cursor == "4"
    count = "tandem_dead_letters_total"
    assert value(context, count, origin="poller/asked", kind="rejected") == 1


async def test_card_data_is_masked_before_it_is_kept(context: Context, taken: Taken) -> None:
    number = "4111111111111111"

    def translate(item: bytes) -> tuple[Message, ...]:
        raise CardData("holds a card number")

    asked = Asked([int(number)])
    poller = asked.poller()
    careless = type(poller)(poller.source, 60, poller.fetch, translate)
    await Rounds(careless, context, CURSORS, polled(context.clock)).round()
    (letter,) = published(context, taken)
    assert isinstance(letter, DeadLetter)
    assert letter.kind == "card_data"
    assert number.encode() not in letter.original
    assert letter.original.endswith(b"1111]")


async def test_a_letter_of_a_bridge_s_bytes_is_the_bridge_s(context: Context, taken: Taken) -> None:
    asked = Asked([-1])
    poller = asked.poller()
    heard = type(poller)(
        poller.source, 60, poller.fetch, poller.translate, "shop/uk", {"x-topic": "order.updated"}
    )
    await Rounds(heard, context, CURSORS, polled(context.clock)).round()
    (letter,) = published(context, taken)
    assert isinstance(letter, DeadLetter)
    assert letter.origin == "bridge/shop/uk"
    assert letter.headers["x-topic"] == "order.updated"


async def test_a_poller_s_letter_is_sent_again_through_it(
    context: Context, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked([-5])

    @asynccontextmanager
    async def opened(*_: object) -> AsyncIterator[Opened]:
        yield Opened(pollers=(asked.poller(every_seconds=0),))

    class NoSettings(BaseSettings):
        pass

    connector = Connector("asked", NoSettings, (), opened)
    monkeypatch.setattr("streams.repair.CONNECTORS", (connector,))
    await rounds(asked, context).round()
    (letter,) = published(context, taken)
    assert isinstance(letter, DeadLetter)

    with pytest.raises(Rejected):
        await send_again(context, letter, [letter], None)
    assert await send_again(context, letter, [letter], b"[0, 5]") == 1
    assert published(context, taken)[1:] == [fact(0, 5)]
    elsewhere = letter.model_copy(update={"origin": "poller/elsewhere"})
    with pytest.raises(Misconfigured, match="no poller of this process asks elsewhere"):
        await send_again(context, elsewhere, [elsewhere], None)


async def test_failures_back_off_and_success_goes_back_to_the_pace(
    asked: Asked, context: Context, taken: Taken
) -> None:
    asked.fails = [Transient("busy", 90), Unknown("lost"), Rejected("no such filter")]
    polling = rounds(asked, context, pauses=5)
    pauses = polling._sleep
    assert isinstance(pauses, Pauses)
    with pytest.raises(Stop):
        await polling.run()

    assert pauses.seconds[0] == 90
    assert all(0 < wait <= 2 for wait in pauses.seconds[1:3])
    assert pauses.seconds[3:] == [0, 60]
    assert kept_cursor(taken).cursor == "3"
    for kind in ("Transient", "Unknown", "Rejected"):
        assert value(context, "tandem_errors_total", worker="poller/asked", kind=kind) == 1
    rounds_total = "tandem_rounds_total"
    assert value(context, rounds_total, source="asked", outcome="failed") == 3
    assert value(context, rounds_total, source="asked", outcome="done") == 2


async def test_who_is_not_let_in_stops_and_says_what_to_set(asked: Asked, context: Context) -> None:
    asked.fails = [Misconfigured("set the key")]
    with pytest.raises(Misconfigured, match="set the key"):
        await rounds(asked, context).run()


async def test_a_bug_in_a_fetch_is_tried_again_and_told_once_without_what_it_stumbled_over(
    asked: Asked, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    asked.fails = [ValueError("4111 1111 1111 1111") for _ in range(3)]
    with caplog.at_level(logging.ERROR), pytest.raises(Stop):
        await rounds(asked, context, pauses=4).run()

    assert value(context, "tandem_errors_total", worker="poller/asked", kind="Bug") == 3
    told = [each.getMessage() for each in caplog.records if "a bug of Tandem" in each.getMessage()]
    assert len(told) == 1
    assert "asked.py" in told[0]
    assert "4111" not in caplog.text


async def test_the_age_is_since_when_all_was_seen(
    asked: Asked, context: Context, clock: SteppingClock
) -> None:
    polling = rounds(asked, context)
    clock.advance(5_000)
    assert polling.age_seconds() == 5
    await polling.round()
    clock.advance(1_000)
    assert polling.age_seconds() == 6, "there is more to fetch"
    await polling.round()
    clock.advance(2_000)
    assert polling.age_seconds() == 2


def test_a_cursor_is_readable_json() -> None:
    record = cursor_record(CURSORS, "shop/uk/orders", Cursor(cursor="c", at=7))
    assert (record.topic, record.key) == ("cursors", b"shop/uk/orders")
    assert json.loads(record.value or b"") == {"cursor": "c", "at": 7}
