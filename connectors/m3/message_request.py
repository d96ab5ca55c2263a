"""IMS messages as `v2/message` carries them: one JSON object, or the XML `<messageRequest>`. Pure.

(Facts: the JSON's names are seen in public clients; of the XML only its root is, so its elements
are named as the JSON's by analogy.)
"""

import json
import re
from collections.abc import Iterator, Mapping

from connectors.m3.delivered import Delivered, delivered
from connectors.m3.documents import read
from streams.core.connector import Request
from streams.core.errors import Rejected

_PARAMETERS = ("documentName", "messageId", "fromLogicalId", "toLogicalId")
_DOCUMENT = ("encoding", "characterSet")
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")


def message(request: Request) -> Delivered:
    """A `v2/message`: the parameters, and in `document` its `value`, `encoding`, `characterSet`.

    Raises:
        Rejected: it is neither JSON nor XML, has no document, or a DTD.
    """
    if request.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _of_xml(request.body)
    return _of_json(request.body)


def _of_json(body: bytes) -> Delivered:
    try:
        given = json.loads(body)
        document = given["document"]
        value = document["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Rejected("it is no JSON message with a document", "document.value") from None
    if not isinstance(value, str):
        raise Rejected("the document is no text", "document.value")
    parameters = dict(_named(given, _PARAMETERS)) | dict(_named(document, _DOCUMENT))
    return delivered(parameters, _bytes(value))


def _of_xml(body: bytes) -> Delivered:
    given = read(body)
    if given.name != "messageRequest":
        raise Rejected(f"{given.name} is no messageRequest", "messageRequest")
    names = [*_PARAMETERS, *(f"document/{name}" for name in _DOCUMENT)]
    values = {name.removeprefix("document/"): given.text(name, "") for name in names}
    parameters = {name: text for name, text in values.items() if text}
    return delivered(parameters, _bytes(given.text("document/value")))


def _named(given: Mapping[str, object], names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((name, str(given[name])) for name in names if given.get(name))


def _bytes(value: str) -> bytes:
    """The document as bytes; what it declares of its encoding held before it became a text here."""
    try:
        return _DECLARATION.sub("", value).encode()
    except UnicodeEncodeError:
        raise Rejected("the document has half characters", "document.value") from None
