"""A value's recipe (a field's block, or a part of `join` and `first_of`) compiled into one closure.

A recipe has one source (`from`, `value`, `first_of`, `join`), then at most one each of `split`,
`remove`, `lookup`, `exchange` and `as`, applied in this order. A value that turns out empty is
replaced by `default`, left out if `optional` or if `when` does not hold, and refused otherwise.
"""

import re
from dataclasses import dataclass, replace

from connectors.mapping import closures
from connectors.mapping.conditions import condition
from connectors.mapping.convert import CONVERSIONS, USUAL, Options
from connectors.mapping.document import OPTIONS, SOURCES, STEPS, Block
from connectors.mapping.problems import Refused
from connectors.mapping.record import Reader, Step, nothing, reader
from connectors.mapping.steps import exchange, lookup, remove, split, zone
from connectors.mapping.tables import Tables

_FORMAT = re.compile(r"(yyyy|MM|dd|HH|mm|ss|[-/:. T])+")


@dataclass(frozen=True)
class Recipe:
    """A compiled value.

    Attributes:
        read: the value for a record, None if it is left out; raises `Refused`.
        paths: the source fields it reads.
        label: its source in words, for messages.
        longest: characters at most; None if only the data knows.
        texts: what it is known to be able to give: constants and table entries.
        word: of `as:`, if the value is converted last of all.
        left_out: whether it may be empty.
    """

    read: Reader
    paths: tuple[str, ...] = ()
    label: str = ""
    longest: int | None = None
    texts: tuple[str, ...] = ()
    word: str | None = None
    left_out: bool = False


