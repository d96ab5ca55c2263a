"""The generated pages say what the code says."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from streams.core.clock import Clock
from streams.core.connector import Connector, Opened
from streams.core.metrics import METRICS, Metrics
from streams.flows.order.state import Status
from streams.messages.catalogue import MESSAGES
from streams.messages.ops import WakeUp
from streams.reference import NOTE, pages, stale
from streams.topics import TOPICS


class VendorSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TANDEM_VENDOR_")

    app_key: SecretStr = Field(description="GP API's app_key.")
    channel: str = Field("CNP", description="CNP | CP, as the account\nhas it.")
    account: str = Field("", description="Empty for the first one.")


def opened(settings: VendorSettings, clock: Clock, metrics: Metrics) -> "Vendor":
    raise NotImplementedError


Vendor = AbstractAsyncContextManager[Opened]
CONNECTORS = (Connector("vendor", VendorSettings, (), opened),)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return {Path(name).stem: text for name, text in pages(CONNECTORS).items()}


def test_every_state_topic_message_and_metric_is_there(written: dict[str, str]) -> None:
    assert all(f"| `{status}` |" in written["order-states"] for status in Status)
    assert all(f"| `{topic.name}` |" in written["topics"] for topic in TOPICS)
    assert all(f"| `{metric.name}` |" in written["metrics"] for metric in METRICS)
    told = [message for message in MESSAGES if message is not WakeUp]
    assert all(f"## `{message.type}`\n" in written["messages"] for message in told)


def test_a_message_shows_its_parts(written: dict[str, str]) -> None:
    order = written["messages"].split("## `order.placed`")[1].split("\n## ")[0]
    assert "| `lines` | array of Line |  |" in order
    assert "`Line`:\n\n| field | type |  |\n" in order
    assert "| `unit_price` | string |  |" in order
    assert "| `correlation_id` |" not in order


def test_a_setting_shows_its_variable_meaning_and_default(written: dict[str, str]) -> None:
    vendor = written["settings"].split("## Connector vendor\n")[1]
    assert vendor == (
        "\n| variable | meaning | default |\n| --- | --- | --- |\n"
        "| `TANDEM_VENDOR_APP_KEY` | GP API's app_key. | must be set |\n"
        "| `TANDEM_VENDOR_CHANNEL` | CNP \\| CP, as the account has it. | `CNP` |\n"
        "| `TANDEM_VENDOR_ACCOUNT` | Empty for the first one. |  |\n"
    )
    assert "| `KAFKA_BOOTSTRAP_SERVERS` | " in written["settings"]
    assert "| `TANDEM_KAFKA__BATCH_MAX` | " in written["settings"]


def test_every_table_has_as_many_cells_in_each_row(written: dict[str, str]) -> None:
    for text in written.values():
        assert text.startswith(NOTE)
        for table in text.split("\n\n"):
            rows = [line.replace("\\|", "") for line in table.splitlines() if line[:1] == "|"]
            assert len({row.count("|") for row in rows}) <= 1


def test_the_states_are_drawn_from_first_to_last(written: dict[str, str]) -> None:
    drawn = written["order-states"].split("```mermaid\n")[1].split("```")[0]
    assert "  [*] --> expected\n" in drawn
    for end in (Status.CLOSED, Status.SOLD_OUT, Status.FAILED):
        assert f"  {end} --> [*]\n" in drawn


def test_a_page_is_stale_when_it_is_missing_or_says_something_else(tmp_path: Path) -> None:
    assert stale(tmp_path, CONNECTORS) == list(pages(CONNECTORS))
    for name, text in pages(CONNECTORS).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert stale(tmp_path, CONNECTORS) == []
    (tmp_path / "reference/topics.md").write_text("# Topics\n", "utf-8")
    assert stale(tmp_path, CONNECTORS) == ["reference/topics.md"]
