"""MMS200MI and MMS060MI: items and their balances."""

from decimal import Decimal

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import plain
from connectors.m3.sandbox.state.items import Item

STOCK_ACCOUNTED = "1"


def add_item(company: Company, fields: Record) -> list[Record]:
    """Adds an item without price or balance; STCD 0 means that no stock is kept."""
    stocked = fields.get("STCD", STOCK_ACCOUNTED) == STOCK_ACCOUNTED
    company.books.items.add(Item(fields["ITNO"], fields, Decimal(0), stocked))
    return []


def get_item(company: Company, fields: Record) -> list[Record]:
    """An item's basic data."""
    return [_basic(company.books.items.get(fields["ITNO"]))]


def warehouse_balance(company: Company, fields: Record) -> list[Record]:
    """An item's balance in the warehouse: on hand, allocated, allocatable."""
    _check_warehouse(company, fields)
    item = company.books.items.get(fields["ITNO"])
    return [
        {
            **_place(company, item),
            "STQT": plain(item.STQT),
            "ALQT": plain(item.ALQT),
            "AVST": plain(item.available),
            "AVAL": plain(item.available),
            "AV01": plain(item.available),
            "FACI": company.settings.facility,
        }
    ]


def get_balance(company: Company, fields: Record) -> list[Record]:
    """An item's balance identity."""
    _check_warehouse(company, fields)
    return [_balance(company, company.books.items.get(fields["ITNO"]))]


def list_balances(company: Company, fields: Record) -> list[Record]:
    """The balance identities of one item, or of all that have stock accounting."""
    _check_warehouse(company, fields)
    items = company.books.items
    found = [items.get(fields["ITNO"])] if "ITNO" in fields else items.by_itno.values()
    return [_balance(company, item) for item in found if item.stocked]


def _check_warehouse(company: Company, fields: Record) -> None:
    if fields["WHLO"] != company.settings.warehouse:
        raise Refused("WWH0103", "WHLO", fields["WHLO"])


def _basic(item: Item) -> Record:
    return {"STAT": "20", "UNMS": item.UNMS, **item.record, "STCD": str(int(item.stocked))}


def _place(company: Company, item: Item) -> Record:
    return {
        "CONO": str(company.settings.cono),
        "WHLO": company.settings.warehouse,
        "ITNO": item.ITNO,
    }


def _balance(company: Company, item: Item) -> Record:
    return {
        **_place(company, item),
        "WHNM": "Sandbox warehouse",
        "ITDS": item.ITDS,
        "UNMS": item.UNMS,
        "WHSL": "A1",
        "STAS": "2",
        "STAT": "20",
        "STQT": plain(item.STQT),
        "ALQT": plain(item.ALQT),
    }


HANDLERS: dict[tuple[str, str], Handler] = {
    ("MMS200MI", "AddItmBasic"): add_item,
    ("MMS200MI", "GetItmBasic"): get_item,
    ("MMS200MI", "GetItmWhsBal"): warehouse_balance,
    ("MMS060MI", "Get"): get_balance,
    ("MMS060MI", "LstBalID"): list_balances,
}
