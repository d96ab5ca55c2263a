"""The envelope of M3's REST API, version 2: bulk requests out, results in. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_READS = ("Get", "Lst", "Sel", "Search")


@dataclass(frozen=True)
class Transaction:
    """One MI transaction to run, e.g. `OIS100MI`, `AddBatchHead`.

    Attributes:
        record: text by M3's field names.
        columns: the output fields that are wanted; none: all.
    """

    program: str
    name: str
    record: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether running it twice does no harm."""
        return self.name.startswith(_READS)


@dataclass(frozen=True)
class MiError:
    """Why M3 refused a transaction.

    Attributes:
        message: M3's text, without its padding and without code and field at its end.
        code: M3's message id, e.g. `WIT0103`.
        field: the field at fault, e.g. `ITNO`.
        type: `ServerReturnedNOK`, `TransactionNotFound`, ...
    """

    message: str
    code: str = ""
    field: str = ""
    type: str = ""


@dataclass(frozen=True)
class MiResult:
    """What a transaction came to: its records, or M3's refusal."""

    records: tuple[Mapping[str, str], ...] = ()
    error: MiError | None = None


@dataclass(frozen=True)
class Reply:
    """What a bulk request came to.

    Attributes:
        results: one a transaction, in their order; None where M3 did not process it.
        ended: why M3 did not process all of them, if so.
    """

    results: tuple[MiResult | None, ...]
    ended: MiError | None = None


class NotUnderstood(ValueError):
    """An answer that is no reply to the request; what the request did is not known."""


def request(
    program: str,
    cono: int,
    divi: str,
    transactions: Sequence[Transaction],
) -> dict[str, Any]:
    """The body of a bulk request; `transactions` comes last, for M3 reads it as a stream.

    Lists come whole (0 records at most is all): by itself M3 cuts them off, after 100, say.
    """
    return {
        "program": program,
        "cono": cono,
        "divi": divi,
        "excludeEmptyValues": True,
        "rightTrim": True,
        "maxReturnedRecords": 0,
        "transactions": [_entry(each) for each in transactions],
    }


def _entry(transaction: Transaction) -> dict[str, Any]:
    entry = {"transaction": transaction.name, "record": dict(transaction.record)}
    return {**entry, "selectedColumns": list(transaction.columns)} if transaction.columns else entry


def reply(body: Any, count: int) -> Reply:
    """M3's answer (HTTP 200 or 400) to a bulk request of `count` transactions.

    Raises:
        NotUnderstood: it is not the envelope, or has another number of results.
    """
    if not isinstance(body, dict):
        raise NotUnderstood("not JSON")
    ended = _ended(body)
    given = body.get("results") or []
    if ended and not given:
        return Reply((None,) * count, ended)
    if not isinstance(given, list) or len(given) > count or (len(given) < count and not ended):
        raise NotUnderstood("another number of results than transactions")
    results = tuple(_result(each) for each in given)
    results += (None,) * (count - len(results))
    if None in results and ended is None:
        ended = MiError("M3 did not process all transactions and does not say why")
    return Reply(results, ended)


def _result(body: Any) -> MiResult | None:
    if not isinstance(body, dict):
        raise NotUnderstood("a result that is no object")
    if body.get("notProcessed"):
        return None
    if body.get("errorMessage") or body.get("errorCode") or body.get("errorType"):
        return MiResult(error=_error(body))
    records = body.get("records") or []
    return MiResult(
        tuple({name: str(value).strip() for name, value in each.items()} for each in records)
    )


def _ended(body: Mapping[str, Any]) -> MiError | None:
    if body.get("errorMessage") or body.get("errorType"):
        return _error(body)
    if body.get("wasTerminated"):
        reason = _plain(body.get("terminationReason")) or "M3 ended the request"
        return MiError(reason, type=_plain(body.get("terminationErrorType")))
    return None


def _error(body: Mapping[str, Any]) -> MiError:
    code, name = _plain(body.get("errorCode")), _plain(body.get("errorField"))
    words = _plain(body.get("errorMessage")).split(" ")
    while len(words) > 1 and words[-1] in (code, name):
        words.pop()
    return MiError(" ".join(words) or code, code, name, _plain(body.get("errorType")))


def _plain(text: Any) -> str:
    return " ".join(str(text or "").split())
