"""What a vendor's API takes: the fields that a mapping's target may have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TargetField:
    """A field of a target, in the vendor's words.

    Attributes:
        name: dotted where the vendor nests (`payment_method.id`).
        type: `string`, `number` (M3's N: digits and a point in text), `integer`, `boolean`,
            `minor` (minor units in text), `pairs` (a list of `{key, value}`).
        length: characters at most; None if the vendor states no limit.
        shortest: characters at least.
        values: the only values that the vendor knows; empty if it is open.
    """

    name: str
    type: str
    length: int | None = None
    mandatory: bool = False
    shortest: int = 0
    values: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Target:
    """A transaction or request body.

    Attributes:
        flat: all values are text in one level, as M3 takes them; else a JSON object.
        one_of: groups of fields of which the vendor wants at least one.
    """

    name: str
    fields: Mapping[str, TargetField]
    flat: bool
    one_of: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The targets of one system, e.g. `OIS100MI/AddBatchHead` or `POST /transactions`."""

    targets: Mapping[str, Target] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Catalogue":
        """Reads a `catalogue.json`: M3's (transactions by program) or a JSON API's (`targets`)."""
        document = json.loads(path.read_text(encoding="utf-8"))
        if "targets" in document:
            found = {name: _target(name, body, False) for name, body in document["targets"].items()}
        else:
            found = {
                f"{program}/{name}": _target(f"{program}/{name}", body, True)
                for program, interface in document.items()
                for name, body in interface["transactions"].items()
            }
        return cls(found)

    def target(self, name: str) -> Target | None:
        """The target of that name, None if the system has none."""
        return self.targets.get(name)


def _target(name: str, body: dict[str, Any], flat: bool) -> Target:
    fields = {
        entry["name"]: TargetField(
            name=entry["name"],
            type=entry["type"],
            length=entry.get("length"),
            mandatory=entry.get("mandatory", False),
            shortest=entry.get("shortest", 0),
            values=frozenset(entry.get("values", ())),
        )
        for entry in body["in"]
    }
    return Target(name, fields, flat, tuple(frozenset(group) for group in body.get("one_of", ())))
