"""M3's Acknowledge BODs as events, and those that cannot be used."""

import pytest

from connectors.m3.bods import Context, events
from streams.core.errors import CardData, Rejected
from streams.messages.customer import CustomerAcknowledged
from streams.messages.fulfilment import SalesOrderAcknowledged
from tests.unit.connectors.m3.test_bods import BODS

CONTEXT = Context("TANDEM_TST", "100_AAA", 1_300_000_000_000)
REFUSED = (
    "<ChangeStatus><Code>WIT0103</Code><Reason>Item number X does not exist</Reason></ChangeStatus>"
)


def answer(name: str, *changes: tuple[str, str]) -> bytes:
    text = (BODS / f"Acknowledge{name}.xml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def rejected(why: str = REFUSED) -> tuple[str, str]:
    accepted = '<ResponseExpression actionCode="Accepted"/>'
    return accepted, f'<ResponseExpression actionCode="Rejected"/>{why}'


def test_an_order_that_m3_took() -> None:
    (event,) = events(answer("SalesOrder"), CONTEXT)
    assert isinstance(event, SalesOrderAcknowledged)
    assert (event.key, event.correlation_id, event.source) == ("uk-536365", "uk-536365", "m3")
    assert (event.m3_order, event.reason, event.code) == ("0010000001", "", "")
    assert event.command_id == event.causation_id == "command-uk-536365"
    assert event.received_at == CONTEXT.received_at


def test_an_order_that_m3_refused() -> None:
    number = '<DocumentID><ID accountingEntity="100_AAA" location="001" variationID="2" '
    number += 'lid="lid://infor.m3.m3">0010000001</ID></DocumentID>'
    (event,) = events(answer("SalesOrder", rejected(), (number, "")), CONTEXT)
    assert isinstance(event, SalesOrderAcknowledged)
    assert (event.m3_order, event.code) == ("", "WIT0103")
    assert event.reason == "Item number X does not exist"
    (silent,) = events(answer("SalesOrder", rejected("")), CONTEXT)
    assert isinstance(silent, SalesOrderAcknowledged)
    assert (silent.m3_order, silent.code) == ("", "")
    assert silent.reason


def test_a_customer_that_m3_took_or_has_already() -> None:
    (taken,) = events(answer("CustomerPartyMaster"), CONTEXT)
    assert isinstance(taken, CustomerAcknowledged)
    assert (taken.key, taken.customer_number, taken.reason) == ("uk-17850", "UK17850", "")
    there = REFUSED.replace("WIT0103", "WCU0204")
    (known,) = events(answer("CustomerPartyMaster", rejected(there)), CONTEXT)
    assert isinstance(known, CustomerAcknowledged)
    assert (known.customer_number, known.reason, known.code) == ("UK17850", "", "")


def test_a_customer_that_m3_refused() -> None:
    (event,) = events(answer("CustomerPartyMaster", rejected()), CONTEXT)
    assert isinstance(event, CustomerAcknowledged)
    assert (event.customer_number, event.code) == ("", "WIT0103")


def test_one_command_has_one_answer() -> None:
    """A repeated Acknowledge, with another BODID and time of its own, is the same event."""
    once = events(answer("SalesOrder"), CONTEXT)
    later = Context("TANDEM_TST", "100_AAA", CONTEXT.received_at + 60_000)
    again = events(answer("SalesOrder", ("2010-12-01T08:26:00.0", "2010-12-01T08:27:00.0")), later)
    assert [each.id for each in once] == [each.id for each in again]
    (other,) = events(answer("SalesOrder", ("command-uk-536365", "another")), CONTEXT)
    assert other.id != once[0].id


BODID = "infor-nid:TANDEM_TST:100_AAA::uk-536365:command-uk-536365?SalesOrder&amp;verb=Process"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ((BODID, "5a6b"), "DataArea/Acknowledge/OriginalApplicationArea/BODID"),
        (
            ("Accepted", "Postponed"),
            "DataArea/Acknowledge/ResponseCriteria/ResponseExpression/@actionCode",
        ),
        (
            ("<ID accounting", "<No accounting"),
            "DataArea/SalesOrder/SalesOrderHeader/DocumentID/ID",
        ),
        (("100_AAA</Acc", "200_AAA</Acc"), "DataArea/Acknowledge/AccountingEntityID"),
        (
            ("<AccountingEntityID>", "<TenantID>ACME</TenantID><AccountingEntityID>"),
            "TenantID",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(change: tuple[str, str], field: str) -> None:
    text = (BODS / "AcknowledgeSalesOrder.xml").read_text()
    assert change[0] in text
    changed = text.replace(*change)
    changed = (
        changed.replace("0010000001</ID>", "0010000001</No>") if "<No " in changed else changed
    )
    with pytest.raises(Rejected) as refused:
        events(changed.encode(), CONTEXT)
    assert refused.value.field == field


def test_a_reason_with_card_data_is_refused() -> None:
    why = REFUSED.replace("Item number X", "Card 4111 1111 1111 1111")
    with pytest.raises(CardData):
        events(answer("SalesOrder", rejected(why)), CONTEXT)
