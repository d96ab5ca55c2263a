"""The histories that are raced through must be whole stories, or the figures mean nothing."""

from bench.histories import order, story, waves
from streams.flows.order.flow import order_flow
from streams.flows.order.state import Status
from streams.flows.policy import Policy

AT = 1_700_000_000_000


def test_a_story_goes_from_placed_to_closed_with_all_its_money() -> None:
    told = story(order_flow(Policy()), order(536365, AT))

    last = told.states[-1]
    assert last.status is Status.CLOSED
    assert last.payment.captured == last.total == last.order.total
    assert sum(map(len, told.waves)) == 10


def test_waves_of_many_orders_keep_each_message_once() -> None:
    stories = [story(order_flow(Policy()), order(number, AT)) for number in range(100, 103)]

    ids = [message.id for wave in waves(stories) for message in wave]

    assert len(ids) == len(set(ids)) == 30
