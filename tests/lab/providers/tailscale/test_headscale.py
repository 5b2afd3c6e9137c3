"""The tailscale stand-in on a real Headscale, with a real device that joins."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.overlay.tailscale.existing_policy import may_overwrite, missing_lines
from components.overlay.tailscale.policy import policy
from lab.providers.tailscale.acl import acl_functions
from lab.providers.tailscale.devices import device_functions
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.provider import TailscaleProvider
from tests.lab.providers.calling import Caller, Made
from tests.lab.providers.programs import program, start, stop
from tests.lab.providers.tailscale.server import Server, headscale

POLICY: dict[str, Any] = {
    "tagOwners": {"tag:cluster": [], "tag:operator": ["autogroup:admin"]},
    "acls": [{"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]}],
    "grants": [{"src": ["tag:operator"], "dst": ["tag:cluster"], "ip": ["tcp:22", "tcp:6443"]}],
    "tests": [{"src": "tag:operator", "accept": ["tag:cluster:22"], "deny": ["tag:cluster:3306"]}],
}

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with headscale(tmp_path_factory.mktemp("headscale")) as running:
        yield running


def test_a_device_joins_with_a_key_that_then_is_invalid(server: Server, tmp_path: Path) -> None:
    client = Headscale(server.url, server.api_key)
    provider = TailscaleProvider(client)
    acl, keys = (Caller(provider, f"tailscale:index/{kind}") for kind in ("acl:Acl", "tailnetKey:TailnetKey"))
    policy = acl.create(acl=json.dumps(POLICY))
    with pytest.raises(RuntimeError, match="has a policy already"):
        acl.create(acl=json.dumps(POLICY | {"acls": []}))
    key = keys.create(tags=["tag:cluster"], preauthorized=True, expiry=600, description="test")
    functions = device_functions(client)
    get_device = functions["tailscale:index/getDevice:getDevice"]
    found: list[dict[str, Any]] = []
    wait = threading.Thread(target=lambda: found.append(get_device({"hostname": "oracle-1", "waitFor": "60s"})))
    wait.start()
    join(server, key, tmp_path)
    wait.join(30)
    assert found[0]["tags"] == ["tag:cluster"]
    assert found[0]["addresses"][0].startswith("100.64.")
    assert keys.read(key, {}).properties["invalid"].value is True
    keys.delete(key)
    assert [one["hostname"] for one in functions["tailscale:index/getDevices:getDevices"]({})["devices"]] == [
        "oracle-1"
    ]
    assert acl.read(policy, {}).properties["acl"].value == json.dumps(POLICY)


def join(server: Server, key: Made, folder: Path) -> None:
    """A device joins, without an interface of its own."""
    binary = program("tailscaled")
    daemon, command = folder / "tailscaled", folder / "tailscale"
    daemon.symlink_to(binary)
    command.symlink_to(binary)  # one program, which goes by its name
    socket = f"--socket={folder / 'tailscaled.sock'}"
    options = ("--tun=userspace-networking", "--no-logs-no-support", f"--statedir={folder}", "--port=0", socket)
    process = start(folder / "tailscaled.log", str(daemon), *options)
    (folder / "key").write_text(key.outputs["key"])
    try:
        subprocess.run(
            [
                *(str(command), socket, "up", f"--login-server={server.url}", f"--auth-key=file:{folder / 'key'}"),
                *("--hostname=oracle-1", "--accept-dns=false", "--timeout=30s"),
            ],
            check=True,
            capture_output=True,
        )
    finally:
        stop(process)


def test_the_programs_own_policy_is_taken_and_known_again(server: Server) -> None:
    """So the next run may write it again, and a policy of somebody else it may not."""
    client = Headscale(server.url, server.api_key)
    functions, acl = acl_functions(client), Caller(TailscaleProvider(client), "tailscale:index/acl:Acl")
    acl.create(acl=policy(("autogroup:member",), tcp=[22, 3306], udp=[8472], ssh=False), overwriteExistingContent=True)
    present = json.loads(functions["tailscale:index/getAcl:getAcl"]({})["json"])
    assert may_overwrite(present)
    assert not list(missing_lines(present, ("autogroup:member",)))
    client.set_policy(json.dumps({**present, "groups": {"group:family": ["me@example.com"]}}))
    assert not may_overwrite(json.loads(functions["tailscale:index/getAcl:getAcl"]({})["json"]))
