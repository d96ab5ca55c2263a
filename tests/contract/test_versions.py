"""What is written in two places says the same."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

from ruamel.yaml import YAML

from tests.brokers import compose_services

ROOT = Path(__file__).resolve().parents[2]
PORTS = {"KAFKA_PORT": 19092, "REGISTRY_PORT": 18081}


def jars(name: str) -> str:
    pom = ElementTree.parse(ROOT / "deploy/kafka/pom.xml")
    return str(pom.findtext(f".//{{*}}{name}"))


def found(pattern: str, file: str) -> str:
    (value,) = re.findall(pattern, (ROOT / file).read_text())
    return str(value)


def test_docker_and_the_jars_run_the_same_kafka_and_registry() -> None:
    services = compose_services(PORTS)
    assert services["kafka"]["image"] == f"apache/kafka:{jars('kafka.version')}"
    assert services["registry"]["image"].endswith(f":{jars('registry.version')}")


def test_the_compose_file_answers_at_the_ports_that_were_chosen() -> None:
    services = compose_services(PORTS)
    assert services["kafka"]["ports"] == ["127.0.0.1:19092:9092"]
    advertised = services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert advertised == "PLAINTEXT://localhost:19092"
    assert services["registry"]["ports"] == ["127.0.0.1:18081:8080"]


def test_the_image_is_built_with_the_uv_of_the_makefile() -> None:
    assert found(r"uv==([\d.]+)", "Dockerfile") == found(r"UV_VERSION := (\S+)", "Makefile")


def test_the_chart_runs_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = YAML(typ="safe").load(ROOT / "deploy/helm/tandem/Chart.yaml")
    assert chart["appVersion"] == project["version"]


def test_tandem_supports_the_pythons_that_the_makefile_accepts() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (low,) = re.findall(r"\(3, (\d+)\)", found(r"USABLE := (.*)", "Makefile"))
    assert project["requires-python"] == f">=3.{low}"
