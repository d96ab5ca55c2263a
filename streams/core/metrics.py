"""The catalogue of all metrics; every process serves them at `/metrics`."""

from dataclasses import dataclass
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


@dataclass(frozen=True)
class Metric:
    """One metric of the catalogue; names follow Prometheus' conventions (base units, `_total`)."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

METRICS: tuple[Metric, ...] = (
    Metric("tandem_received_total", "counter", ("source", "answer"), "Requests at the bridges."),
    Metric("tandem_messages_total", "counter", ("worker",), "Messages applied by a flow or sink."),
    Metric("tandem_sent_total", "counter", ("worker",), "Messages that a worker sent."),
    Metric(
        "tandem_batch_seconds",
        "histogram",
        ("worker",),
        "From the first record of a batch until Kafka has acknowledged all of it.",
        SECONDS,
    ),
    Metric("tandem_lag_messages", "gauge", ("worker", "topic"), "Messages that wait in Kafka."),
    Metric(
        "tandem_end_to_end_seconds",
        "histogram",
        ("worker",),
        "From when Tandem learnt of a fact until a worker has applied it.",
        SECONDS,
    ),
    Metric("tandem_calls_total", "counter", ("system", "call", "answer"), "HTTP calls."),
    Metric("tandem_call_seconds", "histogram", ("system", "call"), "Time of HTTP calls.", SECONDS),
    Metric("tandem_retries_total", "counter", ("system", "reason"), "Calls that were tried again."),
    Metric("tandem_errors_total", "counter", ("worker", "kind"), "Failures by class."),
    Metric("tandem_dead_letters_total", "counter", ("origin", "kind"), "Dead letters."),
    Metric("tandem_exceptions_total", "counter", ("kind",), "Cases for a person."),
    Metric(
        "tandem_money_minor_units_total",
        "counter",
        ("currency", "state"),
        "Money that reached a state: ordered, authorized, captured, refunded, invoiced.",
    ),
    Metric("tandem_rounds_total", "counter", ("source", "outcome"), "Rounds of a poller."),
    Metric(
        "tandem_cursor_age_seconds",
        "gauge",
        ("source",),
        "For how long a source has not been looked through up to the present; 0 in a process that "
        "does not poll it.",
    ),
    Metric(
        "tandem_webhooks_revived_total",
        "counter",
        ("source",),
        "Webhooks of ours that a shop had switched off and that were set active again.",
    ),
    Metric(
        "tandem_webhooks_missing",
        "gauge",
        ("source",),
        "Webhooks of ours that a shop does not have, or that somebody has paused there.",
    ),
    Metric(
        "tandem_unsold_items",
        "gauge",
        ("source",),
        "Items whose stock M3 told and that a shop has no product of, since the process started.",
    ),
    Metric("tandem_outage", "gauge", ("system",), "1 while a system is held to be down."),
    Metric("tandem_ready", "gauge", ("worker",), "1 when a worker has its state and works."),
)


class Metrics:
    """The catalogue, registered; asking for a name that is not in it is an error."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._metrics: dict[str, Counter | Gauge | Histogram] = {
            metric.name: self._registered(metric) for metric in METRICS
        }
        self._series: dict[tuple[str, ...], Any] = {}

    def _registered(self, metric: Metric) -> Counter | Gauge | Histogram:
        args = (metric.name, metric.meaning, metric.labels)
        if metric.kind == "counter":
            return Counter(*args, registry=self.registry)
        if metric.kind == "gauge":
            return Gauge(*args, registry=self.registry)
        return Histogram(*args, buckets=metric.buckets, registry=self.registry)

    def _of(self, *series: str) -> Any:
        """The series of a name and its labels; looking it up anew costs more than counting."""
        found = self._series.get(series)
        if found is None:
            name, *labels = series
            found = self._series[series] = self._metrics[name].labels(*labels)
        return found

    def count(self, name: str, *labels: str, by: int = 1) -> None:
        """Adds `by` to a counter."""
        self._of(name, *labels).inc(by)

    def gauge(self, name: str, *labels: str, to: float) -> None:
        """Sets a gauge."""
        self._of(name, *labels).set(to)

    def observe(self, name: str, *labels: str, seconds: float) -> None:
        """Adds an observation to a histogram of seconds."""
        self._of(name, *labels).observe(seconds)
