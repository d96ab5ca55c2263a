"""EXPORTMI: rows of M3's tables by a simple query (facts: 3.4). One table a query, no order."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.m3.client import MiClient
from connectors.m3.errors import accepted
from connectors.m3.wire import MiResult, Transaction
from streams.core.errors import Unknown

LONGEST = 982
"""Characters of a query (facts: QERY)."""

SEPARATOR = ";"

Row = Mapping[str, str]


def select(columns: Sequence[str], table: str, where: str) -> Transaction:
    """A query of rows; a column of free text, which may hold the separator, comes last."""
    query = f"{','.join(columns)} from {table} where {where}"
    return Transaction("EXPORTMI", "Select", {"QERY": query, "SEPC": SEPARATOR, "HDRS": "0"})


def selects(
    columns: Sequence[str], table: str, column: str, values: Sequence[str], also: str = ""
) -> Iterator[Transaction]:
    """Queries of the rows whose column is one of some values, each as long as M3 takes.

    Args:
        columns: what is wanted, as in `select`.
        table: of which.
        column: which is looked at.
        values: as they stand in a query: texts quoted, numbers bare.
        also: what must hold besides.
    """

    def of(some: Sequence[str]) -> Transaction:
        one_of = f"{column} in ({','.join(some)})"
        return select(columns, table, f"{one_of} and {also}" if also else one_of)

    room = LONGEST - len(str(of(()).record["QERY"]))
    some: list[str] = []
    for value in dict.fromkeys(values):
        if some and len(",".join([*some, value])) > room:
            yield of(some)
            some = []
        some.append(value)
    if some:
        yield of(some)


async def rows(
    client: MiClient, columns: Sequence[str], transactions: Sequence[Transaction]
) -> list[Row]:
    """The rows that queries of the same columns find, by column.

    Raises:
        Transient, Unknown, Misconfigured: as the client says; or an answer is not understood.
        Rejected: M3 refuses a query.
    """
    found: list[Row] = []
    for result in await client.read(transactions):
        found += answered(result, columns)
    return found


def answered(result: MiResult, columns: Sequence[str]) -> Iterator[Row]:
    """The rows that one query found.

    Raises:
        Unknown: the answer is not understood.
        Rejected: M3 refuses the query.
    """
    accepted(result, "a query")
    for record in result.records:
        values = record.get("REPL", "").split(SEPARATOR, len(columns) - 1)
        if len(values) < len(columns):
            raise Unknown(f"EXPORTMI answers {len(columns)} columns with {len(values)}")
        yield dict(zip(columns, map(str.strip, values), strict=True))


def within(column: str, start: int, end: int) -> str:
    """A condition: a number from `start` to `end`."""
    return f"{column} >= {start} and {column} <= {end}"


def quoted(value: str) -> str:
    """A text as it stands in a query."""
    return "'" + value.replace("'", "''") + "'"
