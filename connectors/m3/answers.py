"""M3's answers to what Tandem sent it by BOD, as events: the Acknowledge BODs. Pure.

Which command is answered tells the BODID of what was sent, which M3 gives back. One command has one
answer: a repeated BOD gives the same id.
"""

from typing import Any

from connectors import carddata
from connectors.m3.documents import Document
from connectors.m3.origin import origin
from streams.core.errors import Rejected
from streams.core.message import Message, message_id
from streams.messages.customer import CustomerAcknowledged
from streams.messages.fulfilment import SalesOrderAcknowledged

_VERB = "DataArea/Acknowledge"
_ASKED = "OriginalApplicationArea/BODID"
_ANSWER = "ResponseCriteria/ResponseExpression/@actionCode"
_WHY = "ResponseCriteria/ChangeStatus"
_REFUSED = "Rejected"
_TAKEN = frozenset(("Accepted", "Modified"))
_HAS_CUSTOMER = ("WCU", "04")


def sales_order(document: Document, received_at: int) -> tuple[Message, ...]:
    """What M3 says to a Process.SalesOrder: its order number, or why there is none.

    Raises:
        Rejected: Tandem did not ask, or the BOD does not say what M3 did.
        CardData: the reason holds card data.
    """
    answer, said = _read(document, received_at, SalesOrderAcknowledged.type)
    if not said:
        header = document.part("DataArea/SalesOrder/SalesOrderHeader")
        said = {"m3_order": header.text("DocumentID/ID")}
    return (SalesOrderAcknowledged(**answer, **said),)


def customer(document: Document, received_at: int) -> tuple[Message, ...]:
    """What M3 says to a Process.CustomerPartyMaster: its customer number, or why there is none.

    A refusal because M3 has that number already says that the customer is there.

    Raises:
        Rejected: Tandem did not ask, or the BOD does not say what M3 did.
        CardData: the reason holds card data.
    """
    answer, said = _read(document, received_at, CustomerAcknowledged.type)
    begin, end = _HAS_CUSTOMER
    code = said.get("code", "")
    if not said or (code.startswith(begin) and code.endswith(end)):
        master = document.part("DataArea/CustomerPartyMaster")
        said = {"customer_number": master.text("PartyIDs/ID")}
    return (CustomerAcknowledged(**answer, **said),)


def _read(
    document: Document, received_at: int, event_type: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """The envelope of an answer, and why M3 refused; nothing if it did not."""
    verb = document.part(_VERB)
    asked = origin(verb.text(_ASKED))
    if asked is None:
        raise Rejected(
            "M3 answers something that Tandem did not send. Give the other application a "
            "connection point of its own in ION",
            f"{_VERB}/{_ASKED}",
        )
    answer = {
        "id": message_id(event_type, asked.command_id),
        "key": asked.key,
        "occurred_at": document.moment("ApplicationArea/CreationDateTime"),
        "received_at": received_at,
        "source": "m3",
        "correlation_id": asked.key,
        "causation_id": asked.command_id,
        "command_id": asked.command_id,
    }
    action = verb.text(_ANSWER)
    if action in _TAKEN:
        return answer, {}
    if action != _REFUSED:
        raise Rejected(f"{action} is no answer that Tandem knows", f"{_VERB}/{_ANSWER}")
    reason = verb.text(f"{_WHY}/Reason", "M3 refused it and does not say why")
    carddata.refuse(reason.encode())
    return answer, {"reason": reason, "code": verb.text(f"{_WHY}/Code", "")}
