"""EXPORTMI: rows of the tables of `tables` by a simple query.

An empty result is no error; the order of rows is that of entry; dates are compared as YMD8 and
numbers as numbers (all by analogy).
"""

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.search import selection
from connectors.m3.sandbox.tables import Table, tables


def select(company: Company, fields: Record) -> list[Record]:
    """The rows a query finds, one text a row, columns separated by SEPC (default `;`)."""
    return _selected(company, fields, padded=False)


def _selected(company: Company, fields: Record, *, padded: bool) -> list[Record]:
    query = selection(fields["QERY"])
    table = _table(query.file)
    for column in {*query.columns, *(condition.column for condition in query.conditions)}:
        if not column.startswith(table.prefix) or column[2:] not in table.columns:
            raise Refused("WQR0101", "QERY", column)
    tests = [
        (condition.column[2:], condition.test(table.columns[condition.column[2:]].type == "N"))
        for condition in query.conditions
    ]
    names = [column[2:] for column in query.columns]
    widths = [table.columns[name].length if padded else 0 for name in names]
    separator = fields.get("SEPC", ";")
    own = {"CONO": str(company.settings.cono)}
    rows = [
        separator.join(map(str.ljust, (row.get(name, "") for name in names), widths))
        for row in ({**own, **found} for found in table.rows(company, query))
        if all(holds(row.get(name, "")) for name, holds in tests)
    ]
    if fields.get("HDRS") == "1":
        rows.insert(0, separator.join(map(str.ljust, query.columns, widths)))
    return [{"REPL": row} for row in rows]


def select_padded(company: Company, fields: Record) -> list[Record]:
    """As `select`, each column padded to its length."""
    return _selected(company, fields, padded=True)


def list_fields(_company: Company, fields: Record) -> list[Record]:
    """The columns of a file."""
    table = _table(fields["FILE"])
    return [
        {
            "FLDN": f"{table.prefix}{field.name}",
            "FLTY": field.type,
            "FLLE": str(field.length),
            "FLDP": "2" if field.type == "N" and 10 < field.length < 18 else "0",
        }
        for field in table.columns.values()
    ]


def _table(name: str) -> Table:
    table = tables().get(name)
    if table is None:
        raise Refused("WFI0103", "QERY", name)
    return table


HANDLERS: dict[tuple[str, str], Handler] = {
    ("EXPORTMI", "Select"): select,
    ("EXPORTMI", "SelectPad"): select_padded,
    ("EXPORTMI", "LstFields"): list_fields,
}