@dataclass(frozen=True)
class Compiler:
    """Compiles recipes for a type of target field, of a flat target (all text) or a JSON one."""

    tables: Tables
    flat: bool
    type: str = "string"

    def recipe(
        self,
        block: Block | str,
        extra: tuple[str, ...] = (),
        raw: bool = False,
        gives_way: bool = False,
    ) -> Recipe:
        """Compiles a block or, for a bare path, `from` that path; problems are noted on the block.

        Args:
            block: the recipe as it is written.
            extra: keys of the block that are none of a recipe's.
            raw: leave the value as it is unless the block says `as`.
            gives_way: an empty value is not refused, for another source follows.
        """
        if isinstance(block, str):
            steps = () if raw else (self._usual(),)
            read = closures.value(reader(block), steps, None, gives_way, block)
            return Recipe(read, (block,), block, word=None if raw else USUAL[self.type])
        block.known((*SOURCES, *OPTIONS, *extra))
        kinds = [key for key in SOURCES if key in block]
        if len(kinds) != 1:
            block.wrong(f"needs one source: {', '.join(SOURCES)}")
            return Recipe(nothing)
        if kinds == ["value"]:
            for key in set(STEPS) & set(block):
                block.wrong(f"{key}: has no meaning beside value", key)
            return self._finished(block, self._constant(block, "value"), (), gives_way)
        if kinds == ["first_of"]:
            here = any(key in block for key in STEPS)
            parts = block.parts("first_of")
            source = _first([self.recipe(part, raw=raw or here, gives_way=True) for part in parts])
            raw = raw or not here
        elif kinds == ["join"]:
            texts = replace(self, type="string")
            source = _joined(
                [texts.recipe(part) for part in block.parts("join")], block.text("with")
            )
        else:
            path = block.text("from") or ""
            source = Recipe(reader(path), (path,), path)
        return self._finished(block, *self._steps(block, source, raw), gives_way)

    def _steps(self, block: Block, source: Recipe, raw: bool) -> tuple[Recipe, tuple[Step, ...]]:
        find, texts = lookup(block, self.tables)
        convert_currency, paths = exchange(block, self.tables)
        word = block.one_of("as", tuple(CONVERSIONS)) or (None if raw else USUAL[self.type])
        if word and self.type not in CONVERSIONS[word].gives:
            block.wrong(f"as: {word} does not give a {self.type}", "as")
        step = self._conversion(word, block) if word else None
        steps = [split(block), remove(block), find, convert_currency, step]
        if step is not None:
            _try(block, step, texts)
        if find:
            longest = max(map(len, texts)) if texts else None
        else:
            texts, longest = source.texts, self._longest(block, word) or source.longest
        described = replace(
            source,
            paths=(*source.paths, *paths, *_currency_path(block)),
            longest=longest,
            texts=texts,
            word=word or source.word,
        )
        return described, tuple(step for step in steps if step is not None)

    def _usual(self) -> Step:
        return CONVERSIONS[USUAL[self.type]].build(Options(self.flat, self.type))

    def _conversion(self, word: str, block: Block) -> Step:
        for need in CONVERSIONS[word].needs:
            if need not in block:
                block.wrong(f"as: {word} needs {need}", "as")
        pattern = block.text("format") or Options.format
        if not _FORMAT.fullmatch(pattern):
            block.wrong(
                f"format: {pattern!r} has more than yyyy MM dd HH mm ss - / : . T", "format"
            )
        exchanged = block.block("exchange")
        to = exchanged.get("to") if exchanged else None
        currency: Reader = (lambda _: to) if to else reader(block.text("currency") or "")
        held = zone(block) if "zone" in block else None
        return CONVERSIONS[word].build(Options(self.flat, self.type, currency, held, pattern))

    def _longest(self, block: Block, word: str | None) -> int | None:
        if word == "date":
            return len(block.text("format") or Options.format)
        return 1 if word == "boolean" else None

    def _constant(self, block: Block, key: str) -> Recipe:
        constant = block.get(key)
        try:
            value = None if constant is None else self._usual()(constant, {})
        except Refused as refused:
            block.wrong(f"{key}: {refused}", key)
            value = None
        else:
            if value is None:
                block.wrong(f"{key}: is empty", key)
        text = str(value)
        return Recipe(lambda _: value, (), f"{key} {text}", len(text), (text,))

    def _finished(
        self, block: Block, source: Recipe, steps: tuple[Step, ...], gives_way: bool
    ) -> Recipe:
        when, paths = None, source.paths
        if (tests := block.block("when")) is not None:
            when, tested = condition(tests)
            paths = (*paths, *tested)
        default = None
        texts, longest = source.texts, source.longest
        if "default" in block:
            fallback = self._constant(block, "default")
            default = fallback.read({})
            texts = (*texts, *fallback.texts)
            longest = None if longest is None else max(longest, fallback.longest or 0)
        if default is not None and "optional" in block:
            block.wrong("optional: has no meaning beside a default", "optional")
        optional = block.flag("optional") or gives_way
        read = closures.value(source.read, steps, default, optional, source.label)
        return replace(
            source,
            read=closures.conditional(read, when, default),
            paths=paths,
            longest=longest,
            texts=texts,
            left_out=default is None and (optional or when is not None),
        )


def _try(block: Block, step: Step, texts: tuple[str, ...]) -> None:
    """Notes the table entries that cannot be converted to what the field takes."""
    for text in texts:
        try:
            step(text, {})
        except Refused as refused:
            block.wrong(f"lookup: {refused}", "lookup")


def _currency_path(block: Block) -> tuple[str, ...]:
    path = block.text("currency")
    return (path,) if path and "exchange" not in block else ()


def _joined(parts: list[Recipe], separator: str | None) -> Recipe:
    between = separator or ""
    known = [part.longest for part in parts if part.longest is not None]
    longest = sum(known) + len(between) * (len(parts) - 1) if len(known) == len(parts) else None
    read = closures.joined([part.read for part in parts], between)
    return Recipe(read, _paths(parts), _labels(parts, " and "), longest)


def _first(parts: list[Recipe]) -> Recipe:
    known = [part.longest for part in parts if part.longest is not None]
    words = [part.word for part in parts if part.word is not None]
    return Recipe(
        closures.first([part.read for part in parts]),
        _paths(parts),
        _labels(parts, " or "),
        max(known) if known and len(known) == len(parts) else None,
        tuple(text for part in parts for text in part.texts),
        "text" if "text" in words else next(iter(words), None),
    )


def _paths(parts: list[Recipe]) -> tuple[str, ...]:
    return tuple(path for part in parts for path in part.paths)


def _labels(parts: list[Recipe], between: str) -> str:
    return between.join(part.label for part in parts)
