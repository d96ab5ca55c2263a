"""The chart: it lints, and what it renders runs every role as the roles need it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/tandem"
EXAMPLE = CHART / "ci/example-values.yaml"
KUBERNETES = ["--kube-version", "1.31.0"]

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def helm() -> str:
    installed = sorted(ROOT.glob(".tandem/helm-*/helm"))
    found = str(installed[-1]) if installed else shutil.which("helm")
    if found is None:
        pytest.skip("Helm is not installed: `make chart` installs it with Go")
    return found


@pytest.fixture(scope="module")
def manifests(helm: str) -> dict[tuple[str, str], Manifest]:
    rendered = run(helm, "template", "acme", str(CHART), "-f", str(EXAMPLE), *KUBERNETES)
    assert rendered.returncode == 0, rendered.stderr
    documents = YAML(typ="safe").load_all(rendered.stdout)
    return {(d["kind"], d["metadata"]["name"]): d for d in documents if d}


def run(helm: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([helm, *arguments], capture_output=True, text=True)


def pod(manifest: Manifest) -> Manifest:
    spec: Manifest = manifest["spec"]["template"]["spec"]
    return spec


def environment(manifest: Manifest) -> Manifest:
    return {one["name"]: one for one in pod(manifest)["containers"][0]["env"]}


def workload(manifests: dict[tuple[str, str], Manifest], role: str) -> Manifest:
    kind = "Deployment" if role == "bridge" else "StatefulSet"
    return manifests[kind, f"acme-{role}"]


ROLES = pytest.mark.parametrize("role", ["bridge", "flows", "sinks", "pollers"])


def test_lints(helm: str) -> None:
    linted = run(helm, "lint", "--strict", str(CHART), "-f", str(EXAMPLE), *KUBERNETES)
    assert linted.returncode == 0, linted.stdout


@ROLES
def test_each_role_runs_with_the_cluster_and_the_secrets(
    manifests: dict[tuple[str, str], Manifest], role: str
) -> None:
    manifest = workload(manifests, role)
    (container,) = pod(manifest)["containers"]
    assert container["args"] == ["run", "--role", role]
    assert container["envFrom"] == [{"secretRef": {"name": "tandem-vendors"}}]
    values = {name: one.get("value") for name, one in environment(manifest).items()}
    assert values["KAFKA_BOOTSTRAP_SERVERS"] == "kafka-1.kafka:9092,kafka-2.kafka:9092"
    assert values["SCHEMA_REGISTRY_URL"] == "http://registry.kafka:8081"
    assert values["TANDEM_KAFKA__REPLICATION"] == "3"


@ROLES
def test_each_role_is_probed_and_confined(
    manifests: dict[tuple[str, str], Manifest], role: str
) -> None:
    spec = pod(workload(manifests, role))
    (container,) = spec["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports["metrics"] == 9464
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "metrics"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "metrics"}
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("role", ["flows", "sinks", "pollers"])
def test_group_members_keep_their_name_through_a_restart(
    manifests: dict[tuple[str, str], Manifest], role: str
) -> None:
    manifest = workload(manifests, role)
    names = environment(manifest)
    pod_name = {"fieldRef": {"fieldPath": "metadata.name"}}
    assert names["POD_NAME"]["valueFrom"] == pod_name
    assert names["TANDEM_KAFKA__INSTANCE"]["value"] == "$(POD_NAME)"
    headless = manifests["Service", manifest["spec"]["serviceName"]]
    assert headless["spec"]["clusterIP"] == "None"


def test_the_outside_reaches_the_bridge_alone(
    manifests: dict[tuple[str, str], Manifest],
) -> None:
    ((name, ingress),) = ((n, m) for (kind, n), m in manifests.items() if kind == "Ingress")
    (rule,) = ingress["spec"]["rules"]
    assert rule["host"] == "tandem.shop.example"
    backend = rule["http"]["paths"][0]["backend"]["service"]
    service = manifests["Service", backend["name"]]
    selected = service["spec"]["selector"]
    labels = workload(manifests, "bridge")["spec"]["template"]["metadata"]["labels"]
    assert name == "acme-bridge"
    assert selected["app.kubernetes.io/component"] == "bridge"
    assert selected.items() <= labels.items()


@ROLES
def test_an_eviction_takes_one_worker_at_a_time(
    manifests: dict[tuple[str, str], Manifest], role: str
) -> None:
    budget = manifests["PodDisruptionBudget", f"acme-{role}"]["spec"]
    labels = workload(manifests, role)["spec"]["template"]["metadata"]["labels"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("kafka.bootstrapServers=", "/kafka/bootstrapServers"),
        ("registry.url=registry:8081", "/registry/url"),
        ("roles.pollers.replicas=-1", "/roles/pollers/replicas"),
        ("roles.shop.replicas=1", "additional properties 'shop' not allowed"),
    ],
)
def test_wrong_values_are_refused_by_name(helm: str, setting: str, complaint: str) -> None:
    rendered = run(
        helm, "template", "acme", str(CHART), "-f", str(EXAMPLE), "--set", setting, *KUBERNETES
    )
    assert rendered.returncode != 0
    assert complaint in rendered.stderr
