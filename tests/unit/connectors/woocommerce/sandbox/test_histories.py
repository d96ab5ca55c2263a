"""Any history of orders, refunds, edits and payments: no piece and no penny appears or vanishes."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.keeping.shelves import MEMORY, Shelves
from connectors.woocommerce.sandbox import clerk
from connectors.woocommerce.sandbox.checkout import Checkout
from connectors.woocommerce.sandbox.errors import RestError
from connectors.woocommerce.sandbox.order_writes import update_order
from connectors.woocommerce.sandbox.orders import STATUSES, Order
from connectors.woocommerce.sandbox.refunds import create_refund
from connectors.woocommerce.sandbox.settings import SandboxSettings
from connectors.woocommerce.sandbox.shop import Shop
from streams.core.clock import SteppingClock

STOCK = {"TEA": 40, "MUG": 7, "SHIRT-S": 0}
"""The shirt lives on its parent's stock, which is `POOL`."""
POOL = 12
Step = Callable[[Shop, Order], Any]


def opened(shelves: Shelves = MEMORY) -> Shop:
    shop = Shop(SandboxSettings(), SteppingClock(), shelves)
    parent = {"sku": "SHIRT", "type": "variable", "manage_stock": True, "stock_quantity": POOL}
    shirt = shop.catalogue.save(shop.new_product(), parent)
    small = {"sku": "SHIRT-S", "regular_price": "12.00"}
    shop.catalogue.save(shop.new_product(parent=shirt), small)
    for sku in ("TEA", "MUG"):
        fields = {"regular_price": "2.55", "manage_stock": True, "stock_quantity": STOCK[sku]}
        shop.catalogue.save(shop.new_product(), fields | {"sku": sku})
    return shop


skus = st.sampled_from(tuple(STOCK))
quantities = st.integers(0, 5)
lines = st.lists(
    st.fixed_dictionaries(
        {"sku": skus, "quantity": st.integers(1, 5), "unit_price": st.just("2.55")}
    ),
    min_size=1,
    max_size=3,
)
seeds = st.fixed_dictionaries(
    {"lines": lines},
    optional={
        "status": st.sampled_from(("processing", "on-hold", "pending", "checkout-draft")),
        "check_stock": st.just(True),
    },
)
amounts = st.integers(0, 2000).map(lambda minor: str(Decimal(minor).scaleb(-2)))


def by_clerk(act: Callable[[Shop, Order, dict[str, Any]], None], **seed: Any) -> Step:
    return lambda shop, order: act(shop, order, seed)


def edited_by_rest(index: int, quantity: int) -> Step:
    def edit(shop: Shop, order: Order) -> None:
        line = order.line_items[index % len(order.line_items)] if order.line_items else None
        entry = {"id": line.id, "quantity": quantity} if line else {"sku": "MUG"}
        update_order(shop, order, {"line_items": [entry]})

    return edit


def refunded_by_rest(amount: str) -> Step:
    return lambda shop, order: create_refund(shop, order, {"amount": amount, "api_refund": False})


def given_back(index: int, quantity: int, restock: bool) -> Step:
    def give(shop: Shop, order: Order) -> None:
        line = order.line_items[index % len(order.line_items)] if order.line_items else None
        lines = [{"id": line.id, "quantity": quantity}] if line else []
        clerk.refund(shop, order, {"lines": lines, "restock": restock, "amount": "0.01"})

    return give


steps = st.one_of(
    st.sampled_from(tuple(STATUSES)).map(lambda status: by_clerk(clerk.set_status, status=status)),
    st.sampled_from(("processing", "cancelled")).map(
        lambda status: by_clerk(clerk.set_status, status=status)
    ),
    st.builds(given_back, quantities, quantities, st.just(True)),
    st.builds(given_back, quantities, quantities, st.booleans()),
    st.builds(edited_by_rest, quantities, quantities),
    amounts.map(refunded_by_rest),
    st.builds(
        lambda sku, quantity: by_clerk(clerk.edit, lines=[{"sku": sku, "quantity": quantity}]),
        skus,
        quantities,
    ),
    st.sampled_from((clerk.trash, clerk.restore)).map(by_clerk),
    st.just(by_clerk(clerk.pay, transaction_id="TRN_1")),
    st.just(lambda shop, order: wait(shop)),
)


def wait(shop: Shop) -> None:
    clock = shop.clock
    assert isinstance(clock, SteppingClock)
    clock.advance(45 * 60_000)
    shop.cancel_unpaid()


def attempt(step: Callable[[], Any]) -> None:
    """The shop may refuse a step; what must hold is asked in any case."""
    with suppress(RestError):
        step()


def place(shop: Shop, seed: dict[str, Any]) -> None:
    checkout = Checkout(shop)
    order = checkout.order(seed)
    checkout.reserve([(order, seed)])
    checkout.place(order, seed)


def check(shop: Shop) -> None:
    held = dict.fromkeys(shop.products, 0)
    for order in shop.orders.values():
        for line in order.line_items:
            keeper = shop.stock.keeper(line.sold_id)
            assert keeper is not None
            held[keeper.id] += line.taken
        back = sum((refund.amount for refund in order.refunds), Decimal(0))
        assert back >= 0
        assert order.totals.total == sum(
            (shop.settings.vat.gross(line.total) for line in order.line_items), Decimal(0)
        )
    begun = {"TEA": STOCK["TEA"], "MUG": STOCK["MUG"], "SHIRT": POOL}
    for sku, pieces in begun.items():
        product = shop.product_by_sku[sku]
        assert (product.stock_quantity or 0) + held[product.id] == pieces
        expected = "instock" if (product.stock_quantity or 0) > 0 else "outofstock"
        assert product.stock_status == expected
    for order_id, order in shop.unpaid.items():
        assert shop.orders[order_id] is order
        assert order.status == "pending"


@given(
    st.lists(seeds, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), steps), max_size=25),
)
@settings(max_examples=200, deadline=None)
def test_stock_and_money_are_conserved(
    wanted: list[dict[str, Any]], history: list[tuple[int, Step]]
) -> None:
    shop = opened()
    for seed in wanted:
        attempt(lambda seed=seed: place(shop, seed))  # type: ignore[misc]
        check(shop)
    for index, step in history:
        orders = list(shop.orders.values())
        if not orders:
            return
        order = orders[index % len(orders)]
        attempt(lambda step=step, order=order: step(shop, order))  # type: ignore[misc]
        check(shop)


@given(lines, st.lists(st.tuples(quantities, quantities, amounts), max_size=8))
@settings(max_examples=100, deadline=None)
def test_no_more_is_refunded_than_was_paid(
    wanted: list[dict[str, Any]], history: list[tuple[int, int, str]]
) -> None:
    shop = opened()
    place(shop, {"lines": wanted, "status": "processing"})
    (order,) = shop.orders.values()
    for index, quantity, amount in history:
        attempt(lambda i=index, n=quantity: given_back(i, n, True)(shop, order))  # type: ignore[misc]
        attempt(lambda amount=amount: refunded_by_rest(amount)(shop, order))  # type: ignore[misc]
        assert 0 <= order.refundable <= order.totals.total
        assert (order.status == "refunded") == (order.refundable == 0)
    attempt(lambda: clerk.refund(shop, order, {}))
    assert order.refundable == 0
    assert order.status == "refunded"
