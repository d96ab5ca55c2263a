"""The broker and the registry that all other integration tests stand on."""

import json
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError

from tests.brokers import Cluster

Settings = dict[str, str | int | float | bool]


def order(*fields: dict[str, Any]) -> Schema:
    key = {"name": "key", "type": "string"}
    return Schema(json.dumps({"type": "record", "name": "Order", "fields": [key, *fields]}), "AVRO")


def create_topic(servers: Settings, name: str, partitions: int) -> None:
    admin = AdminClient(servers)
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(timeout=20)


def test_a_message_passes_through_a_topic(cluster: Cluster, unique: str) -> None:
    servers: Settings = {"bootstrap.servers": cluster.bootstrap_servers}
    create_topic(servers, unique, 4)

    producer = Producer({**servers, "enable.idempotence": True})
    producer.produce(unique, b"placed", key=b"uk-536365")
    assert producer.flush(20) == 0

    consumer = Consumer({**servers, "group.id": unique, "auto.offset.reset": "earliest"})
    consumer.subscribe([unique])
    message = consumer.poll(20)
    consumer.close()
    assert message is not None
    assert (message.key(), message.value()) == (b"uk-536365", b"placed")


def test_a_transaction_that_is_aborted_is_not_read(cluster: Cluster, unique: str) -> None:
    servers: Settings = {"bootstrap.servers": cluster.bootstrap_servers}
    create_topic(servers, unique, 1)

    producer = Producer({**servers, "transactional.id": unique})
    producer.init_transactions(20)
    for value, end in (
        (b"aborted", producer.abort_transaction),
        (b"committed", producer.commit_transaction),
    ):
        producer.begin_transaction()
        producer.produce(unique, value)
        producer.flush(20)
        end(20)

    consumer = Consumer({**servers, "group.id": unique, "auto.offset.reset": "earliest"})
    consumer.subscribe([unique])
    message = consumer.poll(20)
    consumer.close()
    assert message is not None
    assert message.value() == b"committed"


def test_the_registry_refuses_an_incompatible_schema(cluster: Cluster, unique: str) -> None:
    subject = f"{unique}-value"
    note = {"name": "note", "type": "string"}
    with SchemaRegistryClient({"url": cluster.registry_url}) as registry:
        first = registry.register_schema(subject, order())
        kept = registry.get_schema(first).schema_str
        assert json.loads(str(kept)) == json.loads(str(order().schema_str))
        registry.set_compatibility(subject, "BACKWARD_TRANSITIVE")
        with pytest.raises(SchemaRegistryError) as refused:
            registry.register_schema(subject, order(note))
        assert refused.value.http_status_code == 409
        assert registry.register_schema(subject, order({**note, "default": ""})) != first
