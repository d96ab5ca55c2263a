"""What stands in a state file: who changes it, thinks of the files that there are."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from aiohttp import web

from connectors.heartland.sandbox import app as heartland
from connectors.m3.sandbox import app as m3
from connectors.sandbox.keeping.file import FORMAT
from connectors.sandbox.keeping.shelves import Memory
from connectors.woocommerce.sandbox import app as shop
from streams.core.clock import SteppingClock
from tests.brokers import ROOT

LAYOUT = ROOT / "tests/data/sandbox/state.json"
MAKE: dict[str, Callable[[], web.Application]] = {
    "heartland": lambda: heartland.create_app(heartland.SandboxSettings(), SteppingClock()),
    "m3": lambda: m3.create_app(m3.SandboxSettings(), SteppingClock()),
    "shop": lambda: shop.create_app(shop.SandboxSettings(), SteppingClock()),
}


class Recording(Memory):
    """Notes which shelves are asked for, and of what."""

    def __init__(self) -> None:
        self.tables: dict[str, str] = {}
        self.classes: dict[str, dict[str, str]] = {}

    def shelf(self, name: str, of: Any, key: str = "") -> dict[Any, Any]:
        self.tables[name] = named(of)
        self._note(of)
        return super().shelf(name, of, key)

    def _note(self, hint: Any) -> None:
        for inner in get_args(hint):
            self._note(inner)
        if is_dataclass(hint) and named(hint) not in self.classes:
            hints = get_type_hints(hint)
            kinds = {each.name: hints[each.name] for each in fields(hint)}
            self.classes[named(hint)] = {name: named(kind) for name, kind in kinds.items()}
            for kind in kinds.values():
                self._note(kind)


def named(hint: Any) -> str:
    """A type without its module: it may move."""
    inner = ", ".join(map(named, get_args(hint)))
    name = getattr(hint, "__name__", str(hint))
    return f"{name}[{inner}]" if inner else name


async def test_files_that_there_are_can_still_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails: new fields need a default; anything else needs a new `FORMAT`.

    Then write `state.json` anew with what it is now.
    """
    now: dict[str, Any] = {"format": FORMAT}
    for system, make in MAKE.items():
        recording = Recording()
        monkeypatch.setattr("connectors.sandbox.harness.MEMORY", recording)
        make()
        now[system] = {"tables": recording.tables, "classes": recording.classes}
    text = json.dumps(now, indent=1, sort_keys=True) + "\n"

    assert text == LAYOUT.read_text("utf-8")
