"""The company's books as JSON, to compare with others' books. Money is minor units."""

from collections.abc import Iterable
from typing import Any

from connectors.m3.sandbox.company import Company
from connectors.m3.sandbox.quantities import plain
from connectors.m3.sandbox.state.deliveries import Delivery
from connectors.m3.sandbox.state.orders import Line, Order
from connectors.m3.sandbox.state.receivables import Invoice, Payment
from connectors.m3.sandbox.state.returns import Return


def books(company: Company) -> dict[str, Any]:
    """Orders and invoices by CUOR, deliveries, payments, stock, counts and totals.

    Of several orders with one CUOR the first is under its key, the others under `duplicates`. Of
    several invoices of one CUOR amounts are sums, CINO and INYR are the first's.
    """
    orders = {cuor: list(found) for cuor, found in company.books.orders.by_cuor.items()}
    receivables, deliveries = company.books.receivables, company.books.deliveries.left()
    invoices = [each for each in receivables.invoices.values() if not each.REPN]
    credits = [each for each in receivables.invoices.values() if each.REPN]
    settled = receivables.settled()
    payments = [payment for payment in settled if payment.amount > 0]
    repayments = [payment for payment in settled if payment.amount < 0]
    every = [order for found in orders.values() for order in found]
    open_batches = [order for order in company.books.orders.batch.values() if not order.ORNO]
    return {
        "orders": {cuor: order_entry(found[0]) for cuor, found in orders.items()},
        "duplicates": [order_entry(order) for found in orders.values() for order in found[1:]],
        "unconfirmed": [{"ORNO": o.batch_ORNO, "CUOR": o.CUOR} for o in open_batches],
        "deliveries": [_delivery(delivery) for delivery in deliveries],
        "invoices": _by_cuor(invoices),
        "credit_notes": [_invoice(credit) for credit in credits],
        "returns": [return_entry(each) for each in company.books.returns.by_repn.values()],
        "payments": [_payment(payment) for payment in payments],
        "repayments": [_payment(payment) for payment in repayments],
        "stock": {
            item.ITNO: {"STQT": plain(item.STQT), "ALQT": plain(item.ALQT)}
            for item in company.books.items.by_itno.values()
            if item.stocked
        },
        "counts": {
            "customers": len(company.books.customers.by_cuno),
            "items": len(company.books.items.by_itno),
            "orders": len(every),
            "deliveries": len(deliveries),
            "invoices": len(invoices),
            "credit_notes": len(credits),
            "returns": len(company.books.returns.by_repn),
            "payments": len(payments),
            "repayments": len(repayments),
        },
        "totals": {
            "ordered": sum(order.totals.gross for order in every),
            "invoiced": sum(invoice.totals.gross for invoice in invoices),
            "credited": -sum(credit.totals.gross for credit in credits),
            "paid": sum(payment.amount for payment in payments),
            "repaid": -sum(payment.amount for payment in repayments),
            "outstanding": sum(each.outstanding for each in receivables.invoices.values()),
        },
    }


def order_entry(order: Order) -> dict[str, Any]:
    """An order as the books show it."""
    return {
        "ORNO": order.ORNO,
        "CUOR": order.CUOR,
        "CUNO": order.CUNO,
        "state": order.ORST,
        "lowest": order.ORSL,
        "stop": order.OBLC,
        "total": order.totals.gross,
        "currency": order.currency,
        "lines": [_line(line) for line in order.lines],
    }


def entered(order: Order) -> dict[str, Any]:
    """An order field by field as it was entered: head, lines, addresses by ADRT, texts."""
    return {
        "head": order.record,
        "lines": [line.record for line in order.lines],
        "addresses": {str(kind): fields for kind, fields in order.addresses.items()},
        "texts": order.texts,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "PONR": line.PONR,
        "ITNO": line.ITNO,
        "state": line.ORST,
        "ORQT": plain(line.ORQT),
        "DLQT": plain(line.DLQT),
        "IVQT": plain(line.IVQT),
        "RTQT": plain(line.RTQT),
        "SAPR": f"{line.SAPR:f}",
        "total": line.totals.gross,
    }


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "DLIX": str(delivery.DLIX),
        "ORNO": delivery.order.ORNO,
        "CUOR": delivery.order.CUOR,
        "gross": sum(part.totals.gross for part in delivery.parts),
        "lines": [
            {"PONR": part.line.PONR, "ITNO": part.line.ITNO, "DLQT": plain(part.quantity)}
            for part in delivery.parts
        ],
    }


def _by_cuor(invoices: Iterable[Invoice]) -> dict[str, Any]:
    sums: dict[str, dict[str, Any]] = {}
    for invoice in invoices:
        entry = _invoice(invoice)
        total = sums.setdefault(entry["CUOR"], {**entry, "each": []})
        if total["each"]:
            for name in ("gross", "net", "vat", "outstanding"):
                total[name] += entry[name]
        total["each"].append(entry)
    return sums


def _invoice(invoice: Invoice) -> dict[str, Any]:
    entry = {
        "CINO": invoice.CINO,
        "INYR": invoice.INYR,
        "ORNO": invoice.order.ORNO,
        "CUOR": invoice.order.CUOR,
        "gross": invoice.totals.gross,
        "net": invoice.totals.net,
        "vat": invoice.totals.vat,
        "outstanding": invoice.outstanding,
        "currency": invoice.order.currency,
    }
    if invoice.original is None:
        return {**entry, "DLIX": str(invoice.DLIX)}
    return {**entry, "REPN": invoice.REPN, "original": invoice.original.CINO}


def return_entry(returned: Return) -> dict[str, Any]:
    """A return as the books show it."""
    return {
        "REPN": returned.REPN,
        "YREF": returned.record.get("YREF", ""),
        "ORNO": returned.order.ORNO,
        "CUOR": returned.order.CUOR,
        "state": returned.RESH,
        "lowest": returned.RESL,
        "lines": [
            {
                "RELI": entry.RELI,
                "PONR": entry.line.PONR,
                "ITNO": entry.line.ITNO,
                "REQ0": plain(entry.REQ0),
                "gross": entry.totals.gross,
            }
            for entry in returned.lines
        ],
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "PBID": payment.PBID,
        "TRNO": payment.TRNO,
        "CINO": payment.invoice.CINO,
        "INYR": payment.invoice.INYR,
        "CUOR": payment.invoice.order.CUOR,
        "amount": payment.amount,
        "IRNO": payment.IRNO,
    }
