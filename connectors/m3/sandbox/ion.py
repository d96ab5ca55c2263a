"""ION Messaging Service as an application sees it: it takes BODs for M3 and keeps a list of them.

A message with a `messageId` that came before from the same application is not worked off again:
ids are the means of duplicate detection.
"""

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

from aiohttp import web
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.m3.sandbox.process import Processor, plain_names
from connectors.sandbox.keeping.shelves import MEMORY, Series, Shelves

_BASE = "/IONSERVICES/api/ion/messaging/service"
_ACCEPTED = ("Process.SalesOrder", "Process.CustomerPartyMaster")
_PREFIX = "X-Infor-ION-"
_NEEDED = ("documentName", "fromLogicalId")


@dataclass(frozen=True)
class Waiting:
    """A message that is still to be worked off: its document's name, its XML."""

    document_name: str
    payload: bytes


class Ion:
    """The IMS of the tenant.

    Args:
        processor: works the messages off.
        process_ms: how long after they came.
        shelves: where messages stand.
    """

    def __init__(self, processor: Processor, process_ms: int, shelves: Shelves = MEMORY) -> None:
        self._processor = processor
        self._process_s = process_ms / 1000
        self._later: set[asyncio.TimerHandle] = set()
        self._known: dict[tuple[str, str], bool] = shelves.shelf("messages_known", bool)
        self._came: dict[int, dict[str, Any]] = shelves.shelf("messages", Any)
        self._waiting: dict[int, Waiting] = shelves.shelf("messages_to_process", Waiting)
        self._numbers = Series(shelves, "messages")

    def start(self) -> None:
        """Works off in time what waited when the sandbox was stopped."""
        for number in self._waiting:
            self._process_later(number)

    def stop(self) -> None:
        """What waits goes on to wait."""
        for handle in self._later:
            handle.cancel()
        self._later.clear()

    def clear(self) -> None:
        """Forgets what came."""
        self._came.clear()
        self._known.clear()
        self._waiting.clear()
        self.stop()

    @property
    def waiting(self) -> int:
        """Messages that wait to be worked off."""
        return len(self._waiting)

    @property
    def received(self) -> list[dict[str, Any]]:
        """Parameters of each accepted message, with its text as `payload`."""
        return list(self._came.values())

    def routes(self, tenant: str) -> list[web.RouteDef]:
        """What is served under `/{tenant}/IONSERVICES`."""
        base = f"/{tenant}{_BASE}"
        return [
            web.get(f"{base}/ping", self._ping),
            web.get(f"{base}/versions", self._versions),
            web.get(base + r"/v3/{lid:.+}/acceptedDocuments", self._accepted),
            web.post(f"{base}/v2/message", self._message),
            web.post(f"{base}/v2/multipartMessage", self._parts),
            web.post(f"{base}/v3/multipartMessage", self._parts),
            web.post(f"{base}/v3/message/multipart", self._body),
        ]

    async def _ping(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "OK"})

    async def _versions(self, _request: web.Request) -> web.Response:
        return web.json_response(["v1", "v2", "v3"])

    async def _accepted(self, _request: web.Request) -> web.Response:
        return web.json_response(list(_ACCEPTED))

    async def _message(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            document = body.pop("document")
            encoding = document.get("encoding") or "NONE"
            return self._keep({"encoding": encoding, **body}, document["value"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return _refused("The message is not understood")

    async def _parts(self, request: web.Request) -> web.Response:
        parts = await request.post()
        try:
            parameters = json.loads(_text(parts["ParameterRequest"]))
            return self._keep(parameters, _text(parts["MessagePayload"]))
        except (ValueError, KeyError):
            return _refused("ParameterRequest or MessagePayload is missing or not understood")

    async def _body(self, request: web.Request) -> web.Response:
        headers = {
            name[len(_PREFIX) :]: value
            for name, value in request.headers.items()
            if name.lower().startswith(_PREFIX.lower())
        }
        return self._keep(headers, await request.text())

    def _keep(self, parameters: dict[str, Any], payload: str) -> web.Response:
        missing = [name for name in _NEEDED if not parameters.get(name)]
        if missing:
            return _refused(f"{', '.join(missing)} missing")
        name, number = parameters["documentName"], parameters.get("messageId")
        sent = (str(parameters["fromLogicalId"]), str(number))
        if self._processor.takes(name) and sent not in self._known:
            try:
                document = _decoded(parameters, payload)
                fromstring(document)
            except (ValueError, LookupError, ParseError, DefusedXmlException):
                return _refused("The payload is not XML, or not encoded as it says")
            self._take(Waiting(name, document))
            if number:
                self._known[sent] = True
        self._came[next(self._numbers)] = {**parameters, "payload": payload}
        return web.json_response({"status": "OK"}, status=201)

    def _take(self, message: Waiting) -> None:
        if not self._process_s:
            self._process(message)
            return
        number = next(self._numbers)
        self._waiting[number] = message
        self._process_later(number)

    def _process(self, message: Waiting) -> None:
        self._processor.process(message.document_name, plain_names(fromstring(message.payload)))

    def _process_later(self, number: int) -> None:
        def work_off() -> None:
            self._later.discard(handle)
            self._process(self._waiting.pop(number))

        handle = asyncio.get_running_loop().call_later(self._process_s, work_off)
        self._later.add(handle)


def _decoded(parameters: dict[str, Any], payload: str) -> bytes:
    encoding = parameters.get("encoding") or "NONE"
    if encoding == "BASE64":
        return base64.b64decode(payload, validate=True)
    if encoding != "NONE":
        raise LookupError(encoding)
    return payload.encode()


def _text(part: Any) -> str:
    if isinstance(part, web.FileField):
        return part.file.read().decode()
    return part.decode() if isinstance(part, bytes | bytearray) else str(part)


def _refused(reason: str) -> web.Response:
    return web.json_response({"status": "ERROR", "errors": [reason]}, status=400)
