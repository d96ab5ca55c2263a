"""Processes that are measured: they say lines of JSON, and never outlive the measurement."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)

SECONDS = 120.0


class Ended(Exception):
    """A measured process ended, or was silent for too long; its own words are on stderr."""


class Speaking:
    """A running process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def line(self, seconds: float = SECONDS) -> bytes:
        """The next line that it says.

        Raises:
            Ended: there is none.
        """
        if self._process.stdout is None:
            raise Ended("its output is not read")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        except TimeoutError:
            raise Ended(f"it said nothing for {seconds:.0f} s") from None
        if not line:
            raise Ended("it ended too soon")
        return line

    async def says(self, model: type[T], seconds: float = SECONDS) -> T:
        """The next line, read as a model."""
        return model.model_validate_json(await self.line(seconds))


@asynccontextmanager
async def running(
    *command: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Speaking]:
    """Starts a process; it is asked to stop at the end, and killed if it does not."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, env=None if environment is None else dict(environment)
    )
    try:
        yield Speaking(process)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


def module(name: str, argument: BaseModel) -> tuple[str, ...]:
    """The command of one of our own modules."""
    return sys.executable, "-m", name, argument.model_dump_json()
