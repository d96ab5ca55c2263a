"""`tandem dlq`: dead letters."""

import asyncio
import json as jsonlib
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from streams.commands.reading import cluster, letters
from streams.commands.tables import say
from streams.core.clock import iso
from streams.core.errors import Misconfigured, Rejected
from streams.core.money import show as show_money
from streams.kafka.context import Context
from streams.messages.ops import DeadLetter
from streams.repair import send_again


@click.group(short_help="List, show and send again what could not be processed.")
def dlq() -> None:
    """A dead letter is a message that could not be processed, kept as it came, with the reason."""


@dlq.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a letter.")
def list_command(as_json: bool) -> None:
    """List all dead letters, oldest first.

    \b
    Examples:
      tandem dlq list
      tandem dlq list --json
    """
    found = asyncio.run(_all())
    if as_json:
        for letter in found:
            click.echo(jsonlib.dumps(_plain(letter), ensure_ascii=False))
        return
    table = Table("id", "when (UTC)", "where", "key", "kind", "money", "field", "reason")
    for letter in found:
        money = show_money(letter.minor_units, letter.currency) if letter.minor_units else ""
        when = iso(letter.received_at)
        row = (when, letter.origin, letter.key, letter.kind, money, letter.field, letter.reason)
        table.add_row(letter.id[:12], *row)
    say(table)


@dlq.command()
@click.argument("letter_id")
def show(letter_id: str) -> None:
    """Show a dead letter with its original; the first digits of its id are enough.

    \b
    Example:
      tandem dlq show 1f0c2a
    """
    letter = _one(asyncio.run(_all()), letter_id)
    click.echo(jsonlib.dumps(_plain(letter), indent=2, ensure_ascii=False))
    click.echo(asyncio.run(_original(letter)))


@dlq.command()
@click.argument("letter_id")
@click.option(
    "--body",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Send these bytes instead of the original: the repaired message of a bridge or poller.",
)
def retry(letter_id: str, body: Path | None) -> None:
    """Send a dead letter again, and after it what waited for its repair.

    Repair the cause first: the item in M3, a rule, a mapping, or the message itself with --body.
    It is harmless to send one twice: its ids are the same.

    \b
    Examples:
      tandem dlq retry 1f0c2a
      tandem dlq retry 1f0c2a --body repaired.json
    """
    sent = asyncio.run(_retry(letter_id, body.read_bytes() if body else None))
    click.echo(f"Sent again: {sent} message{'s' if sent != 1 else ''}.")


async def _all() -> list[DeadLetter]:
    async with cluster() as context:
        return await letters(context)


async def _retry(letter_id: str, body: bytes | None) -> int:
    async with cluster() as context:
        found = await letters(context)
        return await send_again(context, _one(found, letter_id), found, body)


def _one(found: list[DeadLetter], letter_id: str) -> DeadLetter:
    matching = [letter for letter in found if letter.id.startswith(letter_id)]
    if len(matching) != 1:
        number = "no" if not matching else "more than one"
        raise Misconfigured(f"{number} dead letter begins with {letter_id}: `tandem dlq list`")
    return matching[0]


def _plain(letter: DeadLetter) -> dict[str, Any]:
    return letter.model_dump(exclude={"original"}) | {"bytes": len(letter.original)}


async def _original(letter: DeadLetter) -> str:
    async with cluster() as context:
        return _readable(context, letter)


def _readable(context: Context, letter: DeadLetter) -> str:
    if letter.topic:
        try:
            message = context.codec.decode(letter.original)
            return message.model_dump_json(indent=2)
        except Rejected:
            return repr(letter.original)
    return letter.original.decode("utf-8", "backslashreplace")
