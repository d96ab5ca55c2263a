"""Fitting text into a field: whole, cut, or in parts at word borders."""

from connectors.mapping.problems import Refused


def one_line(text: str) -> str:
    """The text without outer blanks, each run of line breaks, tabs and other controls one blank."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def pieces(text: str, length: int) -> list[str]:
    """The text in parts of at most `length` characters, parted between words where a word fits.

    A word longer than `length` is parted inside. No word is lost; blanks at the borders are.
    """
    parts = []
    rest = text.strip()
    while len(rest) > length:
        border = rest.rfind(" ", 0, length + 1)
        end = border if border > 0 else length
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def fill(text: str, lengths: tuple[int, ...]) -> list[str]:
    """The text over fields of these lengths in their order, parted as `pieces` does.

    Raises:
        Refused: it does not fit.
    """
    if len(text) <= lengths[0]:
        return [text]
    parts: list[str] = []
    rest = text
    for length in lengths:
        if not rest:
            break
        part = pieces(rest, length)[0]
        parts.append(part)
        rest = rest[len(part) :].lstrip()
    if rest:
        raise Refused(
            text, f"does not fit into {len(lengths)} fields of {_said(lengths)} characters"
        )
    return parts


def _said(lengths: tuple[int, ...]) -> str:
    return str(lengths[0]) if len(set(lengths)) == 1 else "/".join(map(str, lengths))
