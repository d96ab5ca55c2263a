"""Card data at the edge: found in the raw bytes of a message, before anything of it is kept.

What counts as a card number, so that orders, phones and products do not trip it:

- 13 to 19 digits, bare or in groups parted by blanks or dashes (also no-break blanks and the
  typographic dashes, as UTF-8 or as JSON escapes), alone or in one word with letters only;
- they begin as a card scheme's numbers do and have its length (`_SCHEMES`; ISO/IEC 7812), and the
  last digit is right by Luhn;
- not the fraction of a decimal number (`5.4166666666666667`), nor up to 15 digits after a `+`
  (E.164), nor 13 bare digits that are right as a GTIN-13: products of German and Japanese makers
  begin with 4 as well, and Visa has not issued 13 digits for decades;
- not in a UUID (RFC 9562), the reference of many a payment: groups of its digits look like a card
  number in one of 16,000.

One in ten order numbers of 16 digits that begin like a card still looks like one. That is the safe
side: the message waits for a person, masked.

By its name: a security code (`cvv`, `cvc`, `cvn`, ... with three or four digits), a magnetic
track (`track1`, `track2`, `track_data`), a card's `number` (12 digits or more, whatever their
Luhn). Names are found in JSON, also in JSON inside a JSON string, in WooCommerce's `{key, value}`
pairs, in forms, in XML and in free text.
"""

import re
from collections.abc import Iterator

from streams.core.errors import CardData

Span = tuple[int, int]
"""Where bytes are that may not be kept: start and end."""

_KEEP = 4

_SCHEMES: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset((13, 16, 19))),  # Visa
    ("51", "55", frozenset((16,))),  # Mastercard
    ("2221", "2720", frozenset((16,))),
    ("34", "34", frozenset((15,))),  # American Express
    ("37", "37", frozenset((15,))),
    ("300", "305", frozenset((14, 16))),  # Diners
    ("36", "36", frozenset((14, 16))),
    ("38", "39", frozenset((14, 16))),
    ("3528", "3589", frozenset(range(16, 20))),  # JCB
    ("6011", "6011", frozenset(range(16, 20))),  # Discover
    ("644", "659", frozenset(range(16, 20))),
    ("62", "62", frozenset(range(16, 20))),  # UnionPay
    ("5018", "5020", frozenset(range(16, 20))),  # Maestro
    ("5038", "5038", frozenset(range(16, 20))),
    ("5893", "5893", frozenset(range(16, 20))),
    ("6304", "6304", frozenset(range(16, 20))),
    ("6759", "6763", frozenset(range(16, 20))),
)
"""First digits from, to, and the lengths that the scheme issues."""

_RUN = re.compile(rb"[0-9](?:(?:\\*+[ \-]{1,3}+\0*+)?+[0-9]){12,}+")
_GROUP = re.compile(rb"[0-9]+")
_WORD_BEFORE = re.compile(rb"[0-9a-z]*\Z")
_WORD_AFTER = re.compile(rb"[0-9a-z]*")
_FRACTION = re.compile(rb"[0-9][.]\Z")
_UUID = re.compile(
    rb"(?<![0-9a-z\-])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    rb"(?![0-9a-z\-])"
)

_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_LEFT_OUT = b" -\\uade" + bytes(range(0x80, 0x100))
_LEAST = b"0" * 13

_FOREIGN = re.compile(rb"\\u[0-9a-f]{4}|[\xc2-\xf4][\x80-\xbf]{1,3}")
_BREAKS = frozenset(
    form
    for character in "\u00a0\u00ad\u2007\u2009\u2010\u2011\u2012\u2013\u2014\u202f\u2212"
    for form in (character.encode(), rb"\u%04x" % ord(character))
)

_IS = rb"""[\s"'\\]*+(?:[:=>]|\]=|,[\s"'\\]*+value[\s"'\\]*+[:=>])(?:[\s"'\\]|<!\[cdata\[)*+"""
_CODE = re.compile(
    rb"(?:cv[vcn]2?|csc|security[_ ]?code)(?:" + _IS + rb"|(?<=cvv)\s{1,3})([0-9]{3,4})(?![0-9])"
)
_TRACK = re.compile(
    rb"track_?(?:[12](?:_?data)?|data)" + _IS + rb"([^\s\"'\\<&0-9]*+[0-9][^\s\"'\\<&]*+)"
)
_NUMBER = re.compile(
    rb"(?:(?:cc|card)[_\-\[ ]?(?:number|num|no)|pan|card[\"'\\\s]*+:\s*+\{[^{}]*?number(?=[\"'\\]))"
    + _IS
    + rb"([0-9](?:[ \-]?[0-9]){11,18})(?![0-9])"
)
_NAMED = (
    ((b"cv", b"csc", b"security"), _CODE, 0),
    ((b"track",), _TRACK, 0),
    ((b"card", b"cc_n", b"ccn", b'"pan', b"<pan>"), _NUMBER, _KEEP),
)


