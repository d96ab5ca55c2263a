"""The registry's client against the embedded registry."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams.core.errors import Transient
from streams.kafka.embedded_registry import EmbeddedRegistry
from streams.kafka.registry import Registry, subject_of
from streams.kafka.settings import KafkaSettings
from streams.messages.catalogue import MESSAGES
from tests.engine.registering import a_registry_serves


async def test_schemas_grow_but_never_break(tmp_path: Path) -> None:
    async with EmbeddedRegistry() as served:
        await a_registry_serves(served.url, "Versioned", tmp_path)


async def test_all_messages_get_their_codec() -> None:
    async with EmbeddedRegistry() as served:
        settings = KafkaSettings(bootstrap_servers="none", registry_url=served.url)
        async with Registry(settings) as registry:
            await registry.codec(MESSAGES)
    assert len({subject_of(message) for message in MESSAGES}) == len(MESSAGES)


async def test_a_registry_that_does_not_answer_is_named() -> None:
    settings = KafkaSettings(bootstrap_servers="none", registry_url="http://127.0.0.1:9")
    async with Registry(settings) as registry:
        with pytest.raises(Transient, match=r"127\.0\.0\.1:9 does not answer"):
            await registry.schema(1)


@pytest.mark.parametrize(
    ("status", "why"),
    [(500, "primary key"), (409, "An artifact with ID 'X' in group 'null' already exists.")],
)
async def test_a_registry_that_stumbles_over_two_at_once_is_asked_again(
    status: int, why: str
) -> None:
    answers = [web.json_response({"message": why}, status=status), None]

    async def register(_request: web.Request) -> web.Response:
        return answers.pop(0) or web.json_response({"id": 7})

    app = web.Application()
    app.router.add_post("/subjects/{subject}/versions", register)
    async with TestServer(app) as served:
        settings = KafkaSettings(bootstrap_servers="none", registry_url=str(served.make_url("")))
        async with Registry(settings) as registry:
            assert await registry.register(MESSAGES[0]) == 7
