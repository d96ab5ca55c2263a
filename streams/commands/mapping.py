"""`tandem mapping`: look at, check and try the mapping files."""

import asyncio
import json as jsonlib
from collections.abc import Mapping as Record
from pathlib import Path
from typing import Any

import click
from rich.table import Table

import connectors
from connectors.mapping.check import Trial, check, show, trial
from connectors.mapping.folder import load_mappings, mapping_paths
from connectors.mapping.mapping import Mapping
from connectors.mapping.problems import MappingError
from streams.commands.reading import last_messages
from streams.commands.tables import say
from streams.core.errors import Misconfigured

ROOT = Path(connectors.__file__).parent
SYSTEMS = ("m3", "heartland", "woocommerce")

tenant_option = click.option(
    "--tables",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A tenant's lookup tables, over the defaults.",
)


@click.group(short_help="Look at, check and try the mappings.")
def mapping() -> None:
    """Mappings say how a message becomes a vendor's record (docs/mappings.md)."""


@mapping.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@tenant_option
def check_command(files: tuple[Path, ...], tables: Path | None) -> None:
    """Check mapping files, all of them by default; every problem with its file and line.

    \b
    Examples:
      tandem mapping check
      tandem mapping check connectors/m3/mappings/order_line.yaml --tables acme.yaml
    """
    paths = list(files) or [path for name in SYSTEMS for path in mapping_paths(ROOT / name)]
    problems = check(paths, tables)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        raise Misconfigured(f"{len(problems)} problems in {len(paths)} mappings")
    click.echo(f"{len(paths)} mappings are in order.")


@mapping.command(name="show")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def show_command(name: str | None, as_json: bool) -> None:
    """Show a mapping field by field, or list all.

    \b
    Examples:
      tandem mapping show
      tandem mapping show m3/order_head
    """
    found = {name: _one(name)} if name else _all()
    if as_json:
        rows = {n: [vars(row) for row in show(m)] for n, m in found.items()}
        click.echo(jsonlib.dumps(rows, indent=2))
    elif name:
        say(_fields(_one(name)))
    else:
        say(_list(found))


@mapping.command(name="try")
@click.argument("name")
@click.option(
    "--example",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A JSON file with the source record.",
)
@click.option("--topic", help="Try it on the last messages of this topic.")
@click.option("--limit", default=5, show_default=True, help="How many messages of the topic.")
@click.option("--given", multiple=True, metavar="NAME=VALUE", help="What the caller adds: ORNO=1.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a record.")
def try_command(
    name: str,
    example: Path | None,
    topic: str | None,
    limit: int,
    given: tuple[str, ...],
    as_json: bool,
) -> None:
    """Try a mapping on an example or on real messages; nothing is sent to the vendor.

    \b
    Examples:
      tandem mapping try m3/order_line --topic tandem.commands.m3 --given ORNO=0000000001
      tandem mapping try heartland/authorize --example order.json
    """
    chosen = _one(name)
    added = dict(pair.split("=", 1) for pair in given)
    for record in _records(chosen, example, topic, limit):
        for result in trial(chosen, {**record, **added}):
            _say(result, as_json)


def _records(
    chosen: Mapping, example: Path | None, topic: str | None, limit: int
) -> list[Record[str, Any]]:
    if example:
        return [jsonlib.loads(example.read_text("utf-8"))]
    if not topic:
        raise Misconfigured("name an --example file or a --topic to take messages from")
    messages = asyncio.run(last_messages(topic, chosen.source, limit))
    if not messages:
        raise Misconfigured(f"{topic} holds no {chosen.source}")
    return [message.model_dump() for message in messages]


def _all() -> dict[str, Mapping]:
    try:
        return {
            f"{system}/{name}": each
            for system in SYSTEMS
            for name, each in load_mappings(ROOT / system).items()
        }
    except MappingError as error:
        raise Misconfigured(str(error)) from error


def _one(name: str) -> Mapping:
    found = _all()
    if name not in found:
        raise Misconfigured(f"there is no mapping {name!r}; there are: {', '.join(found)}")
    return found[name]


def _list(found: dict[str, Mapping]) -> Table:
    table = Table("mapping", "version", "from", "to", "fields")
    for name, each in found.items():
        table.add_row(name, str(each.version), each.source, each.target.name, str(len(each.fields)))
    return table


def _fields(chosen: Mapping) -> Table:
    table = Table("field", "type", "length", "from", "rules", "line")
    for row in show(chosen):
        mark = "*" if row.mandatory else ""
        length = str(row.length or "")
        table.add_row(mark + row.field, row.type, length, row.source, row.rules, str(row.line))
    return table


def _say(result: Trial, as_json: bool) -> None:
    if as_json:
        line = {"result": result.result, "fields": [vars(each) for each in result.fields]}
        click.echo(jsonlib.dumps(line, default=str))
        return
    if not result.wanted:
        click.echo("not wanted: its condition does not hold")
        return
    for each in result.fields:
        read = ", ".join(f"{path}={value!r}" for path, value in each.read.items())
        made = f"refused: {each.refused}" if each.refused else f"{each.value!r}"
        click.echo(f"  line {each.line:<3} {each.field:<10} {made:<50} {read}")
    click.echo(jsonlib.dumps(result.result, ensure_ascii=False, default=str))
