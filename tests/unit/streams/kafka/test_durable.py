"""The flush: nothing is durable before Kafka says so."""

import pytest

from streams.kafka import durable
from streams.kafka.durable import Flush, NotDurable, Record
from streams.kafka.embedded import EmbeddedBroker
from streams.kafka.reader import read_topic
from streams.kafka.settings import KafkaSettings


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time as the flush sees it."""
    now = [1000.0]
    monkeypatch.setattr(durable, "monotonic", lambda: now[0])
    return now


async def test_an_owner_that_was_frozen_past_its_session_can_write_no_more(
    now: list[float],
) -> None:
    with EmbeddedBroker() as broker:
        broker.create_topic("table", 1)
        settings = KafkaSettings(
            bootstrap_servers=broker.bootstrap_servers, registry_url="none", fetch_wait_ms=10
        )
        flush = Flush(settings)
        await flush.keep(0, [Record("table", b"k", b"before")], {})

        now[0] += settings.session_seconds + 0.1

        for _ in range(2):
            with pytest.raises(NotDurable, match="stopped for longer than its session"):
                await flush.keep(0, [Record("table", b"k", b"stale")], {})
        await flush.keep(-1, [Record("table", b"b", b"of a bridge, which owns nothing")], {})
        await flush.close()

        values = [found.value for found in read_topic(settings, "table")]
    assert values == [b"before", b"of a bridge, which owns nothing"]
