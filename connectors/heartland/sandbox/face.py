"""GP API as the sandboxes' harness sees it: its commands by their keys, its troubles in its words.

429 and 503 come from a gateway in front of it: no public evidence of GP API's own was found. The
texts of 40001 are real; 504 50008 is listed in UCP, its text is by analogy.
"""

import json

from aiohttp import web

from connectors.heartland.sandbox.errors import INVALID_TOKEN, GpApiError, Refusal
from connectors.sandbox.face import Answer, Face, route_of
from connectors.sandbox.injector import Subject

_TIMEOUT = Refusal(504, "TIMEOUT_DOWNSTREAM", "50008")


def face() -> Face:
    """What the harness needs to know of GP API."""
    return Face(
        system="heartland",
        paths=("/ucp/", "/v1/"),
        subject=_subject,
        expired=_answer(GpApiError(INVALID_TOKEN, "Invalid access token")),
        failed=_answer(GpApiError(_TIMEOUT, "Timeout of a system down stream.")),
    )


def _subject(request: web.Request, _: bytes) -> Subject:
    key = request.headers.get("X-GP-Idempotency", "")
    return Subject(route_of(request), (key,) if key else ())


def _answer(error: GpApiError) -> Answer:
    return Answer(error.refusal.http_status, json.dumps(error.body()), "application/json")
