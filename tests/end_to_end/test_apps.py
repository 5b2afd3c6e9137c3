"""A second site: lines in the stack's settings, and it is online."""

import re
from pathlib import Path

import yaml

from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor

SITE = "journal"


def test_a_second_site_is_exactly_its_own_objects_and_then_online(
    lab: RunningLab, visitor: Visitor, ingress_hosts: list[str], settings_file: Path
) -> None:
    original = settings_file.read_text()
    stack = yaml.safe_load(original)
    stack["config"]["tailnet-k3s:apps"][SITE] = {
        "image": "docker.io/traefik/whoami:v1.11",
        "host": f"{SITE}.{visitor.domain}",
        "environment": {"WHOAMI_NAME": "second site"},
        "health": "/",
    }
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        preview = lab.must("preview")
        changes = [line.strip() for line in preview.splitlines() if re.match(r"\s*[~+\-]", line)]
        assert changes
        assert not [line for line in changes if not line.startswith("+") or SITE not in line], preview
        assert len([line for line in changes if "ecord" in line]) >= len(ingress_hosts), preview
        lab.must("up")
        answer = visitor.get(visitor.url(SITE))
        assert (answer.status, answer.header("Name")) == (200, "second site"), answer.text
        assert visitor.get(visitor.url("whoami")).header("Name") != "second site"
    finally:
        settings_file.write_text(original)
        lab.must("up")
    assert visitor.get(visitor.url(SITE)).status == 0, "the site is still there after its lines were removed"
