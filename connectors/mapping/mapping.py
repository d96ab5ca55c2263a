"""A mapping: a YAML file that turns a message into a vendor's record, compiled into closures."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.mapping.catalogue import Catalogue, Target
from connectors.mapping.conditions import Condition, condition
from connectors.mapping.document import HEAD, Block, read
from connectors.mapping.fields import FieldPlan, Put, plan
from connectors.mapping.problems import MappingError, Problem, Refused, short_path
from connectors.mapping.recipe import Compiler
from connectors.mapping.record import Reader, Record, reader
from connectors.mapping.tables import Tables
from connectors.mapping.text import one_line, pieces
from streams.core.errors import Rejected


@dataclass(frozen=True)
class Each:
    """`each: {as: line, of: lines}` — one target record an entry of a list.

    With `split: 240` the source is a text; each record gets a part of at most so many characters.
    """

    alias: str
    path: str
    read: Reader
    split: int | None = None

    def items(self, record: Record) -> list[Any]:
        """The entries of a record's list; none if it is absent.

        Raises:
            Refused: the source is not a list, or not a text to split.
        """
        value = self.read(record)
        if value is None:
            return []
        if self.split is not None and isinstance(value, str):
            return list(pieces(one_line(value), self.split))
        if self.split is None and isinstance(value, list | tuple):
            return list(value)
        raise Refused(value, f"is not a {'text to split' if self.split else 'list'} (each)")


@dataclass(frozen=True)
class Mapping:
    """A compiled mapping. Pure and safe to share between threads and tasks.

    Attributes:
        name: of the file, without `.yaml`.
        version: the mapping's own number, raised with every change.
        source: type of the message that it reads; `given` names what the caller adds to it.
        target: what it makes, in the vendor's words.
    """

    name: str
    version: int
    source: str
    target: Target
    path: Path
    given: tuple[str, ...]
    fields: tuple[FieldPlan, ...]
    each: Each | None = None
    when: Condition | None = None
    when_paths: tuple[str, ...] = ()
    line_of: dict[str, int] = field(default_factory=dict)

    @cached_property
    def puts(self) -> tuple[Put, ...]:
        """The closures of all fields, in the file's order."""
        return tuple(each.put for each in self.fields)

    def __call__(self, record: Record) -> dict[str, Any]:
        """One target record of one source record (for `each`: one that has the entry by its name).

        Returns:
            Text by field name for a flat target; a nested object for a JSON target. Fields that
            have no value are not in it.

        Raises:
            Rejected: a value is refused, or `when` does not hold; the reason names each refused
                value with file, line, field, value and rule.
        """
        if not self._wanted(record):
            raise self._rejected([(self.line_of["when"], "when", "the condition does not hold")])
        return self._made(record)

    def many(self, record: Record) -> list[dict[str, Any]]:
        """All target records of a source record: one an entry of `each`, for which `when` holds.

        Raises:
            Rejected: as for one record; nothing is returned if one entry is refused.
        """
        if self.each is None:
            return [self._made(record)] if self._wanted(record) else []
        return [self._made(each) for each in self.expanded(record) if self._wanted(each)]

    def expanded(self, record: Record) -> Iterator[Record]:
        """The source records, one a target record, before `when`."""
        if self.each is None:
            yield record
            return
        try:
            items = self.each.items(record)
        except Refused as refused:
            raise self._rejected([(self.line_of["each"], self.each.path, str(refused))]) from None
        for item in items:
            yield {**record, self.each.alias: item}

    def _wanted(self, record: Record) -> bool:
        if self.when is None:
            return True
        try:
            return self.when(record)
        except Refused as refused:
            raise self._rejected([(self.line_of["when"], "when", str(refused))]) from None

    def _made(self, record: Record) -> dict[str, Any]:
        out: dict[str, Any] = {}
        try:
            for put in self.puts:
                put(record, out)
        except Refused:
            raise self._rejected(self._refusals(record)) from None
        return out

    def _refusals(self, record: Record) -> list[tuple[int, str, str]]:
        refusals = []
        for each in self.fields:
            try:
                each.put(record, {})
            except Refused as refused:
                refusals.append((each.line, each.name, str(refused)))
        return refusals

    def _rejected(self, refusals: list[tuple[int, str, str]]) -> Rejected:
        file = short_path(self.path)
        reason = "; ".join(f"{file}:{line}: {name}: {text}" for line, name, text in refusals)
        return Rejected(reason, refusals[0][1])


def load_mapping(path: Path, catalogue: Catalogue, tables: Tables) -> Mapping:
    """Reads and compiles a mapping file, checked against the target's catalogue and the tables.

    Raises:
        MappingError: the file cannot be used; all its problems, with file and line.
    """
    problems: list[Problem] = []
    document = read(path, problems)
    mapping = _compile(path, document, catalogue, tables) if document else None
    if problems or mapping is None:
        raise MappingError(sorted(problems))
    return mapping


def _compile(path: Path, document: Block, catalogue: Catalogue, tables: Tables) -> Mapping | None:
    document.known(HEAD)
    version, source, wanted = (
        document.get("version"),
        document.text("source"),
        document.text("target"),
    )
    if type(version) is not int or version < 1:
        document.wrong("version: must be a whole number from 1", "version")
    if not source:
        document.wrong("source: must name the type of a message", "source")
    target = catalogue.target(wanted or "")
    blocks = document.block("fields")
    if target is None:
        document.wrong(f"target: the catalogue has no {wanted!r}", "target")
    if blocks is None:
        document.wrong("fields: is missing")
    if target is None or blocks is None:
        return None
    fields = _plans(blocks, target, Compiler(tables, target.flat))
    tests = document.block("when")
    when, when_paths = condition(tests) if tests is not None else (None, ())
    return Mapping(
        name=path.stem,
        version=version,
        source=source or "",
        target=target,
        path=path,
        given=document.texts("given"),
        fields=fields,
        each=_each(document),
        when=when,
        when_paths=when_paths,
        line_of={key: document.line(key) for key in document},
    )


def _plans(blocks: Block, target: Target, compiler: Compiler) -> tuple[FieldPlan, ...]:
    plans: list[FieldPlan] = []
    filled: set[str] = set()
    for name in blocks:
        block = blocks.block(name)
        made = plan(str(name), block, target, compiler) if block is not None else None
        if made is None:
            continue
        for twice in filled.intersection(made.fills):
            blocks.wrong(f"{twice}: is filled twice", name)
        filled.update(made.fills)
        plans.append(made)
    for each in target.fields.values():
        if each.mandatory and each.name not in filled:
            blocks.wrong(f"{each.name}: is mandatory in {target.name} and has no block")
    for group in target.one_of:
        if not group & filled:
            blocks.wrong(f"{target.name} wants one of {', '.join(sorted(group))}")
    return tuple(plans)


def _each(document: Block) -> Each | None:
    block = document.block("each")
    if block is None:
        return None
    block.known(("as", "of", "split"))
    alias, path, split = block.text("as"), block.text("of"), block.get("split")
    if not alias or not path or not (split is None or (type(split) is int and split > 0)):
        block.wrong("each: needs as: NAME and of: LIST; split: is a number of characters")
        return None
    return Each(alias, path, reader(path), split)
