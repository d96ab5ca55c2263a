"""Starts the tests' own process, kills it in the middle of its work and starts it again."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from tests.engine.small import Run

ROOT = Path(__file__).parents[2]


class Process:
    """A running `Run`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when its workers are ready."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.engine.small"),
            self._run.model_dump_json(),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        assert line.startswith(b"ready"), "the worker died at its start"

    async def kill(self) -> None:
        """As the kernel does it when memory is short: nothing is finished."""
        assert self._process
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> None:
        """As Kubernetes does it: what is in hand is finished."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), 30) == 0

    async def freeze(self, seconds: float) -> None:
        """As a machine does it that is paused: it goes on as if nothing had happened."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    @property
    def died(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.returncode is not None
