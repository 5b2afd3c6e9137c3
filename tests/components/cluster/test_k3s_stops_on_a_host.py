"""How a server's unit stops: it takes no new requests to the API, and those under way get their answers."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from components.cluster.k3s import HERE
from lab.hosts import run_in_host
from lab.lab import Lab
from tests.lab.hosts.real_lab import SSH_FROM_OPERATOR, lab_of, spec, ssh

pytestmark = pytest.mark.lab

NAME, ADDRESS, OWN = "host-13", "198.51.100.13", "10.0.0.13"
# Stands in for k3s: it answers after a second, and ends at once when it is told to.
API = """from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        sleep(1)
        self.send_response(200)
        self.end_headers()
ThreadingHTTPServer(("", 6443), Api).serve_forever()
"""
ASK = "curl -sS -o /dev/null -w '%{http_code}' --max-time 5"
STOP = f"""{ASK} http://{OWN}:6443/ >/run/under-way 2>&1 & first=$!
sleep 0.3; systemctl stop --no-block api; sleep 0.4
{ASK} http://{OWN}:6443/ >/run/new 2>&1; echo " status $?" >>/run/new
{ASK} http://127.0.0.1:6443/ >/run/own 2>&1
wait $first; systemctl stop api
grep -H . /run/under-way /run/new /run/own"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-stops", tmp_path_factory.mktemp("lab"), spec(13, SSH_FROM_OPERATOR)) as lab:
        ssh(lab, ADDRESS, "cloud-init status --wait", seconds=300)
        yield lab


def drain(role: str) -> str:
    """Lines of the unit, as the step of a node writes them."""
    (block,) = re.findall(r'^drain="" table=.*?\n\n', (HERE / "k3s_node.sh").read_text(), re.MULTILINE | re.DOTALL)
    script = f'{block}printf %s "$drain"'
    ran = subprocess.run(["bash", "-euc", script], env={"ROLE": role}, capture_output=True, text=True, check=True)
    return ran.stdout


def on_host(lab: Lab, script: str, stdin: str = "") -> str:
    return run_in_host(lab, NAME, ["bash", "-c", script], stdin=stdin)


def test_requests_under_way_end_and_new_ones_are_refused(lab: Lab) -> None:
    on_host(lab, "DEBIAN_FRONTEND=noninteractive apt-get -qq install -y nftables curl >/dev/null")
    on_host(lab, "cat >/run/api.py", API)
    unit = f"[Service]\nExecStart=/usr/bin/python3 /run/api.py{drain('server')}\nKillMode=process\n"
    on_host(lab, "cat >/etc/systemd/system/api.service; systemctl daemon-reload; systemctl start api; sleep 1", unit)
    seen = dict(line.split(":", 1) for line in on_host(lab, STOP).splitlines())
    assert seen["/run/under-way"] == "200"
    assert seen["/run/new"] == "000 status 7", "curl's 7 is a refusal: then HAProxy asks another server at once"
    assert seen["/run/own"] == "200", "k3s itself still asks its own API"
    assert on_host(lab, f"systemctl start api; sleep 1; {ASK} http://{OWN}:6443/") == "200"
    assert "stopping" not in on_host(lab, "nft list tables")


def test_an_agent_stops_at_once() -> None:
    assert drain("agent") == ""
