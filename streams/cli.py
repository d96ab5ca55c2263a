"""The `tandem` command."""

import sys
from importlib import import_module

import click

from streams.core.errors import Failure

COMMANDS = (
    "demo",
    "run",
    "sandbox",
    "topics",
    "schemas",
    "order",
    "exceptions",
    "dlq",
    "mapping",
    "docs",
)


class Commands(click.Group):
    """Loads a command when it is asked for, so that none waits for what only others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of need."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name: `streams.commands.<name>.<name>`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"streams.commands.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="tandem", message="%(package)s %(version)s")
def tandem() -> None:
    """Keeps Infor M3 and Heartland in step in real time, on Kafka.

    \b
    First look:   tandem demo
    Real cluster: export KAFKA_BOOTSTRAP_SERVERS=... SCHEMA_REGISTRY_URL=...
                  tandem topics apply; tandem run
    """


def main() -> None:
    """Runs the command; a failure is one line that says what to do, and exit code 2."""
    try:
        tandem()
    except Failure as failure:
        click.echo(f"tandem: {failure}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
