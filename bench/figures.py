"""What was measured, and what it should reach."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """What a figure should reach."""

    at: Literal["at least", "at most"]
    value: float

    def met(self, value: float) -> bool:
        """Whether a figure reaches it."""
        return value >= self.value if self.at == "at least" else value <= self.value


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        what: in plain words.
        value: how much, in `unit`.
        goal: what it should reach, if the product promises something.
    """

    what: str
    value: float
    unit: str = ""
    goal: Goal | None = None


@dataclass(frozen=True)
class Table:
    """Numbers side by side.

    Attributes:
        columns: the first one names the row.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""


@dataclass(frozen=True)
class Section:
    """What one measurement gives."""

    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()


def number(value: float) -> str:
    """A figure for people: three digits that matter, thousands with commas."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
