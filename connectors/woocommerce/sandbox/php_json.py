r"""JSON as PHP writes it: no spaces, `/` as `\/`, non-ASCII as `\uXXXX`.

Signatures are over these bytes, so they must look like a real shop's. A `Decimal` becomes a JSON
number with exactly its digits: the library's fast encoder knows only floats, so the digits go
through it as a text with a mark that nobody can guess, and lose quotes and mark afterwards.
"""

import json
import re
import secrets
from decimal import Decimal

_MARK = secrets.token_hex(8)
_MARKED = re.compile(f'"{_MARK}([^"]+)"')


def _digits(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_MARK}{value:f}"
    raise TypeError(f"{type(value).__name__} {value} is not written as JSON here")


_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_digits)


def encode(value: object) -> bytes:
    """The bytes of a value made of dict, list, str, int, bool, None and `Decimal`.

    Raises:
        TypeError: the value holds anything else.
    """
    text = _encoder.encode(value).replace("/", "\\/")
    return _MARKED.sub(r"\1", text).encode("ascii")
