"""Shelves in a file: what comes back, who is refused, what an answer waits for."""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.harness import Harness, Options
from connectors.sandbox.keeping.file import FORMAT
from connectors.sandbox.keeping.kept import Kept
from connectors.sandbox.keeping.shelves import MEMORY, Series
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured
from tests.unit.connectors.sandbox.conftest import FACE
from tests.unit.connectors.sandbox.killing import killed


@dataclass
class Purse:
    owner: str
    coins: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Coin:
    worth: Decimal
    side: Literal["heads", "tails"]


@dataclass(slots=True)
class Chest:
    """One of everything that a sandbox keeps."""

    purse: Purse
    coins: list[Coin]
    more: deque[dict[str, Decimal]]
    names: frozenset[str]
    pairs: list[tuple[Purse, Decimal]]
    either: Coin | Purse
    free: Any
    body: bytes
    maybe: Decimal | None = None
    twice: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.twice = Decimal(2)


Open = Callable[[Path], Kept]


def till(path: Path) -> Kept:
    return Kept(path / "till.sqlite", "till")


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens the till's shelves; closes them in the end."""
    with ExitStack() as open_now:

        def open_till(path: Path) -> Kept:
            kept = till(path)
            open_now.callback(kept.close)
            return kept

        yield open_till


TEXT = st.text(max_size=8)
NAMES = TEXT | st.sampled_from(["$decimal", "$object"])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(
    free=ANY,
    worth=st.decimals(allow_nan=False, allow_infinity=False),
    owner=TEXT,
    body=st.binary(max_size=8),
)
def test_what_is_put_on_a_shelf_comes_back(
    tmp_path_factory: pytest.TempPathFactory, free: Any, worth: Decimal, owner: str, body: bytes
) -> None:
    path = tmp_path_factory.mktemp("books")
    kept = till(path)
    purses = kept.shelf("purses", Purse, key="owner")
    chests = kept.shelf("chests", Chest)
    purse = purses[owner] = Purse(owner, {1: 2})
    coin = Coin(worth, "tails")
    chest = chests["a", 1] = Chest(
        purse,
        [coin],
        deque([{"x": worth}]),
        frozenset({owner, "b"}),
        [(purse, worth)],
        coin,
        free,
        body,
        worth,
    )
    chest.twice = worth
    kept.close()

    kept = till(path)
    again = kept.shelf("purses", Purse, key="owner")
    found = kept.shelf("chests", Chest)["a", 1]
    assert found == chest
    assert found.twice == worth
    assert found.purse is again[owner]
    assert found.pairs[0][0] is again[owner]
    kept.close()


def test_what_another_thing_refers_to_is_kept_with_it(tmp_path: Path, opened: Open) -> None:
    kept = opened(tmp_path / "books")
    purses = kept.shelf("purses", Purse, key="owner")
    borrowed = kept.shelf("borrowed", list[Purse])
    purses["ada"] = Purse("ada")
    borrowed["all"] = [purses["ada"]]
    kept.work.commit()
    borrowed["all"][0].coins[5] = 1
    kept.work.commit()

    assert opened(killed(tmp_path / "books")).shelf("purses", Purse)["ada"].coins == {5: 1}


def test_what_was_only_looked_over_is_not_written(tmp_path: Path, opened: Open) -> None:
    kept = opened(tmp_path / "books")
    purses = kept.shelf("purses", Purse)
    purses["ada"] = Purse("ada")
    kept.work.commit()
    for purse in purses.values():
        purse.coins[1] = 1

    assert kept.differences() == ["purses ada"]


KEYS = st.sampled_from(["a", 7, "b", "[1]", '"', "\udc80", ("c", 1)])
Numbers = dict[Any, int]
DEEDS: dict[str, Callable[[Numbers, Any, int], object]] = {
    "put": lambda shelf, key, number: shelf.__setitem__(key, number),
    "remove": lambda shelf, key, _: shelf.pop(key, None),
    "take last": lambda shelf, *_: shelf.popitem() if shelf else None,
    "put if missing": lambda shelf, key, number: shelf.setdefault(key, number),
    "put many": lambda shelf, key, number: shelf.update({key: number, "a": number}),
    "merge": lambda shelf, key, number: shelf.__ior__({"b": number, key: number}),
    "look": lambda shelf, key, _: shelf.get(key),
    "clear": lambda shelf, *_: shelf.clear(),
}


@settings(max_examples=50, deadline=None)
@given(
    units=st.lists(
        st.lists(st.tuples(st.sampled_from([*DEEDS, "put", "put"]), KEYS, st.integers(0, 3))),
        max_size=5,
    )
)
def test_a_shelf_is_a_dictionary_whose_entries_and_order_come_back(
    tmp_path_factory: pytest.TempPathFactory, units: list[list[tuple[str, Any, int]]]
) -> None:
    path = tmp_path_factory.mktemp("books")
    kept, memory = till(path), Numbers()
    shelf = kept.shelf("numbers", int)
    for unit in units:
        for deed, key, number in unit:
            assert DEEDS[deed](shelf, key, number) == DEEDS[deed](memory, key, number)
        kept.work.commit()
        assert list(shelf.items()) == list(memory.items())
    kept.close()

    kept = till(path)
    assert list(kept.shelf("numbers", int).items()) == list(memory.items())
    kept.close()


