"""The Kubernetes manifests in the documentation: valid by Kubernetes' own schemas, and true of the arena."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deployed import IMAGE, PROJECT, SECRET_NAME, arena_words, check_rotation, check_variables, check_words

FOLDER = Path("docs/kubernetes")
OBJECTS: list[dict[str, Any]] = [o for f in sorted(FOLDER.rglob("*.yaml")) for o in yaml.safe_load_all(f.read_text())]
COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
VERSION = kubernetes_validate.latest_version()


def title(given: dict[str, Any]) -> str:
    return f"{given['kind']}/{given['metadata']['name']}"


def found(kind: str, name: str) -> dict[str, Any]:
    (one,) = [o for o in OBJECTS if title(o) == f"{kind}/{name}"]
    return one


RAY = found("RayCluster", "ray")
GROUPS: list[dict[str, Any]] = [RAY["spec"]["headGroupSpec"], *RAY["spec"]["workerGroupSpecs"]]
PLAIN = [o for o in OBJECTS if o is not RAY]


def pods() -> list[Any]:
    """The pod of every object that makes pods."""
    specs = [(title(RAY), group["template"]["spec"]) for group in GROUPS]
    specs += [(title(o), o["spec"]["template"]["spec"]) for o in PLAIN if "template" in o.get("spec", {})]
    specs += [(title(o), o["spec"]) for o in PLAIN if o["kind"] == "Pod"]
    return [pytest.param(spec, id=name) for name, spec in specs]


@pytest.mark.parametrize("given", PLAIN, ids=title)
def test_an_object_fits_its_schema(given: dict[str, Any]) -> None:
    kubernetes_validate.validate(given, VERSION, strict=True)
    assert (
        given["kind"] == "Namespace"
        or given["metadata"]["namespace"] == found("Namespace", "arena")["metadata"]["name"]
    )


@pytest.mark.parametrize("group", GROUPS, ids=["head", "workers"])
def test_a_ray_node_fits_the_schema_of_a_pod(group: dict[str, Any]) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "node"}, "spec": group["template"]["spec"]}
    kubernetes_validate.validate(pod, VERSION, strict=True)
    assert all(isinstance(value, str) for value in group["rayStartParams"].values())  # KubeRay takes nothing else


def test_ray_is_the_version_that_the_arena_is_built_with() -> None:
    assert f"ray=={RAY['spec']['rayVersion']}" in PROJECT["dependencies"]
    assert RAY["apiVersion"] == "ray.io/v1"


@pytest.mark.parametrize("spec", pods())
def test_a_pod_runs_without_rights_on_what_is_declared(spec: dict[str, Any]) -> None:
    assert spec["securityContext"]["runAsNonRoot"]
    assert (
        f"USER {spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}"
        in Path("Dockerfile").read_text()
    )
    (container,) = spec["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert container["resources"]["limits"]["memory"]
    assert {m["name"] for m in container.get("volumeMounts", [])} == {v["name"] for v in spec.get("volumes", [])}
    for volume in spec.get("volumes", []):
        if claim := volume.get("persistentVolumeClaim"):
            found("PersistentVolumeClaim", claim["claimName"])


@pytest.mark.parametrize("spec", pods())
def test_variables_are_the_arena_s_and_secrets_are_kept_elsewhere(spec: dict[str, Any]) -> None:
    (container,) = spec["containers"]
    secrets = {e["secretRef"]["name"]: found("Secret", e["secretRef"]["name"]) for e in container.get("envFrom", [])}
    written = [e["name"] for e in container.get("env", [])]
    check_variables([*written, *(name for secret in secrets.values() for name in secret["stringData"])])
    for entry in container.get("env", []):
        if reference := entry.get("valueFrom", {}).get("secretKeyRef"):
            assert reference["key"] in found("Secret", reference["name"])["stringData"]
        else:
            assert not SECRET_NAME.search(entry["name"].replace("RAY_AUTH_MODE", ""))
    if "RAY_AUTH_MODE" in written:
        assert check_rotation({e["name"]: e["value"] for e in container["env"] if "value" in e})
        assert "RAY_AUTH_TOKEN" in secrets["ray"]["stringData"]


def test_secrets_are_placeholders() -> None:
    values = {v for o in PLAIN if o["kind"] == "Secret" for v in o["stringData"].values()}
    assert values == {"REPLACE-ME"}


@pytest.mark.parametrize(
    ("kind", "name"), [("Job", "init"), *(("Deployment", n) for n in ("api", "desk", "pool", "jobs"))]
)
def test_commands_are_those_of_the_compose_file(kind: str, name: str) -> None:
    (container,) = found(kind, name)["spec"]["template"]["spec"]["containers"]
    spoken = arena_words(container.get("command"), container["args"])
    assert spoken is not None
    check_words(spoken)
    service = COMPOSE["services"]["migrate" if name == "init" else name]
    assert spoken == arena_words(service.get("entrypoint"), service["command"])
    needed = {v for v in service["environment"] if v.startswith("ARENA_")} - {"ARENA_API_PORT"}
    secret = found("Secret", "servers")["stringData"] if container.get("envFrom") else {}
    assert needed <= {*(e["name"] for e in container["env"]), *secret}


def test_who_writes_tidies_and_plays_with_weights_shares_them() -> None:
    """The same folder in each pod, on a volume that may be mounted on several nodes."""
    pods = {n: found("Deployment", n)["spec"]["template"]["spec"] for n in ("api", "desk", "jobs", "pool")}
    pods |= {"head": GROUPS[0]["template"]["spec"], "ray-worker": GROUPS[1]["template"]["spec"]}
    sharing: dict[str, tuple[str, str]] = {}
    for name, pod in pods.items():
        (container,) = pod["containers"]
        env = {e["name"]: e.get("value") for e in container["env"]}
        if "ARENA_ARTIFACTS_URL" in env:
            sharing[name] = env["ARENA_ARTIFACTS_URL"], env["ARENA_BASES"]
            at = env["ARENA_ARTIFACTS_URL"].removeprefix("file://")
            assert {"name": "artifacts", "mountPath": at} in container["volumeMounts"]
    assert set(sharing) == {"api", "desk", "jobs", "ray-worker"}
    assert len(set(sharing.values())) == 1
    assert found("PersistentVolumeClaim", "artifacts")["spec"]["accessModes"] == ["ReadWriteMany"]


def test_the_service_reaches_the_api_and_the_pool_reaches_ray() -> None:
    api, service = found("Deployment", "api")["spec"], found("Service", "api")["spec"]
    assert service["selector"] == api["selector"]["matchLabels"] == api["template"]["metadata"]["labels"]
    (port,) = api["template"]["spec"]["containers"][0]["ports"]
    assert [p["targetPort"] for p in service["ports"]] == [port["name"]]
    assert str(port["containerPort"]) == COMPOSE["services"]["api"]["environment"]["ARENA_API_PORT"]
    text = "".join(f.read_text() for f in FOLDER.rglob("*.yaml"))
    heads = set(re.findall(r"[\w.-]+-head-svc[\w.]*:\d+", text))
    assert heads == {f"{RAY['metadata']['name']}-head-svc.{RAY['metadata']['namespace']}.svc:6379"}
