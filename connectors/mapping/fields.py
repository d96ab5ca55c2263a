"""A target field's block compiled: its recipe, its fit into the field, and where it is put."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors.mapping.catalogue import Target, TargetField
from connectors.mapping.document import LENGTH, Block
from connectors.mapping.problems import Refused
from connectors.mapping.recipe import Compiler, Recipe
from connectors.mapping.record import Reader, Record
from connectors.mapping.text import fill

Put = Callable[[Record, dict[str, Any]], None]
_PAIR = re.compile(r"(?P<list>[\w.]+)\[(?P<key>[^\]]+)\]")
_RULES = ("cut", "split", "refuse")


@dataclass(frozen=True)
class FieldPlan:
    """A compiled field.

    Attributes:
        put: writes the field (and those of `rest_to`) into the target record; raises `Refused`.
        fills: the names of the target fields that it writes.
        paths: the source fields that it reads.
        too_long: the rule that is named, None if none is.
        needs_rule: whether it is text that can be too long and no rule is named.
    """

    name: str
    line: int
    put: Put
    fills: tuple[str, ...]
    paths: tuple[str, ...]
    label: str
    too_long: str | None
    needs_rule: bool
    block: Any


def plan(name: str, block: Block, target: Target, compiler: Compiler) -> FieldPlan | None:
    """Compiles one field; None, with problems noted, if the target has no such field."""
    fits = _target_field(name, block, target)
    if fits is None:
        return None
    recipe = replace(compiler, type=fits.type).recipe(block, extra=LENGTH)
    rule = block.one_of("too_long", _RULES)
    rest = _rest_fields(block, target, rule)
    _check(block, fits, recipe, rule)
    if rule == "split":
        names = (name, *(each.name for each in rest))
        put = _put_parts(recipe.read, [fits, *rest])
    else:
        names = (name,)
        put = _put(recipe.read, name, fits, rule)
    can_exceed = fits.length is not None and (recipe.longest or fits.length + 1) > fits.length
    needs_rule = can_exceed and recipe.word == "text" and rule is None
    return FieldPlan(
        name, block.line(), put, names, recipe.paths, recipe.label, rule, needs_rule, block.data
    )


def _target_field(name: str, block: Block, target: Target) -> TargetField | None:
    pair = _PAIR.fullmatch(name)
    fits = target.fields.get(pair["list"] if pair else name)
    if fits is None:
        block.wrong(f"{name}: {target.name} has no such field")
    elif bool(pair) != (fits.type == "pairs"):
        block.wrong(f"{name}: is written {fits.name}[KEY] where the field is a list of pairs")
        return None
    return fits


def _rest_fields(block: Block, target: Target, rule: str | None) -> list[TargetField]:
    names = block.texts("rest_to")
    if (rule == "split") != bool(names):
        block.wrong("too_long: split and rest_to: [FIELD, ...] belong together", "too_long")
    fields = []
    for name in names:
        fits = target.fields.get(name)
        if fits is None or fits.type != "string" or not fits.length:
            block.wrong(f"rest_to: {target.name} has no text field {name} with a length", "rest_to")
        else:
            fields.append(fits)
    return fields


def _check(block: Block, fits: TargetField, recipe: Recipe, rule: str | None) -> None:
    if fits.mandatory and recipe.left_out:
        block.wrong(f"{fits.name}: is mandatory, so it cannot be left out (optional or when)")
    if rule is not None and (fits.length is None or recipe.word not in ("text", None)):
        block.wrong(
            "too_long: is for texts with a length; other values are always refused", "too_long"
        )
    for text in recipe.texts:
        if fits.length is not None and len(text) > fits.length and rule not in ("cut", "split"):
            block.wrong(f"{fits.name}: {text!r} has {len(text)} characters, {fits.length} fit")
        if fits.values and text not in fits.values:
            block.wrong(f"{fits.name}: {text!r} is none of {', '.join(sorted(fits.values))}")


def _put(read: Reader, name: str, fits: TargetField, rule: str | None) -> Put:
    """Writes the reader's value, sure to fit, to its place."""
    if fits.values or fits.shortest:
        read = _within(read, fits)
    if fits.length is not None and fits.type not in ("integer", "boolean"):
        if fits.name == name and "." not in name:
            return _put_sized(read, name, fits.length, rule == "cut")
        read = _sized(read, fits.length, rule == "cut")
    write = _writer(name, fits)

    def put(record: Record, out: dict[str, Any]) -> None:
        value = read(record)
        if value is not None:
            write(out, value)

    return put


def _put_sized(read: Reader, name: str, length: int, cut: bool) -> Put:
    """The usual case, one call less deep: a text with a length, in the outermost level."""

    def put(record: Record, out: dict[str, Any]) -> None:
        value = read(record)
        if value is not None:
            out[name] = value if len(value) <= length else _shortened(value, length, cut)

    return put


def _put_parts(read: Reader, fields: list[TargetField]) -> Put:
    """Writes the text over several fields, parted between words."""
    lengths = tuple(each.length or 0 for each in fields)
    writers = [_writer(each.name, each) for each in fields]

    def put(record: Record, out: dict[str, Any]) -> None:
        value = read(record)
        if value is not None:
            for write, part in zip(writers, fill(value, lengths), strict=False):
                write(out, part)

    return put


def _sized(read: Reader, length: int, cut: bool) -> Reader:
    def read_sized(record: Record) -> Any:
        value = read(record)
        return value if value is None or len(value) <= length else _shortened(value, length, cut)

    return read_sized


def _shortened(value: str, length: int, cut: bool) -> str:
    if cut:
        return value[:length].rstrip()
    raise Refused(value, f"has {len(value)} characters, {length} fit (too_long: refuse)")


def _within(read: Reader, fits: TargetField) -> Reader:
    values, shortest, said = fits.values, fits.shortest, ", ".join(sorted(fits.values))

    def read_within(record: Record) -> Any:
        value = read(record)
        if value is not None:
            if values and value not in values:
                raise Refused(value, f"is none of {said}")
            if len(value) < shortest:
                raise Refused(value, f"has {len(value)} characters, at least {shortest} are needed")
        return value

    return read_within


def _writer(name: str, fits: TargetField) -> Callable[[dict[str, Any], Any], None]:
    """Writes a value to the field's place: nested by its dots, or as one of its pairs."""
    pair = _PAIR.fullmatch(name)
    *way, last = fits.name.split(".")

    def write(out: dict[str, Any], value: Any) -> None:
        inner = out
        for step in way:
            inner = inner.setdefault(step, {})
        if pair:
            inner.setdefault(last, []).append({"key": pair["key"], "value": value})
        else:
            inner[last] = value

    return write
