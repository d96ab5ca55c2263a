"""`tandem exceptions`: the cases for a person."""

import asyncio

import click
from rich.table import Table

from streams.commands.reading import cluster, decoded
from streams.commands.tables import say
from streams.core.clock import iso
from streams.core.money import show
from streams.kafka.reader import read_topic
from streams.messages.ops import Exceptional
from streams.topics import EXCEPTIONS, within


@click.command(short_help="List the cases for a person.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a case.")
def exceptions(as_json: bool) -> None:
    """List the cases that the books cannot settle by themselves, oldest first, with their money.

    \b
    Examples:
      tandem exceptions
      tandem exceptions --json
    """
    table = Table("when (UTC)", "key", "kind", "money", "reason")
    for case in asyncio.run(_cases()):
        if as_json:
            click.echo(case.model_dump_json())
            continue
        money = show(case.minor_units, case.currency)
        table.add_row(iso(case.received_at), case.key, case.kind, money, case.reason)
    if not as_json:
        say(table)


async def _cases() -> list[Exceptional]:
    async with cluster() as context:
        name = within(EXCEPTIONS, context.namespace).name
        records = await asyncio.to_thread(lambda: list(read_topic(context.settings, name)))
        found = [read.message for read in await decoded(context, records)]
    each = {case.id: case for case in found if isinstance(case, Exceptional)}
    return sorted(each.values(), key=lambda case: case.received_at)
