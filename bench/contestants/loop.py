"""The yardstick: the same flow in a plain loop: `python -m bench.contestants.loop RACE`.

Same decisions and laws (`Turn`), codec, state encoding, outputs and changelog; no Faust, no
wake-ups, no recovery, no dead letters, no metrics, and every state stays parsed.
"""

import asyncio
import sys
from typing import Any

from confluent_kafka import Consumer, Producer

from bench.race import Contestant, Race, wish
from streams.bootstrap import connected
from streams.core.codec import Codec
from streams.core.flow import Kept, Sent, Turn
from streams.core.message import Message
from streams.flows.order.state import OrderState
from streams.kafka.settings import KafkaSettings
from streams.messages.ops import Result

BATCH, WAIT_SECONDS = 2_000, 0.005


def run(race: Race, codec: Codec) -> None:
    """Works until all waves are through."""
    contestant = Contestant(race)
    consumer, producer = subscribed(race, contestant), Producer(race.settings.producer())
    states: dict[bytes, Kept[OrderState]] = {}
    going = True
    while going:
        records = consumer.consume(BATCH, WAIT_SECONDS)
        turns: dict[bytes, Turn[OrderState]] = {}
        for record in records:
            _apply(race, codec, states, turns, record)
        for key, turn in turns.items():
            contestant.out += len(turn.out)
            states[key] = _send(race, producer, key, turn)
        producer.flush()
        if records:
            consumer.commit(asynchronous=True)
            going = contestant.applied(len(records))
    consumer.close()


def subscribed(race: Race, contestant: Contestant) -> Consumer:
    """A consumer of the race's inputs, which says ready when it has its partitions."""
    consumer = Consumer(race.settings.client() | _READING | {"group.id": race.name})
    consumer.subscribe(race.inputs, on_assign=lambda *_: contestant.ready())
    return consumer


def codec_of(settings: KafkaSettings) -> Codec:
    """The product's codec."""

    async def asked() -> Codec:
        async with connected(settings, "bench") as context:
            return context.codec

    return asyncio.run(asked())


def _apply(
    race: Race,
    codec: Codec,
    states: dict[bytes, Kept[OrderState]],
    turns: dict[bytes, Turn[OrderState]],
    record: Any,
) -> None:
    def post(message: Message, cause: str) -> Sent:
        topic = race.topic_of[type(message)]
        value = codec.encode(message)
        return Sent.model_construct(
            id=message.id, cause=cause, topic=topic, key=message.key, value=value
        )

    message = codec.decode(record.value())
    key = record.key()
    if key not in turns:
        turns[key] = Turn(race.flow, states.get(key), False, post)
    turns[key].apply(message, message.command_id if isinstance(message, Result) else "")


def _send(race: Race, producer: Producer, key: bytes, turn: Turn[OrderState]) -> Kept[OrderState]:
    for sent in turn.out:
        producer.produce(sent.topic, sent.value, sent.key.encode())
    kept = turn.kept
    value = kept.model_dump_json().encode()
    producer.produce(race.changelog, value, key, headers=wish(kept.wake_at))
    return kept


_READING: dict[str, str | int | float | bool] = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": False,
    "isolation.level": "read_committed",
}


if __name__ == "__main__":
    given = Race.model_validate_json(sys.argv[1])
    run(given, codec_of(given.settings))
