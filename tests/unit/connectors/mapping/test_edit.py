"""A mapping file edited by a program keeps every comment, its order and its quotes."""

from difflib import ndiff

import pytest

from connectors.mapping.edit import MappingFile

TEXT = """\
# The head of an order.
version: 1 # raised with every change
source: m3.create_order
target: OIS100MI/AddBatchHead
fields:
  # Who buys.
  CUNO:
    from: customer_number   # never empty
    too_long: refuse
  # When it was ordered.
  ORDT:
    from: ordered_at
    # The tenant's own.
    as: date
    zone: Europe/London

  # Two words in quotes.
  YREF:
    join:
      - from: first_name # may be absent
        optional: true
      # Never absent.
      - last_name
    with: " "
  OREF: {from: order_number, too_long: cut}
# The end.
"""


def changes(file: MappingFile) -> list[str]:
    """The lines taken out (-) and put in (+)."""
    lines = ndiff(TEXT.splitlines(), file.text().splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_nothing_changes_by_reading_and_writing() -> None:
    assert MappingFile(TEXT).text() == TEXT


def test_one_edit_is_one_changed_line() -> None:
    file = MappingFile(TEXT)
    file.set("CUNO", "too_long", "cut")
    assert changes(file) == ["-     too_long: refuse", "+     too_long: cut"]


def test_a_comment_beside_a_changed_value_stays() -> None:
    file = MappingFile(TEXT)
    file.set("CUNO", "from", "payer_number")
    file.set_version(2)
    assert changes(file) == [
        "- version: 1 # raised with every change",
        "+ version: 2 # raised with every change",
        "-     from: customer_number   # never empty",
        "+     from: payer_number # never empty",
    ]


@pytest.mark.parametrize(
    ("field", "key", "value", "line", "before"),
    [
        ("CUNO", "lookup", "customer", "    lookup: customer", "    too_long: refuse"),
        ("CUNO", "rest_to", ["CUN2"], "    rest_to:", "      - CUN2"),
        ("ORDT", "remove", "-", "    remove: '-'", "    # The tenant's own."),
        ("ORDT", "default", "20100101", "    default: '20100101'", ""),
        (
            "YREF",
            "optional",
            True,
            "    optional: true",
            "  OREF: {from: order_number, too_long: cut}",
        ),
        ("YREF", "value", 1, "    value: 1", "    join:"),
    ],
)
def test_a_new_key_goes_to_its_place(
    field: str, key: str, value: object, line: str, before: str
) -> None:
    file = MappingFile(TEXT)
    file.set(field, key, value)
    lines = file.text().splitlines()
    assert lines[lines.index(line) + 1] == before
    assert not [change for change in changes(file) if change.startswith("-")]


def test_a_whole_block_is_replaced() -> None:
    file = MappingFile(TEXT)
    file.set("ORDT", "when", {"ordered_at": {"above": 0}})
    file.set("YREF", "join", ["last_name"])
    assert changes(file) == [
        "+     when:",
        "+       ordered_at:",
        "+         above: 0",
        "-       - from: first_name # may be absent",
        "-         optional: true",
        "-       # Never absent.",
    ]


def test_a_field_in_one_line_becomes_a_block() -> None:
    file = MappingFile(TEXT)
    file.set("OREF", "too_long", "refuse")
    assert changes(file) == [
        "-   OREF: {from: order_number, too_long: cut}",
        "+   OREF:",
        "+     from: order_number",
        "+     too_long: refuse",
    ]


def test_a_field_is_added_before_the_last_comment() -> None:
    file = MappingFile(TEXT)
    file.set("CUOR", "from", "key")
    assert changes(file) == ["+   CUOR:", "+     from: key"]
    assert file.text().endswith("  CUOR:\n    from: key\n# The end.\n")


def test_what_is_removed_takes_only_its_own_comment_along() -> None:
    file = MappingFile(TEXT)
    file.remove("CUNO", "too_long")
    file.remove("ORDT", "as")
    file.remove("YREF")
    assert changes(file) == [
        "-     too_long: refuse",
        "-     # The tenant's own.",
        "-     as: date",
        "-   # Two words in quotes.",
        "-   YREF:",
        "-     join:",
        "-       - from: first_name # may be absent",
        "-         optional: true",
        "-       # Never absent.",
        "-       - last_name",
        '-     with: " "',
    ]


def test_only_keys_of_the_language_can_be_set() -> None:
    with pytest.raises(KeyError):
        MappingFile(TEXT).set("CUNO", "colour", "red")


@pytest.mark.parametrize(("field", "key"), [("NOPE", None), ("CUNO", "lookup")])
def test_only_what_is_there_can_be_removed(field: str, key: str | None) -> None:
    with pytest.raises(KeyError):
        MappingFile(TEXT).remove(field, key)


def test_a_list_need_not_be_indented() -> None:
    file = MappingFile(
        "fields:\n  NAME:\n    join:\n    - first # name\n    - last\n    with: ' '\n"
    )
    file.set("NAME", "join", ["last"])
    file.set("NAME", "optional", True)
    assert file.text() == (
        "fields:\n  NAME:\n    join:\n      - last\n    with: ' '\n    optional: true\n"
    )
