"""The BOD that answers a Process BOD: accepted with M3's number, or rejected with the reason.

The verb's body follows a published sample (OriginalApplicationArea, ResponseCriteria, Reason);
the code beside the reason and the nouns' bodies are by analogy.
"""

from collections.abc import Mapping

from connectors.m3.sandbox import oagis
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.oagis import Envelope, ident, reference, tag


def order(
    origin: Mapping[str, str], orno: str, cuor: str, error: Refused | None, env: Envelope
) -> str:
    """Acknowledge.SalesOrder; without an order number if it was rejected."""
    number = oagis.document_id(orno, env) if orno else ""
    head = (
        f"<SalesOrderHeader>{number}{reference('PurchaseOrderReference', cuor)}</SalesOrderHeader>"
    )
    return oagis.bod("Acknowledge", _criteria(origin, error, env), "SalesOrder", head, env)


def customer(
    origin: Mapping[str, str], cuno: str, alias: str, error: Refused | None, env: Envelope
) -> str:
    """Acknowledge.CustomerPartyMaster; without a number if it was rejected before it had one."""
    number = f"<PartyIDs>{ident(cuno, env.entity)}</PartyIDs>" if cuno else ""
    body = number + oagis.user_area(ALCU=alias)
    return oagis.bod("Acknowledge", _criteria(origin, error, env), "CustomerPartyMaster", body, env)


def _criteria(origin: Mapping[str, str], error: Refused | None, env: Envelope) -> str:
    action = "Accepted" if error is None else "Rejected"
    change = ""
    if error is not None:
        change = (
            f"<ChangeStatus>{tag('Code', error.code)}{tag('Reason', error.text)}</ChangeStatus>"
        )
    return (
        f"{oagis.entity(env)}<OriginalApplicationArea><Sender>"
        f"{tag('LogicalID', origin['LogicalID'])}</Sender>"
        f"{tag('CreationDateTime', origin['CreationDateTime'])}{tag('BODID', origin['BODID'])}"
        "</OriginalApplicationArea><ResponseCriteria>"
        f'<ResponseExpression actionCode="{action}"/>{change}</ResponseCriteria>'
    )
