"""A mapping file as YAML, read with the line of every key, and the words of the language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from connectors.mapping.problems import Problem, short_path

HEAD = ("version", "source", "target", "given", "each", "when", "fields")
SOURCES = ("from", "value", "first_of", "join")
STEPS = ("split", "remove", "lookup", "unknown", "exchange", "as", "currency", "zone", "format")
OPTIONS = ("with", "when", *STEPS, "default", "optional")
LENGTH = ("too_long", "rest_to")
ORDER = (*SOURCES, *OPTIONS, *LENGTH)


class Block:
    """A YAML mapping that knows its file and lines, and takes note of what is wrong in it."""

    def __init__(self, file: str, data: CommentedMap, line: int, problems: list[Problem]) -> None:
        self.file = file
        self.data = data
        self.first_line = line
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)

    def line(self, key: Any = None) -> int:
        """The line of a key, of the block itself if it has no such key."""
        if key is not None and key in self.data:
            return int(self.data.lc.key(key)[0]) + 1
        return self.first_line

    def wrong(self, text: str, key: Any = None) -> None:
        """Notes a problem at a key's line."""
        self.problems.append(Problem(self.file, self.line(key), text))

    def known(self, keys: tuple[str, ...]) -> None:
        """Notes every key that is none of `keys`."""
        for key in self.data:
            if key not in keys:
                self.wrong(f"unknown key {key!r}; known are {', '.join(keys)}", key)

    def get(self, key: str) -> Any:
        """The plain value of a key, None if absent; a float is noted, for it would not be exact."""
        value = self.data.get(key)
        if isinstance(value, float):
            self.wrong(
                f"{key}: write {value} in quotes; a number with decimals is a text here", key
            )
            return None
        return value

    def text(self, key: str) -> str | None:
        """The value of a key that must be a text; None, and a problem noted, if it is not."""
        value = self.get(key)
        if value is not None and not isinstance(value, str):
            self.wrong(f"{key}: {value!r} must be a text", key)
            return None
        return value

    def one_of(self, key: str, words: tuple[str, ...]) -> str | None:
        """The value of a key that must be one of some words."""
        word = self.text(key)
        if word is not None and word not in words:
            self.wrong(f"{key}: {word!r} must be one of {', '.join(words)}", key)
            return None
        return word

    def flag(self, key: str) -> bool:
        """The value of a key that must be true or false; false if absent."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.wrong(f"{key}: {value!r} must be true or false", key)
        return value is True

    def texts(self, key: str) -> tuple[str, ...]:
        """The value of a key that must be a list of texts; empty if absent."""
        value = self.data.get(key, ())
        if isinstance(value, str) or not all(isinstance(each, str) for each in value):
            self.wrong(f"{key}: {value!r} must be a list of texts", key)
            return ()
        return tuple(map(str, value))

    def block(self, key: Any) -> "Block | None":
        """The mapping under a key; None if absent, or noted if it is something else."""
        value = self.data.get(key)
        if isinstance(value, CommentedMap):
            return Block(self.file, value, self.line(key), self.problems)
        if key in self.data:
            self.wrong(f"{key}: must be a block of keys", key)
        return None

    def parts(self, key: str) -> "list[Block | str]":
        """The list under a key, each part a path or a block."""
        parts: list[Block | str] = []
        value = self.data.get(key)
        for index, part in enumerate(value if isinstance(value, list) else ()):
            if isinstance(part, CommentedMap):
                line = int(value.lc.item(index)[0]) + 1
                parts.append(Block(self.file, part, line, self.problems))
            elif isinstance(part, str):
                parts.append(part)
            else:
                self.wrong(f"{key}: {part!r} must be the path of a source field or a block", key)
        if not parts:
            self.wrong(f"{key}: must be a list of source fields or blocks", key)
        return parts


def read(path: Path, problems: list[Problem]) -> Block | None:
    """The file's outermost block; None, with the problem noted, if it is not a YAML mapping.

    A file of nothing but comments is an empty block.
    """
    file = short_path(path)
    try:
        data = yaml().load(path)
        data = CommentedMap() if data is None else data
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(file, line, f"not YAML: {error.problem}"))
        return None
    if not isinstance(data, CommentedMap):
        problems.append(Problem(file, 1, "must be a block of keys"))
        return None
    return Block(file, data, 1, problems)


def yaml() -> YAML:
    """A reader and writer that keeps comments, order and quotes, and never folds a line."""
    made = YAML()
    made.preserve_quotes = True
    made.width = 4096
    made.indent(mapping=2, sequence=4, offset=2)
    return made
