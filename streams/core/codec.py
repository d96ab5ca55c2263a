"""Avro in the Confluent wire format: a zero byte, the schema's id (4 bytes), the record.

Source: Confluent, "Wire format"; Apache Avro 1.11, "Schema resolution".
"""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro

from streams.core.errors import Rejected
from streams.core.message import Message

SCHEMAS = Path(__file__).parents[2] / "avro"
_HEADER = 5


class UnknownSchema(Exception):
    """A record names a schema id that the codec has not learnt: fetch it and call `learn`."""

    def __init__(self, schema_id: int) -> None:
        super().__init__(f"schema {schema_id} is not known")
        self.schema_id = schema_id


def schema_of(message: type[Message]) -> str:
    """The text of a message's schema, as it is registered."""
    return (SCHEMAS / message.schema_file).read_text("utf-8")


class Codec:
    """Encodes messages with their registered schemas and decodes what any version wrote.

    Pure and synchronous: ids come from the registry through the constructor and `learn`.

    Args:
        messages: the catalogue of messages.
        ids: the registry's id of each message's schema.
    """

    def __init__(self, messages: Sequence[type[Message]], ids: Mapping[type[Message], int]) -> None:
        self._writers: dict[type[Message], tuple[bytes, Any, bool]] = {}
        self._readers: dict[int, tuple[type[Message], Any, Any]] = {}
        self._current: dict[str, tuple[type[Message], Any]] = {}
        for message in messages:
            schema = _parse(schema_of(message))
            header = b"\0" + ids[message].to_bytes(4, "big")
            self._writers[message] = (header, schema, _is_flat(schema))
            self._current[schema["name"]] = (message, schema)
            self._readers[ids[message]] = (message, schema, None)

    def learn(self, schema_id: int, schema: str) -> None:
        """Takes note of a schema that another version of Tandem wrote with.

        Raises:
            Rejected: it is the schema of no message that this version knows.
        """
        writer = _parse(schema)
        known = self._current.get(writer["name"])
        if known is None:
            raise Rejected(f"schema {schema_id} ({writer['name']}) is none of Tandem's messages")
        self._readers[schema_id] = (known[0], writer, known[1])

    def encode(self, message: Message) -> bytes:
        """The record of a message, ready for Kafka."""
        header, schema, flat = self._writers[type(message)]
        out = BytesIO(header)
        out.seek(_HEADER)
        record = message.__dict__ if flat else message.model_dump()
        fastavro.schemaless_writer(out, schema, record)
        return out.getvalue()

    def decode(self, value: bytes) -> Message:
        """The message of a record.

        Raises:
            UnknownSchema: its schema must be fetched first.
            Rejected: the bytes are not one of Tandem's messages.
        """
        if len(value) <= _HEADER or value[0] != 0:
            raise Rejected("not an Avro record in the Confluent wire format (magic byte 0)")
        schema_id = int.from_bytes(value[1:_HEADER], "big")
        found = self._readers.get(schema_id)
        if found is None:
            raise UnknownSchema(schema_id)
        message, writer, reader = found
        try:
            record = fastavro.schemaless_reader(BytesIO(value[_HEADER:]), writer, reader)
            return message.model_validate(record)
        except Exception as error:  # fastavro raises whatever its decoder stumbles over
            raise Rejected(f"not a readable {message.type}: {error}") from error


def _parse(schema: str) -> Any:
    return fastavro.parse_schema(_plain(json.loads(schema)))


def _is_flat(schema: Any) -> bool:
    """Whether no field holds a record of its own, so that a message's fields are its record."""
    return not any("record" in json.dumps(field["type"]) for field in schema["fields"])


def _plain(node: Any) -> Any:
    """Without logical types: times stay integers, which is what messages hold."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key != "logicalType"}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node
