"""The shelves of a sandbox in its file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from connectors.sandbox.face import body_of
from connectors.sandbox.keeping.codec import Codec, Codecs, is_fixed
from connectors.sandbox.keeping.file import StateFile
from connectors.sandbox.keeping.shelf import Shelf
from connectors.sandbox.keeping.work import Work
from streams.core.errors import Misconfigured


class Kept:
    """The shelves of one sandbox, which outlive it.

    Args:
        path: the file.
        system: the sandbox: `m3`, `heartland` or `shop`.

    Attributes:
        work: writes what is changed.

    Raises:
        Misconfigured: the file is in use, or of another sandbox or format.
    """

    def __init__(self, path: Path, system: str) -> None:
        self._path = path
        self._file = StateFile(path, system)
        self._codecs = Codecs()
        self._shelves: dict[str, Shelf] = {}
        self.work = Work(self._file)

    def shelf(self, name: str, of: Any, key: str = "") -> dict[Any, Any]:
        """The shelf of a name, as it was when the sandbox was stopped.

        Raises:
            Misconfigured: the file has a row that this version cannot read.
        """
        if name in self._shelves:
            return self._shelves[name]
        shelf = self._shelves[name] = Shelf(name, self.work, fixed=is_fixed(of))
        if key:
            self._codecs.refer(of, _reference(shelf, key))
        shelf.codec = self._codecs.entry(of) if key else self._codecs.of(of)
        try:
            for at, text in self._file.rows(name):
                shelf.restore(at, shelf.codec.read(json.loads(text)), text)
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:
            self._file.close()
            raise Misconfigured(
                f"{self._path}: the table {name} has a row that cannot be read ({error!r});"
                " remove the file to begin anew"
            ) from error
        return shelf

    def refer(self, of: type, write: Callable[[Any], Any], read: Callable[[Any], Any]) -> None:
        """How shelves that come later write a part of another shelf's value, and find it again."""
        self._codecs.refer(of, Codec(write, read))

    def middleware(self) -> Middleware:
        """Answers after what the answer tells of is written.

        The body is read before the handler runs, so that handlers run in one go.
        """

        @web.middleware
        async def keeping(request: web.Request, handler: Handler) -> web.StreamResponse:
            await body_of(request)
            try:
                return await handler(request)
            finally:
                self.work.commit()

        return keeping

    def differences(self) -> list[str]:
        """What memory and file disagree in: nothing, unless the rules of `shelves` were broken."""
        self.work.commit()
        return [f"{name} {key}" for name, each in self._shelves.items() for key in each.unwritten()]

    def close(self) -> None:
        """Commits, and closes the file."""
        self.work.commit()
        self._file.close()


def _reference(shelf: Shelf, key: str) -> Codec:
    """A value of this shelf in another one: its key. What is referred to is compared too."""

    def write(value: Any) -> Any:
        at = getattr(value, key)
        if at in shelf:
            shelf.touch(at)
        return at

    def read(at: Any) -> Any:
        return shelf.peek(tuple(at) if isinstance(at, list) else at)

    return Codec(write, read)
