"""`tandem sandbox`: the simulators of M3, Heartland and a shop."""

import asyncio
import json as jsonlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import uvloop

from connectors.heartland.sandbox import app as heartland
from connectors.m3.sandbox import app as m3
from connectors.woocommerce.sandbox import app as shop
from streams.core.errors import Misconfigured


@dataclass(frozen=True)
class Served:
    """A sandbox that serves: what a client needs to know of it, and how to stop it."""

    facts: dict[str, str]
    close: Callable[[], Awaitable[None]]


async def _m3(port: int, ionapi: Path) -> Served:
    settings = m3.SandboxSettings(ionapi_path=ionapi)
    server = await m3.serve(settings, port)
    facts = {
        "ionapi": str(server.ionapi),
        "url": server.url,
        "cono": str(settings.cono),
        "divi": settings.divi,
        "bod_secret": settings.bod_secret,
    }
    return Served(facts, server.close)


async def _heartland(port: int, ionapi: Path) -> Served:
    server = await heartland.serve(heartland.SandboxSettings(), port)
    facts = {"url": server.url, "app_id": server.app_id, "app_key": server.app_key}
    return Served(facts, server.close)


async def _shop(port: int, ionapi: Path) -> Served:
    server = await shop.serve(shop.SandboxSettings(), port)
    facts = {
        "url": server.url,
        "consumer_key": server.consumer_key,
        "consumer_secret": server.consumer_secret,
        "webhook_secret": server.webhook_secret,
    }
    return Served(facts, server.close)


SANDBOXES: dict[str, Callable[[int, Path], Awaitable[Served]]] = {
    "m3": _m3,
    "heartland": _heartland,
    "shop": _shop,
}


@click.command(short_help="Start a simulator of M3, Heartland or a shop.")
@click.argument("system", type=click.Choice([*SANDBOXES, "all"]))
@click.option("--port", default=0, help="Where to listen; 0 takes a free one (all: the first).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line, then serve.")
@click.option(
    "--ionapi",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".tandem/sandbox.ionapi"),
    show_default=True,
    help="Where the M3 sandbox writes its .ionapi file.",
)
def sandbox(system: str, port: int, as_json: bool, ionapi: Path) -> None:
    """Serve a sandbox until it is interrupted.

    It prints what a client needs to reach it, then serves. State is in memory; `/_sandbox/` seeds
    it and shows its books (docs/sandbox/).

    \b
    Examples:
      tandem sandbox heartland --json
      tandem sandbox m3 --port 9000
      tandem sandbox all --json
    """
    names = list(SANDBOXES) if system == "all" else [system]
    ionapi.parent.mkdir(parents=True, exist_ok=True)
    uvloop.run(_serve(names, port, ionapi.absolute(), as_json, one=system != "all"))


async def _serve(names: list[str], port: int, ionapi: Path, as_json: bool, *, one: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    served: dict[str, Served] = {}
    try:
        for offset, name in enumerate(names):
            served[name] = await _start(name, port + offset if port else 0, ionapi)
        facts: dict[str, Any] = {name: sandbox.facts for name, sandbox in served.items()}
        _say(facts[names[0]] if one else facts, as_json)
        await stop.wait()
    finally:
        for running in served.values():
            await running.close()


async def _start(name: str, port: int, ionapi: Path) -> Served:
    try:
        return await SANDBOXES[name](port, ionapi)
    except OSError as error:
        raise Misconfigured(
            f"sandbox {name} cannot start: {error}; choose another --port"
        ) from error


def _say(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(jsonlib.dumps(facts))
    else:
        click.echo(jsonlib.dumps(facts, indent=2))
        click.echo("Serving. Ctrl-C stops it.")
