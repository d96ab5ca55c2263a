"""The committed reference against the code."""

from pathlib import Path

from connectors.catalogue import CONNECTORS
from streams.reference import stale

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_reference_says_what_the_code_says() -> None:
    assert stale(DOCS, CONNECTORS) == [], "run `tandem docs` and commit"


def test_every_setting_of_a_connector_is_described() -> None:
    for connector in CONNECTORS:
        for name, field in connector.settings.model_fields.items():
            assert field.description, f"{connector.name}: {name} has no description"
