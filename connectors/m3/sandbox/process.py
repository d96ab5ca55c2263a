"""Process BODs: M3 enters the order or the customer as MI would, and answers by Acknowledge.

What of a BOD goes into which field is by analogy to the nouns' outlines; a NameValue in UserArea
is the M3 field of that name, on the head or on a line.
"""

from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from connectors.m3.sandbox import acknowledge
from connectors.m3.sandbox.catalogue import InvalidInput
from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record, find_program, find_transaction
from connectors.m3.sandbox.oagis import NAMESPACE

_TEMPLATE = "TANDEM"
_ADDRESS = (
    ("CityName", "TOWN"),
    ("CountrySubDivisionCode", "ECAR"),
    ("CountryCode", "CSCD"),
    ("PostalCode", "PONO"),
)
_ORDER_TEXT = {"TYPE": "1", "TYTR": "1"}


class Processor:
    """Works off the Process BODs that applications send to M3.

    Args:
        company: what they work on.
        handlers: the MI transactions by program and name.
    """

    def __init__(self, company: Company, handlers: Mapping[tuple[str, str], Handler]):
        self._company = company
        self._handlers = handlers
        self._nouns: dict[str, Callable[[Element, Element, Record], None]] = {
            "Process.SalesOrder": self._order,
            "Process.CustomerPartyMaster": self._customer,
        }

    def takes(self, document_name: str) -> bool:
        """Whether M3 works such a document off."""
        return document_name in self._nouns

    def process(self, document_name: str, root: Element) -> None:
        """Does what the BOD asks, or not; the Acknowledge BOD says which."""
        area = root.find("ApplicationArea")
        origin = {
            name: _text(area, path)
            for name, path in (
                ("LogicalID", "Sender/LogicalID"),
                ("CreationDateTime", "CreationDateTime"),
                ("BODID", "BODID"),
            )
        }
        noun = document_name.partition(".")[2]
        found = root.find(f"DataArea/{noun}")
        verb = root.find("DataArea/Process")
        self._nouns[document_name](
            Element("none") if verb is None else verb,
            Element("none") if found is None else found,
            origin,
        )

    def _order(self, verb: Element, noun: Element, origin: Record) -> None:
        header = noun.find("SalesOrderHeader")
        head = _custom(header) | _given(
            CUNO=_text(header, "CustomerParty/PartyIDs/ID"),
            CUOR=_text(header, "PurchaseOrderReference/DocumentID/ID")
            or _text(header, "AlternateDocumentID/ID"),
            CUCD=_attribute(header, "TotalAmount", "currencyID")
            or _attribute(header, "ExtendedAmount", "currencyID"),
        )
        ship_to = None if header is None else header.find("ShipToParty")
        address = _address(ship_to)
        if address:
            address |= _given(PHN2=_text(ship_to, "Communication/DialNumber"))
        notes = [] if header is None else header.findall("Note")
        orno, error = "", None
        try:
            self._check_entity(verb)
            orno = self._entered(head, address, notes, noun.findall("SalesOrderLine"))
        except Refused as refused:
            error = refused
        announcer = self._company.announcer
        announcer.acknowledge(
            "SalesOrder",
            lambda env: acknowledge.order(origin, orno, head.get("CUOR", ""), error, env),
        )

    def _entered(
        self, head: Record, address: Record, notes: list[Element], lines: list[Element]
    ) -> str:
        number = self._run("OIS100MI", "AddBatchHead", head)["ORNO"]
        try:
            for line in lines:
                record = _custom(line) | _given(
                    ORNO=number,
                    ITNO=_text(line, "Item/ItemID/ID"),
                    ORQT=_text(line, "Quantity"),
                    SAPR=_text(line, "UnitPrice/Amount"),
                    SACD=_text(line, "UnitPrice/PerQuantity"),
                    ITDS=_text(line, "Item/Description")[:30],
                )
                self._run("OIS100MI", "AddBatchLine", record)
            if address:
                record = {"ORNO": number, "ADRT": "1", **address}
                self._run("OIS100MI", "AddBatchAddress", record)
            for note in notes:
                record = {"ORNO": number, **_ORDER_TEXT, "PARM": (note.text or "").strip()}
                self._run("OIS100MI", "AddBatchText", record)
            return self._run("OIS100MI", "Confirm", {"ORNO": number})["ORNO"]
        except Refused:
            self._company.books.orders.batch.pop(number, None)
            raise

    def _customer(self, verb: Element, noun: Element, origin: Record) -> None:
        record = (
            _custom(noun)
            | _address(noun)
            | _given(
                CUNO=_text(noun, "PartyIDs/ID"),
                CUNM=_text(noun, "Name"),
                MAIL=_text(noun, "Communication/URI"),
                PHNO=_text(noun, "Communication/DialNumber"),
            )
        )
        cuno, error = record.get("CUNO", ""), None
        action = _attribute(verb, "ActionCriteria/ActionExpression", "actionCode")
        try:
            self._check_entity(verb)
            if action != "Add" and cuno in self._company.books.customers.by_cuno:
                self._run("CRS610MI", "ChgBasicData", record)
            else:
                cuno = self._run("CRS610MI", "Add", {"CUTM": _TEMPLATE, **record})["CUNO"]
        except Refused as refused:
            error = refused
        announcer = self._company.announcer
        announcer.acknowledge(
            "CustomerPartyMaster",
            lambda env: acknowledge.customer(origin, cuno, record.get("ALCU", ""), error, env),
        )

    def _check_entity(self, verb: Element) -> None:
        entity = _text(verb, "AccountingEntityID")
        if entity != self._company.settings.accounting_entity:
            raise Refused("XAU0008", "CONO", entity)

    def _run(self, program: str, name: str, record: Record) -> Record:
        transaction = find_transaction(find_program(program), name)
        try:
            fields = transaction.checked(record, "YMD8")
        except InvalidInput as error:
            raise Refused("XIN0001", error.field, error.text) from None
        rows = self._handlers[program, name](self._company, fields)
        return rows[0] if rows else {}


def plain_names(root: Element) -> Element:
    """The element with the namespace taken off all names; any other namespace stays."""
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    return root


def _given(**fields: str) -> Record:
    return {name: text for name, text in fields.items() if text}


def _text(element: Element | None, path: str) -> str:
    found = None if element is None else element.find(path)
    return (found.text or "").strip() if found is not None else ""


def _attribute(element: Element | None, path: str, name: str) -> str:
    found = None if element is None else element.find(path)
    return "" if found is None else found.get(name, "")


def _custom(element: Element | None) -> Record:
    values = [] if element is None else element.findall("UserArea/Property/NameValue")
    return {value.get("name", ""): (value.text or "").strip() for value in values}


def _address(party: Element | None) -> Record:
    address = None if party is None else party.find("Location/Address")
    if address is None:
        return {}
    lines = [(line.text or "").strip() for line in address.findall("AddressLine")][:4]
    record = {f"CUA{number}": line for number, line in enumerate(lines, 1)}
    name = _text(party, "Location/Name") or _text(party, "Name")
    return record | _given(CUNM=name, **{field: _text(address, tag) for tag, field in _ADDRESS})
