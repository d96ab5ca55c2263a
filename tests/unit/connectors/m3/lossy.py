"""A command of which a request or its reply is lost on the way to M3."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.m3.bulk import Bulk
from connectors.m3.wire import Reply, Transaction
from streams.core.connector import Execute
from streams.core.errors import Unknown
from streams.core.message import Command
from tests.unit.connectors.m3.conftest import M3


async def in_doubt(
    m3: M3, command: Command, lost: str, *, arrived: bool, requests: int = 1
) -> Execute:
    """The command is tried, and the last of so many requests with a transaction is lost.

    Answers what executes the command, whose line is whole from then on.
    """
    bound: Any = m3.opened.sinks[0].handles[type(command)]
    seen = 0

    async def lossy(program: str, transactions: Sequence[Transaction]) -> Reply:
        nonlocal seen
        hit = any(each.name == lost for each in transactions)
        seen += hit
        hit = hit and seen == requests
        if hit and not arrived:
            raise Unknown("the line was cut")
        reply: Reply = await bound.__self__.bulk._send(program, transactions)
        if hit:
            raise Unknown("the line was cut")
        return reply

    bulk = bound.__self__.bulk
    losing = replace(bound.__self__, bulk=Bulk(lossy, bulk._packing, 5))
    execute: Execute = getattr(losing, bound.__name__)
    with pytest.raises(Unknown, match="the line was cut"):
        await execute(command, unknown=False)
    return execute
