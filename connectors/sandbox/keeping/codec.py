"""Objects as JSON and back, by the types of their fields.

A dataclass is an object of its fields, a decimal is text, and what stands in another shelf is its
key there. Reading runs no `__init__`: a field has the value that it had, and one that a file does
not know yet has its default.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

_PLAIN = (str, int, bool, float, NoneType)
_MANY: Mapping[type, Callable[[Any], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    deque: deque,
}
_DECIMAL, _OBJECT = "$decimal", "$object"
_MARKS = ({_DECIMAL}, {_OBJECT})


class Codec(NamedTuple):
    """Writes a value as JSON has it, and reads it again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


_AS_IT_IS = Codec(_same, _same)
_DECIMALS = Codec(str, Decimal)
_TEXT_BYTES = Codec(
    lambda content: content.decode(errors="surrogateescape"),
    lambda text: text.encode(errors="surrogateescape"),
)


class Codecs:
    """The codecs of a sandbox's types, and the classes that are written as references."""

    def __init__(self) -> None:
        self._references: dict[type, Codec] = {}

    def refer(self, of: type, codec: Codec) -> None:
        """From now on a value of this class is written as a reference."""
        self._references[of] = codec

    def entry(self, of: type) -> Codec:
        """The codec of the values of the shelf that a class is referred to in."""
        return self._record(of)

    def of(self, hint: Any) -> Codec:
        """The codec of a type.

        Raises:
            TypeError: it is of a kind that nothing in a sandbox has had so far.
        """
        origin, inner = get_origin(hint) or hint, get_args(hint)
        if hint in self._references:
            return self._references[hint]
        if hint in (Any, object):
            return Codec(_write_any, _read_any)
        if hint in _PLAIN or origin is Literal:
            return _AS_IT_IS
        if hint is Decimal:
            return _DECIMALS
        if hint is bytes:
            return _TEXT_BYTES
        return self._compound(hint, origin, inner)

    def _compound(self, hint: Any, origin: Any, inner: tuple[Any, ...]) -> Codec:
        if origin in (Union, UnionType):
            return self._union(inner)
        if origin in _MANY:
            return self._many(origin, inner)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(*inner)
        if is_dataclass(hint):
            return self._record(hint)
        raise TypeError(f"no codec for {hint}")

    def _union(self, inner: tuple[Any, ...]) -> Codec:
        members = [each for each in inner if each is not NoneType]
        if len(members) == 1:
            return _optional(self.of(members[0]))
        if all(is_dataclass(each) for each in members) and NoneType not in inner:
            return self._one_of(members)
        return _AS_IT_IS

    def _one_of(self, classes: list[Any]) -> Codec:
        named = {each.__name__: self.of(each) for each in classes}

        def write(value: Any) -> Any:
            name = type(value).__name__
            return [name, named[name].write(value)]

        return Codec(write, lambda row: named[row[0]].read(row[1]))

    def _many(self, origin: Any, inner: tuple[Any, ...]) -> Codec:
        make = _MANY[origin]
        if origin is tuple and Ellipsis not in inner:
            return _fixed([self.of(each) for each in inner])
        write, read = self.of(inner[0])
        ordered = sorted if origin in (set, frozenset) else list
        return Codec(
            lambda values: ordered(map(write, values)),
            lambda row: make(map(read, row)),
        )

    def _mapping(self, key: Any, value: Any) -> Codec:
        name = int if key is int else str
        write, read = self.of(value)
        return Codec(
            lambda values: {str(each): write(of) for each, of in values.items()},
            lambda row: {name(each): read(of) for each, of in row.items()},
        )

    def _record(self, of: Any) -> Codec:
        hints = get_type_hints(of)
        known = [(each.name, each, self.of(hints[each.name])) for each in fields(of)]
        writers = [(name, codec.write) for name, _, codec in known]

        def write(value: Any) -> Any:
            return {name: write(getattr(value, name)) for name, write in writers}

        def read(row: Any) -> Any:
            value = object.__new__(of)
            for name, each, codec in known:
                read = codec.read(row[name]) if name in row else _default(each, of)
                object.__setattr__(value, name, read)
            return value

        return Codec(write, read)


def is_fixed(of: Any) -> bool:
    """Whether a value of this type never changes, and refers to nothing that does."""
    if not is_dataclass(of):
        return of in (*_PLAIN, Decimal, bytes)
    frozen = vars(of)["__dataclass_params__"].frozen
    hints = get_type_hints(of)
    return frozen and all(_is_fixed_part(hints[each.name]) for each in fields(of))


def _is_fixed_part(hint: Any) -> bool:
    origin, inner = get_origin(hint) or hint, get_args(hint)
    if origin is Literal or hint is Ellipsis:
        return True
    if origin in (Union, UnionType, tuple, frozenset):
        return all(map(_is_fixed_part, inner))
    return is_fixed(hint)


def _default(each: Field[Any], of: type) -> Any:
    if each.default is not MISSING:
        return each.default
    if each.default_factory is not MISSING:
        return each.default_factory()
    raise LookupError(f"{of.__name__}.{each.name} is not in the file")


def _optional(codec: Codec) -> Codec:
    return Codec(
        lambda value: None if value is None else codec.write(value),
        lambda row: None if row is None else codec.read(row),
    )


def _fixed(codecs: list[Codec]) -> Codec:
    return Codec(
        lambda values: [codec.write(each) for codec, each in zip(codecs, values, strict=True)],
        lambda row: tuple(codec.read(each) for codec, each in zip(codecs, row, strict=True)),
    )


def _write_any(value: Any) -> Any:
    """Any JSON, with exact numbers."""
    if isinstance(value, Decimal):
        return {_DECIMAL: str(value)}
    if isinstance(value, dict):
        row = {name: _write_any(each) for name, each in value.items()}
        return {_OBJECT: row} if row.keys() in _MARKS else row
    if isinstance(value, list | tuple):
        return [_write_any(each) for each in value]
    return value


def _read_any(row: Any) -> Any:
    if isinstance(row, dict):
        if row.keys() == {_DECIMAL}:
            return Decimal(row[_DECIMAL])
        if row.keys() == {_OBJECT}:
            row = row[_OBJECT]
        return {name: _read_any(each) for name, each in row.items()}
    if isinstance(row, list):
        return [_read_any(each) for each in row]
    return row
