"""How far a partition is done, when its records end in any order."""

from collections import defaultdict, deque

from faust.types.tuples import TP

from streams.kafka.waiting import Arrived


class Progress:
    """Which offsets may be committed: those before which every record has ended.

    Attributes:
        committable: by partition, the offset after the last record of the ended beginning.
        open: how many records have begun and not ended.
    """

    def __init__(self) -> None:
        self.committable: dict[TP, int] = {}
        self.open = 0
        self._begun: dict[TP, deque[int]] = defaultdict(deque)
        self._ended: dict[TP, set[int]] = defaultdict(set)

    def begin(self, record: Arrived) -> None:
        """A record is in hand; records of a partition begin in order."""
        self._begun[TP(record.topic, record.partition)].append(record.offset)
        self.open += 1

    def end(self, record: Arrived) -> None:
        """All that a record led to is in Kafka."""
        tp = TP(record.topic, record.partition)
        begun, ended = self._begun[tp], self._ended[tp]
        ended.add(record.offset)
        self.open -= 1
        while begun and begun[0] in ended:
            ended.discard(begun[0])
            self.committable[tp] = begun.popleft() + 1
