"""The elements of a JSON list, each in the exact bytes that it came in.

What is fetched as a list is translated one by one, and what is refused is kept as it came.
"""

import json
import re
from collections.abc import Iterator

_BLANK = re.compile(r"[ \t\r\n]*")
_value_at = json.JSONDecoder().raw_decode


def elements(body: bytes, member: str = "") -> list[bytes]:
    """The elements of a list, in order.

    Args:
        body: a JSON list, or an object with a list in it.
        member: the object's member that is the list; empty if the body is the list itself.

    Raises:
        ValueError: there is no such list.
    """
    text = body.decode()
    try:
        start = _member(text, member) if member else _skip(text, 0)
        return [text[begin:end].encode() for begin, end in _list(text, start)]
    except (IndexError, RecursionError):
        raise ValueError("the JSON is cut off, or too deep") from None


def _list(text: str, at: int) -> Iterator[tuple[int, int]]:
    at = _after(text, at, "[")
    while text[at] != "]":
        _, end = _value_at(text, at)
        yield at, end
        at = _skip(text, end)
        if text[at] != "]":
            at = _after(text, at, ",")


def _member(text: str, member: str) -> int:
    at = _after(text, _skip(text, 0), "{")
    while text[at] != "}":
        name, end = _value_at(text, at)
        at = _after(text, _skip(text, end), ":")
        if name == member:
            return at
        _, end = _value_at(text, at)
        at = _skip(text, end)
        if text[at] != "}":
            at = _after(text, at, ",")
    raise ValueError(f"the object has no {member}")


def _after(text: str, at: int, mark: str) -> int:
    if text[at] != mark:
        raise ValueError(f"{mark!r} was expected at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
