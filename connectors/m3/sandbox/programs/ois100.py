"""OIS100MI, entering: the batch order, its lines and addresses, confirmation."""

from babel import Locale

from connectors.m3.sandbox import credit
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import decimal, minor, positive, whole
from connectors.m3.sandbox.settings import OrderType
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.pricing import Cost, line_amount
from streams.core.money import exponent

_COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if code.isalpha())
_ADDRESS_TYPES = range(1, 5)


def add_batch_head(company: Company, fields: Record) -> list[Record]:
    """Opens a batch order under a temporary number."""
    books, settings = company.books, company.settings
    customer = books.customers.get(fields["CUNO"])
    order_type = _order_type(company, fields.get("ORTP") or customer.record.get("ORTP", "WEB"))
    currency = fields.get("CUCD", settings.currency)
    try:
        exponent(currency)
    except ValueError:
        raise Refused("WCUCD03", "CUCD", currency) from None
    check_warehouse(company, fields)
    order = Order(
        batch_ORNO=books.orders.next_batch_number(),
        CUNO=customer.CUNO,
        CUOR=fields.get("CUOR", ""),
        ORTP=order_type.ORTP,
        currency=currency,
        includes_vat=order_type.prices_include_vat,
        back_orders=order_type.back_orders,
        record=fields,
        entered_ms=company.now_ms(),
        changed_ms=company.now_ms(),
    )
    books.orders.add(order)
    return [{"ORNO": order.batch_ORNO}]


def add_batch_line(company: Company, fields: Record) -> list[Record]:
    """Adds a line; without SAPR the item's own price is taken."""
    order = company.books.orders.open_batch(fields["ORNO"])
    line = entered(company, order, len(order.lines) + 1, fields)
    order.lines.append(line)
    return [{"PONR": str(line.PONR), "POSX": "0"}]


def add_batch_address(company: Company, fields: Record) -> list[Record]:
    """Puts an address on the batch order; ADRT 1 is the delivery address."""
    order = company.books.orders.open_batch(fields["ORNO"])
    kind = whole(fields["ADRT"], "ADRT")
    if kind not in _ADDRESS_TYPES:
        raise Refused("WAD0101", "ADRT", kind)
    country = fields.get("CSCD")
    if country and country not in _COUNTRIES:
        raise Refused("WCS0403", "CSCD", country)
    order.addresses[kind] = fields
    return []


def add_batch_text(company: Company, fields: Record) -> list[Record]:
    """Adds a text to the batch order or to one of its lines."""
    order = company.books.orders.open_batch(fields["ORNO"])
    if "PONR" in fields and fields["PONR"].strip("0"):
        order.line(fields["PONR"])
    order.texts.append(fields)
    return []


def confirm(company: Company, fields: Record) -> list[Record]:
    """Makes the batch order an order; its life begins."""
    orders = company.books.orders
    order = orders.open_batch(fields["ORNO"])
    orders.confirm(order, company.now_ms())
    order.OBLC = credit.stop_code(company.books, order)
    company.life.start(order)
    return [{"ORNO": order.ORNO, "STAT": order.ORST}]


def check_credit(company: Company, fields: Record) -> list[Record]:
    """Whether a customer may order for AMNT more."""
    customer = company.books.customers.get(fields["CUNO"])
    currency = fields.get("CUCD", company.settings.currency)
    amount = minor(fields["AMNT"], currency, "AMNT") if fields.get("AMNT", "").strip("0.") else 0
    credit.check(company.books, customer, amount, currency)
    return []


def list_errors(company: Company, fields: Record) -> list[Record]:
    """Errors of a batch order: none, for what does not fit is refused as it comes."""
    company.books.orders.get_batch(fields["ORNO"])
    return []


def _order_type(company: Company, ortp: str) -> OrderType:
    for order_type in company.settings.order_types:
        if ortp == order_type.ORTP:
            return order_type
    raise Refused("WOT0103", "ORTP", ortp)


def entered(company: Company, order: Order, number: int, fields: Record) -> Line:
    """A new line of an order by the fields that it was entered with; it is not added yet.

    Raises:
        Refused: WIT0103, WWH0103 there is no such item or warehouse; WQT0101, WSA0101, WSA0201,
            WDI0201 quantity, price, price quantity or a discount is none.
    """
    item = company.books.items.get(fields["ITNO"])
    check_warehouse(company, fields)
    quantity = positive(fields.get("ORQT", ""), "ORQT", "WQT0101")
    price = decimal(fields["SAPR"], "SAPR", "WSA0101") if "SAPR" in fields else item.price
    per = price_quantity(fields.get("SACD", "1"))
    amount = line_amount(quantity, price, per, fields, order.currency)
    return Line(
        PONR=number,
        ITNO=item.ITNO,
        ITDS=fields.get("ITDS") or item.ITDS,
        ORQT=quantity,
        SAPR=price,
        UNMS=item.UNMS,
        stocked=item.stocked,
        SACD=per,
        cost=Cost(amount, company.settings.vat_percent, order.includes_vat),
        record=fields,
        batch_ORNO=order.batch_ORNO,
    )


def check_warehouse(company: Company, fields: Record) -> None:
    """WWH0103 refuses any warehouse but the only one."""
    warehouse = fields.get("WHLO", company.settings.warehouse)
    if warehouse != company.settings.warehouse:
        raise Refused("WWH0103", "WHLO", warehouse)


def price_quantity(text: str) -> int:
    """How many units a price is for; WSA0201 refuses none, XNU0001 a part of one."""
    number = whole(text, "SACD")
    if not number:
        raise Refused("WSA0201", "SACD", text)
    return number


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS100MI", "AddBatchHead"): add_batch_head,
    ("OIS100MI", "AddBatchLine"): add_batch_line,
    ("OIS100MI", "AddBatchAddress"): add_batch_address,
    ("OIS100MI", "AddBatchText"): add_batch_text,
    ("OIS100MI", "Confirm"): confirm,
    ("OIS100MI", "CheckCredit"): check_credit,
    ("OIS100MI", "LstErrMsgOrder"): list_errors,
}
