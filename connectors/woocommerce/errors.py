"""WooCommerce's error table: what each refusal asks of us (facts: 1.4).

A 5xx in WordPress' own words (`woocommerce_...`) is a refusal for good; in HTML it is the host's,
and says nothing of whether the write was done.
"""

from collections.abc import Mapping
from typing import Any

from connectors.http import Answer, Call, retry_after
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown

NO_ROUTE = "rest_no_route"
FATAL = "internal_server_error"
"""WordPress' code for a crash of PHP: it may have written before."""


def judge(call: Call, answer: Answer) -> Failure | None:
    """None for an answer that is fine, else what must be done."""
    status = answer.status
    if status < 300:
        return None
    body = error_of(answer)
    code, said = str(body.get("code", "")), str(body.get("message") or f"HTTP {status}")
    if status < 400:
        to = answer.headers.get("Location", "nowhere")
        return Misconfigured(f"the shop redirects to {to}: set its own home address as its url")
    if status == 401 or (status == 403 and code) or code == NO_ROUTE:
        return Misconfigured(f"the shop does not let us {call.name}: {said} ({code}): {_CURE}")
    if status in (403, 408, 429, 503) and not code.startswith("woocommerce_"):
        return Transient(f"the shop's host asks to wait: {said}", retry_after(answer))
    if status < 500 or (code and code != FATAL):
        return refusal(body, f"the shop refuses {call.name}")
    if call.repeatable:
        return Transient(f"the shop failed: {said}")
    return Unknown(f"the shop failed, {call.name} may have been done: {said}")


_CURE = (
    "check the REST key, its read and write permission, that the url is the shop's home address,"
    " and that WooCommerce is active with pretty permalinks"
)


def error_of(answer: Answer) -> Mapping[str, Any]:
    """WordPress' error `{code, message, data}`; empty if the body is none."""
    body = answer.json()
    return body if isinstance(body, dict) else {}


def refusal(error: Mapping[str, Any], what: str) -> Rejected:
    """A refusal for good, with the field that WordPress names, if any."""
    data = error.get("data")
    params = data.get("params") if isinstance(data, dict) else None
    if isinstance(params, list):
        field = str(next(iter(params), ""))
    else:
        field = next(iter(params), "") if isinstance(params, dict) else ""
    return Rejected(f"{what}: {error.get('message', '')}", field, str(error.get("code", "")))
