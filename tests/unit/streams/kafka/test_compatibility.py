from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer

from streams.kafka.compatibility import incompatibilities


def record(*fields: dict[str, Any], name: str = "Order") -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields)}


KEY = {"name": "key", "type": "string"}
TREE = record(
    {"name": "parts", "type": {"type": "array", "items": "Order"}},
)
STATE = {"type": "enum", "name": "State", "symbols": ["PLACED", "CLOSED"]}


@pytest.mark.parametrize(
    ("reader", "writer", "example"),
    [
        pytest.param(record(KEY), record(KEY), {"key": "a"}, id="the same"),
        pytest.param(
            record(KEY, {"name": "note", "type": "string", "default": ""}),
            record(KEY),
            {"key": "a"},
            id="added with a default",
        ),
        pytest.param(
            record(KEY), record(KEY, {"name": "n", "type": "int"}), {"key": "a", "n": 1}, id="gone"
        ),
        pytest.param(
            record({"name": "shop_key", "aliases": ["key"], "type": "string"}),
            record(KEY),
            {"key": "a"},
            id="renamed with an alias",
        ),
        pytest.param("long", "int", 7, id="int grows to long"),
        pytest.param(["null", "string"], "string", "a", id="becomes optional"),
        pytest.param(["null", "long"], ["null", "int"], 7, id="a wider branch"),
        pytest.param(TREE, TREE, {"parts": [{"parts": []}]}, id="recursive"),
        pytest.param(
            {**STATE, "symbols": ["PLACED"], "default": "PLACED"},
            STATE,
            "CLOSED",
            id="enum default",
        ),
    ],
)
def test_readable(reader: Any, writer: Any, example: Any) -> None:
    assert incompatibilities(reader, writer) == []
    written = BytesIO()
    schemaless_writer(written, writer, example)
    written.seek(0)
    schemaless_reader(written, writer, reader)


@pytest.mark.parametrize(
    ("reader", "writer", "why"),
    [
        (
            record(KEY, {"name": "note", "type": "string"}),
            record(KEY),
            "Order.note: added without a default",
        ),
        (record(KEY), record({**KEY, "type": "int"}), "Order.key: int cannot be read as string"),
        ("int", "long", ": long cannot be read as int"),
        ("string", ["null", "string"], ": null cannot be read as string"),
        (["null", "string"], "long", ": no branch of the reader's union takes long"),
        ({**STATE, "symbols": ["PLACED"]}, STATE, "State: symbols CLOSED are gone"),
        (record(KEY), record(KEY, name="Refund"), "Order: Refund is not Order"),
        (
            {"type": "fixed", "name": "Hash", "size": 16},
            {"type": "fixed", "name": "Hash", "size": 32},
            "Hash: size 32 is not 16",
        ),
        (
            {"type": "array", "items": record(KEY, {"name": "sku", "type": "string"})},
            {"type": "array", "items": record(KEY)},
            "[].sku: added without a default",
        ),
        (
            {"type": "map", "values": "int"},
            {"type": "map", "values": "string"},
            "{}: string cannot",
        ),
    ],
)
def test_unreadable(reader: Any, writer: Any, why: str) -> None:
    (found,) = incompatibilities(reader, writer)
    assert found.startswith(why)
