"""Tables on the terminal; wide enough not to cut anything when piped."""

from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 240


def say(*what: Table | str) -> None:
    """Prints tables and lines."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    for each in what:
        console.print(each)
