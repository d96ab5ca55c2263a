"""The bytes recorded from a real shop."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[4] / "data" / "woocommerce"
SECRET = (FOLDER / "secret.txt").read_text().strip()


def headers_and_body(name: str) -> tuple[dict[str, str], bytes]:
    raw = (FOLDER / name).read_bytes().replace(b"\r\n", b"\n")
    head, _, body = raw.partition(b"\n\n")
    pairs = [line.split(": ", 1) for line in head.decode().splitlines() if ": " in line]
    return {pair[0]: pair[1] for pair in pairs if not pair[0].startswith("#")}, body


def parsed(body: bytes | str) -> Any:
    return json.loads(body, parse_float=Decimal)


def request_body(name: str) -> Any:
    mark = "# request body: "
    for line in (FOLDER / name).read_text().splitlines():
        if line.startswith(mark):
            return parsed(line.removeprefix(mark))
    raise AssertionError(f"{name} has no request body")


def shape(value: Any) -> Any:
    """Members, their order, and the kind of each value; lists by their first entry."""
    match value:
        case dict():
            return [(key, shape(member)) for key, member in value.items()]
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__
