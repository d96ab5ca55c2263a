"""A sink's partition: each command has one effect, and its result is in Kafka before the offset."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from streams.core.connector import Outcome, Sink
from streams.core.errors import Misconfigured, Rejected, Transient, Unknown
from streams.core.message import Command, message_id
from streams.core.metrics import Metrics
from streams.core.retry import Backoff
from streams.kafka import outage
from streams.kafka.changelog import Stored
from streams.kafka.context import Context
from streams.kafka.durable import NotDurable
from streams.kafka.letters import REPAIR_HEADER
from streams.kafka.outage import Outage
from streams.kafka.sinks import SinkPartition
from streams.messages.ops import DeadLetter, Result
from streams.topics import journal
from tests.engine.records import Fetched, Taken, until
from tests.engine.small import Added, Do, Run

System = Callable[[Do, bool], Outcome]


def do(number: int, key: str = "k") -> Do:
    return Do(
        id=f"d{number}",
        key=key,
        occurred_at=1,
        received_at=1,
        source="flow/test",
        correlation_id=key,
        amount=number,
    )


class At:
    """A fake system behind one partition of a sink.

    Attributes:
        effects: what happened in the system, by command id.
        answers: what the next calls of a command answer, instead of having the effect.
        asked: the commands that were called with `unknown`.
        gates: keys whose calls wait until they are opened.
    """

    def __init__(self, context: Context, taken: Taken, run: Run) -> None:
        self.context, self.taken, self.run = context, taken, run
        self.effects: Counter[str] = Counter()
        self.order: list[str] = []
        self.answers: dict[str, list[Exception]] = {}
        self.asked: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.paused: list[bool] = []
        self.outage = Outage("small", context.metrics)
        self.offset = 0
        self.repeatable: frozenset[type[Command]] = frozenset()
        self.life({})

    async def execute(self, command: Do, *, unknown: bool) -> Outcome:
        started = self.taken.on(journal("small").name)
        assert started or self.repeatable, "the start must be durable before the call"
        if unknown:
            self.asked.append(command.id)
        if command.key in self.gates:
            await self.gates[command.key].wait()
        if answers := self.answers.get(command.id):
            raise answers.pop(0)
        if not (unknown and self.effects[command.id]):
            self.effects[command.id] += 1
            self.order.append(command.id)
        return Outcome({"number": "7"}, command.amount, "GBP")

    def life(self, stored: dict[bytes, Stored]) -> None:
        """A new owner takes over."""
        sink = Sink("small", {Do: self.execute}, call_seconds=0.05, repeatable=self.repeatable)
        self.partition = SinkPartition(
            sink, self.context, self.outage, journal("small"), 0, stored, self.paused.append
        )

    def deliver(self, *commands: Any, repair: str = "") -> None:
        headers = ((REPAIR_HEADER, repair.encode()),) if repair else ()
        for command in commands:
            raw = isinstance(command, bytes)
            value = command if raw else self.context.codec.encode(command)
            key = b"k" if raw else command.key.encode()
            self.partition.deliver([Fetched(self.offset, value, key, "do", headers=headers)])
            self.offset += 1

    @property
    def committed(self) -> int:
        return max(self.partition.committable.values(), default=0)

    async def settle(self, done: Callable[[], bool] | None = None) -> None:
        """Works until `done`; by default until everything may be committed."""
        task = asyncio.create_task(self.partition.run())
        ended = done or (lambda: self.committed == self.offset)
        await until(lambda: ended() or task.done())
        if task.done():
            task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def told(self) -> list[Result]:
        return self._decoded(self.run.results.name, Result)

    def letters(self) -> list[DeadLetter]:
        return self._decoded(self.context.dead_letters.name, DeadLetter)

    def stored(self) -> dict[bytes, Stored]:
        return {
            each.key: Stored(each.value or b"", {}) for each in self.taken.on(journal("small").name)
        }

    def _decoded(self, topic: str, kind: type[Any]) -> list[Any]:
        messages = [self.context.codec.decode(each.value or b"") for each in self.taken.on(topic)]
        return [message for message in messages if isinstance(message, kind)]


@pytest.fixture
def context_in_real_time(context: Context) -> Context:
    class Now:
        def now_ms(self) -> int:
            return round(asyncio.get_running_loop().time() * 1000)

    return Context(**{**context.__dict__, "clock": Now()})


@pytest.fixture
async def at(
    context_in_real_time: Context, taken: Taken, run: Run, monkeypatch: pytest.MonkeyPatch
) -> At:
    monkeypatch.setattr(Backoff, "next", lambda self, after=None: after or 0.001)
    return At(context_in_real_time, taken, run)


async def test_a_command_has_its_effect_and_the_flow_is_told(at: At) -> None:
    at.deliver(do(1))
    await at.settle()

    assert at.effects == {"d1": 1}
    (result,) = at.told()
    assert (result.id, result.key) == (message_id("result", "d1", "done"), "k")
    assert (result.command_id, result.outcome, result.minor_units) == ("d1", "done", 1)
    assert result.values == {"number": "7"}


async def test_a_command_that_comes_again_is_answered_again_without_an_effect(at: At) -> None:
    at.deliver(do(1), do(1))
    await at.settle()
    at.life(at.stored())
    at.deliver(do(1))
    await at.settle(lambda: at.committed == 3)

    assert at.effects == {"d1": 1}
    assert len({result.id for result in at.told()}) == 1
    assert len(at.told()) == 3


async def test_a_call_that_a_former_owner_started_is_asked_about_and_not_before_its_time(
    at: At,
) -> None:
    at.gates["k"] = asyncio.Event()
    at.deliver(do(1))
    await at.settle(lambda: bool(at.stored()))
    at.gates.clear()
    at.effects["d1"] = 1  # the former owner's call came through after all
    until = at.context.clock.now_ms() + 1000

    at.offset = 0
    at.life(at.stored())
    at.deliver(do(1))
    await at.settle()

    assert at.effects == {"d1": 1}
    assert at.asked == ["d1"]
    assert at.context.clock.now_ms() >= until


async def test_no_reply_is_resolved_by_asking(at: At) -> None:
    at.answers["d1"] = [Unknown("no reply")]
    at.effects["d1"] = 1
    at.deliver(do(1))
    await at.settle()

    assert at.effects == {"d1": 1}
    assert at.asked == ["d1"]


async def test_what_is_transient_is_tried_again(at: At) -> None:
    at.answers["d1"] = [Transient("busy"), Transient("busy", retry_after=0.002)]
    at.deliver(do(1))
    await at.settle()

    assert at.effects == {"d1": 1}
    assert at.asked == []


async def test_a_refused_command_is_told_kept_and_may_be_repaired(at: At) -> None:
    at.answers["d1"] = [Rejected("too long", field="CUNM", code="WCU0501")]
    at.deliver(do(1))
    await at.settle()

    (result,), (letter,) = at.told(), at.letters()
    assert (result.outcome, result.reason, result.field) == ("rejected", "too long", "CUNM")
    assert (letter.kind, letter.field, letter.code) == ("rejected", "CUNM", "WCU0501")
    assert (letter.minor_units, letter.message_id, letter.origin) == (1, "d1", "sink/small")

    at.life(at.stored())
    at.deliver(do(1), repair=letter.id)
    await at.settle(lambda: at.committed == 2)

    assert at.effects == {"d1": 1}
    assert at.asked == ["d1"], "what was refused halfway may have left a part"
    assert [result.outcome for result in at.told()] == ["rejected", "done"]


async def test_a_bug_is_tried_a_few_times_and_then_waits_for_a_person(at: At) -> None:
    at.answers["d1"] = [KeyError("CUNO")] * 3
    at.deliver(do(1), do(2, key="other"))
    await at.settle()

    assert at.effects == {"d2": 1}
    assert [letter.kind for letter in at.letters()] == ["bug"]
    assert at.asked == ["d1", "d1"], "after a bug the effect may have happened"


async def test_what_is_no_command_of_the_sink_is_kept(at: At) -> None:
    at.deliver(b"nonsense", Added(**{**do(1).model_dump(), "source": "test"}), do(2))
    await at.settle()

    assert [letter.kind for letter in at.letters()] == ["undecodable", "undecodable"]
    assert at.effects == {"d2": 1}


async def test_a_slow_key_holds_up_no_other_and_no_later_batch(at: At) -> None:
    at.gates["slow"] = asyncio.Event()
    at.deliver(do(1, key="slow"), do(2, key="a"))
    await at.settle(lambda: at.effects["d2"] == 1)
    assert at.committed == 0, "an offset never passes what is not done"

    at.life(at.stored())
    at.offset = 0
    at.deliver(do(1, key="slow"), do(2, key="a"))
    task = asyncio.create_task(at.partition.run())
    await asyncio.sleep(0.01)
    at.deliver(do(3, key="a"), do(4, key="slow"))
    await until(lambda: at.effects["d3"] == 1)
    at.gates["slow"].set()
    await until(lambda: at.committed == 4)
    task.cancel()

    assert at.order == ["d2", "d3", "d1", "d4"]


async def test_a_key_runs_in_order_whatever_happens_to_its_first(at: At) -> None:
    at.answers["d1"] = [Transient("busy")] * 3
    at.deliver(do(1), do(2), do(3))
    await at.settle()

    assert at.order == ["d1", "d2", "d3"]


async def test_a_wrong_setting_stops_the_worker(at: At) -> None:
    at.answers["d1"] = [Misconfigured("set TANDEM_M3_IONAPI")]
    at.deliver(do(1))

    with pytest.raises(Misconfigured, match="TANDEM_M3_IONAPI"):
        await at.settle()
    assert at.committed == 0


async def test_nothing_is_called_whose_start_is_not_durable(at: At) -> None:
    at.taken.broken = True
    at.deliver(do(1))

    with pytest.raises(NotDurable):
        await at.settle()
    assert at.effects == {}


async def test_an_outage_burns_nothing_is_said_once_and_ends_by_itself(
    at: At, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outage, "SECONDS", 0.0)
    commands = [do(number, key=f"k{number}") for number in range(10)]
    for command in commands:
        at.answers[command.id] = [Transient("connection refused")] * 4
    at.deliver(*commands)
    await at.settle()

    assert at.effects == {command.id: 1 for command in commands}
    assert at.letters() == []
    said = [record.message for record in caplog.records if record.name == outage.__name__]
    assert said == [
        "small is down, commands wait for it: connection refused",
        "small works again",
    ]
    assert gauge(at.context.metrics, "tandem_outage", system="small") == 0


async def test_a_bad_deploy_stops_the_sink_instead_of_emptying_its_commands(at: At) -> None:
    commands = [do(number, key=f"k{number}") for number in range(60)]
    for command in commands:
        at.answers[command.id] = [Rejected("unknown division")]
    at.deliver(*commands)

    with pytest.raises(Misconfigured, match="tandem dlq list"):
        await at.settle()


async def test_draining_leaves_what_is_not_done_to_the_next_owner(at: At) -> None:
    at.answers["d1"] = [Transient("busy", retry_after=60)]
    at.deliver(do(1), do(2, key="a"))
    task = asyncio.create_task(at.partition.run())
    await until(lambda: at.effects["d2"] == 1)

    at.partition.drain()
    async with asyncio.timeout(5):
        await task

    assert at.effects == {"d2": 1}
    assert at.committed == 0


def gauge(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


async def test_of_an_unanswered_command_only_the_refusal_is_told(
    context: Context, taken: Taken, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Do, "answered", False)
    at = At(context, taken, run)
    at.repeatable = frozenset((Do,))
    at.answers["d2"] = [Rejected("no such item", "sku")]
    at.deliver(do(1), do(2))
    await at.settle()

    assert at.effects["d1"] == 1
    assert not taken.on(run.results.name)
    assert len(taken.on(run.letters.name)) == 1


async def test_a_repeatable_command_leaves_no_journal_and_is_done_again_by_a_new_owner(
    context: Context, taken: Taken, run: Run
) -> None:
    at = At(context, taken, run)
    at.repeatable = frozenset((Do,))
    for _ in range(2):
        at.life({})
        at.deliver(do(1))
        await at.settle()

    assert at.effects["d1"] == 2
    assert not taken.on(journal("small").name)
    assert len(taken.on(run.results.name)) == 2
