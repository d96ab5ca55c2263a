import confluent_kafka
import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient

from streams.core.errors import Misconfigured
from streams.kafka.embedded import EmbeddedBroker

PRODUCE = 0


class Shop:
    """A producer that keeps what the broker answered."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.refused: list[KafkaError] = []
        self.acknowledged: list[bytes | None] = []
        self._producer = Producer(
            {
                "bootstrap.servers": broker.bootstrap_servers,
                "linger.ms": 0,
                "reconnect.backoff.max.ms": 100,
                "log_level": 0,
            }
        )

    def sell(self, order: bytes) -> None:
        self._producer.produce("orders", order, key=b"uk-536365", on_delivery=self._answered)

    def settled(self, seconds: float = 5) -> bool:
        return bool(self._producer.flush(seconds) == 0)

    def _answered(self, error: KafkaError | None, message: Message) -> None:
        if error:
            self.refused.append(error)
        else:
            self.acknowledged.append(message.value())


def read(broker: EmbeddedBroker, count: int) -> list[bytes | None]:
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "group.id": "reader",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )
    consumer.subscribe(["orders"])
    found = consumer.consume(count, timeout=10)
    consumer.close()
    return [message.value() for message in found]


def test_carries_messages_through_a_consumer_group() -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("orders", 1)
        shop = Shop(broker)
        for order in (b"first", b"second"):
            shop.sell(order)
        assert shop.settled()
        assert read(broker, 2) == [b"first", b"second"]


def test_topics_have_the_partitions_they_were_made_with() -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("orders", 3)
        broker.create_topic("orders", 3)
        client = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        assert len(client.list_topics(timeout=5).topics["orders"].partitions) == 3
        with pytest.raises(Misconfigured, match=r"orders with 8 partitions: .*already exists"):
            broker.create_topic("orders", 8)


def test_an_outage_delays_messages_and_loses_none() -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("orders", 1)
        shop = Shop(broker)
        shop.sell(b"before")
        assert shop.settled()
        broker.stop_broker()
        shop.sell(b"during")
        assert not shop.settled(0.1)
        broker.start_broker()
        assert shop.settled()
        assert read(broker, 2) == [b"before", b"during"]


def test_a_refused_request_is_told_to_the_client_once() -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("orders", 1)
        unlucky, lucky = Shop(broker), Shop(broker)
        broker.fail_next(PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED)
        unlucky.sell(b"refused")
        assert unlucky.settled()
        lucky.sell(b"taken")
        assert lucky.settled()
        assert [error.code() for error in unlucky.refused] == [
            KafkaError.TOPIC_AUTHORIZATION_FAILED
        ]
        assert (unlucky.acknowledged, lucky.acknowledged) == ([], [b"taken"])


def test_a_slow_broker_answers_late() -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("orders", 1)
        shop = Shop(broker)
        shop.sell(b"warm")
        assert shop.settled()
        broker.slow_down(400)
        shop.sell(b"slow")
        assert not shop.settled(0.2)
        assert shop.settled()


def test_an_unknown_broker_cannot_be_stopped() -> None:
    with EmbeddedBroker(brokers=2) as broker, pytest.raises(ValueError, match="not available"):
        broker.stop_broker(3)


def test_closing_twice_is_harmless() -> None:
    broker = EmbeddedBroker()
    broker.close()
    broker.close()


def test_an_unknown_librdkafka_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confluent_kafka, "libversion", lambda: ("3.0.0", 0x030000FF))
    with pytest.raises(Misconfigured, match=r"does not know librdkafka 3\.0\.0: run `make setup`"):
        EmbeddedBroker()


def test_a_wheel_without_librdkafka_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("confluent_kafka") / "__init__.py"
    monkeypatch.setattr(confluent_kafka, "__file__", str(elsewhere))
    with pytest.raises(Misconfigured, match="No librdkafka of confluent-kafka's wheel"):
        EmbeddedBroker()
