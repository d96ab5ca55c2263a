"""What a schema registry knows and refuses: the rules of Confluent's, in memory, for Avro."""

import json
from dataclasses import dataclass, field
from typing import NoReturn

from fastavro.schema import SchemaParseException, UnknownType, parse_schema

from streams.kafka.compatibility import incompatibilities

LEVELS = {
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
}


class Refused(Exception):
    """An answer other than success: Confluent's error code, whose first three digits are HTTP's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Version:
    """One registered version of a subject; `id` names the schema itself, across subjects."""

    subject: str
    version: int
    id: int
    schema: str


@dataclass
class Subjects:
    """The registry's state: schemas by dense ids from 1, versions by subject, levels by subject."""

    level: str = "BACKWARD"
    levels: dict[str, str] = field(default_factory=dict)
    schemas: list[str] = field(default_factory=list)
    versions: dict[str, list[Version]] = field(default_factory=dict)

    def register(self, subject: str, schema: str) -> int:
        """The id of `schema`, which becomes the newest version of `subject` unless it is there.

        Raises:
            Refused: 42201 not a schema; 409 not compatible with what the subject holds.
        """
        schema = _canonical(schema)
        existing = self._find(subject, schema)
        if existing:
            return existing.id
        against = self._checked_versions(subject)
        found = [why for old in against for why in self._objections(subject, schema, old.schema)]
        if found:
            raise Refused(409, f"Schema is incompatible with an earlier one: {'; '.join(found)}")
        if schema not in self.schemas:
            self.schemas.append(schema)
        versions = self.versions.setdefault(subject, [])
        new = Version(subject, len(versions) + 1, self.schemas.index(schema) + 1, schema)
        versions.append(new)
        return new.id

    def lookup(self, subject: str, schema: str) -> Version:
        """The version under which `subject` holds `schema`.

        Raises:
            Refused: 40401 unknown subject, 40403 it does not hold that schema.
        """
        self.of(subject)
        return self._find(subject, _canonical(schema)) or _refuse(40403, "Schema not found")

    def of(self, subject: str) -> list[Version]:
        """All versions of `subject`, oldest first.

        Raises:
            Refused: 40401 unknown subject.
        """
        return self.versions.get(subject) or _refuse(40401, f"Subject '{subject}' not found.")

    def version(self, subject: str, number: str) -> Version:
        """Version `number` ("1", "2"... or "latest") of `subject`.

        Raises:
            Refused: 40401 unknown subject, 40402 unknown version, 42202 not a version.
        """
        versions = self.of(subject)
        if number in ("latest", "-1"):
            return versions[-1]
        if not number.isdecimal() or number == "0":
            _refuse(42202, f"The specified version '{number}' is not a valid version id.")
        if int(number) > len(versions):
            _refuse(40402, f"Version {number} not found.")
        return versions[int(number) - 1]

    def schema(self, number: str) -> str:
        """The schema with that id.

        Raises:
            Refused: 40403 there is none.
        """
        if not number.isdecimal() or not 1 <= int(number) <= len(self.schemas):
            _refuse(40403, f"Schema {number} not found")
        return self.schemas[int(number) - 1]

    def objections(self, subject: str, number: str, schema: str) -> list[str]:
        """What the level of `subject` has against `schema` after version `number`, if anything."""
        return self._objections(subject, _canonical(schema), self.version(subject, number).schema)

    def set_level(self, level: str, subject: str | None = None) -> None:
        """Sets what is asked of a new version: of one subject, or of all without their own level.

        Raises:
            Refused: 42203 there is no such level.
        """
        if level not in LEVELS:
            _refuse(
                42203, f"Invalid compatibility level. Valid values are {', '.join(sorted(LEVELS))}"
            )
        if subject is None:
            self.level = level
        else:
            self.levels[subject] = level

    def _find(self, subject: str, schema: str) -> Version | None:
        return next((v for v in self.versions.get(subject, ()) if v.schema == schema), None)

    def _checked_versions(self, subject: str) -> list[Version]:
        versions = self.versions.get(subject, [])
        return versions if self._level(subject).endswith("_TRANSITIVE") else versions[-1:]

    def _objections(self, subject: str, new: str, old: str) -> list[str]:
        direction = self._level(subject).removesuffix("_TRANSITIVE")
        found = []
        if direction in ("BACKWARD", "FULL"):
            found += incompatibilities(reader=json.loads(new), writer=json.loads(old))
        if direction in ("FORWARD", "FULL"):
            found += incompatibilities(reader=json.loads(old), writer=json.loads(new))
        return found

    def _level(self, subject: str) -> str:
        return self.levels.get(subject, self.level)


def _canonical(schema: str) -> str:
    """The same text for the same schema, whatever its white space."""
    try:
        parsed = json.loads(schema)
        parse_schema(parsed, named_schemas={})
    except (ValueError, SchemaParseException, UnknownType) as error:
        raise Refused(42201, f"Invalid schema: {error}") from error
    return json.dumps(parsed, separators=(",", ":"))


def _refuse(code: int, message: str) -> NoReturn:
    raise Refused(code, message)
