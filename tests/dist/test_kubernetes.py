# SPDX-License-Identifier: ISC
"""deployment.yaml: each object is what Kubernetes takes, they fit together, and the pod is restricted."""

import subprocess

import pytest

import containers

LABELS = {"app.kubernetes.io/name": "echocell"}
VERSIONS = {"Namespace": "v1", "Deployment": "apps/v1", "Service": "v1", "PodDisruptionBudget": "policy/v1",
            "NetworkPolicy": "networking.k8s.io/v1"}
# The fields of each type that is used (kubernetes.io, API reference 1.30): a misspelt one would be dropped in silence.
FIELDS = {
    "": {"apiVersion", "kind", "metadata", "spec"},
    "metadata": {"name", "namespace", "labels"},
    "Deployment": {"replicas", "selector", "strategy", "template"},
    "Service": {"type", "externalTrafficPolicy", "selector", "ports"},
    "PodDisruptionBudget": {"minAvailable", "selector"},
    "NetworkPolicy": {"podSelector", "policyTypes", "ingress", "egress"},
    "pod": {"automountServiceAccountToken", "enableServiceLinks", "shareProcessNamespace", "hostNetwork", "hostPID",
            "hostIPC", "terminationGracePeriodSeconds", "securityContext", "topologySpreadConstraints", "containers"},
    "container": {"name", "image", "args", "ports", "securityContext", "resources", "startupProbe", "readinessProbe",
                  "livenessProbe", "lifecycle"},
    "pod context": {"runAsNonRoot", "runAsUser", "runAsGroup", "seccompProfile"},
    "container context": {"allowPrivilegeEscalation", "privileged", "readOnlyRootFilesystem", "runAsNonRoot",
                          "capabilities"},
    "probe": {"tcpSocket", "httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold"},
}


@pytest.fixture(scope="module")
def objects():
    return containers.kubernetes()


@pytest.fixture
def container():
    (container,) = containers.pod()["containers"]
    return container


def test_objects_have_known_fields_only(objects, container):
    pod = containers.pod()
    parts = [("pod", pod), ("container", container), ("pod context", pod["securityContext"]),
             ("container context", container["securityContext"])]
    parts += [("probe", container[f"{name}Probe"]) for name in ("startup", "readiness", "liveness")]
    for kind, thing in objects.items():
        parts += [("", thing), ("metadata", thing["metadata"])]
        parts += [(kind, thing["spec"])] if "spec" in thing else []
    for name, part in parts:
        assert set(part) <= FIELDS[name], name


def test_objects_are_of_one_namespace_and_of_known_versions(objects):
    assert {kind: thing["apiVersion"] for kind, thing in objects.items()} == VERSIONS
    for kind, thing in objects.items():
        assert thing["metadata"]["name"] == "echocell"
        assert kind == "Namespace" or thing["metadata"]["namespace"] == "echocell"


def test_selectors_find_the_pods(objects):
    deployment = objects["Deployment"]["spec"]
    assert deployment["template"]["metadata"]["labels"] == LABELS
    assert objects["Service"]["spec"]["selector"] == LABELS
    for selector in (deployment["selector"], objects["PodDisruptionBudget"]["spec"]["selector"],
                     objects["NetworkPolicy"]["spec"]["podSelector"]):
        assert selector == {"matchLabels": LABELS}


def test_pod_meets_the_restricted_standard(objects, container):
    """kubernetes.io, Pod Security Standards; and more than that asks for."""
    assert objects["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    pod, own = containers.pod(), container["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert own["capabilities"] == {"drop": ["ALL"]} and own["allowPrivilegeEscalation"] is False
    assert own["privileged"] is False and own["readOnlyRootFilesystem"] is True
    assert not any(pod[name] for name in ("hostNetwork", "hostPID", "hostIPC", "automountServiceAccountToken"))
    assert "volumes" not in pod


def test_pod_is_that_of_the_image_and_of_the_profile(profile):
    context = containers.pod()["securityContext"]
    assert containers.image()["USER"] == f"{context['runAsUser']}:{context['runAsGroup']}"
    assert context["seccompProfile"] == {"type": "Localhost", "localhostProfile": profile.name}
    assert containers.pod()["shareProcessNamespace"] is False  # the listener is process 1, as the profile has it


def test_arguments_are_right(binary, container):
    checked = subprocess.run([binary, "--check", "--user=65534", *container["args"]], capture_output=True, text=True,
                             check=False, timeout=20)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_ports_lead_from_the_service_to_the_listener(objects, container):
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert f"--listen=0.0.0.0:{ports['echo']}" in container["args"]
    assert f"--metrics=0.0.0.0:{ports['metrics']}" in container["args"]
    assert min(ports.values()) >= 1024 and containers.image()["EXPOSE"] == str(ports["echo"])
    (front,) = objects["Service"]["spec"]["ports"]
    assert (front["port"], front["targetPort"]) == (7, "echo")
    probed = [container["startupProbe"]["tcpSocket"], container["readinessProbe"]["tcpSocket"],
              container["livenessProbe"]["httpGet"]]
    assert [probe["port"] for probe in probed] == ["echo", "echo", "metrics"]


def test_network_lets_clients_in_and_nothing_out(objects):
    policy = objects["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"] and policy["egress"] == []
    for_all, for_some = policy["ingress"]
    assert "from" not in for_all and [port["port"] for port in for_all["ports"]] == ["echo"]
    assert for_some["from"] and [port["port"] for port in for_some["ports"]] == ["metrics"]


def test_a_deploy_never_leaves_too_few(objects, container, binary):
    deployment = objects["Deployment"]["spec"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert deployment["replicas"] > objects["PodDisruptionBudget"]["spec"]["minAvailable"] > 0
    manual = subprocess.run([binary, "--help"], capture_output=True, text=True, check=True).stdout
    drain_s = int(manual.split("--drain-timeout")[1].split("default ")[1].split("s)")[0])
    wait_s = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert containers.pod()["terminationGracePeriodSeconds"] > wait_s + drain_s
