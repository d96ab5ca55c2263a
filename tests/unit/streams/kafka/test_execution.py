"""When a call is tried again, and what it is told then."""

from streams.core.connector import Outcome
from streams.core.errors import Transient, Unknown
from streams.core.metrics import Metrics
from streams.kafka.execution import Execution
from streams.kafka.outage import Outage
from tests.engine.small import Do

DO = Do(
    id="d1", key="k", occurred_at=1, received_at=1, source="flow/order", correlation_id="k",
    amount=7,
)  # fmt: skip


async def test_only_a_lost_reply_waits_until_its_call_can_have_no_effect_any_more() -> None:
    waits: list[float] = []
    told: list[bool] = []
    answers: list[Exception] = [
        Transient("busy"),
        Unknown("no reply"),
        Transient("busy", retry_after=20),
        Transient("busy"),
    ]

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async def execute(command: Do, *, unknown: bool) -> Outcome:
        told.append(unknown)
        if answers:
            raise answers.pop(0)
        return Outcome({"ORNO": "1"})

    metrics = Metrics()
    execution = Execution("sink/m3", "m3", Outage("m3", metrics), metrics, 60, wait)

    outcome = await execution.run(DO, execute, unknown=False)

    assert outcome == Outcome({"ORNO": "1"})
    assert told == [False, False, True, True, True]
    assert [round(seconds, -1) for seconds in waits] == [0, 60, 20, 0]
