"""A sandbox's books as an HTML page: no script, nothing from elsewhere, always fresh."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import urlencode

from connectors.sandbox.style import STYLE

SHOWN = 100
"""Rows of a table at most; the filter finds the others."""

REFRESH_SECONDS = 5

_FEW = 3
_NOTHING = re.compile(r"0(\.0+)?( [A-Z]{3})?")

Kind = Literal["text", "number", "state", "code"]


@dataclass(frozen=True)
class Column:
    """A column of a table, and how its cells look."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """One of the books.

    Attributes:
        rows: the newest first; cells are text, money is formatted.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Page:
    """A sandbox's books.

    Attributes:
        about: in a line, what it plays.
        figures: the totals at the top: what, how much.
    """

    title: str
    about: str
    figures: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def table(title: str, columns: Mapping[str, Kind], rows: Iterable[Sequence[object]]) -> Table:
    """A table of rows in the order in which they came to be; shown the newest first."""
    texts = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    return Table(title, tuple(Column(name, kind) for name, kind in columns.items()), texts[::-1])


def rendered(page: Page, find: str = "", *, refresh: bool = True) -> str:
    """The page as HTML.

    Args:
        page: the books.
        find: shows only rows in which this text stands, in any case.
        refresh: whether the browser fetches it again every five seconds.
    """
    tables = "".join(_table(each, find) for each in page.tables)
    links = "".join(f'<a href="#{_anchor(each)}">{escape(each.title)}</a>' for each in page.tables)
    again = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if refresh else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,">{again}<title>{escape(page.title)}</title>'
        f"<style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(page.title)}</h1><p>{escape(page.about)}</p>{_form(find, refresh)}"
        f"</header><dl>{_figures(page)}</dl><nav>{links}</nav><main>{tables}</main></body></html>\n"
    )


def _form(find: str, refresh: bool) -> str:
    kept = "" if refresh else '<input type="hidden" name="refresh" value="off">'
    other = "off" if refresh else "on"
    query = escape(urlencode({"find": find, "refresh": other} if find else {"refresh": other}))
    return (
        f'<form><input name="find" value="{escape(find)}" placeholder="an order, a state …" '
        f'aria-label="find">{kept}<button>Find</button> '
        f'<a href="?{query}">turn refresh {other}</a></form>'
    )


def _figures(page: Page) -> str:
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in page.figures
    )


def _table(given: Table, find: str) -> str:
    wanted = find.casefold()
    rows = [row for row in given.rows if any(wanted in cell.casefold() for cell in row)]
    count = (
        f"{len(rows):,}"
        if len(rows) == len(given.rows)
        else f"{len(rows):,} of {len(given.rows):,}"
    )
    head = "".join(f'<th class="{each.kind}">{escape(each.title)}</th>' for each in given.columns)
    body = "".join(f"<tr>{_cells(given, row)}</tr>" for row in rows[:SHOWN])
    left = len(rows) - SHOWN
    more = f"<p>and {left:,} older ones</p>" if left > 0 else ""
    width = "narrow" if len(given.columns) <= _FEW else ""
    content = (
        f'<table class="{width}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}'
    )
    return (
        f'<section id="{_anchor(given)}"><h2>{escape(given.title)} <small>{count}</small></h2>'
        f"{content if rows else '<p>none</p>'}</section>"
    )


def _cells(given: Table, row: Sequence[str]) -> str:
    return "".join(
        f'<td class="{column.kind}{_dimmed(cell)}"><span>{escape(cell)}</span></td>'
        for column, cell in zip(given.columns, row, strict=True)
    )


def _dimmed(cell: str) -> str:
    return " nothing" if _NOTHING.fullmatch(cell) else ""


def _anchor(given: Table) -> str:
    return given.title.lower().replace(" ", "-")
