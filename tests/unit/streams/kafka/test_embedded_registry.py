import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from confluent_kafka.schema_registry import (
    AsyncSchemaRegistryClient,
    ConfigCompatibilityLevel,
    Schema,
    SchemaRegistryError,
    ServerConfig,
)

from streams.kafka.embedded_registry import EmbeddedRegistry

SUBJECT = "order.placed-value"


def order(*fields: dict[str, Any], indent: int | None = None) -> Schema:
    key = {"name": "key", "type": "string"}
    schema = {"type": "record", "name": "Order", "fields": [key, *fields]}
    return Schema(json.dumps(schema, indent=indent), "AVRO")


FIRST = order()
SECOND = order({"name": "note", "type": "string", "default": ""})
BROKEN = order({"name": "note", "type": "string"})


@pytest.fixture
async def registry() -> AsyncIterator[EmbeddedRegistry]:
    async with EmbeddedRegistry() as running:
        yield running


@pytest.fixture
async def client(registry: EmbeddedRegistry) -> AsyncIterator[AsyncSchemaRegistryClient]:
    async with AsyncSchemaRegistryClient({"url": registry.url}) as confluent:
        yield confluent


async def test_the_same_schema_has_the_same_id_everywhere(
    client: AsyncSchemaRegistryClient,
) -> None:
    assert await client.register_schema(SUBJECT, FIRST) == 1
    assert await client.register_schema(SUBJECT, SECOND) == 2
    assert await client.register_schema(SUBJECT, order(indent=2)) == 1
    assert await client.register_schema("order.changed-value", FIRST) == 1
    assert await client.get_versions(SUBJECT) == [1, 2]
    assert await client.get_subjects() == ["order.changed-value", SUBJECT]


async def test_what_was_registered_can_be_read_back(client: AsyncSchemaRegistryClient) -> None:
    await client.register_schema(SUBJECT, FIRST)
    await client.register_schema(SUBJECT, SECOND)
    assert json.loads(str((await client.get_schema(2)).schema_str)) == json.loads(
        str(SECOND.schema_str)
    )
    assert (await client.get_version(SUBJECT, 1)).schema_id == 1
    assert (await client.get_latest_version(SUBJECT)).version == 2
    assert (await client.lookup_schema(SUBJECT, FIRST)).version == 1


async def test_an_incompatible_schema_is_refused_and_leaves_nothing(
    client: AsyncSchemaRegistryClient,
) -> None:
    await client.register_schema(SUBJECT, FIRST)
    assert await client.test_compatibility(SUBJECT, SECOND)
    assert not await client.test_compatibility(SUBJECT, BROKEN)
    with pytest.raises(
        SchemaRegistryError, match=r"Order.note: added without a default"
    ) as refused:
        await client.register_schema(SUBJECT, BROKEN)
    assert refused.value.http_status_code == 409
    assert await client.get_versions(SUBJECT) == [1]


@pytest.mark.parametrize(
    ("level", "schema", "allowed"),
    [
        (ConfigCompatibilityLevel.NONE, BROKEN, True),
        (ConfigCompatibilityLevel.BACKWARD, BROKEN, False),
        (ConfigCompatibilityLevel.FORWARD, BROKEN, True),
        (ConfigCompatibilityLevel.FULL, BROKEN, False),
        (ConfigCompatibilityLevel.FULL_TRANSITIVE, SECOND, True),
    ],
)
async def test_levels(
    client: AsyncSchemaRegistryClient,
    level: ConfigCompatibilityLevel,
    schema: Schema,
    allowed: bool,
) -> None:
    await client.register_schema(SUBJECT, FIRST)
    await client.set_config(SUBJECT, ServerConfig(compatibility=level))
    assert (await client.get_config(SUBJECT)).compatibility_level == level
    assert await client.test_compatibility(SUBJECT, schema) is allowed


async def test_transitive_levels_look_at_all_versions(client: AsyncSchemaRegistryClient) -> None:
    note = {"name": "note", "type": "int"}
    await client.register_schema(SUBJECT, order(note))
    await client.register_schema(SUBJECT, FIRST)
    third = order({**note, "type": "string", "default": ""})
    await client.set_config(
        SUBJECT, ServerConfig(compatibility=ConfigCompatibilityLevel.BACKWARD_TRANSITIVE)
    )
    with pytest.raises(SchemaRegistryError, match="int cannot be read as string"):
        await client.register_schema(SUBJECT, third)
    await client.set_config(SUBJECT, ServerConfig(compatibility=ConfigCompatibilityLevel.BACKWARD))
    assert await client.register_schema(SUBJECT, third) == 3


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", f"/subjects/{SUBJECT}/versions", None, 40401),
        ("GET", "/subjects/known-value/versions/9", None, 40402),
        ("GET", "/subjects/known-value/versions/first", None, 42202),
        ("GET", "/schemas/ids/99", None, 40403),
        ("POST", "/subjects/known-value", {"schema": '"long"'}, 40403),
        ("POST", "/subjects/known-value/versions", {"schema": '{"type": "recrd"}'}, 42201),
        ("POST", "/subjects/known-value/versions", {"schema": "{"}, 42201),
        ("POST", "/subjects/known-value/versions", ["schema"], 42201),
        (
            "POST",
            "/subjects/known-value/versions",
            {"schema": "{}", "schemaType": "PROTOBUF"},
            42201,
        ),
        ("GET", "/config/known-value", None, 40408),
        ("PUT", "/config", {"compatibility": "SIDEWAYS"}, 42203),
    ],
)
async def test_what_is_refused(
    registry: EmbeddedRegistry, method: str, path: str, body: object, code: int
) -> None:
    async with ClientSession(registry.url) as http:
        known = {"schema": '"string"'}
        async with http.post("/subjects/known-value/versions", json=known) as answer:
            assert await answer.json(content_type=answer.content_type) == {"id": 1}
        async with http.request(method, path, json=body) as answer:
            assert answer.status == code // 100
            assert (await answer.json(content_type=answer.content_type))["error_code"] == code


async def test_the_level_of_all_subjects(registry: EmbeddedRegistry) -> None:
    async with ClientSession(registry.url) as http:
        await http.put("/config", json={"compatibility": "FULL"})
        async with http.get(f"/config/{SUBJECT}", params={"defaultToGlobal": "true"}) as answer:
            assert "FULL" in await answer.text()
        async with http.get("/config") as answer:
            assert "FULL" in await answer.text()
