"""Where the tests' Kafka comes from: the environment's addresses, else Docker, else the jars."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
JARS = ROOT / "deploy/kafka/jars.py"
COMPOSE = ROOT / "compose.kafka.yml"

NONE_TO_BE_HAD = """\
The integration tests need a real Kafka broker and schema registry, and none can be had:
- KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL are not set,
- no Docker engine answers,
- the jars did not start: {reason}
Provide one of the three, or run `make test-fast`, which leaves these tests out."""


class NoCluster(Exception):
    """No real broker and registry can be had; says what was tried."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A real Kafka broker and a schema registry with Confluent's API."""

    bootstrap_servers: str
    registry_url: str


class Addresses(BaseSettings):
    """What the environment says."""

    kafka_bootstrap_servers: str = ""
    schema_registry_url: str = ""


@contextmanager
def a_cluster(home: Path) -> Iterator[Cluster]:
    """A cluster for the tests; what was started for it is stopped at the end.

    Args:
        home: an empty folder for data and logs, if the jars are what it comes to.

    Raises:
        NoCluster: there is none to be had.
    """
    given = Addresses()
    if given.kafka_bootstrap_servers and given.schema_registry_url:
        yield Cluster(given.kafka_bootstrap_servers, given.schema_registry_url)
    elif given.kafka_bootstrap_servers or given.schema_registry_url:
        raise NoCluster("Set both KAFKA_BOOTSTRAP_SERVERS and SCHEMA_REGISTRY_URL, or neither.")
    elif _docker_answers():
        with _containers() as cluster:
            yield cluster
    else:
        with _jars(home) as cluster:
            yield cluster


@contextmanager
def _jars(home: Path) -> Iterator[Cluster]:
    try:
        ports = ["--kafka-port", "0", "--registry-port", "0"]
        said = _jars_script("up", "--home", str(home), *ports, "--json")
        if said.returncode != 0:
            raise NoCluster(NONE_TO_BE_HAD.format(reason=said.stderr.strip()))
        settings = json.loads(said.stdout)
        yield Cluster(settings["KAFKA_BOOTSTRAP_SERVERS"], settings["SCHEMA_REGISTRY_URL"])
    finally:
        _jars_script("down", "--home", str(home))


def _jars_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(JARS), *arguments], capture_output=True, text=True)


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    asked = subprocess.run([docker, "version"], capture_output=True, timeout=20)
    return asked.returncode == 0


@contextmanager
def _containers() -> Iterator[Cluster]:
    """The services of the compose file, on free ports."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import HttpWaitStrategy, LogMessageWaitStrategy

    ports = {"KAFKA_PORT": _free_port(), "REGISTRY_PORT": _free_port()}
    services = compose_services(ports)

    def container(name: str, inside: int, outside: int) -> Any:
        service = services[name]
        made = DockerContainer(service["image"]).with_bind_ports(inside, outside)
        return made.with_envs(**{key: str(value) for key, value in service["environment"].items()})

    kafka = container("kafka", 9092, ports["KAFKA_PORT"])
    registry = container("registry", 8080, ports["REGISTRY_PORT"])
    kafka.waiting_for(LogMessageWaitStrategy("Kafka Server started"))
    registry.waiting_for(HttpWaitStrategy(8080, "/apis/ccompat/v7/subjects"))
    with kafka, registry:
        yield Cluster(
            f"localhost:{ports['KAFKA_PORT']}",
            f"http://localhost:{ports['REGISTRY_PORT']}/apis/ccompat/v7",
        )


def compose_services(ports: dict[str, int]) -> dict[str, Any]:
    """The services of compose.kafka.yml with other ports than the ones it has by itself."""
    text = COMPOSE.read_text()
    for name, own in (("KAFKA_PORT", 9092), ("REGISTRY_PORT", 8081)):
        text = text.replace(f"${{{name}:-{own}}}", str(ports[name]))
    services: dict[str, Any] = YAML(typ="safe").load(text)["services"]
    return services


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
