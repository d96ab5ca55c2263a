"""What a client and the books see of each fault of a request."""

import pytest

from connectors.sandbox.harness import Options
from connectors.sandbox.plan import Plan
from connectors.sandbox.profiles import FaultProfile
from tests.unit.connectors.sandbox.conftest import LOST, Open, Till, always, outages


@pytest.mark.parametrize(
    ("fault", "status", "in_the_till"),
    [
        ("429", 429, []),
        ("5xx-before", 504, []),
        ("5xx-after", 504, [100]),
        ("lost-reply", LOST, [100]),
        ("reset", LOST, []),
        ("slow", 200, [100]),
    ],
)
async def test_a_fault_has_its_effect_or_none_and_then_lets_through(
    till: Till, fault: str, status: int, in_the_till: list[int]
) -> None:
    till.injector.set(always(fault, ms=1, per_command=1), seed=1)
    assert await till.pay("uk-1") == status
    assert till.paid.get("uk-1", []) == in_the_till
    assert await till.pay("uk-1") == 200
    assert till.paid["uk-1"] == [*in_the_till, 100]
    assert till.injector.injected == {fault: 1}


async def test_the_answers_before_and_after_an_effect_look_the_same(till: Till) -> None:
    for fault in ("5xx-before", "5xx-after"):
        till.injector.set(always(fault, per_command=1), seed=1)
        await till.pay("uk-1")
    before, after = till.heard
    assert before[:2] == after[:2]
    assert till.paid == {"uk-1": [100]}


@pytest.mark.parametrize(("ms", "seconds"), [(1_000, "1"), (1_001, "2"), (3_000, "3")])
async def test_retry_after_is_whole_seconds_and_only_where_it_should_be(
    till: Till, ms: int, seconds: str
) -> None:
    till.injector.set(always("429-retry-after", ms=ms), seed=1)
    assert await till.pay("uk-1") == 429
    assert till.heard[-1][2]["Retry-After"] == seconds
    till.injector.set(always("429"), seed=1)
    assert await till.pay("uk-1") == 429
    assert "Retry-After" not in till.heard[-1][2]
    assert till.paid == {}


async def test_a_token_dies_for_good_and_the_next_one_works(till: Till) -> None:
    mortal = FaultProfile("mortal", "", token_ms=(5_000, 5_000))
    till.injector.set(mortal, seed=1)
    assert await till.pay("uk-1", token="first") == 200
    till.clock.advance(5_000)
    assert await till.pay("uk-2", token="first") == 401
    assert till.heard[-1][1] == '{"error": "token"}'
    assert await till.pay("uk-2", token="first") == 401
    assert await till.pay("uk-2", token="second") == 200
    assert till.paid == {"uk-1": [100], "uk-2": [100]}
    assert till.injector.injected == {"expired-token": 1}


@pytest.mark.parametrize(("form", "status"), [("outage", 503), ("outage-reset", LOST)])
async def test_an_outage_refuses_everything_and_then_is_over(
    till: Till, form: str, status: int
) -> None:
    down = outages(every=2, ms=8_000, most=1)
    plans = (Plan(down, seed, "heartland") for seed in range(1, 100))
    till.injector.set(down, next(plan.seed for plan in plans if plan.outage(0) == form))
    assert await till.pay("uk-1") in (200, status)
    while await till.pay("uk-2") == 200:
        pass
    before = dict(till.paid)
    assert await till.call("GET", "/api/total") == status
    till.clock.advance(7_999)
    assert await till.pay("uk-3") == status
    assert till.paid == before
    till.clock.advance(1)
    assert [await till.pay(f"uk-{number}") for number in range(4, 40)] == [200] * 36
    assert till.injector.injected == {form: 1}


async def test_the_sandboxs_own_routes_never_fail(till: Till) -> None:
    till.injector.set(always("reset"), seed=1)
    for _ in range(5):
        assert (await till.admin("faults"))["profile"] == "always"
    assert till.injector.injected == {}


async def test_a_profile_is_set_while_it_runs(till: Till) -> None:
    shown = await till.admin("faults")
    assert (shown["armed"], shown["profile"], shown["seed"]) == (True, "none", 1)
    assert await till.pay("uk-1") == 200

    changed = {"profile": "lost-replies", "seed": 9}
    assert await till.call("PUT", "/_sandbox/faults", changed) == 200
    statuses = [await till.pay(f"uk-{number}") for number in range(100, 160)]
    assert {*statuses} == {200, 504, LOST}
    shown = await till.admin("faults")
    assert (shown["profile"], shown["seed"]) == ("lost-replies", 9)
    assert sum(shown["injected"].values()) == 60 - statuses.count(200)
    assert shown["profiles"]["storm"].startswith("much")

    assert await till.call("PUT", "/_sandbox/faults", {"profile": "none"}) == 200
    assert [await till.pay(f"uk-{number}") for number in range(200, 230)] == [200] * 30
    assert not any((await till.admin("faults"))["injected"].values())


@pytest.mark.parametrize("body", [{}, {"profile": "strom"}, {"profile": "calm", "seed": "x"}, []])
async def test_a_wrong_profile_changes_nothing(till: Till, body: object) -> None:
    till.injector.set(always("429"), seed=4)
    assert await till.call("PUT", "/_sandbox/faults", body) == 400
    assert "error" in till.heard[-1][1]
    assert (await till.admin("faults"))["profile"] == "always"


async def test_without_faults_no_code_of_ours_is_in_the_way(opened: Open) -> None:
    till = await opened(Options())
    assert till.harness.middlewares() == []
    assert await till.pay("uk-1") == 200
    shown = await till.admin("faults")
    assert (shown["armed"], shown["profile"]) == (False, "none")
    assert await till.call("PUT", "/_sandbox/faults", {"profile": "storm"}) == 409
    assert "--faults none" in till.heard[-1][1]["error"]
