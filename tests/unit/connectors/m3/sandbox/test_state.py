"""M3, killed and started again, goes on where it was."""

import asyncio
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.m3.sandbox.app import CREDENTIALS
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.snapshot import books
from connectors.sandbox.keeping.kept import Kept
from tests.unit.connectors.m3.sandbox.conftest import Application, Json, Mi, Start
from tests.unit.connectors.m3.sandbox.test_histories import DONE, ORDERS, World, company
from tests.unit.connectors.m3.sandbox.test_ion import order as order_bod
from tests.unit.connectors.m3.sandbox.test_ion import process, send
from tests.unit.connectors.sandbox.killing import killed

LINES = [
    {"ITNO": "85123A", "ORQT": "6", "SAPR": "2.55"},
    {"ITNO": "22752", "ORQT": "2", "SAPR": "7.65"},
    {"ITNO": "POST", "ORQT": "1", "SAPR": "3.95"},
]
TOTAL = 1530 + 1530 + 395
CUSTOMER = {"CUTM": "TANDEM", "CUNM": "Ada Lane", "CUA1": "1 High Street", "CSCD": "GB"}
HOUR = 3_600_000


@pytest.fixture
async def kept(start: Start, application: Application, tmp_path: Path) -> Mi:
    return await start(state=tmp_path / "books", bod_url=application.url, return_ms=1)


async def started_again(start: Start, m3: Mi, **more: Any) -> Mi:
    """Another M3, of what a kill would leave of this one; the client kept its token."""
    assert m3.state
    return await start(state=killed(m3.state), token=m3.token, **more)


async def paid(m3: Mi, told: Json, amount: str, pbid: str = "1") -> None:
    bill = told["invoices"]["uk-1"]
    invoice = {"CINO": bill["CINO"], "INYR": str(bill["INYR"]), "CUNO": "GUEST"}
    await m3.records("ARS040MI/AddBatchHead", PBID=pbid, BOPE="CRD")
    await m3.records(
        "ARS040MI/AddBatchLine", PBID=pbid, TRNO="1", IRNO="TRN_a", PYAM=amount, **invoice
    )
    await m3.records("ARS040MI/ControlBatch", PBID=pbid)


async def traded(m3: Mi) -> Json:
    """An order paid and returned in part, one in two deliveries, one that waits; the books."""
    orno = await m3.order("uk-1", LINES)
    await paid(m3, await m3.still(), "34.55")
    returned = await m3.records("OIS390MI/AddHead", WHLO="001", RORN=orno, YREF="uk-1/r")
    entry = {"REPN": returned[0]["REPN"], "RORL": "1", "REQ0": "2"}
    await m3.records("OIS390MI/AddLine", WHLO="001", **entry)
    await m3.act("deliveries", {"CUOR": "uk-2", "deliveries": [{"85123A": 2}]})
    await m3.order("uk-2", LINES[:1])
    await m3.order("uk-3", [{"ITNO": "22752", "ORQT": "60", "SAPR": "1"}])
    await m3.batch_order("uk-4", LINES[:1])
    await m3.records("CRS610MI/Add", **CUSTOMER)
    return await m3.still()


async def test_what_was_traded_is_there_again_and_goes_on(kept: Mi, start: Start) -> None:
    before = await traded(kept)
    entered = await kept.admin("entered?CUOR=uk-1")
    m3 = await started_again(start, kept)
    after = await m3.admin("books")
    assert await m3.admin("entered?CUOR=uk-1") == entered
    await m3.act("items", [{"ITNO": "22752", "STQT": "100"}])
    newer = await m3.order("uk-5", LINES[:1])
    customer = (await m3.records("CRS610MI/Add", **CUSTOMER))[0]["CUNO"]
    told = await m3.still()

    assert after == before
    assert before["totals"]["invoiced"] == TOTAL + 1530
    assert before["totals"]["credited"] == 510
    assert len(before["deliveries"]) == 3
    assert newer > max(each["ORNO"] for each in before["orders"].values())
    assert customer == "10000002"
    assert told["orders"]["uk-3"]["state"] == "77"
    totals = told["totals"]
    owed = totals["invoiced"] - totals["credited"] - totals["paid"] + totals["repaid"]
    assert totals["outstanding"] == owed


async def test_a_payment_batch_is_good_once_across_a_restart(kept: Mi, start: Start) -> None:
    await kept.order("uk-1", LINES)
    told = await kept.still()
    await paid(kept, told, "10.00")
    m3 = await started_again(start, kept)
    refused = await m3.refused("ARS040MI/AddBatchHead", PBID="1", BOPE="CRD")
    await paid(m3, told, "24.55", pbid="2")
    totals = (await m3.admin("books"))["totals"]

    assert refused == ("WPB0104", "PBID")
    assert (totals["paid"], totals["outstanding"]) == (TOTAL, 0)


async def test_an_order_under_way_arrives_whenever_m3_is_killed(
    start: Start, tmp_path: Path
) -> None:
    slow = {"step_ms": HOUR, "return_ms": HOUR}
    m3 = await start(state=tmp_path / "books", **slow)
    orno = await m3.order("uk-1", LINES)
    for state in ("33", "66", "77"):
        m3 = await started_again(start, m3, **slow)
        await after_an_hour(m3, lambda told, s=state: told["orders"]["uk-1"]["state"] == s)
    await m3.act("returns", {"ORNO": orno, "lines": [{"PONR": "1", "REQ0": "2"}]})
    m3 = await started_again(start, m3, **slow)
    await after_an_hour(m3, lambda told: told["stock"]["85123A"]["STQT"] == "996")
    m3 = await started_again(start, m3, **slow)
    await after_an_hour(m3, lambda told: told["totals"]["credited"] == 510)


