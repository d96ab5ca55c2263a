"""Card numbers are planted wherever somebody could type one, then looked for everywhere."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.carddata import luhn
from streams.demo.seeding import connect
from tests.brokers import Cluster
from tests.doors import HEARTLAND, ION, SHOP, bod_body, bod_headers, heartland_headers, shop_headers
from tests.product import Scene, engine, scene, written

PLANTED = (
    "4111111111111111",
    "5500 0000 0000 0004",
    "3400-0000-0000-009",
    "6011000000000004",
    "4242 4242 4242 4242",
    "30569309025904",
)
BARE = tuple(re.sub(r"\D", "", number) for number in PLANTED)


def in_a_note(number: str) -> dict[str, Any]:
    return {"customer_note": f"please use {number}"}


def in_an_address(number: str) -> dict[str, Any]:
    return {"billing": {"first_name": "Zoë", "address_1": number}}


def in_a_plugins_meta(number: str) -> dict[str, Any]:
    return {"meta_data": [{"key": "_stripe_source", "value": json.dumps({"number": number})}]}


def in_a_lines_name(number: str) -> dict[str, Any]:
    return {"line_items": [{"id": 1, "name": f"gift {number}", "quantity": 1}]}


HIDDEN = (in_a_note, in_an_address, in_a_plugins_meta, in_a_lines_name)


async def test_no_planted_card_number_is_kept_or_said_anywhere(
    cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    async with scene(engine(cluster)) as acts:
        async with acts.stage.roles() as running:
            await connect(acts.sandboxes)
            await plant_in_the_shop(acts)
            await plant_at_the_doors(acts)
            await acts.eyes.until(lambda: len(letters_with_masks(acts)) >= len(HIDDEN))
            listed = await acts.command("dlq", "list", "--json")
            async with acts.http.get(running.facts["health"] + "/metrics") as answer:
                metrics = await answer.text()
        topics = b"\n".join(each for record in await acts.records() for each in all_bytes(record))
        out = await written(running)

    err = capfd.readouterr().err
    assert "dead letter" in err, "what the process says is seen here"
    assert "XXXXXXXXXXXX1111" in topics.decode(errors="replace"), "what is kept is kept masked"
    assert card_numbers(topics.decode("latin-1")) == []
    for said in (out, err, metrics, listed.out, listed.err):
        assert card_numbers(said) == []


async def plant_in_the_shop(acts: Scene) -> None:
    """As a customer would: the shop's own checkout and webhooks carry it."""
    await acts.sandboxes.seed_products([{"sku": "TEA", "name": "Tea", "stock_quantity": 9}])
    order = {"id": 1, "lines": [{"sku": "TEA", "quantity": 1, "unit_price": "10.00"}]}
    await acts.sandboxes.place(order | {"customer_note": f"card {PLANTED[0]} cvv 123"})


async def plant_at_the_doors(acts: Scene) -> None:
    for hide in HIDDEN:
        for number in PLANTED:
            body = json.dumps({"id": 2, "status": "pending", **hide(number)}).encode()
            headers = shop_headers(acts, body)
            assert (await acts.post(SHOP, body, headers))[0] == 422, (hide.__name__, number)
    for number in PLANTED:
        await plant_at_heartlands_and_ions(acts, number)


async def plant_at_heartlands_and_ions(acts: Scene, number: str) -> None:
    card = {"payment_method": {"card": {"number": number}}, "id": "TRN_1", "status": "CAPTURED"}
    body = json.dumps(card).encode()
    assert (await acts.post(HEARTLAND, body, heartland_headers(acts, body)))[0] == 422
    unsigned = await acts.post(HEARTLAND, body, {"Content-Type": "application/json"})
    assert unsigned[0] == 401
    # A BOD that is none: not understood, so nothing tells where in it a number may be.
    bod = bod_body(f"<SyncInvoice><Note>{number}</Note></SyncInvoice>".encode())
    assert (await acts.post(ION, bod, bod_headers(acts)))[0] in (201, 422)
    # In the request's line and headers, on something that is refused for another reason.
    wrong = b"{"
    headers = shop_headers(acts, wrong, **{"X-Note": number})
    status, answer = await acts.post(SHOP, wrong, headers)
    assert status == 200
    assert number not in answer
    lost = await acts.post(f"/ims/{number.replace(' ', '%20')}", bod, bod_headers(acts))
    assert lost[0] == 404


def letters_with_masks(acts: Scene) -> list[bytes]:
    found = (letter.original for letter in acts.eyes.letters.values())
    return [original for original in found if b"XXXX" in original]


def all_bytes(record: Any) -> Iterator[bytes]:
    yield record.key
    yield record.value or b""
    for name, value in record.headers:
        yield name.encode()
        yield value


def card_numbers(text: str) -> list[str]:
    """What a scanner finds: a planted number, bare or in groups; any other is checked by Luhn."""
    digits = re.sub(r"(?<=\d)[ -](?=\d)", "", text)
    return [number for number in BARE if luhn(number) and number in digits]