@pytest.mark.parametrize("shelves", ["memory", "file"])
def test_no_number_is_given_twice(tmp_path: Path, opened: Open, shelves: str) -> None:
    kept = opened(tmp_path / "books") if shelves == "file" else None
    series = Series(kept or MEMORY, "ORNO", first=100)
    given_out = [next(series) for _ in range(2)]
    series.reach(150)
    given_out.append(next(series))
    if kept:
        kept.work.commit()
        given_out.append(next(Series(opened(killed(tmp_path / "books")), "ORNO", first=100)))

    assert given_out[:3] == [100, 101, 151]
    assert given_out[3:] in ([], [152])


def test_a_file_is_one_sandboxs_at_a_time(tmp_path: Path, opened: Open) -> None:
    first = opened(tmp_path)
    with pytest.raises(Misconfigured, match="in use by another sandbox"):
        opened(tmp_path)
    first.close()
    opened(tmp_path).close()


def test_the_file_of_another_sandbox_is_refused(tmp_path: Path, opened: Open) -> None:
    opened(tmp_path).close()
    with pytest.raises(Misconfigured, match="is the state of the sandbox till, not of m3"):
        Kept(tmp_path / "till.sqlite", "m3")


def test_a_file_of_another_format_is_refused(tmp_path: Path, opened: Open) -> None:
    opened(tmp_path).close()
    changed(tmp_path, "UPDATE about SET value = '99' WHERE name = 'format'")
    with pytest.raises(Misconfigured, match=f"has format 99, this Tandem reads {FORMAT}.*begin"):
        opened(tmp_path)


def test_a_row_that_cannot_be_read_is_said(tmp_path: Path, opened: Open) -> None:
    kept = opened(tmp_path)
    kept.shelf("purses", Purse)["ada"] = Purse("ada")
    kept.close()
    changed(tmp_path, "UPDATE purses SET value = '{}'")
    with pytest.raises(Misconfigured, match=r"table purses.*Purse.owner is not in the file"):
        till(tmp_path).shelf("purses", Purse)
    opened(tmp_path)


@pytest.mark.parametrize("content", [b"dear diary" * 100, b""])
def test_what_is_no_state_is_not_overwritten(tmp_path: Path, opened: Open, content: bytes) -> None:
    file = tmp_path / "till.sqlite"
    file.write_bytes(content)
    if not content:
        changed(tmp_path, "CREATE TABLE mine (x)")
        content = file.read_bytes()
    with pytest.raises(Misconfigured, match="not the state of a sandbox"):
        opened(tmp_path)
    assert len(file.read_bytes()) == len(content)


def changed(path: Path, sql: str) -> None:
    with sqlite3.connect(path / "till.sqlite") as db:
        db.execute(sql)
    db.close()


async def test_an_answer_is_given_when_its_effect_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full: the client is told of no success, and nothing is forgotten."""
    harness = Harness(FACE, SteppingClock(), Options(state=tmp_path / "books"))
    purses = harness.shelves.shelf("purses", Purse)

    async def fill(request: web.Request) -> web.Response:
        owner = request.match_info["owner"]
        purse = purses.setdefault(owner, Purse(owner))
        purse.coins[len(purse.coins)] = 1
        return web.json_response({})

    app = web.Application(middlewares=harness.middlewares())
    app.cleanup_ctx.append(harness.open_state)
    app.add_routes([web.post("/fill/{owner}", fill)])

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    statuses = []
    async with TestClient(TestServer(app)) as http:
        for owner, broken in (("ada", False), ("ada", True), ("eve", False)):
            with monkeypatch.context() as patched:
                if broken:
                    patched.setattr("connectors.sandbox.keeping.file.StateFile.write", full)
                statuses.append((await http.post(f"/fill/{owner}")).status)
        left = Kept(killed(tmp_path / "books") / "heartland.sqlite", "heartland")
        found = dict(left.shelf("purses", Purse).items())
        left.close()

    assert statuses == [200, 500, 200]
    assert {owner: len(purse.coins) for owner, purse in found.items()} == {"ada": 2, "eve": 1}


@pytest.mark.parametrize("speed", [1, 60])
def test_time_goes_on_from_where_it_was(tmp_path: Path, speed: int) -> None:
    real = SteppingClock()
    harness = Harness(FACE, real, Options(state=tmp_path / "books", speed=speed))
    kept = harness.shelves
    assert isinstance(kept, Kept)
    harness.clock.jump(1_000_000)
    real.advance(5_000)
    kept.shelf("purses", Purse)["ada"] = Purse("ada")
    kept.close()
    before = harness.clock.now_ms()
    real.advance(2_000)
    again = Harness(FACE, real, Options(state=tmp_path / "books", speed=speed))
    assert isinstance(again.shelves, Kept)
    again.shelves.close()

    assert before == real.now_ms() - 2_000 + 1_000_000 + 5_000 * (speed - 1)
    assert again.clock.now_ms() == before + 2_000
