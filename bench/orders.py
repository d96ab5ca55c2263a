"""Orders for the shop's checkout, as the demo plays them: about 9 lines each, GBP with VAT."""

from decimal import Decimal
from random import Random

from streams.core.money import line_amount
from streams.demo.documents import CURRENCY, Line, Order

LINES = (7, 8, 9, 9, 10, 11)
ITEMS, CUSTOMERS = 500, 300


def orders(first: int, count: int, at: int) -> list[Order]:
    """Orders with the numbers from `first` on, the same for the same number; `at` in ms UTC."""
    return [_order(number, at) for number in range(first, first + count)]


def _order(number: int, at: int) -> Order:
    random = Random(number)
    items = random.sample(range(ITEMS), random.choice(LINES))
    lines = tuple(_line(random, item) for item in items)
    return Order(str(number), lines, str(1_000 + random.randrange(CUSTOMERS)), "GB", at)


def _line(random: Random, item: int) -> Line:
    quantity, price = random.choice((1, 1, 2, 6, 12)), Decimal(29 + item).scaleb(-2)
    amount = line_amount(quantity, price, CURRENCY)
    return Line("goods", f"{20_000 + item}", f"Holder {item}", quantity, price, amount)
