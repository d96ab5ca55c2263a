"""The schema registry: Confluent's REST API, as far as it is needed.

Subjects follow RecordNameStrategy: a subject is the record's full name, e.g.
`tandem.order.OrderPlaced`, whatever topic carries it. Our topics carry several messages, so the
topic's name (the default strategy) could hold only one; and a result goes to several topics but is
one schema, so topic and name together would register it again for each.
"""

import asyncio
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

from streams.core.codec import Codec, schema_of
from streams.core.errors import Misconfigured, Rejected, Transient
from streams.core.message import Message
from streams.core.retry import Backoff
from streams.kafka.settings import KafkaSettings

COMPATIBILITY = "BACKWARD_TRANSITIVE"
NOT_FOUND, CONFLICT, FAULT = 404, 409, 500
TRIES = 6
TIMEOUT = aiohttp.ClientTimeout(total=15)
AT_ONCE = "already exists"
"""What a 409 says that another worker's registering caused, and no incompatibility."""

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


class Registry:
    """A client of a Confluent-compatible registry; use it as an async context manager."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._url = settings.registry_url.rstrip("/")
        self._auth = (
            aiohttp.BasicAuth(settings.registry_user, settings.registry_password.get_secret_value())
            if settings.registry_user
            else None
        )
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            auth=self._auth, timeout=TIMEOUT, headers={"Content-Type": MEDIA_TYPE}
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()

    async def register(self, message: type[Message]) -> int:
        """Registers a message's schema, once; its id.

        Tries again for some seconds when the registry stumbles: Apicurio answers 500, or 409, to
        one of two workers that register the same schema at the same moment.

        Raises:
            Misconfigured: it would break readers of what is registered (`BACKWARD_TRANSITIVE`).
            Transient: the registry does not answer.
        """
        subject, body = subject_of(message), {"schema": schema_of(message)}
        backoff = Backoff(first=0.1)
        status, answer = await self._ask("POST", f"/subjects/{subject}/versions", body)
        while _stumbles(status, answer) and backoff.tries < TRIES:
            await asyncio.sleep(backoff.next())
            status, answer = await self._ask("POST", f"/subjects/{subject}/versions", body)
        if status == CONFLICT:
            raise Misconfigured(
                f"{message.schema_file} is not compatible with the released versions of {subject}: "
                f"{answer.get('message', '')}. Give new fields a default, and remove none."
            )
        return int(_good(status, answer)["id"])

    async def require_compatibility(self, message: type[Message]) -> None:
        """Lets the registry refuse versions that could not read all earlier ones."""
        path = f"/config/{subject_of(message)}"
        status, answer = await self._ask("PUT", path, {"compatibility": COMPATIBILITY})
        _good(status, answer)

    async def check(self, message: type[Message]) -> str:
        """Whether a schema may be registered: empty, or why not."""
        subject, body = subject_of(message), {"schema": schema_of(message)}
        status, versions = await self._ask("GET", f"/subjects/{subject}/versions")
        if status == NOT_FOUND:
            return ""
        for version in _good(status, versions):
            path = f"/compatibility/subjects/{subject}/versions/{version}?verbose=true"
            answer = _good(*await self._ask("POST", path, body))
            if not answer["is_compatible"]:
                why = "; ".join(map(str, answer.get("messages") or ()))
                return f"cannot read version {version} of {subject}. {why}".strip()
        return ""

    async def schema(self, schema_id: int) -> str:
        """The text of a registered schema.

        Raises:
            Rejected: there is none of this id.
            Transient: the registry does not answer.
        """
        status, answer = await self._ask("GET", f"/schemas/ids/{schema_id}")
        if status == NOT_FOUND:
            raise Rejected(f"the registry knows no schema {schema_id}")
        return str(_good(status, answer)["schema"])

    async def codec(self, messages: Sequence[type[Message]]) -> Codec:
        """Registers all messages; a codec with their ids."""
        ids = {}
        for message in messages:
            ids[message] = await self.register(message)
            await self.require_compatibility(message)
        return Codec(messages, ids)

    async def _ask(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        if self._session is None:
            raise RuntimeError("use the registry as an async context manager")
        data = json.dumps(body) if body else None
        try:
            async with self._session.request(method, self._url + path, data=data) as response:
                text = await response.text()
                return response.status, json.loads(text) if text else {}
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Transient(f"the registry at {self._url} does not answer: {error}") from error


def subject_of(message: type[Message]) -> str:
    """The subject under which a message's schema is registered: the record's full name."""
    schema = json.loads(schema_of(message))
    return f"{schema['namespace']}.{schema['name']}"


def _stumbles(status: int, answer: Any) -> bool:
    at_once = status == CONFLICT and AT_ONCE in str(answer)
    return at_once or status >= FAULT


def _good(status: int, answer: Any) -> Any:
    if status in (401, 403):
        raise Misconfigured("The schema registry refuses us: check its user and password.")
    if status >= 400:
        raise Transient(f"the schema registry answered {status}: {answer}")
    return answer
