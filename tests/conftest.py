"""What all tests share: markers by folder, no deadlines, the real broker for who needs it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from tests.brokers import Cluster, NoCluster, a_cluster

HERE = Path(__file__).parent

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what lies in `integration/` and `e2e/` as such."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""
        if folder in ("integration", "e2e"):
            item.add_marker(folder)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real Kafka broker and schema registry; the test fails if there is none to be had."""
    try:
        with a_cluster(tmp_path_factory.mktemp("kafka") / "home") as running:
            yield running
    except NoCluster as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None


@pytest.fixture
def unique() -> str:
    """A name that no other test has: for topics, groups and subjects of the shared broker."""
    return f"test-{uuid4().hex[:12]}"
