"""The order flow on Tandem's engine: `python -m bench.contestants.engine RACE`."""

import asyncio
import sys
from dataclasses import replace

import uvloop

from bench.race import Contestant, Race
from streams.bootstrap import connected
from streams.core.metrics import Metrics
from streams.kafka.engine import flow_worker


class Counted(Metrics):
    """The catalogue's metrics, which also tell the contestant what they count."""

    def __init__(self, contestant: Contestant, finished: asyncio.Event) -> None:
        super().__init__()
        self._contestant, self._finished = contestant, finished

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Counts; a batch's messages before what they led to."""
        super().count(name, *labels, by=by)
        if name == "tandem_sent_total":
            self._contestant.out += by
        elif name == "tandem_messages_total" and not self._contestant.applied(by):
            self._finished.set()


async def run(race: Race) -> None:
    """Works until all waves are through."""
    finished = asyncio.Event()
    contestant = Contestant(race)
    async with connected(race.settings, race.name) as context:
        mine = replace(context, metrics=Counted(contestant, finished))
        worker = flow_worker(race.flow, mine)
        working = asyncio.create_task(worker.run())
        ready = asyncio.create_task(worker.ready.wait())
        await asyncio.wait((working, ready), return_when=asyncio.FIRST_COMPLETED)
        contestant.ready()
        end = asyncio.create_task(finished.wait())
        await asyncio.wait((working, end), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        working.cancel()
        await asyncio.wait((working,))


if __name__ == "__main__":
    uvloop.run(run(Race.model_validate_json(sys.argv[1])))
