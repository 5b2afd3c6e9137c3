"""The origin certificate is replaced: what Traefik serves changes, and no visitor notices."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import yaml

from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Visitor

OTHER_DAYS = 30


def served(lab: RunningLab, visitor: Visitor, host: str) -> tuple[str, datetime]:
    """Serial number and end of the certificate that a host shows to the edge."""
    address = json.loads(lab.must("status", "--json"))["hosts"][host]["public_address"]
    ask = f"openssl s_client -connect {address}:443 -servername whoami.{visitor.domain} </dev/null 2>/dev/null"
    shown = lab.output_of("edge", "sh", "-c", f"{ask} | openssl x509 -noout -serial -enddate")
    found = re.search(r"serial=(\w+)\s+notAfter=(.*)", shown.output)
    assert found, f"{host} showed no certificate: {shown.output}"
    return found[1], datetime.strptime(found[2], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)


def test_a_new_certificate_is_served_and_no_request_fails(
    lab: RunningLab, visitor: Visitor, ingress_hosts: list[str], settings_file: Path
) -> None:
    """The shorter validity stays for the tests after this one."""
    old = {host: served(lab, visitor, host)[0] for host in ingress_hosts}
    stack = yaml.safe_load(settings_file.read_text())
    stack["config"]["tailnet-k3s:edge"]["certificate_days"] = OTHER_DAYS
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    with visitor.steadily(visitor.url("whoami"), 600) as visits:
        time.sleep(1)
        lab.must("up")

        def replaced() -> bool:
            return all(served(lab, visitor, host)[0] != old[host] for host in ingress_hosts)

        eventually("Traefik to serve the new certificate", 60, replaced)
        time.sleep(2)
    assert len(visits[0].answers) > 20, visits[0].answers
    assert visits[0].failed == []
    for host in ingress_hosts:
        left = served(lab, visitor, host)[1] - datetime.now(UTC)
        assert OTHER_DAYS - 2 < left.days <= OTHER_DAYS, f"{host}: {left}"
