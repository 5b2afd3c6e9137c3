"""Further sites: lines in the stack's settings, and they are online; what one keeps in a volume outlives its pods."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor

SITE, ARCHIVE = "journal", "archive"
PAGES = "/srv/pages"
BUSYBOX = "docker.io/rancher/mirrored-library-busybox:1.37.0"


@pytest.fixture(scope="module")
def original(settings_file: Path) -> Iterator[str]:
    """The settings without the further sites."""
    text = settings_file.read_text()
    yield text
    settings_file.write_text(text)


@pytest.fixture(scope="module")
def preview(lab: RunningLab, visitor: Visitor, settings_file: Path, original: str) -> str:
    """What the preview said of the further sites, which are up now."""
    stack = yaml.safe_load(original)
    stack["config"]["tailnet-k3s:apps"][SITE] = {
        "image": "docker.io/traefik/whoami:v1.11",
        "host": f"{SITE}.{visitor.domain}",
        "environment": {"WHOAMI_NAME": "second site"},
        "health": "/",
    }
    stack["config"]["tailnet-k3s:apps"][ARCHIVE] = {
        "image": BUSYBOX,
        "command": ["httpd", "-f", "-p", "80", "-h", PAGES],
        "host": f"{ARCHIVE}.{visitor.domain}",
        "replicas": 1,
        "volumes": {"pages": {"path": PAGES, "size_gb": 1}},
    }
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    said = lab.must("preview")
    lab.must("up")
    return said


def test_a_further_site_is_exactly_its_own_objects_and_then_online(
    preview: str, visitor: Visitor, ingress_hosts: list[str]
) -> None:
    changes = [line.strip() for line in preview.splitlines() if re.match(r"\s*[~+\-]", line)]
    for site in (SITE, ARCHIVE):
        assert len([line for line in changes if "ecord" in line and site in line]) >= len(ingress_hosts), preview
    others = [line for line in changes if not line.startswith("+") or not re.search(f"{SITE}|{ARCHIVE}", line)]
    assert not others, preview
    answer = visitor.get(visitor.url(SITE))
    assert (answer.status, answer.header("Name")) == (200, "second site"), answer.text
    assert visitor.get(visitor.url("whoami")).header("Name") != "second site"


@pytest.mark.usefixtures("preview")
def test_what_an_app_keeps_in_a_volume_outlives_its_pod_which_returns_to_its_host(
    lab: RunningLab, visitor: Visitor
) -> None:
    before = the_pod(lab)
    lab.kubectl("-n", ARCHIVE, "exec", before["name"], "--", "sh", "-c", f"echo kept > {PAGES}/index.html")
    lab.kubectl("-n", ARCHIVE, "delete", "pod", before["name"])
    lab.kubectl("-n", ARCHIVE, "rollout", "status", f"deployment/{ARCHIVE}", "--timeout=120s", seconds=150)
    after = the_pod(lab)
    assert after["name"] != before["name"]
    assert after["node"] == before["node"], "a volume is a folder of its host"
    answer = visitor.get(visitor.url(ARCHIVE))
    assert (answer.status, answer.text.strip()) == (200, "kept"), answer.text


@pytest.mark.usefixtures("preview")
def test_a_site_whose_lines_are_removed_goes_with_its_data(
    lab: RunningLab, visitor: Visitor, settings_file: Path, original: str
) -> None:
    node = the_pod(lab)["node"]
    settings_file.write_text(original)
    lab.must("up")
    for site in (SITE, ARCHIVE):
        assert visitor.get(visitor.url(site)).status == 0, "the site is still there after its lines were removed"
    folders = lab.ssh(node, "ls /var/lib/rancher/k3s/storage").split()
    assert not [name for name in folders if name.endswith(f"_{ARCHIVE}_{ARCHIVE}-pages")], (
        "the app went, its data stayed"
    )


def the_pod(lab: RunningLab) -> dict[str, str]:
    """Name and node of the archive's one pod that is not about to end."""
    path = 'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {.metadata.deletionTimestamp}{"\\n"}{end}'
    listed = [line.split() for line in lab.kubectl("-n", ARCHIVE, "get", "pods", "-o", path).splitlines() if line]
    ((name, node),) = [line for line in listed if len(line) == 2]
    return {"name": name, "node": node}
