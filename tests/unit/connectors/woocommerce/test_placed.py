from decimal import Decimal
from random import Random

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from connectors.woocommerce.signing import OAuth1
from streams.core.connector import Request
from streams.core.money import line_amount, to_major, unit_price
from streams.messages.order import OrderPlaced
from tests.unit.connectors.woocommerce.conftest import SKUS, Owner


@given(st.integers(0, 10**7), st.integers(1, 10**6), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_a_price_gives_back_its_line_s_amount(amount: int, quantity: int, currency: str) -> None:
    price, pieces = unit_price(amount, quantity, currency)

    if pieces == 1:
        assert line_amount(quantity, Decimal(price), currency) == amount
    else:
        assert (pieces, Decimal(price)) == (quantity, to_major(amount, currency))


@given(st.integers(0, 10**5), st.integers(1, 10**4))
def test_a_price_of_whole_pence_is_found_again(pence: int, quantity: int) -> None:
    price, pieces = unit_price(pence * quantity, quantity, "GBP")

    assert (Decimal(price), pieces) == (to_major(pence, "GBP"), 1)


@pytest.mark.parametrize(
    ("amount", "quantity", "price", "pieces"),
    [
        (257, 2, "1.285", 1),
        (1000, 3, "3.333", 1),
        (1, 100_000, "0.01", 100_000),
        (0, 5, "0.00", 1),
    ],
)
def test_prices(amount: int, quantity: int, price: str, pieces: int) -> None:
    assert unit_price(amount, quantity, "GBP") == (price, pieces)


async def test_what_the_shop_says_of_its_orders_adds_up_to_the_penny(owner: Owner) -> None:
    told: list[Request] = []

    async def hook(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        told.append(Request("POST", request.path, headers, {}, await request.read()))
        return web.Response()

    (bridge,) = owner.opened.bridges
    app = web.Application()
    app.router.add_post(bridge.path, hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await _subscribe(owner, f"http://127.0.0.1:{runner.addresses[0][1]}{bridge.path}")
    draw = Random(536365)
    seeds = {}
    for _ in range(60):
        seed = _seed(draw)
        seeds[await owner.place(**seed)] = seed
    await owner.sandbox.drained()
    await runner.cleanup()

    messages = [message for each in told for message in bridge.receive(each).messages]
    orders = {int(m.order_id): m for m in messages if isinstance(m, OrderPlaced)}

    books = (await owner.books())["orders"]
    assert {i: order.total for i, order in orders.items()} == {
        i: books[str(i)]["total"] for i in seeds
    }
    for order_id, order in orders.items():
        _agrees(order, seeds[order_id])
    assert len({message.id for message in messages}) == len(seeds)


def _seed(draw: Random) -> dict[str, object]:
    lines = [
        {
            "sku": sku,
            "quantity": draw.choice([1, 2, 3, 7, 12, 144]),
            "unit_price": str(to_major(draw.randrange(30_000), "GBP")),
            "discount": draw.choice(["0", "0", "0.07"]),
        }
        for sku in draw.sample(SKUS, draw.randrange(1, 12))
    ]
    freight = [{"method_id": "POST", "method_title": "Postage", "total": "18.01"}]
    return {"lines": lines, "shipping_lines": draw.choice([freight, []])}


def _agrees(order: OrderPlaced, seed: dict[str, object]) -> None:
    lines = seed["lines"]
    assert isinstance(lines, list)
    for line, wanted in zip(order.lines, lines, strict=True):
        gross = line_amount(wanted["quantity"], Decimal(wanted["unit_price"]), "GBP")
        if gross:
            assert Decimal(line.unit_price) == Decimal(wanted["unit_price"])
        assert line.amount == gross - int(Decimal(wanted["discount"]) * 100)
    parts = [line.amount for line in order.lines] + [each.amount for each in order.charges]
    assert sum(parts) == order.total
    assert {each.code for each in order.charges} <= {"POST"}


async def _subscribe(owner: Owner, url: str) -> None:
    key, secret = owner.sandbox.consumer_key, owner.sandbox.consumer_secret
    signer = OAuth1(key, secret, owner.sandbox.shop.clock)
    for topic in ("order.created", "order.updated"):
        hooks = f"{owner.sandbox.url}/wp-json/wc/v3/webhooks"
        signed = await signer.sign("POST", hooks, {})
        body = {"topic": topic, "delivery_url": url, "secret": owner.sandbox.webhook_secret}
        async with owner.http.post(signed.url, json=body) as answer:
            assert answer.status == 201, await answer.text()
