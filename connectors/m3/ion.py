"""ION Messaging Service, ION's side: Tandem hands its BODs over for M3.

(Facts: paths, part names, 201 and `errors` of a refusal are public. That version 3's
`multipartMessage` has the parts of version 2's, and what other answers mean, is inferred.)
"""

import asyncio
import json
from dataclasses import dataclass

from connectors.http import Answer, Call, HttpClient, retry_after
from connectors.m3.process import Bod
from streams.core.errors import Failure, Misconfigured, Rejected, Transient, Unknown
from streams.core.message import message_id

SEND = "POST multipartMessage"
_LARGEST = 5 * 1024 * 1024


@dataclass(frozen=True)
class IonClient:
    """Sends BODs as one application, by one version of IMS.

    Attributes:
        http: signs, limits, retries and judges; its base address is ION API's.
        tenant: the tenant id.
        version: `v2` or `v3`.
        logical_id: of the application's connection point.
        request_seconds: no try of a request is under way so long after it was asked for.
    """

    http: HttpClient
    tenant: str
    version: str
    logical_id: str
    request_seconds: float

    async def send(self, bod: Bod) -> None:
        """Hands a BOD over; once this returns, ION has it and will deliver it.

        A lost reply is not tried again here, for it may have been handed over.

        Raises:
            Transient: it was not handed over.
            Unknown: it may have been.
            Rejected: ION refuses it, or it is larger than a message may be.
            Misconfigured: ION refuses the account or the logical id.
        """
        if len(bod.payload) > _LARGEST:
            raise Rejected(f"ION takes {_LARGEST} bytes a message, the BOD has {len(bod.payload)}")
        boundary = message_id("boundary", bod.payload.hex())
        call = Call(
            name=SEND,
            method="POST",
            path=f"/{self.tenant}/IONSERVICES/api/ion/messaging/service/{self.version}"
            "/multipartMessage",
            body=self._form(bod, boundary),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        try:
            async with asyncio.timeout(self.request_seconds):
                await self.http.call(call)
        except TimeoutError:
            raise Unknown(f"ION did not answer within {self.request_seconds:g} s") from None

    def _form(self, bod: Bod, boundary: str) -> bytes:
        parameters = {
            "documentName": bod.document_name,
            "messageId": bod.message_id,
            "fromLogicalId": self.logical_id,
            "toLogicalId": "lid://default",
            "encoding": "NONE",
            "characterSet": "UTF-8",
        }
        parts = (
            ("ParameterRequest", "application/json", json.dumps(parameters).encode()),
            ("MessagePayload", "application/octet-stream", bod.payload),
        )
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n".encode()
            + content
            + b"\r\n"
            for name, kind, content in parts
        )
        return body + f"--{boundary}--\r\n".encode()


def judge(answer: Answer) -> Failure | None:
    """What must be done about ION's answer to a message; None if it has taken it."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return Transient("ION API's quota is used up", retry_after(answer))
    if status == 503:
        return Transient("ION Messaging Service is not available (503)", retry_after(answer))
    if status >= 500:
        return Unknown(f"ION answers {status}: whether it took the message is not known")
    if status in (401, 403, 404, 412):
        return Misconfigured(
            f"ION does not let Tandem send ({status}{_said(answer)}): activate Tandem's IMS "
            "connection point with the client id of the .ionapi file and the logical id of "
            "TANDEM_M3_LOGICAL_ID, and allow the service account the ION Messaging Service suite"
        )
    return Rejected(f"ION refuses the message ({status}{_said(answer)})", code=str(status))


def _said(answer: Answer) -> str:
    body = answer.json()
    errors = body.get("errors") if isinstance(body, dict) else None
    said = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
    return f": {said}" if said else ""
