"""The time that a round looks through, for systems that are asked by time. Pure."""

from dataclasses import dataclass

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Window:
    """From `start` to `end`, ms UTC; `more` if it does not yet come up to the present."""

    start: int
    end: int
    more: bool = False

    @property
    def cursor(self) -> str:
        """The poller's cursor when the window is done: all before it is known."""
        return str(self.end)


def window(cursor: str, now: int, overlap: int, settle: int = 0) -> Window:
    """The next window; all in ms.

    The first ever begins where a later one would if all before now were known: what was before
    Tandem is not its to do. After a standstill windows are an hour long, so that none is too much
    for one fetch.

    Args:
        cursor: of the window before; empty for none.
        now: the present.
        overlap: how far it goes back behind the cursor.
        settle: what is younger is left for a later one.
    """
    present = now - settle
    known = int(cursor) if cursor else present
    end = max(known, min(present, known + HOUR_MS))
    return Window(known - overlap, end, more=end < present)
