import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.elements import elements

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda s: st.lists(s) | st.dictionaries(st.text(), s),
)


def test_an_element_is_the_bytes_that_it_came_in() -> None:
    first, second = b'{"a":8.3333330,"b":"x\\/y [1,2]"}', b'{ "a" : "\\u00e9" }'
    assert elements(b" [" + first + b" ,\n" + second + b"] ") == [first, second]
    body = b'{"total": {"rows": [9]}, "n": 1, "rows" : [' + first + b"," + second + b'], "x": []}'
    assert elements(body, "rows") == [first, second]
    assert elements(b"[]") == elements(b'{"rows":[]}', "rows") == []


@given(st.lists(JSON), st.none() | st.integers(0, 4))
def test_elements_are_those_of_the_list(values: list[object], indent: int | None) -> None:
    found = elements(json.dumps(values, indent=indent).encode())
    assert [json.loads(each) for each in found] == values
    inside = json.dumps({"more": values, "rows": values}, indent=indent, ensure_ascii=False)
    assert [json.loads(each) for each in elements(inside.encode(), "rows")] == values


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (b"", ""),
        (b"[", ""),
        (b"[1,", ""),
        (b"[1 2]", ""),
        (b'{"rows": 1}', "rows"),
        (b'{"rows": [1}', "rows"),
        (b'{"other": []}', "rows"),
        (b"[]", "rows"),
        (b"<html>", ""),
        (b"\xff", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_what_is_no_such_list_is_said(body: bytes, member: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        elements(body, member)
