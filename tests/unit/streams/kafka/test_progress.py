"""Which offsets may be committed when records end in any order."""

from faust.types.tuples import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.progress import Progress
from tests.engine.records import Fetched

EVENTS = TP("events", 0)


@given(st.permutations([1, 2, 5, 6, 7, 40]), st.integers(0, 6))
def test_an_offset_never_passes_what_is_open(order: list[int], ended: int) -> None:
    """Gaps, which compaction and transactions leave, do not matter."""
    progress = Progress()
    for offset in sorted(order):
        progress.begin(Fetched(offset, b""))
    for offset in order[:ended]:
        progress.end(Fetched(offset, b""))

    still_open = sorted(order[ended:])
    assert progress.open == len(still_open)
    committable = progress.committable.get(EVENTS, 0)
    if still_open:
        assert committable <= still_open[0]
    done_before = [offset for offset in order if not still_open or offset < still_open[0]]
    assert committable == (max(done_before) + 1 if done_before else 0)


def test_partitions_do_not_wait_for_each_other() -> None:
    progress = Progress()
    progress.begin(Fetched(1, b""))
    progress.begin(Fetched(8, b"", partition=1))

    progress.end(Fetched(8, b"", partition=1))

    assert progress.committable == {TP("events", 1): 9}
