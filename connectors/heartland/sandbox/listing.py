"""Lists of what is not transactions: filters, time ranges, order and pages by one description."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from connectors.heartland.sandbox.fields import moment
from connectors.heartland.sandbox.views import Json, Page, list_view

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """How a list of resources is asked for and answered.

    Args:
        name: the resource's plural, under which the rows are.
        filters: query parameters, and what of a resource must equal them.
        times: `time_created` and the like, of which a range is asked for with `from_` and `to_`,
            and that moment of a resource in ms UTC, 0 if it has none.
        orders: values of `order_by`, and the key to sort by; the first is the default.
        view: a resource as a row.
    """

    name: str
    filters: Mapping[str, Callable[[T], str]]
    times: Mapping[str, Callable[[T], int]]
    orders: Mapping[str, Callable[[T], int | str]]
    view: Callable[[T], Json]

    def answer(self, rows: Iterable[T], query: Mapping[str, str]) -> Json:
        """The page that is asked for; of rows that are equal in the order the later came later.

        Raises:
            GpApiError: 40213 page, order or a time makes no sense.
        """
        page = Page.read(query, tuple(self.orders))
        asked = {name: query[name] for name in self._parameters() if query.get(name)}
        tests = [self._test(name, want) for name, want in asked.items()]
        meeting = [row for row in rows if all(test(row) for test in tests)]
        found = sorted(meeting, key=self.orders[page.order_by])
        shown = map(self.view, page.cut(found if page.ascending else found[::-1]))
        return list_view(self.name, shown, len(found), page, asked)

    def _parameters(self) -> Iterable[str]:
        yield from self.filters
        for name in self.times:
            yield f"from_{name}"
            yield f"to_{name}"

    def _test(self, name: str, want: str) -> Callable[[T], bool]:
        if name in self.filters:
            shown = self.filters[name]
            return lambda row: shown(row) == want
        bound, _, time = name.partition("_")
        at_ms = self.times[time]
        limit_ms = moment(want, name, end_of_day=bound == "to")
        if bound == "from":
            return lambda row: at_ms(row) >= limit_ms
        return lambda row: 0 < at_ms(row) <= limit_ms
