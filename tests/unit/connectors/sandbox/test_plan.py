"""What goes wrong is a pure function of seed, profile, system and subject, and it is bounded."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.faults import FAULTS, OUTAGES, Kind, fault
from connectors.sandbox.injector import AS_IT_IS, Injector, Issued, Subject
from connectors.sandbox.plan import Plan
from connectors.sandbox.profiles import PROFILES, FaultProfile, Rule, profile
from streams.core.clock import SteppingClock
from streams.core.errors import Misconfigured
from tests.unit.connectors.sandbox.conftest import always

STORM = profile("storm")
SYSTEMS = ("m3", "heartland", "shop")


def injector(chosen: FaultProfile, seed: int = 1, system: str = "heartland") -> Injector:
    return Injector(system, SteppingClock(), chosen, seed)


def faults_of_a_run(seed: int, orders: list[str]) -> dict[str, list[str | None]]:
    """What each order's command meets until it gets through."""
    at_work, met = injector(STORM, seed), {}
    for order in orders:
        tries: list[str | None] = []
        while not tries or tries[-1]:
            hit = at_work.request(Subject("POST /transactions", (order,)))
            tries.append(hit.fault if hit else None)
        met[order] = tries
    return met


ORDERS = [f"uk-{number}" for number in range(400)]


def test_a_run_is_repeated_by_its_seed_whatever_the_order_of_the_commands() -> None:
    first, again = faults_of_a_run(7, ORDERS), faults_of_a_run(7, ORDERS[::-1])
    assert first == again
    assert any(tries != [None] for tries in first.values())
    assert faults_of_a_run(8, ORDERS) != first


def test_requests_without_a_key_are_drawn_by_their_number() -> None:
    def listing(seed: int) -> list[str | None]:
        at_work = injector(STORM, seed)
        hits = (at_work.request(Subject("GET /transactions")) for _ in range(300))
        return [hit.fault if hit else None for hit in hits]

    assert listing(7) == listing(7)
    assert listing(7) != listing(8)
    assert {*listing(7)} > {None}


@given(seed=st.integers(), share=st.integers(1, 1000), most=st.integers(1, 4))
def test_a_command_meets_no_more_faults_than_it_may(seed: int, share: int, most: int) -> None:
    chosen = FaultProfile("some", "", (Rule("lost-reply", share),), per_command=most)
    at_work, met = injector(chosen, seed), 0
    for route in ("POST /transactions", "POST /transactions/{id}/capture") * 10:
        met += at_work.request(Subject(route, ("uk-1",))) is not None
    assert met <= most
    assert at_work.request(Subject("POST /other", ("uk-1",))) is None or met < most


def test_a_command_meets_no_more_in_company_than_alone() -> None:
    at_work = injector(always("429"))
    company = Subject("POST /execute", ("uk-1", "uk-2"))
    assert [at_work.request(company) is None for _ in range(3)] == [False, False, True]
    assert at_work.request(Subject("POST /execute", ("uk-2", "uk-3"))) is None
    assert at_work.request(Subject("POST /execute", ("uk-3",))) is not None


def test_requests_without_a_key_get_through_after_two() -> None:
    at_work = injector(always("429"))
    got = [at_work.request(Subject("POST /accesstoken")) is None for _ in range(6)]
    assert got == [False, False, True, False, False, True]


@pytest.mark.parametrize("share", [0, 20, 250, 1000])
def test_a_share_is_a_share(share: int) -> None:
    chosen = Plan(FaultProfile("some", "", (Rule("slow", share),)), 3, "shop")
    hits = sum(chosen.hit(Kind.REQUEST, "GET", number) is not None for number in range(10_000))
    assert abs(hits - share * 10) <= 150


def test_of_several_faults_one_happens_each_as_often_as_its_share() -> None:
    rules = (Rule("429", 100), Rule("slow", 200, (5, 9)), Rule("reset", 50))
    chosen = Plan(FaultProfile("some", "", rules), 3, "shop")
    hits = [chosen.hit(Kind.REQUEST, "GET", number) for number in range(10_000)]
    counts = Counter(hit.fault for hit in hits if hit)
    for name, expected in {"429": 1_000, "slow": 2_000, "reset": 500}.items():
        assert abs(counts[name] - expected) <= 150, name
    assert {hit.ms for hit in hits if hit and hit.fault == "slow"} == {5, 6, 7, 8, 9}


