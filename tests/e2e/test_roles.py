"""Each role as a process of its own: the story closes, and each process tells of itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import pytest_asyncio
from confluent_kafka import Consumer, Message
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from prometheus_client.parser import text_string_to_metric_families

from streams.bootstrap import ROLES
from streams.core.metrics import METRICS
from streams.demo.report import Report
from tests.brokers import Cluster
from tests.e2e.expected import expected
from tests.product import SAMPLE_FILE, Scene, engine, scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 22
"""Documents: 20 orders and what came back between them."""

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@dataclass(frozen=True)
class Played:
    """A scene after its run, all processes still there: where each role tells of itself."""

    acts: Scene
    report: Report
    health: Mapping[str, str]

    async def get(self, role: str, path: str) -> tuple[int, str]:
        async with self.acts.http.get(self.health[role] + path) as answer:
            return answer.status, await answer.text()

    async def metrics(self, role: str) -> Samples:
        status, text = await self.get(role, "/metrics")
        assert status == 200
        families = list(text_string_to_metric_families(text))
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(cluster: Cluster) -> AsyncIterator[Played]:
    async with scene(engine(cluster)) as acts, AsyncExitStack() as stack:
        running = {role: await stack.enter_async_context(acts.stage.roles(role)) for role in ROLES}
        report = await acts.play(limit=LIMIT)
        yield Played(acts, report, {role: each.facts["health"] for role, each in running.items()})


async def test_the_story_closes(played: Played) -> None:
    wanted = expected(SAMPLE_FILE, LIMIT)
    report = played.report
    assert report.differences == []
    assert report.agree
    assert report.orders["closed"] == len(wanted.orders) == 20
    assert report.money["GBP"]["captured"] == wanted.ordered


async def test_the_metrics_tell_the_money_of_the_report(played: Played) -> None:
    told = {
        state: value
        for (name, labels), value in (await played.metrics("flows")).items()
        if name == "tandem_money_minor_units_total" and ("currency", "GBP") in labels
        for label, state in labels
        if label == "state"
    }
    money = {name: amount for name, amount in played.report.money["GBP"].items() if amount}
    assert told == money


async def test_the_metrics_of_a_bridge_count_what_it_took(played: Played) -> None:
    metrics = await played.metrics("bridge")
    shop = frozenset({("source", "shop/uk"), ("answer", "200")})
    assert metrics["tandem_received_total", shop] >= 20
    m3 = frozenset({("source", "m3"), ("answer", "201")})
    assert metrics["tandem_received_total", m3] >= 3 * 20, "order, shipment and invoice of each"
    assert not any(
        dict(labels).get("answer", "").startswith(("4", "5"))
        for name, labels in metrics
        if name == "tandem_received_total"
    )


async def test_the_metrics_of_sinks_and_pollers_count_the_calls(played: Played) -> None:
    calls = [
        value
        for role in ("sinks", "pollers")
        for (name, labels), value in (await played.metrics(role)).items()
        if name == "tandem_calls_total"
        and ("system", "m3") in labels
        and "token" not in dict(labels)["call"]
    ]
    assert sum(calls) == played.report.m3_calls


@pytest.mark.parametrize("role", ROLES)
async def test_each_process_is_alive_and_ready_and_names_the_catalogue(
    played: Played, role: str
) -> None:
    assert await played.get(role, "/healthz") == (200, "ok\n")
    assert await played.get(role, "/readyz") == (200, "ok\n")
    _, text = await played.get(role, "/metrics")
    families = {family.name for family in text_string_to_metric_families(text)}
    assert families >= {metric.name.removesuffix("_total") for metric in METRICS}


async def test_any_confluent_client_reads_our_orders(cluster: Cluster, played: Played) -> None:
    topic = played.acts.topic("events.order")
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    with SchemaRegistryClient({"url": cluster.registry_url}) as registry:
        read = AvroDeserializer(registry)
        orders = [
            read(message.value(), SerializationContext(topic, MessageField.VALUE))
            for message in all_of(
                consumer, len(consumer.list_topics(topic).topics[topic].partitions)
            )
        ]
    totals = {order["order_id"]: order["total"] for order in orders}
    assert totals == dict(expected(SAMPLE_FILE, LIMIT).orders)
    for order in orders:
        parts = [*order["lines"], *order["charges"]]
        assert sum(part["amount"] for part in parts) == order["total"]
        assert order["currency"] == "GBP"


def all_of(consumer: Consumer, partitions: int) -> list[Message]:
    found: list[Message] = []
    ended: set[int | None] = set()
    try:
        while len(ended) < partitions:
            message = consumer.poll(30)
            assert message is not None, "Kafka is silent"
            if message.error():
                ended.add(message.partition())
            else:
                found.append(message)
    finally:
        consumer.close()
    return found


async def test_an_order_tells_its_story(played: Played) -> None:
    answer = await played.acts.command("order", "536365", "--json")

    assert answer.code == 0, answer.err
    story = answer.json()
    money = expected(SAMPLE_FILE, LIMIT).orders["536365"]
    state = story["state"]
    assert (story["key"], state["status"]) == ("uk-536365", "closed")
    (invoice,) = state["invoices"].values()
    assert state["payment"]["captured"] == invoice["amount"] == money
    said = [message["type"] for message in story["messages"]]
    assert said[0] == "order.placed"
    for once in (
        "heartland.authorize",
        "m3.create_order",
        "heartland.capture",
        "m3.record_payment",
    ):
        assert said.count(once) == 1, once
    assert said.index("heartland.authorize") < said.index("m3.create_order")
    assert {each["key"] for each in story["messages"]} == {"uk-536365"}
