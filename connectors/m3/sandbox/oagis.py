"""What all BODs are made of: envelope, ids, references, money. Text in, XML text out.

The envelope and the values follow a real BOD of M3 (SyncPurchaseOrder).
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from html import escape

from connectors.m3.sandbox.quantities import amount, plain
from connectors.m3.sandbox.state.pricing import Totals
from streams.core.clock import iso

NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
LOGICAL_ID = "lid://infor.m3.m3"
_text = partial(escape, quote=False)


@dataclass(frozen=True)
class Envelope:
    """What every BOD of one moment says about itself.

    Attributes:
        entity: company and division, `100_AAA`.
        variation: grows with each BOD of the same document: the higher is the newer.
    """

    entity: str
    warehouse: str
    at_ms: int
    bod_id: str
    variation: int


def sync(noun: str, body: str, env: Envelope, action: str = "Replace") -> str:
    """A Sync BOD: M3 tells how something of its own now stands; actionCode `action`."""
    verb = (
        f'{entity(env)}<ActionCriteria><ActionExpression actionCode="{action}"/></ActionCriteria>'
    )
    return bod("Sync", verb, noun, body, env)


def bod(verb: str, criteria: str, noun: str, body: str, env: Envelope) -> str:
    """A BOD: the verb with its criteria, the noun with its body."""
    name = f"{verb}{noun}"
    schema = f"http://schema.infor.com/2.14.x/InforOAGIS/BODs/{name}.xsd"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{name} xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {schema}" releaseID="9.2" versionID="2.14.3" '
        'systemEnvironmentCode="Production" languageCode="GB">'
        f"<ApplicationArea><Sender>{tag('LogicalID', LOGICAL_ID)}{tag('ComponentID', 'M3BE')}"
        f"{tag('ConfirmationCode', 'OnError')}</Sender>"
        f"{tag('CreationDateTime', iso(env.at_ms))}{tag('BODID', env.bod_id)}</ApplicationArea>"
        f"<DataArea><{verb}>{criteria}</{verb}>"
        f"<{noun}>{body}</{noun}></DataArea></{name}>\n"
    )


def entity(env: Envelope) -> str:
    """Company, division and warehouse, as a verb begins."""
    return f"{tag('AccountingEntityID', env.entity)}{tag('LocationID', env.warehouse)}"


def tag(name: str, text: str) -> str:
    """An element with text."""
    return f"<{name}>{_text(text)}</{name}>"


def ident(text: str, company: str) -> str:
    """An ID of the company and division (`100_AAA`)."""
    return f'<ID accountingEntity="{company}">{_text(text)}</ID>'


def varied(text: str, env: Envelope) -> str:
    """An ID of the company and division that has variations."""
    return (
        f'<ID accountingEntity="{env.entity}" location="{env.warehouse}" '
        f'variationID="{env.variation}" lid="{LOGICAL_ID}">{_text(text)}</ID>'
    )


def document_id(text: str, env: Envelope, more: str = "") -> str:
    """`DocumentID` with the variation; `more` comes after its ID."""
    return f"<DocumentID>{varied(text, env)}{more}</DocumentID>"


def reference(name: str, text: str, attributes: str = "") -> str:
    """A reference to another document."""
    return f"<{name}{attributes}><DocumentID>{tag('ID', text)}</DocumentID></{name}>"


def status(code: str, attributes: str = "") -> str:
    """`Status/Code`."""
    return f"<Status><Code{attributes}>{code}</Code></Status>"


def party(number: str, env: Envelope) -> str:
    """`PartyIDs/ID`."""
    return f"<PartyIDs>{ident(number, env.entity)}</PartyIDs>"


def location(record: dict[str, str]) -> str:
    """An address as CUA1-4, TOWN, CSCD and PONO have it; nothing for no address."""
    if not record:
        return ""
    rows = [record[name] for name in ("CUA1", "CUA2", "CUA3", "CUA4") if record.get(name)]
    lines = "".join(
        f'<AddressLine sequence="{number}">{_text(row)}</AddressLine>'
        for number, row in enumerate(rows, 1)
    )
    rest = "".join(
        tag(element, record[name])
        for element, name in (("CityName", "TOWN"), ("CountryCode", "CSCD"), ("PostalCode", "PONO"))
        if record.get(name)
    )
    return f'<Location><Address type="text">{lines}{rest}</Address></Location>'


@lru_cache(4096)
def quantity(name: str, number: Decimal, unit: str) -> str:
    """A quantity with its unit."""
    return f'<{name} unitCode="{escape(unit)}">{plain(number)}</{name}>'


def money(totals: Totals, currency: str) -> str:
    """Net (`ExtendedAmount`), VAT and gross."""
    return (
        f'<ExtendedAmount currencyID="{currency}">{amount(totals.net, currency)}</ExtendedAmount>'
        f'<TaxAmount currencyID="{currency}">{amount(totals.vat, currency)}</TaxAmount>'
        f'<TotalAmount currencyID="{currency}">{amount(totals.gross, currency)}</TotalAmount>'
    )


def user_area(**values: str) -> str:
    """Custom values: M3 field names and what they hold."""
    properties = "".join(
        f'<Property><NameValue name="{name}" type="StringType">{_text(value)}</NameValue>'
        "</Property>"
        for name, value in values.items()
    )
    return f"<UserArea>{properties}</UserArea>"
