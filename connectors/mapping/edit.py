"""Editing a mapping file by program: only the lines that are meant change; every comment stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from connectors.mapping.document import ORDER, yaml


@dataclass(frozen=True)
class _Lines:
    """The lines of a key and its value, without the comments above; `end` is the first after."""

    start: int
    end: int
    column: int


class MappingFile:
    """The text of a mapping file, edited line by line.

    New keys of a field go to their place in the language's order, so that two editors write the
    same text. A comment above a key belongs to the key, and goes only with it.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    @classmethod
    def open(cls, path: Path) -> "MappingFile":
        """Reads a file; save it with `path.write_text(file.text())`."""
        return cls(path.read_text(encoding="utf-8"))

    def text(self) -> str:
        """The file's text as it is now."""
        return "\n".join(self._lines) + "\n"

    def set(self, field: str, key: str, value: Any) -> None:
        """Sets one key of a field; the field is added at the end if it is new.

        Raises:
            KeyError: the language has no such key.
        """
        if key not in ORDER:
            raise KeyError(key)
        fields = self._data()["fields"]
        block = fields.get(field)
        if block is None or block.fa.flow_style():
            self._put(fields, field, {**(block or {}), key: value}, tuple(fields))
        else:
            self._put(block, key, value, ORDER)

    def set_version(self, version: int) -> None:
        """Numbers the edited mapping."""
        self._put(self._data(), "version", version, ("version",))

    def remove(self, field: str, key: str | None = None) -> None:
        """Takes out a key of a field, or the whole field, with the comment above it.

        Raises:
            KeyError: there is no such field or key.
        """
        fields = self._data()["fields"]
        place = self._place(fields, field) if key is None else self._place(fields[field], key)
        start = place.start
        while self._lines[start - 1].lstrip().startswith("#"):
            start -= 1
        del self._lines[start : place.end]

    def _data(self) -> CommentedMap:
        data: CommentedMap = yaml().load(self.text())
        return data

    def _put(self, block: CommentedMap, key: str, value: Any, order: tuple[str, ...]) -> None:
        if key in block:
            place = self._place(block, key)
            written = _written(key, value, place.column)
            if len(written) == 1 == place.end - place.start:
                written[0] += _comment_beside(block, key)
            self._lines[place.start : place.end] = written
            return
        earlier = order[: order.index(key)] if key in order else order
        before = [present for present in block if present in earlier]
        if before:
            place = self._place(block, before[-1])
            at = place.end
        else:
            place = self._place(block, next(iter(block)))
            at = place.start
        self._lines[at:at] = _written(key, value, place.column)

    def _place(self, block: CommentedMap, key: str) -> _Lines:
        start, column = block.lc.key(key)
        end = start + 1
        for number in range(start + 1, len(self._lines)):
            line = self._lines[number]
            text = line.lstrip()
            if text and not text.startswith("#"):
                depth = len(line) - len(text)
                if depth < column or (depth == column and not text.startswith("- ")):
                    break
                end = number + 1
        return _Lines(start, end, column)


def _comment_beside(block: CommentedMap, key: str) -> str:
    token = (block.ca.items.get(key) or (None, None, None))[2]
    if token is None or not token.value.startswith("#"):
        return ""
    return f" {token.value.splitlines()[0]}"


def _written(key: str, value: Any, column: int) -> list[str]:
    out = StringIO()
    yaml().dump({key: _block_style(value)}, out)
    return [" " * column + line for line in out.getvalue().splitlines()]


def _block_style(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _block_style(each) for key, each in value.items()}
    return value
