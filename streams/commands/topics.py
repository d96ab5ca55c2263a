"""`tandem topics`: the catalogue and the cluster."""

import asyncio
import json as jsonlib

import click
from rich.table import Table

from streams.commands.tables import say
from streams.kafka.topics_admin import apply_topics, list_topics
from streams.settings import Settings, read
from streams.topics import TOPICS, within


@click.group(short_help="Create and list the topics.")
def topics() -> None:
    """Topics are made on purpose, from one catalogue (docs/reference/topics.md)."""


@topics.command()
def apply() -> None:
    """Create the topics that are missing, alter what is declared differently.

    \b
    Example:
      tandem topics apply
    """
    settings = read(Settings)
    wanted = [within(topic, settings.namespace) for topic in TOPICS]
    for applied in asyncio.run(apply_topics(settings.engine(), wanted)):
        click.echo(f"{applied.topic.name}: {applied.what}")


@topics.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def list_command(as_json: bool) -> None:
    """List the catalogue's topics and whether the cluster has them.

    \b
    Example:
      tandem topics list --json
    """
    settings = read(Settings)
    wanted = [within(topic, settings.namespace) for topic in TOPICS]
    there = asyncio.run(list_topics(settings.engine()))
    if as_json:
        rows = [
            {"name": t.name, "partitions": t.partitions, "exists": t.name in there} for t in wanted
        ]
        click.echo(jsonlib.dumps(rows))
        return
    table = Table("topic", "partitions", "on the cluster", "what it holds")
    for topic in wanted:
        has = "yes" if topic.name in there else "no"
        table.add_row(topic.name, str(topic.partitions), has, topic.purpose)
    say(table)
