"""IMS messages as `multipartMessage` (v2, v3) and `message/multipart` (v3) carry them. Pure."""

import json
import re

from connectors.m3.delivered import Delivered, decoded, delivered
from streams.core.connector import Request
from streams.core.errors import Rejected

_HEADER = "x-infor-ion-"

_BOUNDARY = re.compile(
    r"""\Amultipart/[^;]+;(?:.*;)?\s*boundary=(?:"([ !#-~]+)"|([!#-:<-~]+))""", re.IGNORECASE
)
# No possessive repeat: inside a group, those of Python before 3.11.5 match wrongly.
_HEAD = re.compile(rb"[ \t]*((?:\r?\n[^\r\n]+)*)\r?\n\r?\n")
_NAME = re.compile(
    rb"""^content-disposition:(?:[^"\r\n]|"[^"]*")*?;\s*name=(?:"([^"]*)"|([^\s;"]+))""",
    re.IGNORECASE | re.MULTILINE,
)
_TRANSFER = re.compile(rb"^content-transfer-encoding:\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)
_AS_THEY_ARE = frozenset(("7BIT", "8BIT", "BINARY"))


def parts(request: Request) -> Delivered:
    """A `multipartMessage`: the parts `ParameterRequest` (JSON) and `MessagePayload`.

    Raises:
        Rejected: a part is missing or not understood.
    """
    found = _parts(request)
    parameters = _parameters(found.get("ParameterRequest"))
    return delivered(parameters, found.get("MessagePayload"))


def body(request: Request) -> Delivered:
    """A `message/multipart`: parameters in headers or query, the document alone in the body.

    Raises:
        Rejected: the document is missing or not understood.
    """
    headers = {
        name.removeprefix(_HEADER): value
        for name, value in request.headers.items()
        if name.startswith(_HEADER)
    }
    if request.headers.get("content-type", "").startswith("multipart/"):
        payload = next(iter(_parts(request).values()), None)
    else:
        payload = request.body
    return delivered({**request.query, **headers}, payload)


def _parts(request: Request) -> dict[str, bytes]:
    """The parts by name (RFC 7578); their bytes are kept as they are.

    Cut by hand: `email.parser` takes a millisecond for a BOD of 15 KB, line by line.
    """
    boundary = _BOUNDARY.match(request.headers.get("content-type", ""))
    if not boundary:
        raise Rejected("the message is not multipart", "Content-Type")
    line = f"\n--{boundary[1] or boundary[2]}".encode()
    _, *pieces = (b"\n" + request.body).split(line)
    found: dict[str, bytes] = {}
    for piece in pieces:
        if piece.startswith(b"--"):
            return found
        head = _HEAD.match(piece)
        if not head:
            raise Rejected("a part of the message has no head", "MessagePayload")
        found[_name(head[1])] = _content(head[1], piece[head.end() :].removesuffix(b"\r"))
    raise Rejected("the message has no end, or does not begin", "MessagePayload")


def _name(head: bytes) -> str:
    name = _NAME.search(head)
    return (name[1] or name[2] or b"").decode(errors="replace") if name else ""


def _content(head: bytes, content: bytes) -> bytes:
    transfer = _TRANSFER.search(head)
    encoding = transfer[1].decode().upper() if transfer else "BINARY"
    return content if encoding in _AS_THEY_ARE else decoded(content, encoding)


def _parameters(part: bytes | None) -> dict[str, str]:
    try:
        given = json.loads(part or b"")
        return {name: str(value) for name, value in given.items() if value is not None}
    except (ValueError, AttributeError):
        raise Rejected("the part is missing or no JSON object", "ParameterRequest") from None
