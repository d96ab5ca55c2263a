"""A sample of every message, made from its schema."""

import json
from typing import Any

from streams.core.codec import schema_of
from streams.core.message import Message

SAID = {"outcome": "done", "kind": "rejected", "status": "processing", "currency": "GBP"}


def sample(message: type[Message]) -> Message:
    """A message with a value in every field."""
    schema = json.loads(schema_of(message))
    values = _value(schema, {})
    if message.type == "order.placed" or "charges" in values:
        values["charges"] = [{**c, "kind": "freight"} for c in values["charges"]]
    return message.model_validate(values)


def _value(schema: Any, named: dict[str, Any], name: str = "") -> Any:
    if isinstance(schema, list):
        return _value(schema[-1], named, name)
    if isinstance(schema, str):
        return _value(named[schema], named) if schema in named else _plain(schema, name)
    if schema["type"] == "record":
        named[schema["name"]] = schema
        return {f["name"]: _value(f["type"], named, f["name"]) for f in schema["fields"]}
    if schema["type"] == "array":
        return [_value(schema["items"], named), _value(schema["items"], named)]
    if schema["type"] == "map":
        return {"ORNO": "0010000001"}
    return _plain(schema["type"], name)


def _plain(kind: str, name: str) -> Any:
    return {
        "string": SAID.get(name, f"{name} é"),
        "long": 7,
        "boolean": True,
        "bytes": b"\x00\xff",
    }[kind]