async def after_an_hour(m3: Mi, holds: Any) -> None:
    """Lets an hour pass and waits until something holds of the books."""
    assert not holds(await m3.admin("books"))
    await m3.act("clock", {"ahead_ms": HOUR})
    async with asyncio.timeout(5):
        while not holds(await m3.admin("books")):
            pass


async def test_bods_that_were_not_accepted_come_after_the_restart(
    kept: Mi, start: Start, application: Application
) -> None:
    application.refuse = 1_000
    await kept.order("uk-1", LINES)
    async with asyncio.timeout(5):
        while (await kept.admin("quiet"))["orders"]:
            pass
    waiting = (await kept.admin("quiet"))["bods"]
    await kept.http.close()
    application.refuse = 0
    m3 = await started_again(start, kept)
    await m3.still()
    ids = [each.parameters["messageId"] for each in application.bods]

    assert waiting >= 5
    assert len(ids) == len(set(ids))
    assert len(application.named("Sync.Invoice")) == 1
    assert application.latest("Sync.InventoryCount").texts(".//m:Quantity")[0] == "994"


async def test_bods_that_wait_for_a_target_wait_across_a_restart(
    start: Start, application: Application, tmp_path: Path
) -> None:
    before = await start(state=tmp_path / "books")
    await before.order("uk-1", LINES)
    await before.still()
    waited = (await before.admin("bods"))["messages"]
    m3 = await started_again(start, before)
    assert (await m3.admin("bods"))["messages"] == waited
    await m3.act("bod-target", {"url": application.url})
    await m3.still()
    third = await started_again(start, m3)
    await third.order("uk-2", LINES[:1])
    await third.still()

    ids = [each.parameters["messageId"] for each in application.bods]
    assert len(ids) == len(set(ids))
    assert {each["messageId"] for each in waited} < set(ids)
    assert len(application.named("Sync.Invoice")) == 2


async def test_a_message_of_ion_is_worked_off_once(kept: Mi, start: Start) -> None:
    waiting = process("SalesOrder", order_bod())
    slow = await start(state=kept.state.parent / "slow", process_ms=HOUR)  # type: ignore[union-attr]
    await send(slow, "Process.SalesOrder", waiting, "m-1")
    assert (await slow.admin("quiet"))["processes"] == 1
    m3 = await started_again(start, slow, process_ms=1)
    told = await m3.still()
    await send(m3, "Process.SalesOrder", waiting, "m-1")
    after = await m3.still()

    assert told["counts"]["orders"] == 1
    assert after["counts"]["orders"] == 1


async def test_credentials_stay(kept: Mi, start: Start) -> None:
    m3 = await started_again(start, kept)
    known = [each.http.app for each in (kept, m3)]

    assert known[0]
    assert known[1]
    assert known[0][CREDENTIALS] == known[1][CREDENTIALS]


async def test_rules_of_the_warehouse_and_items_seeded_once_stay(kept: Mi, start: Start) -> None:
    await kept.act("deliveries", {"back_orders": True, "split_percent": 100})
    await kept.order("uk-1", LINES[:1])
    before = await kept.still()
    m3 = await started_again(start, kept)

    assert (await m3.admin("deliveries"))["split_percent"] == 100
    assert (await m3.still())["stock"] == before["stock"]
    assert len(before["deliveries"]) == 2


async def test_reset_empties_the_file(kept: Mi, start: Start) -> None:
    await traded(kept)
    await kept.act("reset", {})
    m3 = await started_again(start, kept)
    counts = (await m3.admin("books"))["counts"]

    assert (counts["orders"], counts["invoices"], counts["customers"]) == (0, 0, 1)
    assert await m3.admin("calls") == {"requests": 0, "transactions": 0, "by_name": {}}
    await m3.act("items", [{"ITNO": "85123A", "price": "1", "STQT": "6"}])
    assert await m3.order("uk-1", LINES[:1]) == "0010000001"


@given(
    split=st.sampled_from([0, 50]),
    history=st.lists(st.tuples(st.one_of(ORDERS, DONE), st.booleans()), max_size=25),
)
@settings(max_examples=60, deadline=None)
def test_killed_at_any_time_m3_is_as_it_was(split: int, history: list[Any]) -> None:
    async def play() -> None:
        state = Path(tempfile.mkdtemp())
        kept = Kept(state / "m3.sqlite", "m3")
        world = World.fresh(split, kept)
        for entry, dies in history:
            with suppress(Refused):
                if len(entry) == 2:
                    world.order(*entry)
                else:
                    world.do(*entry)
            world.check()
            assert kept.differences() == []
            if dies:
                state, kept = killed_world(world, split, state, kept)
        world.settle()
        world.company.announcer.stop()
        kept.close()
        shutil.rmtree(state)

    asyncio.run(play())


def killed_world(world: World, split: int, state: Path, kept: Kept) -> tuple[Path, Kept]:
    """Puts the world on what a kill would leave of it."""
    before, left = books(world.company), killed(state)
    world.company.announcer.stop()
    kept.close()
    shutil.rmtree(state)
    another = Kept(left / "m3.sqlite", "m3")
    world.company = company(split, another)
    assert books(world.company) == before
    return left, another
