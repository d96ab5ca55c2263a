"""MMS310MI and MMS850MI: counting and adjusting the balance.

By analogy: QLQT of an adjustment is the difference, and it is carried out at once whatever PRFL
says; less than what is allocated is refused.
"""

from decimal import Decimal

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.programs.items import balance, check_warehouse
from connectors.m3.sandbox.quantities import decimal, is_number
from connectors.m3.sandbox.state.items import Item


def adjust(company: Company, fields: Record) -> list[Record]:
    """Adds a difference to the balance, or takes it off."""
    item = _stocked(company, fields)
    difference = fields.get("QLQT", "")
    if not is_number(difference):
        raise Refused("WQT0101", "QLQT", difference)
    _set(company, item, item.STQT + Decimal(difference), "QLQT")
    number = fields.get("MSNR") or str(company.now_ms())
    return [
        {"CONO": str(company.settings.cono), "MSNR": number, "MSLN": "1", "MSGS": "1"},
    ]


def count(company: Company, fields: Record) -> list[Record]:
    """Sets the balance to what was counted (STQI)."""
    item = _stocked(company, fields)
    _set(company, item, decimal(fields.get("STQI", ""), "STQI", "WQT0101"), "STQI")
    return []


def get(company: Company, fields: Record) -> list[Record]:
    """The balance to be counted."""
    check_warehouse(company, {"WHLO": company.settings.warehouse, **fields})
    return [balance(company, company.books.items.get(fields.get("ITNO", "")))]


def _stocked(company: Company, fields: Record) -> Item:
    check_warehouse(company, fields)
    item = company.books.items.get(fields.get("ITNO", ""))
    if not item.stocked:
        raise Refused("WIT0105", "ITNO", item.ITNO)
    return item


def _set(company: Company, item: Item, quantity: Decimal, field: str) -> None:
    if quantity < item.ALQT:
        raise Refused("WQT0105", field, quantity)
    item.STQT = quantity
    company.announcer.balance(item)
    company.life.stock_came()


HANDLERS: dict[tuple[str, str], Handler] = {
    ("MMS310MI", "Get"): get,
    ("MMS310MI", "Update"): count,
    ("MMS850MI", "AddAdjust"): adjust,
}
