"""M3's date formats: kept as YMD8 (`yyyyMMdd`), read and shown as the caller asks."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache

from streams.core.clock import utc

_PATTERNS = {
    "YMD8": "%Y%m%d",
    "YMD6": "%y%m%d",
    "MDY6": "%m%d%y",
    "DMY6": "%d%m%y",
    "YMD8-": "%Y-%m-%d",
}
_WEEK = "YWD5"
FORMATS = frozenset({*_PATTERNS, _WEEK})


def ymd8(ms: int) -> str:
    """The UTC day of a moment; nothing for 0."""
    return f"{utc(ms):%Y%m%d}" if ms else ""


@cache
def reader(form: str) -> Callable[[str], str]:
    """A function from a date in `form` to YMD8; it raises ValueError on what is no date."""
    if form == _WEEK:
        return lambda text: f"{_from_week(text):%Y%m%d}"
    pattern = _PATTERNS[form]
    width = len(f"{date(2000, 1, 1):{pattern}}")

    def read(text: str) -> str:
        if len(text) != width:
            raise ValueError(text)
        return f"{datetime.strptime(text, pattern):%Y%m%d}"  # noqa: DTZ007 - a day, no time

    return read


@cache
def writer(form: str) -> Callable[[str], str]:
    """A function from YMD8 to a date in `form`; empty stays empty."""
    if form == "YMD8":
        return str
    pattern = "%y%V%u" if form == _WEEK else _PATTERNS[form]
    return lambda text: f"{date.fromisoformat(text):{pattern}}" if text else ""


def _from_week(text: str) -> date:
    if len(text) != 5:
        raise ValueError(text)
    return date.fromisocalendar(2000 + int(text[:2]), int(text[2:4]), int(text[4]))
