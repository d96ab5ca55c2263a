"""The M3 REST API, version 2: single calls by GET, bulk calls by POST, one answer shape.

A request that cannot be run answers 400 with the error at the top level; a transaction that M3
refuses answers 200 with the error in its result. In a bulk call a field that does not fit fails
its transaction only; an unknown transaction ends the call there: those before it are done,
those after it are not processed. The limit of 100 transactions a call is by analogy.
"""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from connectors.m3.sandbox.catalogue import InvalidInput, Program
from connectors.m3.sandbox.dates import FORMATS
from connectors.m3.sandbox.messages import Refused
from connectors.m3.sandbox.mi import (
    Options,
    Result,
    Runner,
    Terminated,
    error_fields,
    find_program,
    find_transaction,
    refusal,
)
from connectors.m3.sandbox.trouble import CUT_504, CUT_ENDED, REFUSAL, Trouble
from connectors.sandbox.injector import BulkHit
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

BULK_LIMIT = 100
_NAMES = {
    "cono": "cono",
    "divi": "divi",
    "maxrecs": "maxrecs",
    "maxReturnedRecords": "maxrecs",
    "dateformat": "dateformat",
    "dateFormat": "dateformat",
    "excludeempty": "excludeempty",
    "excludempty": "excludeempty",
    "excludeEmptyValues": "excludeempty",
    "righttrim": "righttrim",
    "rightTrim": "righttrim",
    "returncols": "returncols",
    "extendedresult": "extendedresult",
    "format": "format",
}
_BOOLEANS = {"true": True, "false": False}


class Rest:
    """Handlers of `m3api-rest/v2/execute`.

    Args:
        trouble: says what befalls bulk calls.
        shelves: where requests are counted.
    """

    def __init__(self, runner: Runner, trouble: Trouble, shelves: Shelves = MEMORY):
        self._runner, self._trouble = runner, trouble
        self._requests = Series(shelves, "requests")

    @property
    def requests(self) -> int:
        """HTTP requests so far, single and bulk."""
        return self._requests.latest

    def clear(self) -> None:
        """Counts from zero."""
        self._requests.restart()

    async def get(self, request: web.Request) -> web.Response:
        """`GET .../execute/{program}/{transaction}?FIELD=value`; matrix parameters are taken."""
        next(self._requests)
        name, *matrix = request.match_info["transaction"].split(";")
        pairs = {**dict(pair.partition("=")[::2] for pair in matrix), **request.query}
        try:
            options, form = _options(pairs), pairs.get("format", "PRETTY")
            program = find_program(request.match_info["program"])
            transaction = find_transaction(program, name)
        except Terminated as error:
            return _refused({"errorMessage": error.reason, "errorType": error.error_type}, "")
        record = {key: value for key, value in request.query.items() if key not in _NAMES}
        try:
            result = self._runner.run(transaction, record, options)
        except Refused as error:
            failed = refusal(transaction, record, options, error)
            return _answer(_envelope([failed], failed=1), form)
        except InvalidInput as error:
            return _refused(error_fields(error), form)
        return _answer(_envelope([result], done=1), form)

    async def post(self, request: web.Request) -> web.Response:
        """`POST .../execute` with many transactions of one program."""
        next(self._requests)
        try:
            body = _body(await request.text())
            query = dict(request.query)
            options, form = _options({**body, **query}), query.get("format", "PRETTY")
            program = find_program(body["program"])
        except Terminated as error:
            return _refused({"errorMessage": error.reason, "errorType": error.error_type}, "")
        hit = self._trouble.of_bulk(request, program.name, body["transactions"])
        return self._run_all(program, body["transactions"], options, form, hit)

    def _run_all(
        self,
        program: Program,
        entries: list[dict[str, Any]],
        options: Options,
        form: str,
        hit: BulkHit | None,
    ) -> web.Response:
        results: list[Result] = []
        failed = 0
        for number, entry in enumerate(entries):
            record = entry.get("record") or {}
            befallen = hit.fault if hit and hit.at == number else ""
            if befallen == CUT_504:
                return self._trouble.face.failed.response()
            try:
                if befallen == CUT_ENDED:
                    raise Terminated("", "The request was ended")
                transaction = find_transaction(program, entry.get("transaction", ""))
            except Terminated as error:
                rest = entries[number:]
                results += [_not_processed(later) for later in rest]
                ended = _envelope(results, number - failed, failed, len(rest))
                ended |= {
                    "wasTerminated": True,
                    "terminationReason": error.reason,
                    "terminationErrorType": error.error_type,
                }
                return _answer(ended, form, status=400)
            chosen = _with_columns(options, entry)
            try:
                if befallen == REFUSAL:
                    raise Refused("SBX0001")
                results.append(self._runner.run(transaction, record, chosen))
            except (Refused, InvalidInput) as refused:
                failed += 1
                results.append(refusal(transaction, record, chosen, refused))
        return _answer(_envelope(results, len(entries) - failed, failed), form)


