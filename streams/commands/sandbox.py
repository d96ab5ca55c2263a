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
from connectors.sandbox.harness import Options
from connectors.sandbox.profiles import profile
from connectors.woocommerce.sandbox import app as shop
from streams.core.errors import Misconfigured


@dataclass(frozen=True)
class Served:
    """A sandbox that serves: what a client needs to know of it, and how to stop it."""

    facts: dict[str, str]
    close: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Start:
    """How sandboxes are started; `ionapi` is where M3's writes its `.ionapi` file."""

    ionapi: Path
    options: Options


async def _m3(port: int, start: Start) -> Served:
    settings = m3.SandboxSettings(ionapi_path=start.ionapi)
    server = await m3.serve(settings, port, options=start.options)
    facts = {
        "ionapi": str(server.ionapi),
        "url": server.url,
        "cono": str(settings.cono),
        "divi": settings.divi,
        "bod_secret": settings.bod_secret,
    }
    return Served(facts, server.close)


async def _heartland(port: int, start: Start) -> Served:
    server = await heartland.serve(heartland.SandboxSettings(), port, options=start.options)
    facts = {"url": server.url, "app_id": server.app_id, "app_key": server.app_key}
    return Served(facts, server.close)


async def _shop(port: int, start: Start) -> Served:
    server = await shop.serve(shop.SandboxSettings(), port, options=start.options)
    facts = {
        "url": server.url,
        "consumer_key": server.consumer_key,
        "consumer_secret": server.consumer_secret,
        "webhook_secret": server.webhook_secret,
    }
    return Served(facts, server.close)


SANDBOXES: dict[str, Callable[[int, Start], Awaitable[Served]]] = {
    "m3": _m3,
    "heartland": _heartland,
    "shop": _shop,
}


@click.command(short_help="Start a simulator of M3, Heartland or a shop.")
@click.argument("system", type=click.Choice([*SANDBOXES, "all"]))
@click.option("--port", default=0, help="Where to listen; 0 takes a free one (all: the first).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line, then serve.")
@click.option(
    "--faults", metavar="PROFILE", help="Misbehave by this profile (docs/sandbox/faults)."
)
@click.option("--seed", default=1, show_default=True, help="Of the faults: again the same ones.")
@click.option(
    "--log/--no-log", default=None, help="Keep the latest requests; by default unless --json."
)
@click.option(
    "--speed",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Sandbox seconds in a real second.",
)
@click.option(
    "--state",
    metavar="DIRECTORY",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the books in SQLite files there, and go on with those that are there.",
)
@click.option(
    "--ionapi",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(".tandem/sandbox.ionapi"),
    show_default=True,
    help="Where the M3 sandbox writes its .ionapi file.",
)
def sandbox(
    system: str,
    port: int,
    as_json: bool,
    faults: str | None,
    seed: int,
    log: bool | None,
    speed: int,
    state: Path | None,
    ionapi: Path,
) -> None:
    """Serve a sandbox until it is interrupted.

    It prints what a client needs to reach it, then serves. Its address in a browser shows its
    books; `/_sandbox/` seeds it (docs/sandbox/). The books are in memory, or with --state in
    m3.sqlite, heartland.sqlite and shop.sqlite there: killed and started again, a sandbox goes on
    where it was. Without --json, or with --faults, faults can be set while it runs: PUT
    /_sandbox/faults.

    \b
    Examples:
      tandem sandbox heartland --json
      tandem sandbox m3 --port 9000 --speed 60
      tandem sandbox all --faults storm --seed 7
      tandem sandbox all --port 9000 --state books
    """
    names = list(SANDBOXES) if system == "all" else [system]
    if faults is not None:
        profile(faults)
    elif not as_json:
        faults = "none"
    options = Options(faults, seed, not as_json if log is None else log, speed, state)
    ionapi.parent.mkdir(parents=True, exist_ok=True)
    start = Start(ionapi.absolute(), options)
    uvloop.run(_serve(names, port, start, as_json, one=system != "all"))


async def _serve(names: list[str], port: int, start: Start, as_json: bool, *, one: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    served: dict[str, Served] = {}
    try:
        for offset, name in enumerate(names):
            served[name] = await _start(name, port + offset if port else 0, start)
        facts: dict[str, Any] = {name: sandbox.facts for name, sandbox in served.items()}
        _say(facts[names[0]] if one else facts, as_json)
        await stop.wait()
    finally:
        for running in served.values():
            await running.close()


async def _start(name: str, port: int, start: Start) -> Served:
    try:
        return await SANDBOXES[name](port, start)
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
