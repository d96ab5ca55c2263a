"""`tandem run`: play roles until interrupted."""

import asyncio
import json as jsonlib
import logging
import os
import signal
from dataclasses import asdict

import click
import uvloop

from streams.bootstrap import ROLES, Serving, running
from streams.settings import Settings, read

STOP_SECONDS = 20


@click.command(short_help="Run Tandem's roles.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    help="A role to play, several times for several; all by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it serves as one JSON line.")
def run(roles: tuple[str, ...], as_json: bool) -> None:
    """Play roles until interrupted; a failure ends the process, and a restart goes on from there.

    All settings come from the environment (docs/reference/settings.md).

    \b
    Examples:
      tandem run
      tandem run --role bridge
      tandem run --role flows --role sinks
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # Faust's own watch over its streams, which we do not use, warns when the machine is busy.
    logging.getLogger("mode.timers").setLevel(logging.ERROR)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(roles or ROLES, as_json))


async def _run(roles: tuple[str, ...], as_json: bool) -> None:
    async with running(read(Settings), roles) as process:
        work = asyncio.create_task(process.work())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, work)
        ready = asyncio.create_task(process.ready())
        await asyncio.wait((work, ready), return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            _say(roles, process.serving, as_json)
        ready.cancel()
        try:
            await work
        except asyncio.CancelledError:
            click.echo("Tandem stopped.", err=True)


def _stop(work: asyncio.Task[None]) -> None:
    work.cancel()
    asyncio.get_running_loop().call_later(STOP_SECONDS, _give_up)


def _give_up() -> None:
    """Kafka no longer answers, so the group cannot be left; nothing unfinished was acknowledged."""
    click.echo(f"Tandem could not leave Kafka within {STOP_SECONDS} s and ends.", err=True)
    os._exit(1)


def _say(roles: tuple[str, ...], serving: Serving, as_json: bool) -> None:
    if as_json:
        click.echo(jsonlib.dumps({"roles": roles, **asdict(serving)}))
        return
    where = f" bridges at {serving.bridge}," if serving.bridge else ""
    click.echo(f"Tandem runs {', '.join(roles)}:{where} health at {serving.health}")
