"""ARS040MI and ARBR75MI: batches of customer payments."""

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import Handler, Record
from connectors.m3.sandbox.quantities import minor, signed_minor, whole
from connectors.m3.sandbox.settings import PAYMENT_BATCH_TYPES
from connectors.m3.sandbox.state.receivables import Batch, Payment


def add_head(company: Company, fields: Record) -> list[Record]:
    """Opens a batch under the caller's number PBID."""
    batches = company.books.receivables.batches
    pbid, kind = _batch_number(fields), fields["BOPE"]
    if kind not in PAYMENT_BATCH_TYPES:
        raise Refused("WBO0103", "BOPE", kind)
    if pbid in batches:
        raise Refused("WPB0104", "PBID", pbid)
    batches[pbid] = Batch(pbid, kind)
    return [{"PBID": pbid}]


def add_line(company: Company, fields: Record) -> list[Record]:
    """Adds a payment of one invoice to an open batch; of a credit note, it is negative."""
    receivables = company.books.receivables
    batch = receivables.open_batch(_batch_number(fields))
    number = whole(fields["TRNO"], "TRNO")
    if number in batch.payments:
        raise Refused("WTR0104", "TRNO", number)
    company.books.customers.get(fields["CUNO"])
    invoice = receivables.invoice(fields["CINO"], whole(fields["INYR"], "INYR"))
    if fields["CUNO"] != invoice.order.CUNO:
        raise Refused("WIN0103", "CUNO", fields["CINO"])
    currency = invoice.order.currency
    if fields.get("CUCD", currency) != currency:
        raise Refused("WCUCD03", "CUCD", fields["CUCD"])
    paid = signed_minor(fields["PYAM"], currency, "PYAM")
    reference = fields.get("IRNO", "")
    batch.payments[number] = Payment(batch.PBID, number, invoice, paid, reference)
    return []


def add_charge(company: Company, fields: Record) -> list[Record]:
    """Adds a fee to an open batch."""
    currency = fields.get("CUCD", company.settings.currency)
    minor(fields["CHAM"], currency, "CHAM")
    company.books.receivables.open_batch(_batch_number(fields)).charges.append(fields)
    return []


def control(company: Company, fields: Record) -> list[Record]:
    """Settles a batch: what it pays is no longer outstanding."""
    receivables = company.books.receivables
    receivables.control(receivables.open_batch(_batch_number(fields)), company.now_ms())
    return []


def batch_type(company: Company, fields: Record) -> list[Record]:
    """A type of payment batch by BOPE."""
    kind = fields.get("BOPE", "")
    if kind not in PAYMENT_BATCH_TYPES:
        raise Refused("WBO0103", "BOPE", kind)
    text = PAYMENT_BATCH_TYPES[kind]
    settings = company.settings
    own = {"CONO": str(settings.cono), "DIVI": settings.divi}
    return [{**own, "BOPE": kind, "TX40": text, "TX15": text[:15]}]


def _batch_number(fields: Record) -> str:
    if "PBID" not in fields:
        raise Refused("WPB0102", "PBID")
    return str(whole(fields["PBID"], "PBID"))


HANDLERS: dict[tuple[str, str], Handler] = {
    ("ARS040MI", "AddBatchHead"): add_head,
    ("ARS040MI", "AddBatchLine"): add_line,
    ("ARS040MI", "AddBatchCharge"): add_charge,
    ("ARS040MI", "ControlBatch"): control,
    ("ARBR75MI", "GetBatchPaymTyp"): batch_type,
}
