"""Whatever a client puts into the mandatory fields of any transaction, the answer is M3's."""

import pytest

from connectors.m3.sandbox.catalogue import programs
from connectors.m3.sandbox.programs import HANDLERS
from tests.unit.connectors.m3.sandbox.conftest import Mi, Start

VALUES = ("1", "0", "-1", "1.5", "x", "GUEST", "20101201", "\u0663", "'")

COMPANY = {"CONO": "100", "DIVI": "AAA", "WHLO": "001"}


def test_every_simulated_transaction_is_in_the_catalogue() -> None:
    for program, transaction in HANDLERS:
        assert transaction in programs()[program].own


@pytest.fixture
async def m3(start: Start) -> Mi:
    return await start(step_ms=60_000)


@pytest.mark.parametrize("program", programs())
async def test_junk_is_refused_not_stumbled_over(m3: Mi, program: str) -> None:
    known = programs()[program].transactions
    own = programs()[program].own
    for value in VALUES:
        entries = []
        for name in own:
            record = dict.fromkeys(known[name].inputs, value)
            company = {field: text for field, text in COMPANY.items() if field in record}
            entries.append((name, {**record, **company}))
        body = await m3.bulk(program, entries)
        assert len(body["results"]) == len(own)
