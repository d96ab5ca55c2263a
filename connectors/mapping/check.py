"""What `tandem mapping check|show|try` say: pure, nothing is sent anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from connectors.mapping.catalogue import Catalogue
from connectors.mapping.document import LENGTH, OPTIONS
from connectors.mapping.examples import run_tests
from connectors.mapping.fields import FieldPlan
from connectors.mapping.folder import load_tables
from connectors.mapping.mapping import Mapping, load_mapping
from connectors.mapping.problems import MappingError, Problem, Refused, short_path
from connectors.mapping.record import Record, reader
from streams.core.errors import Rejected
from streams.messages.catalogue import MESSAGES


@dataclass(frozen=True)
class Row:
    """A field of a mapping, for a table: how it is filled, and what the vendor says of it."""

    field: str
    type: str
    length: int | None
    mandatory: bool
    source: str
    rules: str
    line: int


@dataclass(frozen=True)
class Explanation:
    """What became of one field: the source values that it read, and its value or refusal."""

    field: str
    line: int
    read: dict[str, Any]
    value: Any
    refused: str


@dataclass(frozen=True)
class Trial:
    """One target record that a source record would give.

    Attributes:
        result: None if it is refused, or if `when` does not hold.
        wanted: whether `when` holds.
    """

    result: dict[str, Any] | None
    wanted: bool
    fields: tuple[Explanation, ...]


def check(paths: Iterable[Path], tenant: Path | None = None) -> list[Problem]:
    """All that is wrong with mapping files: as loading says, and what only a check can afford.

    That is: a text that can be too long and has no `too_long` rule, a source field that the message
    does not have, a test beside the mapping that fails or none at all (with the default tables).
    """
    return sorted(problem for path in paths for problem in _checked(path, tenant))


def show(mapping: Mapping) -> list[Row]:
    """The mapping as rows of a table, in the file's order."""
    return [_row(mapping, plan) for plan in mapping.fields]


def trial(mapping: Mapping, record: Record) -> list[Trial]:
    """What a source record would give, with each field explained; nothing is raised for a value.

    Raises:
        Rejected: the list of `each` cannot be read.
    """
    return [_trial(mapping, each) for each in mapping.expanded(record)]


def _checked(path: Path, tenant: Path | None) -> list[Problem]:
    connector = path.absolute().parent.parent
    catalogue = Catalogue.load(connector / "catalogue.json")
    try:
        mapping = load_mapping(path, catalogue, load_tables(connector))
        if tenant is not None:
            load_mapping(path, catalogue, load_tables(connector, tenant))
    except MappingError as error:
        return error.problems
    failed = [Problem(short_path(path), 1, f"test failed: {each}") for each in run_tests(mapping)]
    return [*_unruled(mapping), *_unknown_sources(mapping), *failed]


def _unruled(mapping: Mapping) -> list[Problem]:
    file = short_path(mapping.path)
    text = "the text can be longer than the field; say too_long: cut, split or refuse"
    return [
        Problem(file, plan.line, f"{plan.name}: {text}")
        for plan in mapping.fields
        if plan.needs_rule
    ]


def _unknown_sources(mapping: Mapping) -> list[Problem]:
    file = short_path(mapping.path)
    model = next((each for each in MESSAGES if each.type == mapping.source), None)
    if model is None:
        line = mapping.line_of["source"]
        return [Problem(file, line, f"source: there is no message {mapping.source}")]
    entries = {mapping.each.alias: mapping.each.path} if mapping.each else {}
    wanted = [(path, plan.line) for plan in mapping.fields for path in plan.paths]
    wanted += [(path, mapping.line_of["when"]) for path in mapping.when_paths]
    wanted += [(path, mapping.line_of["each"]) for path in entries.values()]
    return [
        Problem(file, line, f"{mapping.source} has no field {path}, nor is it given")
        for path, line in wanted
        if not _known(model, path, mapping.given, entries)
    ]


def _known(
    model: type[BaseModel], path: str, given: tuple[str, ...], entries: dict[str, str]
) -> bool:
    first, *rest = path.split(".")
    if first in given:
        return True
    here: Any = model
    for name in (*entries.get(first, first).split("."), *rest):
        info = here.model_fields.get(name) if _is_model(here) else None
        if info is None:
            return False
        inner = info.annotation
        here = next((each for each in get_args(inner) if _is_model(each)), inner)
    return True


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _row(mapping: Mapping, plan: FieldPlan) -> Row:
    fits = mapping.target.fields[plan.name.partition("[")[0]]
    rules = [f"{key}: {plan.block[key]}" for key in (*OPTIONS, *LENGTH) if key in plan.block]
    return Row(
        plan.name,
        fits.type,
        fits.length,
        fits.mandatory,
        plan.label,
        "; ".join(rules),
        plan.line,
    )


def _trial(mapping: Mapping, record: Record) -> Trial:
    try:
        result, wanted = mapping(record), True
    except Rejected as rejected:
        result, wanted = None, rejected.field != "when"
    return Trial(result, wanted, tuple(_explained(plan, record) for plan in mapping.fields))


def _explained(plan: FieldPlan, record: Record) -> Explanation:
    out: dict[str, Any] = {}
    refused = ""
    try:
        plan.put(record, out)
    except Refused as error:
        refused = str(error)
    read = {path: _value(path, record) for path in plan.paths}
    return Explanation(plan.name, plan.line, read, out or None, refused)


def _value(path: str, record: Record) -> Any:
    try:
        return reader(path)(record)
    except Refused:
        return None
