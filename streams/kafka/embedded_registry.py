"""A schema registry inside the process, for the demo and the unit rings: nothing is kept.

Serves what Tandem and Confluent's clients use of the Confluent Schema Registry REST API, for Avro
schemas without references.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Self

from aiohttp import web

from streams.kafka.subjects import Refused, Subjects

CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EmbeddedRegistry:
    """A running registry; other processes of this machine may use it too.

    Use it as an asynchronous context manager; inside, `url` is what `SCHEMA_REGISTRY_URL` would be.
    """

    def __init__(self) -> None:
        self._runner = web.AppRunner(application(), access_log=None)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._runner.cleanup()


def application() -> web.Application:
    """The registry as an aiohttp application, empty."""
    api = _Api(Subjects())
    app = web.Application(middlewares=[_answer_refusals])
    app.add_routes(
        [
            web.get("/subjects", api.list_subjects),
            web.post("/subjects/{subject}", api.lookup),
            web.get("/subjects/{subject}/versions", api.list_versions),
            web.post("/subjects/{subject}/versions", api.register),
            web.get("/subjects/{subject}/versions/{version}", api.show_version),
            web.get("/schemas/ids/{id}", api.show_schema),
            web.post("/compatibility/subjects/{subject}/versions/{version}", api.check),
            web.get("/config", api.show_level),
            web.put("/config", api.set_level),
            web.get("/config/{subject}", api.show_subject_level),
            web.put("/config/{subject}", api.set_level),
        ]
    )
    return app


class _Api:
    """One method a route."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    async def list_subjects(self, request: web.Request) -> web.Response:
        return _answer(sorted(self._subjects.versions))

    async def list_versions(self, request: web.Request) -> web.Response:
        versions = self._subjects.of(request.match_info["subject"])
        return _answer([known.version for known in versions])

    async def show_version(self, request: web.Request) -> web.Response:
        asked = request.match_info
        return _answer(asdict(self._subjects.version(asked["subject"], asked["version"])))

    async def register(self, request: web.Request) -> web.Response:
        schema = await _schema(request)
        return _answer({"id": self._subjects.register(request.match_info["subject"], schema)})

    async def lookup(self, request: web.Request) -> web.Response:
        schema = await _schema(request)
        return _answer(asdict(self._subjects.lookup(request.match_info["subject"], schema)))

    async def show_schema(self, request: web.Request) -> web.Response:
        return _answer({"schema": self._subjects.schema(request.match_info["id"])})

    async def check(self, request: web.Request) -> web.Response:
        asked, schema = request.match_info, await _schema(request)
        found = self._subjects.objections(asked["subject"], asked["version"], schema)
        return _answer({"is_compatible": not found, "messages": found})

    async def show_level(self, request: web.Request) -> web.Response:
        return _answer({"compatibilityLevel": self._subjects.level})

    async def show_subject_level(self, request: web.Request) -> web.Response:
        level = self._subjects.levels.get(request.match_info["subject"])
        if level is None and request.query.get("defaultToGlobal") == "true":
            level = self._subjects.level
        if level is None:
            raise Refused(40408, "Subject-level compatibility is not configured.")
        return _answer({"compatibilityLevel": level})

    async def set_level(self, request: web.Request) -> web.Response:
        level = (await _body(request)).get("compatibility", "")
        self._subjects.set_level(level, request.match_info.get("subject"))
        return _answer({"compatibility": level})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise Refused(42201, "The request's body is not JSON.") from error
    if not isinstance(body, dict):
        raise Refused(42201, "The request's body is not an object.")
    return body


async def _schema(request: web.Request) -> str:
    body = await _body(request)
    if body.get("schemaType", "AVRO") not in ("AVRO", None) or body.get("references"):
        raise Refused(42201, "The embedded registry takes Avro schemas without references.")
    return str(body.get("schema", ""))


def _answer(body: object, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, content_type=CONTENT_TYPE)


@web.middleware
async def _answer_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        body = {"error_code": refused.code, "message": refused.message}
        return _answer(body, int(str(refused.code)[:3]))
