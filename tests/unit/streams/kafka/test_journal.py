"""The journal: intent before effect."""

from streams.core.connector import Outcome
from streams.core.errors import Rejected
from streams.core.message import message_id
from streams.kafka.changelog import Stored
from streams.kafka.durable import Record
from streams.kafka.journal import SLACK_MS, Journal
from streams.kafka.results import result_of
from streams.topics import journal
from tests.engine.small import Do

DO = Do(
    id="d1", key="k", occurred_at=1, received_at=1, source="flow/order", correlation_id="k",
    amount=7,
)  # fmt: skip


def taken_over(*records: Record, call_ms: int = 60_000) -> Journal:
    """The journal of the next owner, who finds these records."""
    stored = {record.key: Stored(record.value or b"", {}) for record in records}
    return Journal(journal("m3"), 2, stored, call_ms)


def test_a_started_command_is_foreign_to_the_next_owner() -> None:
    ours = taken_over()
    start = ours.record(DO, ours.started(now=1000))
    ours.keep(start)
    assert not ours.foreign("d1")

    theirs = taken_over(start)

    entry = theirs.entry("d1")
    assert entry is not None
    assert theirs.foreign("d1")
    assert (entry.state, entry.until) == ("started", 1000 + 60_000 + SLACK_MS)
    assert (start.topic, start.partition) == ("tandem.journal.m3", 2)


def test_a_start_covers_calls_that_end_within_what_it_promised() -> None:
    journal = taken_over()
    entry = journal.started(now=1000)

    assert journal.covers(entry, 1000)
    assert journal.covers(entry, 1000 + SLACK_MS)
    assert not journal.covers(entry, 1001 + SLACK_MS)


def test_what_was_told_can_be_told_again_word_by_word() -> None:
    for outcome in (Outcome({"ORNO": "0010000001"}, 700, "GBP"), Rejected("too long", "CUNM")):
        journal = taken_over()
        result = result_of(DO, outcome, "sink/m3", now=5)
        record = journal.record(DO, journal.ended(result))

        entry = taken_over(record).entry("d1")

        assert entry is not None
        assert entry.result == result
        assert entry.state == result.outcome


def test_results_have_the_ids_that_their_cause_gives_them() -> None:
    done = result_of(DO, Outcome(), "sink/m3", now=5)
    again = result_of(DO, Outcome(), "sink/m3", now=6)
    refused = result_of(DO, Rejected("no"), "sink/m3", now=5)

    assert done.id == again.id == message_id("result", "d1", "done")
    assert refused.id == message_id("result", "d1", "rejected")


def test_what_the_changelog_forgets_is_forgotten_here_too() -> None:
    journal = taken_over()
    week = 7 * 86_400_000
    for number, at in enumerate((0, 1000, week)):
        command = DO.model_copy(update={"id": f"d{number}"})
        journal.keep(journal.record(command, journal.started(at)))

    journal.forget_old(now=week + 500)

    assert journal.entry("d0") is None
    assert journal.entry("d1") is not None
