"""Kafka and a schema registry without Docker: one node each, from jars that Maven fetches.

For development and tests. What was kept is gone after `down`: the registry lives in memory, and
messages whose schemas are lost would be of no use.
"""
# ruff: noqa: S310, S603, S607 - starting two servers and asking them is what this script is for.

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

HERE = Path(__file__).resolve().parent
TANDEM = HERE.parents[1] / ".tandem"
JARS = TANDEM / "jars"
POM = HERE / "pom.xml"

START_SECONDS, STOP_SECONDS = 90, 10

CLUSTER_ID = "dGFuZGVtLCBvbmUgbm9kZQ"

SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs={data}

# Topics are made on purpose (`tandem topics apply`), never by a typing error.
auto.create.topics.enable=false

# One node.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=10
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=10
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Tests kill workers and wait for the group: short sessions are allowed, joining does not wait.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that was started here, and where it answers."""

    pid: int
    address: str

    def alive(self, home: Path) -> bool:
        """Whether this very process runs still; another one that got its number does not count."""
        return _mark(home) in re.split("\0| (?=-)", _command_line(self.pid))


@dataclass(frozen=True, slots=True)
class Cluster:
    """The two servers of one home folder."""

    kafka: Server
    registry: Server

    @property
    def settings(self) -> dict[str, str]:
        """What Tandem has to be told to use this cluster."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.address,
            "SCHEMA_REGISTRY_URL": self.registry.address,
        }


@click.group(help=__doc__)
def main() -> None:
    """Kafka and a schema registry without Docker."""


home_option = click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=TANDEM / "kafka",
    help="Where data, logs and process ids are kept.",
)


@main.command()
@home_option
@click.option("--kafka-port", default=9092, help="Another free one is taken if it is in use.")
@click.option("--registry-port", default=8081, help="Likewise.")
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one JSON line.")
def up(home: Path, kafka_port: int, registry_port: int, as_json: bool) -> None:
    """Starts both, waits until they answer and prints their addresses; does nothing if they run."""
    home = home.resolve()
    cluster = _running(home)
    if cluster is None:
        _stop(home)
        java = _java()
        _fetch_jars()
        cluster = _start(java, home, _free_port(kafka_port), _free_port(registry_port))
    if as_json:
        click.echo(json.dumps(cluster.settings))
    else:
        for name, value in cluster.settings.items():
            click.echo(f"export {name}={value}")


@main.command()
@home_option
def down(home: Path) -> None:
    """Stops both and throws away what they kept; does nothing if they do not run."""
    _stop(home.resolve())


def _mark(home: Path) -> str:
    return f"-Dtandem.home={home}"


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        raise click.ClickException("Java is missing: install a JDK 17 (Debian: openjdk-17-jdk).")
    return java


def _fetch_jars() -> None:
    """Asks Maven for the jars of pom.xml, unless those are here already."""
    fetched = JARS / POM.name
    if fetched.exists() and fetched.read_bytes() == POM.read_bytes():
        return
    maven = shutil.which("mvn")
    if maven is None:
        raise click.ClickException("Maven is missing: install it (Debian: maven).")
    shutil.rmtree(JARS, ignore_errors=True)
    click.echo("Fetching Kafka and the registry (180 MB, once)...", err=True)
    command = [maven, "-B", "-q", "-f", str(POM), f"-Djars={JARS}", "generate-resources"]
    if subprocess.run(command, stdout=sys.stderr).returncode != 0:
        raise click.ClickException("Maven could not fetch the jars: see its message above.")
    shutil.copy(POM, fetched)


def _start(java: str, home: Path, kafka_port: int, registry_port: int) -> Cluster:
    data, properties = home / "data", home / "server.properties"
    shutil.rmtree(home, ignore_errors=True)
    data.mkdir(parents=True)
    properties.write_text(
        SERVER_PROPERTIES.format(port=kafka_port, controller=_free_port(0), data=data)
    )
    kafka_java = [
        *(java, "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{JARS}/kafka/*", _mark(home)),
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]
    _format(kafka_java, properties)
    registry = _spawn(
        home,
        "registry",
        [
            *(java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *(_mark(home), "-Dquarkus.http.host=127.0.0.1"),
            f"-Dquarkus.http.port={registry_port}",
            *("-jar", str(next((JARS / "registry").glob("apicurio-registry-app-*-runner.jar")))),
        ],
    )
    kafka = _spawn(home, "kafka", [*kafka_java, "kafka.Kafka", str(properties)])
    cluster = Cluster(
        Server(kafka, f"127.0.0.1:{kafka_port}"),
        Server(registry, f"http://127.0.0.1:{registry_port}/apis/ccompat/v7"),
    )
    (home / "cluster.json").write_text(json.dumps(asdict(cluster)))
    _wait(home, "kafka", cluster.kafka, _kafka_answers)
    _wait(home, "registry", cluster.registry, _registry_answers)
    return cluster


def _format(kafka_java: list[str], properties: Path) -> None:
    tool = [*kafka_java, "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool"]
    arguments = ["format", "-t", CLUSTER_ID, "-c", str(properties), "--standalone"]
    formatted = subprocess.run([*tool, *arguments], capture_output=True, text=True)
    if formatted.returncode != 0:
        raise click.ClickException(f"Kafka's storage cannot be formatted: {formatted.stderr}")


def _spawn(home: Path, name: str, command: list[str]) -> int:
    with (home / f"{name}.log").open("w") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        ).pid


def _wait(home: Path, name: str, server: Server, answers: Callable[[str], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not answers(server.address):
        if not server.alive(home) or time.monotonic() > end:
            log = home / f"{name}.log"
            tail = "\n".join(log.read_text().splitlines()[-10:])
            raise click.ClickException(f"{name} did not start; the end of {log}:\n{tail}")
        time.sleep(0.1)


def _kafka_answers(address: str) -> bool:
    try:
        client = AdminClient({"bootstrap.servers": address, "log_level": 0})
        return bool(client.list_topics(timeout=1).brokers)
    except KafkaException:
        return False


def _registry_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/subjects", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _recorded(home: Path) -> Cluster | None:
    try:
        record = json.loads((home / "cluster.json").read_text())
        return Cluster(Server(**record["kafka"]), Server(**record["registry"]))
    except FileNotFoundError:
        return None


def _running(home: Path) -> Cluster | None:
    cluster = _recorded(home)
    if cluster and cluster.kafka.alive(home) and cluster.registry.alive(home):
        return cluster
    return None


def _stop(home: Path) -> None:
    cluster = _recorded(home)
    if cluster is None:
        return
    servers = [cluster.registry, cluster.kafka]
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for server in servers:
            if server.alive(home):
                os.kill(server.pid, sign)
        end = time.monotonic() + STOP_SECONDS
        while any(server.alive(home) for server in servers) and time.monotonic() < end:
            time.sleep(0.05)
    shutil.rmtree(home)


def _command_line(pid: int) -> str:
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.parents[1].exists():
        return proc.read_text() if proc.exists() else ""
    asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return asked.stdout


def _free_port(wished: int) -> int:
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("No free port on 127.0.0.1.")


if __name__ == "__main__":
    main()
