"""The catalogue of metrics, as Prometheus reads it."""

import pytest
from prometheus_client import generate_latest

from streams.core.metrics import METRICS, Metrics


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def shown(metrics: Metrics) -> list[str]:
    return generate_latest(metrics.registry).decode().splitlines()


def test_every_metric_follows_the_conventions() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    for metric in METRICS:
        assert metric.name.startswith("tandem_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.kind != "histogram" or metric.name.endswith("_seconds")
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert list(metric.buckets) == sorted(metric.buckets)
        assert metric.meaning.endswith(".")


def test_every_metric_can_be_used_and_is_shown(metrics: Metrics) -> None:
    for metric in METRICS:
        labels = [f"a {label}" for label in metric.labels]
        if metric.kind == "counter":
            metrics.count(metric.name, *labels)
        elif metric.kind == "gauge":
            metrics.gauge(metric.name, *labels, to=1)
        else:
            metrics.observe(metric.name, *labels, seconds=0.02)
    lines = shown(metrics)
    for metric in METRICS:
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        labels = [f'{label}="a {label}"' for label in sorted(metric.labels)]
        assert f"{name}{{{','.join(labels)}}} 1.0" in lines


def test_money_adds_up(metrics: Metrics) -> None:
    for pence in (1530, 2034, 1):
        metrics.count("tandem_money_minor_units_total", "GBP", "captured", by=pence)
    expected = 'tandem_money_minor_units_total{currency="GBP",state="captured"} 3565.0'
    assert expected in shown(metrics)


def test_times_fall_into_their_buckets(metrics: Metrics) -> None:
    for seconds in (0.02, 0.2, 200):
        metrics.observe("tandem_call_seconds", "m3", "POST OIS100MI", seconds=seconds)
    text = "\n".join(shown(metrics))
    start = 'tandem_call_seconds_bucket{call="POST OIS100MI",le='
    for bucket, count in (("0.01", 0), ("0.025", 1), ("60.0", 2), ("+Inf", 3)):
        assert f'{start}"{bucket}",system="m3"}} {count}.0' in text


def test_what_is_not_in_the_catalogue_is_a_mistake(metrics: Metrics) -> None:
    with pytest.raises(KeyError):
        metrics.count("tandem_typo_total", "m3")
    with pytest.raises(ValueError, match="label"):
        metrics.count("tandem_sent_total")


def test_two_processes_in_one_keep_their_own_books(metrics: Metrics) -> None:
    metrics.count("tandem_sent_total", "flow/order")
    assert 'tandem_sent_total{worker="flow/order"} 1.0' not in shown(Metrics())
