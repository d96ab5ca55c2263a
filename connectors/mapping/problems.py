"""What can be wrong: with a mapping file when it is read, with a value when it is mapped."""

from dataclasses import dataclass
from pathlib import Path

from streams.core.errors import Misconfigured

_SHOWN = 80


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file, at a line (1 is the first)."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class MappingError(Misconfigured):
    """A mapping file cannot be used; `problems` is all that is wrong with it, one a line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Refused(Exception):
    """A value that a rule does not let through; the mapping adds file, line and field."""

    def __init__(self, value: object, rule: str) -> None:
        super().__init__(f"{shown(value)} {rule}")


def shown(value: object) -> str:
    """A value for a message: quoted, and shortened when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def short_path(path: Path) -> str:
    """The end of a path that says which mapping it is, e.g. `m3/mappings/order_head.yaml`."""
    return "/".join(path.parts[-3:])
