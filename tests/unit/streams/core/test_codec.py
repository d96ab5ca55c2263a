"""The wire format: what any Confluent client reads, and what other versions wrote."""

import json
from io import BytesIO
from typing import Any

import fastavro
import pytest

from streams.core.codec import Codec, UnknownSchema, schema_of
from streams.core.errors import Rejected
from streams.core.message import Message
from streams.messages.fulfilment import InvoiceIssued
from streams.messages.ops import DeadLetter
from streams.messages.order import OrderPlaced
from tests.samples import sample

OF_OTHERS = 4_000_000_000
IDS: dict[type[Message], int] = {OrderPlaced: 1, InvoiceIssued: 77_777, DeadLetter: 3}


@pytest.fixture
def codec() -> Codec:
    return Codec(tuple(IDS), IDS)


def schema(message: type[Message]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(schema_of(message))
    return read


def written(schema_id: int, writer: dict[str, Any], record: dict[str, Any]) -> bytes:
    out = BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(writer), record)
    return b"\0" + schema_id.to_bytes(4, "big") + out.getvalue()


def test_a_record_is_what_the_schema_says_after_its_id(codec: Codec) -> None:
    message = sample(InvoiceIssued)
    value = codec.encode(message)
    assert (value[0], int.from_bytes(value[1:5], "big")) == (0, 77_777)
    plain = fastavro.parse_schema(schema(InvoiceIssued))
    read: Any = fastavro.schemaless_reader(BytesIO(value[5:]), plain, None)
    assert read["invoice_number"] == message.model_dump()["invoice_number"]


def test_a_dead_letter_keeps_every_byte(codec: Codec) -> None:
    original = bytes(range(256)) * 100
    letter = sample(DeadLetter).model_copy(update={"original": original})
    decoded = codec.decode(codec.encode(letter))
    assert isinstance(decoded, DeadLetter)
    assert decoded.original == original


def test_an_older_version_left_out_what_was_added_since(codec: Codec) -> None:
    old = schema(InvoiceIssued)
    old["fields"] = [field for field in old["fields"] if field["name"] != "vat"]
    codec.learn(OF_OTHERS, json.dumps(old))
    message = sample(InvoiceIssued)
    decoded = codec.decode(written(OF_OTHERS, old, message.model_dump()))
    assert decoded == message.model_copy(update={"vat": 0})


def test_a_newer_version_wrote_what_this_one_does_not_know(codec: Codec) -> None:
    new = schema(InvoiceIssued)
    new["fields"].append({"name": "due_date", "type": "string", "default": ""})
    codec.learn(OF_OTHERS, json.dumps(new))
    message = sample(InvoiceIssued)
    value = written(OF_OTHERS, new, {**message.model_dump(), "due_date": "20261223"})
    assert codec.decode(value) == message


def test_a_schema_is_asked_for_by_its_id(codec: Codec) -> None:
    with pytest.raises(UnknownSchema) as caught:
        codec.decode(b"\0" + OF_OTHERS.to_bytes(4, "big") + b"x")
    assert caught.value.schema_id == OF_OTHERS


def test_the_schema_of_somebody_else_is_refused(codec: Codec) -> None:
    theirs = {"type": "record", "name": "Weather", "namespace": "other", "fields": []}
    with pytest.raises(Rejected, match=r"other\.Weather"):
        codec.learn(OF_OTHERS, json.dumps(theirs))


def test_a_record_cut_anywhere_is_refused(codec: Codec) -> None:
    value = codec.encode(sample(InvoiceIssued))
    for end in range(6, len(value)):
        with pytest.raises(Rejected, match="issued"):
            codec.decode(value[:end])


def test_a_message_without_a_schema_id_is_none_of_the_catalogue() -> None:
    with pytest.raises(KeyError):
        Codec((OrderPlaced, InvoiceIssued), {OrderPlaced: 1})
