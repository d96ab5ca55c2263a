"""`tandem schemas`: the messages' schemas and the registry."""

import asyncio

import click

from streams.core.errors import Misconfigured
from streams.kafka.registry import Registry
from streams.messages.catalogue import MESSAGES
from streams.settings import Settings, read


@click.group(short_help="Check and register the messages' schemas.")
def schemas() -> None:
    """Schemas are Avro, in `avro/`; the registry keeps them BACKWARD_TRANSITIVE."""


@schemas.command()
def check() -> None:
    """Ask the registry whether it would take every schema; nothing is registered.

    \b
    Example:
      tandem schemas check
    """
    wrong = asyncio.run(_check())
    for line in wrong:
        click.echo(line)
    if wrong:
        raise Misconfigured("give new fields a default, remove none, or make a new message")
    click.echo(f"{len(MESSAGES)} schemas are compatible.")


@schemas.command()
def register() -> None:
    """Register every schema; a second time does nothing.

    \b
    Example:
      tandem schemas register
    """
    for message, number in asyncio.run(_register()).items():
        click.echo(f"{message}: {number}")


async def _check() -> list[str]:
    async with Registry(read(Settings).engine()) as registry:
        answers = {message.type: await registry.check(message) for message in MESSAGES}
    return [f"{name}: {why}" for name, why in answers.items() if why]


async def _register() -> dict[str, int]:
    async with Registry(read(Settings).engine()) as registry:
        return {message.type: await registry.register(message) for message in MESSAGES}
