"""Ids that the same cause gives again, and messages that nobody changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streams.core.message import message_id
from streams.messages.fulfilment import InvoiceIssued
from tests.samples import sample

CAUSE = st.lists(st.text(st.characters(min_codepoint=0x20, codec="utf-8")), min_size=1)


def test_an_id_is_the_same_for_ever() -> None:
    assert message_id("order", "uk-536365", 1) == "5035c1d50cdd615a892915700a8bb699"


@given(CAUSE, CAUSE)
def test_two_ids_are_the_same_only_for_the_same_cause(one: list[str], other: list[str]) -> None:
    assert (message_id(*one) == message_id(*other)) == (one == other)
    assert len(message_id(*one)) == 32


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        sample(InvoiceIssued).key = "uk-1"  # type: ignore[misc]


def test_a_message_has_no_room_for_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="card_number"):
        InvoiceIssued.model_validate({**sample(InvoiceIssued).model_dump(), "card_number": "4"})
