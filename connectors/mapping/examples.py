"""The tests beside a mapping: given records with the target records, or the refusal, expected.

record: {...}                     what every test starts from
tests:
  - name: an order of two lines
    change: {ship_to.city: Leeds} # by path; a number in it is a place in a list
    expect: {...}                 # one target record, or a list of them
  - name: a key that is too long
    change: {key: ...}
    refused: "CUOR: "             # a part of the refusal's text
"""

from collections.abc import Mapping as Record
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from connectors.mapping.folder import examples_path
from connectors.mapping.mapping import Mapping
from streams.core.errors import Rejected


@dataclass(frozen=True)
class Example:
    """One test: a source record, and the records or the refusal that it must give."""

    name: str
    record: dict[str, Any]
    expect: list[dict[str, Any]] | None
    refused: str | None


@dataclass(frozen=True)
class Failure:
    """A test that did not give what it should."""

    name: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected}, got {self.got}"


def examples(path: Path) -> list[Example]:
    """The tests of a file; none if there is no such file."""
    if not path.exists():
        return []
    document = YAML(typ="safe").load(path)
    return [
        Example(
            test["name"],
            _changed(document["record"], test.get("change", {})),
            [test["expect"]] if isinstance(test.get("expect"), dict) else test.get("expect"),
            test.get("refused"),
        )
        for test in document["tests"]
    ]


def run_tests(mapping: Mapping) -> list[Failure]:
    """Runs the tests beside a mapping; a mapping without tests has failed."""
    tests = examples(examples_path(mapping.path))
    if not tests:
        return [Failure(mapping.name, "tests beside the mapping", "none")]
    return [failure for test in tests if (failure := _run(mapping, test)) is not None]


def _run(mapping: Mapping, test: Example) -> Failure | None:
    try:
        got = mapping.many(test.record)
    except Rejected as rejected:
        if test.refused is not None and test.refused in rejected.reason:
            return None
        return Failure(test.name, test.refused or test.expect, rejected.reason)
    if test.expect is None or got != test.expect:
        return Failure(test.name, test.refused or test.expect, got)
    return None


def _changed(record: Record[str, Any], changes: Record[str, Any]) -> dict[str, Any]:
    changed: dict[str, Any] = deepcopy(dict(record))
    for path, value in changes.items():
        inner: Any = changed
        *way, last = (int(name) if name.isdecimal() else name for name in path.split("."))
        for name in way:
            inner = inner[name]
        inner[last] = value
    return changed
