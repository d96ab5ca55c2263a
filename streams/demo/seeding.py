"""Prepares the sandboxes for a run of orders."""

from collections.abc import Sequence

from streams.demo.documents import Order
from streams.demo.people import People
from streams.demo.sandboxes import Sandboxes
from streams.demo.seeds import m3_items, payment_methods, shop_customers, shop_products


async def seed(sandboxes: Sandboxes, orders: Sequence[Order], people: People) -> None:
    """Gives each sandbox what the orders need: enough stock, all customers, all tokens.

    Items, products, customers and tokens that are there already are replaced.

    Raises:
        Misconfigured: a sandbox is not there or refuses.
    """
    await sandboxes.seed_items(m3_items(orders))
    await sandboxes.seed_products(shop_products(orders))
    await sandboxes.seed_customers(shop_customers(orders, people))
    await sandboxes.seed_payment_methods(payment_methods(orders, people))


async def connect(sandboxes: Sandboxes) -> None:
    """Has shop and M3 tell the bridges what happens, as far as the demo is to do that.

    Raises:
        Misconfigured: a sandbox is not there or refuses.
    """
    if sandboxes.systems.hooks_url:
        await sandboxes.register_webhooks()
    if sandboxes.systems.bods_url:
        await sandboxes.aim_bods()
