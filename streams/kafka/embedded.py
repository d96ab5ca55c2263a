"""A Kafka broker inside the process: librdkafka's mock cluster, from the confluent-kafka wheel.

For the demo and the unit rings only. Against a real broker it has these limits:

- a partition keeps its newest 5 MB or 100,000 messages, in memory; older ones are dropped,
  whether read or not;
- the admin API cannot create topics: use `EmbeddedBroker.create_topic` (a topic that a client only
  asks for comes to be by itself, with 4 partitions);
- transactions are answered, but neither isolated nor are their offsets stored;
- nothing is compacted, and no configuration can be described;
- a waiting fetch is not woken by a new message, so latency follows the client's
  `fetch.wait.max.ms`: keep that low;
- only the classic group protocol; a second member sometimes joins a group late.
"""

import ctypes
from pathlib import Path
from typing import Self

import confluent_kafka
from confluent_kafka import KafkaError

from streams.core.errors import Misconfigured

OLDEST_KNOWN, FIRST_UNKNOWN = 0x020B0000, 0x03000000
"""librdkafka versions whose mock interface is declared here: from 2.11 up to, but not, 3.0."""

_PRODUCER = 0
_ERROR_TEXT = 512


class EmbeddedBroker:
    """A running mock cluster; other processes of this machine may connect to it too.

    Use it as a context manager, or call `close`; it holds its messages in memory until then.

    Raises:
        Misconfigured: the wheel has no librdkafka of a known version: `make setup`.
    """

    def __init__(self, brokers: int = 1) -> None:
        self._lib = _librdkafka()
        conf = self._lib.rd_kafka_conf_new()
        text = ctypes.create_string_buffer(_ERROR_TEXT)
        self._lib.rd_kafka_conf_set(conf, b"log_level", b"0", text, _ERROR_TEXT)
        self._client = self._lib.rd_kafka_new(_PRODUCER, conf, text, _ERROR_TEXT)
        if not self._client:
            raise Misconfigured(f"The embedded broker cannot start: {text.value.decode()}")
        self._cluster = self._lib.rd_kafka_mock_cluster_new(self._client, brokers)
        if not self._cluster:
            self._lib.rd_kafka_destroy(self._client)
            raise Misconfigured("The embedded broker cannot open a port on 127.0.0.1.")
        self._lib.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        self._partitions: dict[str, int] = {}

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect, e.g. `127.0.0.1:41234`."""
        servers: bytes = self._lib.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return servers.decode()

    def create_topic(self, name: str, partitions: int) -> None:
        """Makes a topic; one that was made here with as many partitions stays as it is.

        Raises:
            Misconfigured: it exists with another number of partitions.
        """
        if self._partitions.get(name) == partitions:
            return
        code = self._lib.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)
        if code:
            raise Misconfigured(
                f"Topic {name} with {partitions} partitions: {KafkaError(code).str()}."
            )
        self._partitions[name] = partitions

    def stop_broker(self, broker: int = 1) -> None:
        """A fault: broker number `broker` (from 1) closes its connections and takes no new ones."""
        self._check(self._lib.rd_kafka_mock_broker_set_down(self._cluster, broker))

    def start_broker(self, broker: int = 1) -> None:
        """Ends the fault of `stop_broker`; what was stored is still there."""
        self._check(self._lib.rd_kafka_mock_broker_set_up(self._cluster, broker))

    def slow_down(self, round_trip_ms: int, broker: int = 1) -> None:
        """A fault: every answer of a broker takes `round_trip_ms` (0 ends it)."""
        self._check(self._lib.rd_kafka_mock_broker_set_rtt(self._cluster, broker, round_trip_ms))

    def fail_next(self, api_key: int, *errors: int) -> None:
        """A fault: the next requests of this kind are answered with these error codes, one each.

        Args:
            api_key: Kafka's number of the request, e.g. 0 Produce, 1 Fetch, 8 OffsetCommit.
            errors: codes as in `confluent_kafka.KafkaError`, e.g. `REQUEST_TIMED_OUT`.
        """
        codes = (ctypes.c_int * len(errors))(*errors)
        self._lib.rd_kafka_mock_push_request_errors_array(
            self._cluster, api_key, len(errors), codes
        )

    def close(self) -> None:
        """Stops the cluster and forgets its messages; a second call does nothing."""
        if self._cluster:
            self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
            self._lib.rd_kafka_destroy(self._client)
            self._cluster = self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _check(self, code: int) -> None:
        if code:
            raise ValueError(KafkaError(code).str())


def _librdkafka() -> ctypes.CDLL:
    version, number = confluent_kafka.libversion()
    if not OLDEST_KNOWN <= number < FIRST_UNKNOWN:
        raise Misconfigured(
            f"The embedded broker does not know librdkafka {version}: run `make setup`, "
            "or set KAFKA_BOOTSTRAP_SERVERS and use a real broker."
        )
    package = Path(confluent_kafka.__file__).parent
    found = [
        *package.parent.glob("confluent_kafka.libs/librdkafka*.so*"),
        *package.glob(".dylibs/librdkafka*.dylib"),
    ]
    if not found:
        raise Misconfigured(
            f"No librdkafka of confluent-kafka's wheel in {package.parent}: run `make setup`, "
            "or set KAFKA_BOOTSTRAP_SERVERS and use a real broker."
        )
    return _declared(ctypes.CDLL(str(found[0])))


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    """Tells ctypes the C signatures of rdkafka.h and rdkafka_mock.h that are used here."""
    pointer, text, integer = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: dict[str, tuple[type | None, list[type]]] = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (integer, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [integer, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, integer]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (integer, [pointer, text, integer, integer]),
        "rd_kafka_mock_broker_set_down": (integer, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_up": (integer, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_rtt": (integer, [pointer, ctypes.c_int32, integer]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(integer)],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib
