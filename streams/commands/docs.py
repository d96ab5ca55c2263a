"""`tandem docs`: the generated reference."""

from pathlib import Path

import click

from connectors.catalogue import CONNECTORS
from streams.core.errors import Misconfigured
from streams.reference import pages, stale


@click.command(short_help="Write or check the generated reference.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs"),
    show_default=True,
    help="The folder that holds `reference/`.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if a page is out of date.")
def docs(to: Path, check: bool) -> None:
    """Write the pages that are made from the code: states, topics, messages, settings, metrics.

    \b
    Examples:
      tandem docs
      tandem docs --check
    """
    if check:
        old = stale(to, CONNECTORS)
        if old:
            raise Misconfigured(f"out of date: {', '.join(old)}; run `tandem docs` and commit")
        click.echo("The reference says what the code says.")
        return
    for name, text in pages(CONNECTORS).items():
        page = to / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
        click.echo(page)
