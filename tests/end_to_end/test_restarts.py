"""A change that restarts k3s on every server: one after another, and nobody notices."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import yaml

from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor

ASKS = (Path(__file__).parent / "steady_asks.py").read_text()
RUNNING = "/run/steady-asks"


def starts(lab: RunningLab, servers: list[str]) -> dict[str, float]:
    """When k3s was started last on each server, in seconds since 1970."""
    show = 'date -d "$(systemctl show -p ExecMainStartTimestamp --value k3s)" +%s'
    return {server: float(lab.ssh(server, show)) for server in servers}


def test_nobody_notices_a_change_of_options_of_all_servers(
    lab: RunningLab,
    settings_file: Path,
    hosts: dict[str, list[str]],
    visitor: Visitor,
    say: Callable[[str], None],
) -> None:
    """The option stays for the tests after this one: to take it back would restart all servers again."""
    servers = [name for name, roles in hosts.items() if "server" in roles]
    agent = next(name for name, roles in hosts.items() if "agent" in roles)
    stack = yaml.safe_load(settings_file.read_text())
    options = stack["config"].setdefault("tailnet-k3s:k3s", {}).setdefault("server_options", {})
    options["kube-controller-manager-arg"] = ["concurrent-gc-syncs=21"]
    before = starts(lab, servers)
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    with ThreadPoolExecutor(1) as pool, visitor.steadily(visitor.url("whoami"), 600) as visits:
        asks = pool.submit(lab.ssh, agent, f"python3 - {RUNNING} <<'END'\n{ASKS}\nEND")
        try:
            lab.must("up")
        finally:
            lab.ssh(agent, f"rm -f {RUNNING}")
        printed = asks.result()
    after = starts(lab, servers)
    assert all(after[server] > before[server] for server in servers), "a server was not restarted"
    gaps = [later - earlier for earlier, later in pairwise(sorted(after.values()))]
    answers = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    failed = [one for one in answers if one["status"] in (0, 500, 502, 503)]
    say(f"{len(answers)} requests to the API, {len(failed)} failed; {gaps} s between restarts")
    assert max(one["at"] for one in answers) > max(after.values()), "the requests ended before the last restart"
    assert min(gaps) >= 3
    assert failed == []
    assert visits[0].failed == []
