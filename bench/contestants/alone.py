"""Kafka and Avro alone, no flow: `python -m bench.contestants.alone RACE`.

Reads each message and writes it again.
"""

import sys

from confluent_kafka import Producer

from bench.contestants.loop import BATCH, WAIT_SECONDS, codec_of, subscribed
from bench.race import Contestant, Race
from streams.core.codec import Codec
from streams.messages.shop import UpdateOrder


def run(race: Race, codec: Codec) -> None:
    """Works until all waves are through."""
    contestant = Contestant(race)
    consumer, producer = subscribed(race, contestant), Producer(race.settings.producer())
    topic = race.topic_of[UpdateOrder]
    going = True
    while going:
        records = consumer.consume(BATCH, WAIT_SECONDS)
        for record in records:
            message = codec.decode(record.value() or b"")
            producer.produce(topic, codec.encode(message), record.key())
        contestant.out += len(records)
        producer.flush()
        if records:
            consumer.commit(asynchronous=True)
            going = contestant.applied(len(records))
    consumer.close()


if __name__ == "__main__":
    given = Race.model_validate_json(sys.argv[1])
    run(given, codec_of(given.settings))
