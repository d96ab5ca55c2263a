import pytest
from aiohttp import web

from connectors.woocommerce.connector import CONNECTOR
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured, Rejected, Unknown
from streams.core.metrics import Metrics
from tests.unit.connectors.woocommerce.conftest import Owner, settings


async def test_the_shop_learns_status_numbers_and_a_note(owner: Owner) -> None:
    order_id = await owner.place()

    await owner.do(
        owner.update(
            order_id,
            status="completed",
            note="Shipped with DHL, parcel 42.",
            transaction_id="TRN_1",
            m3_order="0010001",
            m3_invoice="900001",
            carrier="DHL",
            tracking="42",
        )
    )

    order = await owner.order(order_id)
    assert (order["status"], order["transaction_id"]) == ("completed", "TRN_1")
    assert order["meta"] == {
        "_tandem_key": f"uk-{order_id}",
        "_tandem_m3_order": "0010001",
        "_tandem_m3_invoice": "900001",
        "_tandem_carrier": "DHL",
        "_tandem_tracking_number": "42",
    }
    assert await owner.said(order_id) == ["Shipped with DHL, parcel 42. [tandem 00000001]"]
    assert order["total"] == 1000


async def test_empty_fields_are_left_alone(owner: Owner) -> None:
    order_id = await owner.place(status="processing", transaction_id="TRN_shop")

    await owner.do(owner.update(order_id, note="M3 order 0010001."))

    order = await owner.order(order_id)
    assert (order["status"], order["transaction_id"]) == ("processing", "TRN_shop")
    assert not any(call.startswith("PUT") for call in owner.line.asked)


async def test_a_note_whose_reply_was_lost_is_there_once(owner: Owner) -> None:
    order_id = await owner.place()
    command = owner.update(order_id, status="processing", note="14.00 GBP authorized.")
    owner.line.lose("reply", "/notes")
    with pytest.raises(Unknown):
        await owner.do(command)

    await owner.do(command, unknown=True)

    assert await owner.said(order_id) == ["14.00 GBP authorized. [tandem 00000001]"]
    assert (await owner.order(order_id))["status"] == "processing"


async def test_a_note_that_never_arrived_is_written_after_all(owner: Owner) -> None:
    order_id = await owner.place()
    command = owner.update(order_id, note="Paid.")
    owner.line.lose("request", "/notes")
    with pytest.raises(Unknown):
        await owner.do(command)
    assert await owner.said(order_id) == []

    await owner.do(command, unknown=True)

    assert len(await owner.said(order_id)) == 1


async def test_two_commands_may_say_the_same(owner: Owner) -> None:
    order_id = await owner.place()
    for _ in range(2):
        await owner.do(owner.update(order_id, note="Paid."), unknown=True)

    assert len(await owner.said(order_id)) == 2


async def test_a_lost_reply_to_a_change_is_just_another_try(owner: Owner) -> None:
    order_id = await owner.place()
    owner.line.lose("reply", f"PUT /wp-json/wc/v3/orders/{order_id}")

    await owner.do(owner.update(order_id, status="failed"))

    assert (await owner.order(order_id))["status"] == "failed"


async def test_a_crash_of_php_leaves_a_note_open(owner: Owner) -> None:
    order_id = await owner.place()
    owner.line.answer("/notes", web.Response(status=500, text="<p>critical error</p>"))

    with pytest.raises(Unknown):
        await owner.do(owner.update(order_id, note="Paid."))


@pytest.mark.parametrize(
    ("order_id", "fields", "field"),
    [
        ("999999", {"status": "failed"}, ""),
        ("../products/1", {"status": "failed"}, "order_id"),
        ("", {"status": "failed"}, "order_id"),
        ("1", {"shop": "fr"}, "shop"),
        ("1", {"status": "shipped"}, "status"),
    ],
)
async def test_what_the_shop_cannot_take_is_refused(
    owner: Owner, order_id: str, fields: dict[str, str], field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await owner.do(owner.update(order_id, **fields))

    assert refused.value.field == field


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret"])
async def test_a_wrong_key_stops_the_worker(owner: Owner, wrong: str) -> None:
    order_id = await owner.place()
    given = settings(owner.sandbox, owner.sandbox.url, **{wrong: "another"})
    async with CONNECTOR.open(given, SteppingClock(), Metrics()) as opened:
        command = owner.update(order_id, status="failed")
        with pytest.raises(Misconfigured, match="REST key"):
            await opened.sinks[0].handles[type(command)](command, unknown=False)

    assert (await owner.order(order_id))["status"] == "pending"
