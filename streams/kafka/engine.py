"""Mounts flows and sinks as workers."""

from typing import Any

from streams.core.connector import Sink
from streams.core.flow import Flow
from streams.core.topic import Topic
from streams.kafka.context import Context
from streams.kafka.flows import FlowPartition
from streams.kafka.outage import Outage
from streams.kafka.sinks import SinkPartition
from streams.kafka.transaction import Transaction
from streams.kafka.worker import Job, Worker
from streams.topics import TOPICS, journal, table, within


def flow_worker(flow: Flow[Any], context: Context) -> Worker:
    """A worker for a flow, its own consumer group `<namespace>-flow-<name>`."""
    namespace = context.namespace
    group = f"{namespace}-flow-{flow.name}"
    changelog = within(table(flow.name), namespace)
    transactional = context.settings.durability == "transaction"
    durable = Transaction(context.settings, group) if transactional else context.flush
    return Worker(
        Job(
            name=f"flow/{flow.name}",
            group=group,
            inputs=tuple(within(topic, namespace) for topic in flow.inputs),
            changelog=changelog,
            durable=durable,
            patience_ms=flow.patience_ms,
            mount=lambda partition, stored, pause: FlowPartition(
                flow, context, durable, changelog, partition, stored, pause
            ),
        ),
        context,
    )


def sink_worker(sink: Sink, context: Context, commands: Topic | None = None) -> Worker:
    """A worker for a sink, its own consumer group `<namespace>-sink-<system>`.

    Its batches are always flushed: what it does outside of Kafka is in no transaction.

    Args:
        sink: what executes.
        context: the cluster and the language.
        commands: the topic it reads; by default the catalogue's for its system.
    """
    namespace = context.namespace
    outage = Outage(sink.system, context.metrics)
    kept = within(journal(sink.system), namespace)
    return Worker(
        Job(
            name=f"sink/{sink.system}",
            group=f"{namespace}-sink-{sink.system}",
            inputs=(within(commands or commands_of(sink.system), namespace),),
            changelog=kept,
            durable=context.flush,
            patience_ms=sink.patience_ms,
            mount=lambda partition, stored, pause: SinkPartition(
                sink, context, outage, kept, partition, stored, pause
            ),
        ),
        context,
    )


def commands_of(system: str) -> Topic:
    """The topic of a system's commands."""
    name = f"tandem.commands.{system}"
    return next(topic for topic in TOPICS if topic.name == name)
