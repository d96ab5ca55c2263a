"""MMS200MI and MMS060MI: items and their balances."""

from decimal import Decimal

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.dates import ymd8
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import plain
from connectors.m3.sandbox.state.items import Item

STOCK_ACCOUNTED = "1"


def add_item(company: Company, fields: Record) -> list[Record]:
    """Adds an item without price or balance; STCD 0 means that no stock is kept."""
    stocked = fields.get("STCD", STOCK_ACCOUNTED) == STOCK_ACCOUNTED
    item = Item(fields["ITNO"], fields, Decimal(0), stocked, changed_ms=company.now_ms())
    company.books.items.add(item)
    company.announcer.item(item)
    return []


def list_by_change_date(company: Company, fields: Record) -> list[Record]:
    """The items that changed from FLMD to TLMD, both days included."""
    first, last = fields.get("FLMD", ""), fields.get("TLMD", "99999999")
    items = company.books.items.by_itno.values()
    return [_basic(item) for item in items if first <= ymd8(item.changed_ms) <= last]


def get_item(company: Company, fields: Record) -> list[Record]:
    """An item's basic data."""
    return [_basic(company.books.items.get(fields["ITNO"]))]


def warehouse_balance(company: Company, fields: Record) -> list[Record]:
    """An item's balance in the warehouse: on hand, allocated, allocatable."""
    check_warehouse(company, fields)
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
    check_warehouse(company, fields)
    return [balance(company, company.books.items.get(fields["ITNO"]))]


def list_balances(company: Company, fields: Record) -> list[Record]:
    """The balance identities of one item, or of all that have stock accounting."""
    check_warehouse(company, fields)
    items = company.books.items
    found = [items.get(fields["ITNO"])] if "ITNO" in fields else items.by_itno.values()
    return [balance(company, item) for item in found if item.stocked]


def check_warehouse(company: Company, fields: Record) -> None:
    """WWH0103 refuses any warehouse but the only one."""
    if fields["WHLO"] != company.settings.warehouse:
        raise Refused("WWH0103", "WHLO", fields["WHLO"])


def _basic(item: Item) -> Record:
    own = {"ITNO": item.ITNO, "STCD": str(int(item.stocked)), "LMDT": ymd8(item.changed_ms)}
    return {"STAT": "20", "UNMS": item.UNMS, **item.record, **own}


def _place(company: Company, item: Item) -> Record:
    return {
        "CONO": str(company.settings.cono),
        "WHLO": company.settings.warehouse,
        "ITNO": item.ITNO,
    }


def balance(company: Company, item: Item) -> Record:
    """An item's balance identity."""
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
    ("MMS200MI", "LstItmByChgDate"): list_by_change_date,
    ("MMS200MI", "GetItmWhsBal"): warehouse_balance,
    ("MMS060MI", "Get"): get_balance,
    ("MMS060MI", "LstBalID"): list_balances,
}
