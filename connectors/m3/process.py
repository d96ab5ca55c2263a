"""The BODs by which M3 is asked: Process.SalesOrder and Process.CustomerPartyMaster. Pure.

What is in them is the mappings' (`bod_….yaml`): text by path below the noun's parts. Here is what a
mapping cannot say: the envelope, which parts there are, and that lines are counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from connectors.m3.origin import Origin
from connectors.mapping.mapping import Mapping as Rule
from streams.core.clock import iso
from streams.core.message import Command
from streams.messages.m3 import CreateOrder, EnsureCustomer

_NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
_LINES = ("bod_order_line", "bod_order_charge")
_LINE_STEP = 1000
_COUNTED = re.compile(r"(AddressLine)(\d)")
_CUSTOM = "UserArea"


@dataclass(frozen=True)
class Sender:
    """Who sends, and to which company.

    Attributes:
        tenant: the tenant id.
        accounting_entity: company and division, `100_AAA`.
        logical_id: of Tandem's connection point in ION.
    """

    tenant: str
    accounting_entity: str
    logical_id: str


@dataclass(frozen=True)
class Bod:
    """A BOD to send. The same command gives the same bytes.

    Attributes:
        document_name: as ION names it, `Process.SalesOrder`.
        message_id: the command's id, by which a repeated message is recognised.
    """

    document_name: str
    message_id: str
    payload: bytes


def sales_order(command: CreateOrder, rules: Mapping[str, Rule], sender: Sender) -> Bod:
    """The order as Process.SalesOrder: header with notes, a line a line of goods and a charge.

    Raises:
        Rejected: a mapping refuses a value.
    """
    record = command.model_dump()
    noun = Element("SalesOrder")
    header = SubElement(noun, "SalesOrderHeader")
    for note in rules["bod_order_note"].many(record):
        SubElement(header, "Note").text = note["Note"]
    _fill(header, rules["bod_order_head"](record))
    lines = [made for name in _LINES for made in rules[name].many(record)]
    for number, fields in enumerate(lines, 1):
        line = SubElement(noun, "SalesOrderLine")
        SubElement(line, "LineNumber").text = str(number * _LINE_STEP)
        _fill(line, fields)
    return _bod(command, noun, sender)


def customer(command: EnsureCustomer, rules: Mapping[str, Rule], sender: Sender) -> Bod:
    """The customer as Process.CustomerPartyMaster.

    Raises:
        Rejected: the mapping refuses a value.
    """
    noun = Element("CustomerPartyMaster")
    _fill(noun, rules["bod_customer"](command.model_dump()))
    return _bod(command, noun, sender)


def _bod(command: Command, noun: Element, sender: Sender) -> Bod:
    root = Element(f"Process{noun.tag}", xmlns=_NAMESPACE, releaseID="9.2", versionID="2.14.3")
    area = SubElement(root, "ApplicationArea")
    bod_id = Origin(command.key, command.id).bod_id(
        sender.tenant, sender.accounting_entity, noun.tag
    )
    _fill(
        area,
        {
            "Sender/LogicalID": sender.logical_id,
            "Sender/ComponentID": "External",
            "Sender/ConfirmationCode": "OnError",
            "CreationDateTime": iso(command.occurred_at),
            "BODID": bod_id,
        },
    )
    data = SubElement(root, "DataArea")
    verb = {
        "Process/TenantID": sender.tenant,
        "Process/AccountingEntityID": sender.accounting_entity,
        "Process/ActionCriteria/ActionExpression/@actionCode": "Add",
    }
    _fill(data, verb)
    data.append(noun)
    payload = tostring(root, encoding="UTF-8", xml_declaration=True)
    return Bod(f"Process.{noun.tag}", command.id, payload)


def _fill(element: Element, fields: Mapping[str, str]) -> None:
    """Writes text by path: `@name` is an attribute, what is in UserArea a named value."""
    for path, text in fields.items():
        *way, last = path.split("/")
        here = element
        for step in way:
            here = _child(here, step)
        if last.startswith("@"):
            here.set(last[1:], text)
        elif way == [_CUSTOM]:
            custom = SubElement(here, "Property")
            SubElement(custom, "NameValue", name=last, type="StringType").text = text
        else:
            _child(here, last).text = text


def _child(element: Element, step: str) -> Element:
    counted = _COUNTED.fullmatch(step)
    if counted:
        return SubElement(element, counted[1], sequence=counted[2])
    found = element.find(step)
    return SubElement(element, step) if found is None else found
