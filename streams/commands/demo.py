"""`tandem demo`: real orders through everything, with the books compared at the end."""

import asyncio
import json as jsonlib
import signal
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from connectors.sandbox.profiles import profile
from streams.bootstrap import connected
from streams.core.errors import Misconfigured
from streams.core.flow import Kept
from streams.demo.player import play
from streams.demo.report import Report
from streams.demo.settings import SAMPLE, DemoSettings
from streams.demo.stage import Stage, stage
from streams.demo.telling import told
from streams.demo.watch import Watch
from streams.flows.order.state import OrderState
from streams.kafka.context import Context
from streams.kafka.follower import follow
from streams.kafka.publisher import Publisher
from streams.kafka.settings import KafkaSettings
from streams.messages.ops import DeadLetter, Exceptional
from streams.settings import Broker, read
from streams.topics import DEAD_LETTERS, EXCEPTIONS, table, within

TABLE = table("order")
BAD_DAY_SECONDS = 60
"""How long the books may take to agree after faults: what the shop is told last may meet some."""


@click.command(short_help="Play real orders through everything.")
@click.option(
    "--orders",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file in the Online Retail format, gzip'd or not; several times for several.",
)
@click.argument("more", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N documents.")
@click.option(
    "--faults", metavar="PROFILE", help="Let the sandboxes misbehave (docs/sandbox/faults)."
)
@click.option(
    "--seed", default=1, show_default=True, help="Of the invented people, and of the faults."
)
@click.option(
    "--json",
    "report_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report to this file.",
)
@click.option("--rate", type=click.FloatRange(min=0.1), help="Orders a second; else all it can.")
def demo(
    files: tuple[Path, ...],
    more: tuple[Path, ...],
    limit: int | None,
    faults: str | None,
    seed: int,
    report_file: Path | None,
    rate: float | None,
) -> None:
    """Play real orders: shop, Kafka, M3 and Heartland; compare the three books to the penny.

    Needs nothing but Python: broker, registry and sandboxes are built in. With
    KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL set it uses that cluster, in topics of its own.
    Exits with 1 if the books don't agree; with --faults, if a difference is no named case.

    \b
    Examples:
      tandem demo
      tandem demo --limit 60 --faults storm --seed 7
      tandem demo --orders 2010-12.csv.gz 2011-01.csv.gz --limit 500 --json report.json
    """
    chosen = (*files, *more) or (SAMPLE,)
    settings = DemoSettings(files=chosen, limit=limit, seed=seed, per_second=rate)
    if faults is not None:
        settings = replace(settings, faults=profile(faults).name, settle_seconds=BAD_DAY_SECONDS)
    report = asyncio.run(_until_stopped(_demo(settings, _cluster())))
    if report_file:
        report_file.write_text(jsonlib.dumps(report.document(), indent=2) + "\n", "utf-8")
    click.echo(told(report))
    sys.exit(0 if report.accounted else 1)


def _cluster() -> KafkaSettings | None:
    broker = read(Broker)
    if not broker.bootstrap_servers and not broker.registry_url:
        click.echo("Embedded broker (librdkafka's mock cluster): for demos, not for production.")
        return None
    if not broker.bootstrap_servers or not broker.registry_url:
        raise Misconfigured("set both KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL, or neither")
    click.echo(f"Kafka at {broker.bootstrap_servers}.")
    engine: KafkaSettings = broker.engine()
    return engine


async def _until_stopped(playing: Coroutine[Any, Any, Report]) -> Report:
    """Ends the demo's processes with it, whoever ends it."""
    task = asyncio.ensure_future(playing)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise Misconfigured("the demo was stopped before its end") from None


async def _demo(settings: DemoSettings, kafka: KafkaSettings | None) -> Report:
    async with (
        stage(kafka, settings.shop, faults=settings.faults is not None) as set_,
        set_.roles("flows"),
        set_.roles("bridge", "sinks", *(["pollers"] if settings.faults else [])),
        connected(set_.engine, set_.namespace) as context,
    ):
        watch = Watch()
        watching = asyncio.create_task(_watch(set_, context, watch))
        publish = Publisher(context).publish
        playing = asyncio.create_task(play(settings, set_.systems, watch, publish))
        await asyncio.wait((watching, playing), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            playing.cancel()
            watching.result()
        watching.cancel()
        return await playing


async def _watch(set_: Stage, context: Context, watch: Watch) -> None:
    topics = [within(each, set_.namespace) for each in (TABLE, EXCEPTIONS, DEAD_LETTERS)]
    orders = topics[0].name
    async for records in follow(set_.engine, topics):
        for record in records:
            if record.value is None:
                continue
            if record.topic == orders:
                state = Kept[OrderState].model_validate_json(record.value).state
                if state:
                    watch.order(state)
                continue
            message = context.codec.decode(record.value)
            if isinstance(message, Exceptional):
                watch.exception(message)
            if isinstance(message, DeadLetter):
                watch.dead_letter(message)
