"""No text is shortened unless the mapping says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mapping.problems import Refused
from connectors.mapping.text import fill, one_line, pieces
from streams.core.errors import Rejected
from tests.unit.connectors.mapping.conftest import MadeMapping

WORDS = st.lists(st.text("abcde", min_size=1, max_size=14), max_size=30)


def test_a_text_without_a_rule_is_refused_when_it_is_too_long(made: MadeMapping) -> None:
    with pytest.raises(Rejected, match=r"'ABCD' has 4 characters, 3 fit \(too_long: refuse\)"):
        made("CODE: {from: c}\n")({"c": "ABCD"})


def test_a_text_is_cut_where_the_rule_says_so(made: MadeMapping) -> None:
    assert made("TEXT: {from: c, too_long: cut}\n")({"c": "123456789 12"}) == {"TEXT": "123456789"}


def test_a_text_goes_on_in_other_fields_between_words(made: MadeMapping) -> None:
    mapping = made("TEXT: {from: t, too_long: split, rest_to: [MORE, LAST]}\n")
    assert mapping({"t": "one two three four"}) == {"TEXT": "one two", "MORE": "three four"}
    assert mapping({"t": "one"}) == {"TEXT": "one"}


def test_fields_of_different_lengths_are_filled_in_their_order(made: MadeMapping) -> None:
    mapping = made("LAST: {from: t, too_long: split, rest_to: [TEXT]}\n")
    assert mapping({"t": "abc defghij"}) == {"LAST": "abc", "TEXT": "defghij"}


def test_what_does_not_fit_into_all_fields_is_refused(made: MadeMapping) -> None:
    mapping = made("TEXT: {from: t, too_long: split, rest_to: [MORE, LAST]}\n")
    with pytest.raises(Rejected, match="does not fit into 3 fields of 10/10/5 characters"):
        mapping({"t": "one two three four five six seven"})


@given(WORDS, st.integers(1, 20))
def test_pieces_fit_and_lose_nothing(words: list[str], length: int) -> None:
    text = " ".join(words)
    parts = pieces(text, length)
    assert all(0 < len(part) <= length for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


@given(WORDS)
def test_words_that_fit_are_not_parted(words: list[str]) -> None:
    parts = pieces(" ".join(words), 14)
    assert [word for part in parts for word in part.split()] == words


@given(WORDS, st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_filled_fields_hold_everything_or_nothing(words: list[str], lengths: list[int]) -> None:
    text = " ".join(words)
    try:
        parts = fill(text, tuple(lengths))
    except Refused:
        return
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    assert all(len(part) <= length for part, length in zip(parts, lengths, strict=False))


@given(st.text())
def test_one_line_is_printable(text: str) -> None:
    assert one_line(text).isprintable()
