"""Pieces that several messages share."""

from typing import Literal

from streams.core.message import Part


class Address(Part):
    """A postal address with its person, in WooCommerce's words; `country` is ISO 3166-1 alpha-2."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""


class Line(Part):
    """A line of goods; all amounts in minor units, VAT included.

    Attributes:
        line_id: the shop's id of the line.
        item: the shop's SKU, which is M3's ITNO.
        quantity: pieces, above zero.
        unit_price: major units as a decimal string for `price_quantity` pieces, before discount.
        price_quantity: pieces that `unit_price` buys; 1 unless the price has no exact decimal form.
        discount: what is taken off the line.
        amount: quantity x unit_price / price_quantity, rounded half up, less discount.
    """

    line_id: str
    item: str
    name: str = ""
    quantity: int
    unit_price: str
    price_quantity: int = 1
    discount: int = 0
    amount: int


class Charge(Part):
    """Freight or a fee; `amount` in minor units, VAT included, negative for a rebate."""

    kind: Literal["freight", "fee"]
    code: str
    name: str = ""
    amount: int


class Returned(Part):
    """Goods that come back.

    Attributes:
        order_line: M3's PONR; empty if it is not known.
        unit_price: major units as a decimal string, VAT included: what one piece is credited with.
    """

    order_line: str
    item: str
    quantity: int
    unit_price: str


class Shipped(Part):
    """A line of a delivery: how many pieces of an item left the warehouse.

    Attributes:
        order_line: M3's PONR; empty if it is not known.
    """

    item: str
    quantity: int
    order_line: str = ""


class OrderLine(Part):
    """A line of an order as M3 has it; parts of a piece are not counted.

    Attributes:
        order_line: M3's PONR.
        ordered: pieces that M3 is to deliver in all (ORQT); 0 of a line that is deleted.
        shipped: pieces that have left (DLQT and IVQT).
        final: no more will leave than has: it is delivered, closed or deleted.
    """

    order_line: str
    item: str
    ordered: int
    shipped: int
    final: bool = False
