"""What a message of ION Messaging Service holds once it is unpacked. Pure."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from streams.core.errors import Rejected

_LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True)
class Delivered:
    """A message as ION delivered it.

    Attributes:
        parameters: documentName, messageId, fromLogicalId, encoding, ...
        document: the BOD's bytes, decoded and inflated.
    """

    parameters: Mapping[str, str]
    document: bytes


def delivered(parameters: Mapping[str, str], payload: bytes | None) -> Delivered:
    """A message of its parameters and its payload, which `encoding` says how to read.

    Raises:
        Rejected: there is no payload, or it is not what `encoding` says.
    """
    if not payload:
        raise Rejected("the document is missing", "MessagePayload")
    return Delivered(parameters, decoded(payload, parameters.get("encoding", "NONE")))


def decoded(payload: bytes, encoding: str) -> bytes:
    """The document of a payload: `NONE`, `BASE64`, `DEFLATE` or both.

    (Facts: only NONE and BASE64 are public; how ION names the deflated ones is inferred.)

    Raises:
        Rejected: the encoding is not known, or the payload is not in it.
    """
    steps = set(encoding.upper().replace("-", "_").replace("+", "_").split("_")) - {"NONE", ""}
    if not steps <= {"BASE64", "DEFLATE"}:
        raise Rejected(f"{encoding} is not known: NONE, BASE64 or BASE64_DEFLATE", "encoding")
    try:
        if "BASE64" in steps:
            payload = base64.b64decode(payload)
        return _inflated(payload) if "DEFLATE" in steps else payload
    except (binascii.Error, zlib.error) as error:
        raise Rejected(f"the payload is not {encoding}: {error}", "MessagePayload") from None


def _inflated(payload: bytes) -> bytes:
    """Inflates zlib's or raw deflate, up to a size that no BOD has."""
    try:
        window = zlib.MAX_WBITS
        zlib.decompressobj(window).decompress(payload, 1)
    except zlib.error:
        window = -zlib.MAX_WBITS
    inflate = zlib.decompressobj(window)
    document = inflate.decompress(payload, _LARGEST)
    if inflate.unconsumed_tail:
        raise Rejected(f"the document is larger than {_LARGEST} bytes", "MessagePayload")
    if not inflate.eof:
        raise Rejected("the deflated payload is cut off", "MessagePayload")
    return document