def test_systems_fare_differently_and_have_only_their_own_faults() -> None:
    everything = FaultProfile("all", "", (Rule("decline", 500), Rule("bulk-refusal", 500)))
    by_system = {
        system: {
            kind: any(Plan(everything, 1, system).hit(kind, n) for n in range(100))
            for kind in (Kind.PAYMENT, Kind.BULK)
        }
        for system in SYSTEMS
    }
    assert by_system == {
        "m3": {Kind.PAYMENT: False, Kind.BULK: True},
        "heartland": {Kind.PAYMENT: True, Kind.BULK: False},
        "shop": {Kind.PAYMENT: False, Kind.BULK: False},
    }
    drawn = {s: [Plan(STORM, 1, s).hit(Kind.REQUEST, n) for n in range(200)] for s in SYSTEMS}
    assert drawn["m3"] != drawn["shop"]


def test_outages_begin_one_after_the_other() -> None:
    plan = Plan(profile("outage"), 5, "m3")
    begins = [at for number in range(3) if (at := plan.outage_at(number)) is not None]
    assert len(begins) == 3
    assert begins == sorted(begins)
    assert begins[0] > 0
    assert plan.outage_at(3) is None
    forms = [plan.outage(number) for number in range(4)]
    assert forms in ([*OUTAGES] * 2, [*OUTAGES][::-1] * 2)


def test_of_one_order_at_most_one_message_is_lost() -> None:
    for lost in ("missing", "malformed"):
        at_work = injector(always(lost), system="shop")
        fates = [at_work.message(topic, "17") for topic in ("order.created", "order.updated")]
        assert fates[0] != AS_IT_IS
        assert fates[1] == AS_IT_IS
        assert at_work.message("order.created", "18") != AS_IT_IS


def test_an_order_is_declined_once_and_the_share_of_orders_is_right() -> None:
    def said(at_work: Injector, order: str) -> Issued | None:
        return at_work.issued(order, 1_000, partial=False)

    at_work = injector(profile("declines"))
    orders = [f"uk-{n}" for n in range(2_000)]
    issued = {order: said(at_work, order) for order in orders}
    declined = {order: each for order, each in issued.items() if each}
    assert 330 < len(declined) < 470
    assert {each.result for each in declined.values()} == {"101", "102", "103", "111", "200"}
    assert {each.approved for each in declined.values()} == {0}
    assert all(said(at_work, order) is None for order in orders)
    again = injector(profile("declines"))
    assert {order: said(again, order) for order in reversed(orders)} == issued


def test_a_part_is_approved_only_where_that_is_allowed() -> None:
    at_work = injector(always("partial-approval"))
    assert at_work.issued("uk-1", 1_000, partial=False) is None
    parts = [at_work.issued(f"uk-{n}", 1_000, partial=True) for n in range(100)]
    assert {each.result for each in parts if each} == {""}
    assert all(0 < each.approved < 1_000 for each in parts if each)
    assert len({each.approved for each in parts if each}) > 50
    assert at_work.issued("uk-1", 1_000, partial=True) is None, "only the first authorization"
    assert at_work.issued("uk-x", 1, partial=True) == Issued("", 1)


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match=r"'strom'.*none, calm, storm, throttled"):
        profile("strom")


@pytest.mark.parametrize("chosen", PROFILES, ids=lambda each: each.name)
def test_a_profile_leaves_room_for_what_works(chosen: FaultProfile) -> None:
    for kind in Kind:
        for system in SYSTEMS:
            shares = [
                rule.per_1000
                for rule in chosen.rules
                if fault(rule.fault).kind == kind and system in fault(rule.fault).systems
            ]
            assert sum(shares) < 500, "most things go well, else nothing is learnt of the rest"
    for rule in chosen.rules:
        least, most = rule.ms
        assert 0 <= least <= most
        assert fault(rule.fault).kind not in (Kind.TOKEN, Kind.OUTAGE)


def test_every_fault_is_in_a_profile_and_every_name_is_used_once() -> None:
    ruled = {rule.fault for each in PROFILES for rule in each.rules}
    drawn = {each.name for each in FAULTS if each.kind not in (Kind.TOKEN, Kind.OUTAGE)}
    assert ruled == drawn
    assert any(each.token_ms for each in PROFILES)
    assert any(each.outages for each in PROFILES)
    assert len({each.name for each in FAULTS}) == len(FAULTS)
    assert len({each.name for each in PROFILES}) == len(PROFILES)