def find(data: bytes) -> list[Span]:
    """Where card data is, in order; empty if there is none. Tens of µs for 10 KB without any.

    A card number's last four digits are not part of its span: they may be kept.
    """
    lower = data.lower()
    spans = set(_named(lower))
    if _LEAST in lower.translate(_DIGITS, _LEFT_OUT):
        spans.update(_numbers(_UUID.sub(bytes(36), _plain(lower))))
    return sorted(spans)


def refuse(data: bytes) -> None:
    """Lets bytes without card data pass.

    Raises:
        CardData: there is some; the text names none of it.
    """
    if find(data):
        raise CardData(
            "the message holds card data (a card number, security code or track). Nothing of it is"
            " kept unmasked: take it out where it was typed, then send again"
        )


def mask(data: bytes) -> bytes:
    """The bytes with each digit of card data an `X`, but a card number's last four.

    Same length; masking twice changes nothing.
    """
    masked, plain = bytearray(data), _plain(data.lower())
    for start, end in find(data):
        for at in range(start, end):
            if plain[at : at + 1].isdigit():
                masked[at] = ord("X")
    return bytes(masked)


def luhn(digits: str) -> bool:
    """Whether the last digit is right by Luhn (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in reversed(digits)]
    doubled = (sum(divmod(2 * value, 10)) for value in values[1::2])
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


def _plain(lower: bytes) -> bytes:
    """Each character beyond ASCII a blank or NULs, so that all stays at its place."""
    return _FOREIGN.sub(_blank, lower)


def _blank(foreign: re.Match[bytes]) -> bytes:
    return (b" " if foreign[0] in _BREAKS else b"\0").ljust(len(foreign[0]), b"\0")


def _named(lower: bytes) -> Iterator[Span]:
    for names, pattern, keep in _NAMED:
        if not any(name in lower for name in names):
            continue
        for each in pattern.finditer(lower):
            if not lower[max(0, each.start() - 1) : each.start()].isalnum():
                yield _but_last(lower, each.span(1), keep)


def _numbers(plain: bytes) -> Iterator[Span]:
    for run in _RUN.finditer(plain):
        groups = [group.span() for group in _GROUP.finditer(plain, *run.span())]
        for first in range(len(groups)):
            digits = b""
            for start, end in groups[first:]:
                digits += plain[start:end]
                if len(digits) > 19:
                    break
                span = (groups[first][0], end)
                if len(digits) > 12 and _is_card(digits.decode(), plain, span):
                    yield _but_last(plain, span, _KEEP)


def _is_card(digits: str, plain: bytes, span: Span) -> bool:
    if not _issued(digits) or not luhn(digits) or not _alone(plain, span):
        return False
    bare = span[1] - span[0] == len(digits)
    before = plain[max(0, span[0] - 2) : span[0]]
    phone = before.endswith(b"+") and len(digits) <= 15
    return not (phone or _FRACTION.search(before) or (bare and _gtin(digits)))


def _issued(digits: str) -> bool:
    return any(
        len(digits) in lengths and first <= digits[: len(first)] <= last
        for first, last, lengths in _SCHEMES
    )


def _gtin(digits: str) -> bool:
    values = [int(digit) for digit in digits]
    return len(values) == 13 and (sum(values[::2]) + 3 * sum(values[1::2])) % 10 == 0


def _alone(plain: bytes, span: Span) -> bool:
    before = _WORD_BEFORE.search(plain, max(0, span[0] - 20), span[0])
    after = _WORD_AFTER.match(plain, span[1], span[1] + 20)
    return all(word is None or not word[0] or word[0].isalpha() for word in (before, after))


def _but_last(plain: bytes, span: Span, keep: int) -> Span:
    end = span[1]
    while keep:
        end -= 1
        keep -= plain[end : end + 1].isdigit()
    return span[0], end
