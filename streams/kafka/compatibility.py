"""Whether one Avro schema can read what another wrote: Avro's schema resolution."""

from typing import Any

from fastavro.schema import parse_schema

PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
"""From what was written to what may be read of it."""

Schema = Any
"""A schema as JSON gives it: a name, a union's list or an object."""


def incompatibilities(reader: Schema, writer: Schema) -> list[str]:
    """Why `reader` cannot read all that `writer` can write; empty if it can.

    Each line names the place, e.g. `Order.lines[].sku: added without a default`.

    Raises:
        fastavro.schema.SchemaParseException, UnknownType: one of the two is not a schema.
    """
    return _Comparison(reader, writer).run()


class _Comparison:
    """One run over two schemas; remembers named types that it is comparing, for they may recur."""

    def __init__(self, reader: Schema, writer: Schema) -> None:
        self._reader_names: dict[str, Schema] = {}
        self._writer_names: dict[str, Schema] = {}
        self._reader = parse_schema(reader, named_schemas=self._reader_names)
        self._writer = parse_schema(writer, named_schemas=self._writer_names)
        self._begun: set[tuple[str, str]] = set()

    def run(self) -> list[str]:
        return self._compare(self._reader, self._writer, "")

    def _compare(self, reader: Schema, writer: Schema, place: str) -> list[str]:
        reader = self._reader_names.get(reader, reader) if isinstance(reader, str) else reader
        writer = self._writer_names.get(writer, writer) if isinstance(writer, str) else writer
        if isinstance(writer, list):
            return [why for branch in writer for why in self._compare(reader, branch, place)]
        if isinstance(reader, list):
            if any(not self._compare(branch, writer, place) for branch in reader):
                return []
            return [f"{place}: no branch of the reader's union takes {_kind(writer)}"]
        kind, written = _kind(reader), _kind(writer)
        if kind != written:
            if kind in PROMOTIONS.get(written, ()):
                return []
            return [f"{place}: {written} cannot be read as {kind}"]
        match kind:
            case "array":
                return self._compare(reader["items"], writer["items"], f"{place}[]")
            case "map":
                return self._compare(reader["values"], writer["values"], f"{place}{{}}")
            case "record" | "enum" | "fixed":
                return self._compare_named(kind, reader, writer, place)
        return []

    def _compare_named(self, kind: str, reader: Schema, writer: Schema, place: str) -> list[str]:
        pair = reader["name"], writer["name"]
        place = place or _unqualified(reader["name"])
        if pair in self._begun:
            return []
        known_as = {_unqualified(name) for name in (reader["name"], *reader.get("aliases", ()))}
        if _unqualified(writer["name"]) not in known_as:
            return [f"{place}: {writer['name']} is not {reader['name']}"]
        if kind == "fixed":
            same = reader["size"] == writer["size"]
            return [] if same else [f"{place}: size {writer['size']} is not {reader['size']}"]
        if kind == "enum":
            lost = set(writer["symbols"]) - set(reader["symbols"])
            if lost and "default" not in reader:
                return [f"{place}: symbols {', '.join(sorted(lost))} are gone"]
            return []
        self._begun.add(pair)
        found = self._compare_fields(reader, writer, place)
        self._begun.discard(pair)
        return found

    def _compare_fields(self, reader: Schema, writer: Schema, place: str) -> list[str]:
        written = {field["name"]: field for field in writer["fields"]}
        found = []
        for field in reader["fields"]:
            names = [name for name in (field["name"], *field.get("aliases", ())) if name in written]
            here = f"{place}.{field['name']}"
            if names:
                found += self._compare(field["type"], written[names[0]]["type"], here)
            elif "default" not in field:
                found.append(f"{here}: added without a default")
        return found


def _kind(schema: Schema) -> str:
    return str(schema["type"] if isinstance(schema, dict) else schema)


def _unqualified(name: str) -> str:
    return name.rpartition(".")[2]
