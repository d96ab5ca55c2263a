"""What every registry must do for Tandem; the embedded one and the real one are put to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.core.codec import UnknownSchema
from streams.core.errors import Misconfigured, Rejected
from streams.core.message import Message
from streams.kafka.registry import Registry
from streams.kafka.settings import KafkaSettings

FIELDS: list[dict[str, Any]] = [
    {"name": name, "type": "string"} for name in ("id", "key", "source", "correlation_id")
] + [{"name": name, "type": "long"} for name in ("occurred_at", "received_at")]
CAUSE = {"name": "causation_id", "type": "string", "default": ""}


def version(folder: Path, name: str, *more: dict[str, Any]) -> type[Message]:
    """A message whose schema has these fields beside the envelope's."""
    schema = {
        "type": "record",
        "name": name,
        "namespace": "tandem.test",
        "fields": [*FIELDS, CAUSE, *more],
    }
    file = folder / f"{name}-{len(more)}-{len(list(folder.iterdir()))}.avsc"
    file.write_text(json.dumps(schema))

    class Versioned(Message):
        type = "test.versioned"
        schema_file = str(file)
        note: str = ""

    return Versioned


async def a_registry_serves(url: str, name: str, folder: Path) -> None:
    """Registers, gives back, lets grow and refuses to break; `name` is the subject's own."""
    note = {"name": "note", "type": "string", "default": ""}
    first = version(folder, name)
    second = version(folder, name, note)
    breaking = version(folder, name, {"name": "must", "type": "string"}, note)

    settings = KafkaSettings(bootstrap_servers="none", registry_url=url)
    async with Registry(settings) as registry:
        assert await registry.check(first) == ""
        old = await registry.codec((first,))
        assert await registry.register(first) == await registry.register(first)
        assert await registry.check(second) == ""
        new = await registry.codec((second,))

        assert await registry.check(breaking) != ""
        with pytest.raises(Misconfigured, match="not compatible"):
            await registry.register(breaking)
        with pytest.raises(Rejected):
            await registry.schema(987_654_321)

        said = first(id="1", key="k", occurred_at=1, received_at=1, source="s", correlation_id="k")
        value = old.encode(said)
        with pytest.raises(UnknownSchema) as unknown:
            new.decode(value)
        new.learn(unknown.value.schema_id, await registry.schema(unknown.value.schema_id))
        assert new.decode(value).model_dump() == said.model_dump()