def _body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        raise Terminated("InvalidRequest", "The body is not JSON") from None
    if not isinstance(body, dict) or not isinstance(body.get("program"), str):
        raise Terminated("InvalidRequest", "The body names no program")
    entries = body.get("transactions")
    if not isinstance(entries, list) or not entries:
        raise Terminated("InvalidRequest", "The body has no transactions")
    if next(reversed(body)) != "transactions":
        raise Terminated("InvalidRequest", "transactions must be the last attribute of the body")
    if len(entries) > BULK_LIMIT:
        reason = f"{len(entries)} transactions are more than {BULK_LIMIT}"
        raise Terminated("TooManyTransactions", reason)
    if not all(map(_well_formed, entries)):
        raise Terminated("InvalidRequest", "A transaction needs its name and a record of values")
    return body


def _well_formed(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("transaction"), str):
        return False
    record = entry.get("record") or {}
    if not isinstance(record, dict):
        return False
    return all(value is None or isinstance(value, str) for value in record.values())


def _options(given: Mapping[str, Any]) -> Options:
    values: dict[str, Any] = {}
    for name, value in given.items():
        target = _NAMES.get(name)
        if target is not None and target != "format" and value not in ("", None):
            values[target] = _option(target, value)
    return Options(**values)


def _option(name: str, value: Any) -> Any:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if name in ("excludeempty", "righttrim", "extendedresult"):
        if text not in _BOOLEANS:
            raise Terminated("InvalidRequest", f"{name} is neither true nor false: {text}")
        return _BOOLEANS[text]
    if name == "maxrecs":
        if not text.isdecimal():
            raise Terminated("InvalidRequest", f"maxrecs is not a number: {text}")
        return int(text)
    if name == "dateformat" and text not in FORMATS:
        raise Terminated("InvalidRequest", f"dateformat is not known: {text}")
    if name == "returncols":
        return tuple(column.strip() for column in text.split(","))
    return text


def _with_columns(options: Options, entry: dict[str, Any]) -> Options:
    columns = entry.get("selectedColumns")
    if not columns:
        return options
    return Options(**{**vars(options), "returncols": tuple(columns)})


def _not_processed(entry: dict[str, Any]) -> Result:
    return {"transaction": entry["transaction"], "records": [], "notProcessed": True}


def _envelope(
    results: list[Result], done: int = 0, failed: int = 0, not_processed: int = 0
) -> Result:
    return {
        "results": results,
        "wasTerminated": False,
        "terminationReason": "",
        "terminationErrorType": "",
        "nrOfSuccessfullTransactions": done,
        "nrOfFailedTransactions": failed,
        "nrOfNotProcessedTransactions": not_processed,
        "bulkJobId": "",
    }


def _refused(error: Result, form: str) -> web.Response:
    return _answer({**_envelope([]), **error}, form, status=400)


def _answer(body: Result, form: str, status: int = 200) -> web.Response:
    indent = 2 if form == "PRETTY" else None
    text = json.dumps(body, ensure_ascii=False, indent=indent)
    return web.Response(text=text, status=status, content_type="application/json")
