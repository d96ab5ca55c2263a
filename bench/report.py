"""Writes what was measured as Markdown. Pure."""

from collections.abc import Sequence

from bench.figures import Figure, Section, Table, number

HEAD = (
    "# Benchmarks\n\n<!-- Written by `make bench`, down to the notes; those are a person's. -->\n"
)
NOTES = "\n## Notes\n"


def report(about: Sequence[tuple[str, str]], sections: Sequence[Section], notes: str) -> str:
    """The page: the goals first, then every table, then the notes of the page before.

    Args:
        about: when and on what it was measured: names and values.
        sections: what each measurement gave.
        notes: see `notes_of`.
    """
    facts = "".join(f"- {name}: {value}\n" for name, value in about)
    figures = [figure for section in sections for figure in section.figures]
    tables = [table for section in sections for table in section.tables]
    return f"{HEAD}\n{facts}{_goals(figures)}{''.join(map(_table, tables))}{notes}"


def notes_of(page: str) -> str:
    """The notes of a page that was written before, with their heading; empty if it has none."""
    _, heading, notes = page.partition(NOTES)
    return heading + notes


def _goals(figures: Sequence[Figure]) -> str:
    head = ("what", "measured", "goal", "")
    rows = [(f.what, _value(f), _goal(f), _verdict(f)) for f in figures]
    return "\n## Against the goals\n\n" + _grid(head, rows)


def _value(figure: Figure) -> str:
    return f"{number(figure.value)} {figure.unit}".strip()


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{figure.goal.at} {number(figure.goal.value)} {figure.unit}".strip()


def _verdict(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return "met" if figure.goal.met(figure.value) else "**missed**"


def _table(table: Table) -> str:
    return f"\n## {table.title}\n\n{table.about}\n\n{_grid(table.columns, table.rows)}"


def _grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    rule = ("---", *("---:" for _ in head[1:]))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, rule, *rows))
