"""`python -m bench`: measures, prints a page of figures and keeps it."""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import click
import uvloop

from bench import flow, m3, recovery, story
from bench.figures import Section
from bench.machine import machine, versions
from bench.report import notes_of, report
from streams.core.clock import SystemClock, utc
from streams.kafka.settings import KafkaSettings
from tests.brokers import NoCluster, a_cluster

PAGE = Path(__file__).parents[1] / "docs/benchmarks.md"

Measure = Callable[[KafkaSettings], Awaitable[Section]]


@dataclass(frozen=True)
class Part:
    """One measurement: as it is published, and a quick one that only shows that it works."""

    whole: Measure
    quick: Measure


PARTS: dict[str, Part] = {
    "flow": Part(
        lambda kafka: flow.measure(kafka, orders=2_000, rounds=3),
        lambda kafka: flow.measure(kafka, orders=200, rounds=1),
    ),
    "story": Part(
        lambda kafka: story.measure(kafka, warm_up=10, seconds=30, burst=600),
        lambda kafka: story.measure(kafka, warm_up=2, seconds=5, burst=100),
    ),
    "m3": Part(
        lambda kafka: m3.measure(kafka, count=1_000),
        lambda kafka: m3.measure(kafka, count=100),
    ),
    "recovery": Part(
        lambda kafka: recovery.measure(kafka, orders=200_000),
        lambda kafka: recovery.measure(kafka, orders=5_000),
    ),
}


@click.command()
@click.option("--quick", is_flag=True, help="Small runs, to see that it works; no figures to keep.")
@click.option("--only", default="", help=f"Some parts, with commas: {', '.join(PARTS)}.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the page; by default docs/benchmarks.md after a whole run, else nowhere.",
)
def main(quick: bool, only: str, page: Path | None) -> None:
    """Measure Tandem beside plain Kafka loops, on a real broker, in about eight minutes.

    The broker is the environment's (KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL), else
    Docker's, else one from jars. Nothing fails when a goal is missed: the page says so.
    """
    logging.basicConfig(level=logging.ERROR)
    names = only.split(",") if only else list(PARTS)
    if unknown := set(names) - PARTS.keys():
        raise click.BadParameter(f"no such part: {', '.join(sorted(unknown))}")
    chosen = {name: PARTS[name].quick if quick else PARTS[name].whole for name in names}
    if page is None and not quick and not only:
        page = PAGE
    before = page.read_text("utf-8") if page and page.exists() else ""
    text = report(_about(), _measured(chosen), notes_of(before))
    click.echo(text)
    if page:
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")


def _measured(chosen: dict[str, Measure]) -> list[Section]:
    try:
        with tempfile.TemporaryDirectory() as home, a_cluster(Path(home) / "kafka") as cluster:
            kafka = KafkaSettings(
                bootstrap_servers=cluster.bootstrap_servers, registry_url=cluster.registry_url
            )
            return uvloop.run(_one_by_one(kafka, chosen))
    except NoCluster as missing:
        raise click.ClickException(str(missing)) from None


async def _one_by_one(kafka: KafkaSettings, chosen: dict[str, Measure]) -> list[Section]:
    sections = []
    for name, measure in chosen.items():
        click.echo(f"Measuring: {name}...", err=True)
        sections.append(await measure(kafka))
        await asyncio.sleep(1)
    return sections


def _about() -> list[tuple[str, str]]:
    day = utc(SystemClock().now_ms()).date().isoformat()
    return [("date", day), ("machine", machine()), ("versions", versions())]


if __name__ == "__main__":
    main()
