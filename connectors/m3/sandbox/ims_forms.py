"""The forms in which ION hands a message to an application, and which one it offers.

Paths, part names, header names and `v2/message` follow Infor's pages and public clients; which
form of a version ION chooses, and the body of `protocol` and `versions`, are by analogy.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

DISCOVERED = "discovered"
_PART = '--{}\r\nContent-Disposition: form-data; name="{}"\r\nContent-Type: {}\r\n\r\n'
_HEADERS = ("documentName", "messageId", "fromLogicalId", "toLogicalId", "encoding", "characterSet")


@dataclass(frozen=True)
class Packed:
    """A message ready to be posted: the path behind `/service/`, headers, body."""

    path: str
    headers: dict[str, str]
    body: bytes


def pack(form: str, parameters: Mapping[str, str], payload: bytes) -> Packed:
    """A message in one of `FORMS`."""
    return FORMS[form](form, parameters, payload)


def offered(told: Any) -> str:
    """The form to use with an application that told this as its protocol or its versions.

    The highest version of those named; v1, and what is not understood, is sent as v2.
    """
    if isinstance(told, dict):
        told = told.get("versions") or told.get("version")
    named = told if isinstance(told, list) else [told]
    if any("3" in str(each).partition(".")[0] for each in named):
        return "v3/multipartMessage"
    return "v2/multipartMessage"


def _parts(path: str, parameters: Mapping[str, str], payload: bytes) -> Packed:
    boundary = uuid4().hex
    first = _PART.format(boundary, "ParameterRequest", "application/json")
    second = _PART.format(boundary, "MessagePayload", "application/octet-stream")
    head = f"{first}{json.dumps(parameters)}\r\n{second}"
    body = head.encode() + payload + f"\r\n--{boundary}--\r\n".encode()
    return Packed(path, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body)


def _body(path: str, parameters: Mapping[str, str], payload: bytes) -> Packed:
    headers = {f"X-Infor-ION-{name}": parameters[name] for name in _HEADERS}
    return Packed(path, {"Content-Type": "application/octet-stream", **headers}, payload)


def _json(path: str, parameters: Mapping[str, str], payload: bytes) -> Packed:
    names = ("documentName", "messageId", "fromLogicalId", "toLogicalId")
    document = {
        "value": payload.decode(),
        "encoding": parameters["encoding"],
        "characterSet": parameters["characterSet"],
    }
    message = {**{name: parameters[name] for name in names}, "document": document}
    return Packed(path, {"Content-Type": "application/json"}, json.dumps(message).encode())


FORMS: dict[str, Callable[[str, Mapping[str, str], bytes], Packed]] = {
    "v3/multipartMessage": _parts,
    "v3/message/multipart": _body,
    "v2/multipartMessage": _parts,
    "v2/message": _json,
}
