"""How Tandem reaches Kafka, and what of its work may be tuned."""

import logging
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Client = dict[str, str | int | float | bool]
"""A configuration of librdkafka."""

LIBRDKAFKA = logging.getLogger("librdkafka")
"""What librdkafka has to say; give it to every client, or it writes to standard error."""


class KafkaSettings(BaseModel):
    """The cluster, the registry and the engine's own measures; times in seconds unless said."""

    model_config = ConfigDict(frozen=True)

    bootstrap_servers: str = Field(description="host:port, several with commas.")
    registry_url: str = Field(description="The schema registry's Confluent API.")
    registry_user: str = Field("", description="For basic authentication; empty for none.")
    registry_password: SecretStr = SecretStr("")

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    ssl_ca_file: str = Field("", description="PEM of the authorities; empty for the system's.")

    replication: int = Field(1, ge=1, description="Replicas of the topics that we create.")
    durability: Literal["flush", "transaction"] = Field(
        "flush",
        description="How flows make a batch durable (`streams.kafka.durable`); change at rest.",
    )
    instance: str = Field(
        "",
        description="The name of this worker's slot, e.g. a pod's ordinal, kept through restarts: "
        "a static member of its groups. Empty: every restart is a rebalance.",
    )
    session_seconds: float = Field(6.0, description="After which a silent worker is given up.")
    commit_seconds: float = Field(1.0, description="Between two commits of offsets.")
    fetch_wait_ms: int = Field(
        500, ge=1, description="How long a fetch waits for data; 10 on the embedded broker."
    )
    linger_ms: int = Field(1, ge=0, description="How long a record waits for company to leave.")
    delivery_seconds: float = Field(
        60.0, description="For Kafka to acknowledge a record; never longer than a session or 3 s."
    )
    drain_seconds: float = Field(5.0, description="To finish what is in hand when stopping.")

    batch_max: int = Field(500, ge=1, description="Records that one batch takes.")
    company_ms: int = Field(5, ge=0, description="How long a busy partition waits for company.")
    in_flight_max: int = Field(2_000, ge=1, description="Records that a partition holds at most.")
    hot_keys: int = Field(2_000, ge=1, description="Parsed states that a partition keeps at hand.")

    dead_letter_run: int = Field(
        50, ge=1, description="So many dead letters in a row stop the worker."
    )
    dead_letter_window: int = Field(1_000, ge=1, description="Of so many records of a partition...")
    dead_letter_percent: int = Field(20, ge=1, le=100, description="...so many may be.")

    @property
    def _unsent_seconds(self) -> float:
        """How long a record may wait to be sent; a lost connection needs a moment to come back."""
        return min(self.delivery_seconds, max(3.0, self.session_seconds))

    def client(self) -> Client:
        """The part of a librdkafka configuration that every client of the cluster needs."""
        conf: Client = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
        }
        if self.ssl_ca_file:
            conf["ssl.ca.location"] = self.ssl_ca_file
        if self.security_protocol.startswith("SASL"):
            conf["sasl.mechanism"] = self.sasl_mechanism
            conf["sasl.username"] = self.sasl_username
            conf["sasl.password"] = self.sasl_password.get_secret_value()
        return conf

    def producer(self) -> Client:
        """The part of a producer's configuration that all ours share.

        The partitioner is Java's and Faust's: librdkafka's own would put a key elsewhere than they
        do, and the topics that a flow joins would not meet.
        """
        return self.client() | {
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": self.linger_ms,
            "batch.size": 262_144,
            "message.max.bytes": 10_000_000,
            "queue.buffering.max.messages": 1_000_000,
            # A process that stood still past its session must not send what waited meanwhile:
            # others own its partitions, and an old state would take the place of theirs.
            "delivery.timeout.ms": round(self._unsent_seconds * 1000),
        }
