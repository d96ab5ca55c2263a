"""All messages against their schemas, their releases and their topics."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest

from streams.core.codec import SCHEMAS, Codec, UnknownSchema, schema_of
from streams.core.errors import Rejected
from streams.core.message import Command, Message
from streams.flows.catalogue import FLOWS
from streams.flows.policy import Policy
from streams.messages.catalogue import MESSAGES
from streams.messages.ops import Result, WakeUp
from streams.topics import TOPICS, results_of, topic_of
from tests.samples import sample

RELEASED = Path(__file__).parents[1] / "data" / "released"
IDS = {message: number for number, message in enumerate(MESSAGES, 1)}


@pytest.fixture
def codec() -> Codec:
    return Codec(MESSAGES, IDS)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.type)
def test_a_message_has_the_fields_of_its_schema(message: type[Message]) -> None:
    schema = json.loads(schema_of(message))
    optional = {f["name"]: "default" in f for f in schema["fields"]}
    assert optional == {
        name: not field.is_required() for name, field in message.model_fields.items()
    }
    assert schema["name"] == message.__name__
    assert schema["namespace"] == "tandem." + ".".join(message.schema_file.split("/")[:-1])


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.type)
def test_a_message_comes_back_as_it_was(codec: Codec, message: type[Message]) -> None:
    before = sample(message)
    assert codec.decode(codec.encode(before)) == before


def test_every_schema_file_has_its_message() -> None:
    files = {str(path.relative_to(SCHEMAS)) for path in SCHEMAS.rglob("*.avsc")}
    assert files == {message.schema_file for message in MESSAGES}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.type)
def test_what_a_release_wrote_can_still_be_read(codec: Codec, message: type[Message]) -> None:
    pattern = f"{Path(message.schema_file).name.split('.')[0]}.v*.avsc"
    assert (RELEASED / message.schema_file).exists(), (
        "freeze the schema: copy it to tests/data/released/"
    )
    files = sorted((RELEASED / message.schema_file).parent.glob(pattern))
    for file in files:
        text = file.read_text("utf-8")
        codec.learn(1_000, text)
        out = BytesIO()
        out.write(b"\0" + (1_000).to_bytes(4, "big"))
        schema = fastavro.parse_schema(json.loads(text))
        written = _of(json.loads(text), sample(message).model_dump())
        fastavro.schemaless_writer(out, schema, written)
        known = {name: value for name, value in written.items() if name in message.model_fields}
        assert codec.decode(out.getvalue()) == message.model_validate(known)


def _of(schema: Any, value: Any) -> Any:
    """A value with the fields that its schema has; one that was given up since has its default."""
    if not isinstance(schema, dict):
        return value
    if schema["type"] == "array":
        return [_of(schema["items"], each) for each in value]
    if schema["type"] != "record":
        return _of(schema["type"], value)
    fields = {f["name"]: f for f in schema["fields"]}
    return {
        name: _of(each["type"], value[name]) if name in value else each["default"]
        for name, each in fields.items()
    }


def _newer(schema: Path) -> list[Path]:
    """The versions of a schema that came after it."""
    name, _, version = schema.stem.rpartition(".v")
    others = schema.parent.glob(f"{name}.v*.avsc")
    return [each for each in others if int(each.stem.rpartition(".v")[2]) > int(version)]


def test_a_released_schema_is_frozen() -> None:
    """Of a message only the newest version is in `avro/`; what it replaced is here alone."""
    for file in RELEASED.rglob("*.avsc"):
        current = SCHEMAS / file.relative_to(RELEASED)
        if not current.exists():
            assert _newer(current), f"{file.name} is released: keep it, or make a v2"
            continue
        assert json.loads(current.read_text("utf-8")) == json.loads(file.read_text("utf-8")), (
            f"{file.name} is released: make the next version in its place"
        )


@pytest.mark.parametrize(
    "value", [b"", b"{}", b'{"id": 1}', b"\x00\x00\x00", b"\x01\x00\x00\x00\x01rest"]
)
def test_what_is_not_avro_is_refused(codec: Codec, value: bytes) -> None:
    with pytest.raises(Rejected, match="Confluent wire format"):
        codec.decode(value)


def test_an_unknown_schema_is_asked_for_and_a_broken_record_refused(codec: Codec) -> None:
    with pytest.raises(UnknownSchema):
        codec.decode(b"\0" + (999).to_bytes(4, "big") + b"x")
    with pytest.raises(Rejected, match=r"readable order\.placed"):
        codec.decode(b"\0" + IDS[MESSAGES[0]].to_bytes(4, "big") + b"\x02")


def test_every_message_has_its_topic() -> None:
    for message in MESSAGES:
        if message not in (Result, WakeUp):
            assert message in topic_of(message).messages


def test_commands_go_to_command_topics() -> None:
    for message in MESSAGES:
        if issubclass(message, Command):
            assert topic_of(message).name.startswith("tandem.commands.")


@pytest.mark.parametrize("make", FLOWS, ids=lambda f: f.__name__)
def test_all_that_a_flow_reads_is_in_the_catalogue_and_copartitioned(make: object) -> None:
    flow = make(Policy())  # type: ignore[operator]
    assert {topic.partitions for topic in flow.inputs} == {flow.inputs[0].partitions}
    assert set(flow.inputs) <= set(TOPICS)
    assert flow.name in ASKS_NOTHING or results_of(f"flow/{flow.name}") in flow.inputs
    assert any(topic.name == f"tandem.table.{flow.name}" for topic in TOPICS)


ASKS_NOTHING = {"checkout"}
"""Flows without commands, and so without results."""


def test_no_message_has_room_for_card_data() -> None:
    for message in MESSAGES:
        names = {name.lower() for name in message.model_fields}
        assert names.isdisjoint({"cvv", "cvc", "cvn", "pan", "card_number", "track1", "track2"})
