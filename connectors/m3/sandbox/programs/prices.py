"""OIS017MI, OIS320MI and MMS200MI/GetItmPrice: what an item costs.

One price an item, in the company's currency: a base price of any price list is that price (by
analogy).
"""

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import decimal, plain


def add_base_price(company: Company, fields: Record) -> list[Record]:
    """Sets an item's price; lines that are entered later cost it."""
    _check_currency(company, fields)
    item = company.books.items.get(fields["ITNO"])
    item.price = decimal(fields["SAPR"], "SAPR", "WSA0101")
    item.changed_ms = company.now_ms()
    company.announcer.item(item)
    return []


def get_base_price(company: Company, fields: Record) -> list[Record]:
    """An item's price in a list."""
    _check_currency(company, fields)
    item = company.books.items.get(fields["ITNO"])
    own = {name: text for name, text in fields.items() if name != "CONO"}
    price = {"ITNO": item.ITNO, "SAPR": f"{item.price:f}", "SACD": "1", "SPUN": item.UNMS}
    return [{"CONO": str(company.settings.cono), **own, **price}]


def get_item_price(company: Company, fields: Record) -> list[Record]:
    """An item's own price."""
    item = company.books.items.get(fields["ITNO"])
    return [
        {
            "SAPR": f"{item.price:f}",
            "SACD": "1",
            "CUCS": company.settings.currency,
            "SPUN": item.UNMS,
            "LMDT": ymd8(item.changed_ms),
        }
    ]


def get_price_line(company: Company, fields: Record) -> list[Record]:
    """What a customer pays for an item: the item's price, no discount."""
    company.books.customers.get(fields["CUNO"])
    _check_currency(company, fields)
    item = company.books.items.get(fields["ITNO"])
    quantity = decimal(fields.get("ORQA", "1"), "ORQA", "WQT0101")
    price, currency = f"{item.price:f}", company.settings.currency
    return [
        {
            "WHLO": company.settings.warehouse,
            "SAPR": price,
            "NETP": price,
            "SACD": "1",
            "CUCD": currency,
            "SPUN": item.UNMS,
            "ALUN": item.UNMS,
            "ORQA": plain(quantity),
            "LNAM": f"{quantity * item.price:f}",
        }
    ]


def _check_currency(company: Company, fields: Record) -> None:
    if fields.get("CUCD", company.settings.currency) != company.settings.currency:
        raise Refused("WCUCD03", "CUCD", fields["CUCD"])


HANDLERS: dict[tuple[str, str], Handler] = {
    ("OIS017MI", "AddBasePrice"): add_base_price,
    ("OIS017MI", "GetBasePrice"): get_base_price,
    ("OIS320MI", "GetPriceLine"): get_price_line,
    ("MMS200MI", "GetItmPrice"): get_item_price,
}
