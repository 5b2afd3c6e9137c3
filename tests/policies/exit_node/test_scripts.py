"""The rule on exit nodes: ways to write a flag so that no single text has it, and texts that only mention one."""

import time

import pytest

from components.rendering import StepTarget, render_secrets, run
from tests.policies.exit_node.rule import COMMAND, violations

TARGET = StepTarget("home-1", "step", "operator")

REFUSED = {
    "the name in a variable": "NAME=exit-node\ntailscale set --$NAME=home-1",
    "half of the name in a variable": 'part=advertise\ntailscale up "--$part-exit-node"',
    "braces": "part=exit; tailscale set --${part}-node=home-1",
    "a variable that grows": "flags=--exit\nflags+=-node=home-1\ntailscale up $flags",
    "a variable of a variable": 'a=exit; b="--$a"; c="$b-node=home-1"\ntailscale up $c',
    "a list that grows": 'flags=(--exit)\ntailscale up "${flags[@]}-node=home-1"',
    "a default": "tailscale set --${WHICH:-exit-node}=home-1",
    "one of two branches": "if ok; then way=exit-node; else way=hostname; fi\ntailscale set --$way=home-1",
    "a loop": "for one in hostname exit-node; do tailscale set --$one=home-1; done",
    "quotes within the name": "tailscale set --exit''-node=home-1",
    "quotes around a part": 'tailscale set --exit"-node"=home-1',
    "a route in variables": "all=0.0.0.0\ntailscale set --advertise-routes=$all/0",
    "the best exit node": "tailscale set --exit-node=auto:any",
    "the best exit node in a variable": "which=auto; tailscale set --exit-node=$which:any",
    "two halves": "tailscale set --advertise-routes=0.0.0.0/1,128.0.0.0/1",
    "two halves among others": "tailscale set --advertise-routes=128.0.0.0/1,10.0.0.0/8,0.0.0.0/1",
    "four quarters": "tailscale up --advertise-routes=0.0.0.0/2,64.0.0.0/2,128.0.0.0/2,192.0.0.0/2",
    "two halves of IPv6": "tailscale set --advertise-routes=::/1,8000::/1",
    "all public addresses of IPv6": "tailscale set --advertise-routes=2000::/3",
    "a unit's file": "cat >/etc/default/tailscaled <<END\nFLAGS='--advertise-exit-node'\nEND",
    "a drop-in": "write_file x.conf <<END\n[Service]\nEnvironment=TS_EXTRA_ARGS=--exit-node=home-1\nEND",
    "routes for the image": "podman run -e TS_ROUTES=0.0.0.0/0,::/0 tailscale/tailscale",
    "routes for the image in a file": "cat >/etc/tailscale.env <<END\nTS_ROUTES=0.0.0.0/1,128.0.0.0/1\nEND",
    "printed into a file": "echo 'FLAGS=\"--advertise-exit-node\"' >>/etc/default/tailscaled",
    "printed into the program's own verb": "echo 'FLAGS=--advertise-exit-node' | write_file /etc/default/tailscaled",
    "printed into a shell": "echo tailscale set --exit-node=home-1 | sudo sh",
    "after a comment": "# --exit-node=a is bad\ntailscale set --exit-node=home-1",
    "after something printed": "echo joining && tailscale set --exit-node=home-1",
    "the daemon's API": """curl -X PATCH localhost/localapi/v0/prefs -d '{"ExitNodeID":"n1","ExitNodeIDSet":true}'""",
    "the daemon's API in double quotes": 'curl -d "{\\"ExitNodeIP\\": \\"100.64.0.9\\"}" localhost/localapi/v0/prefs',
    "the daemon's own choice": """curl -d '{"AutoExitNode": "any"}' localhost/localapi/v0/prefs""",
    "the daemon's routes": """curl -d '{"AdvertiseRoutes":["0.0.0.0/0","::/0"]}' localhost/localapi/v0/prefs""",
    "the daemon's halves": """curl -d '{"AdvertiseRoutes": ["0.0.0.0/1", "128.0.0.0/1"]}' localhost/prefs""",
    "the daemon's file": 'cat >x.hujson <<END\n{"version": "alpha0", "exitNode": "home-1"}\nEND',
    "a Connector": "kubectl apply -f - <<END\napiVersion: tailscale.com/v1alpha1\nkind: Connector\n"
    "spec:\n  exitNode: true\nEND",
}
ALLOWED = {
    "a comment": "# Never --exit-node=home-1 here.\ntailscale up",
    "a comment after a command": "tailscale up  # without --exit-node=home-1",
    "a comment with an apostrophe": "tailscale up # don't --advertise-exit-node",
    "a message": 'echo "Do not run tailscale set --exit-node=home-1"',
    "an error": 'tailscale up || fail "remove --exit-node=home-1"',
    "a message on stderr": 'echo "no --advertise-exit-node here" >&2',
    "a message in the journal": "echo 'no --exit-node=home-1 here' | systemd-cat -t setup",
    "a search": 'if tailscale debug prefs | grep -q \'"ExitNodeID": "n1"\'; then exit 1; fi',
    "a document": "cat >/root/README.md <<END\nNever tailscale up --exit-node=home-1\nEND\ntailscale up",
    "a page of help": "cat <<END\n  --exit-node=NAME  not here\nEND",
    "an offer switched off": "tailscale set --advertise-exit-node=false",
    "a use switched off": "tailscale set --exit-node=false",
    "an offer switched off by a variable": "offer=false\ntailscale set --advertise-exit-node=$offer",
    "a use without a name in a variable": "node=\ntailscale set --exit-node=$node",
    "names": "tailscale up --hostname=exit-node-1 --advertise-tags=tag:exit-node",
    "access to the network at home": "tailscale set --exit-node-allow-lan-access=true",
    "a list of the exit nodes": "tailscale exit-node list",
    "one half": "tailscale set --advertise-routes=128.0.0.0/1",
    "unset preferences": """curl -d '{"ExitNodeID": "", "AdvertiseRoutes": ["10.0.0.0/8"]}' localhost/prefs""",
    "a variable of that name": "exit_node=home-1\ntailscale up --hostname=$exit_node",
    "another kind of the operator's": "kubectl apply -f - <<END\napiVersion: tailscale.com/v1alpha1\nkind: Connector\n"
    "spec:\n  exitNode: false\nEND",
    "another tool's setting": "cat >x.yaml <<END\nkind: Other\nexitNode: true\nEND",
}


@pytest.mark.parametrize("script", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(script: str) -> None:
    assert violations(COMMAND, create=script)


@pytest.mark.parametrize("script", REFUSED.values(), ids=REFUSED.keys())
def test_refuses_in_a_step(script: str) -> None:
    assert violations(COMMAND, create=run(TARGET, script, {}))


@pytest.mark.parametrize("script", ALLOWED.values(), ids=ALLOWED.keys())
def test_allows(script: str) -> None:
    assert violations(COMMAND, create=script, delete=run(TARGET, script, {})) == []


def test_refuses_a_flag_from_a_value_and_the_script() -> None:
    assert violations(COMMAND, create=run(TARGET, "tailscale set --$NAME=home-1", {"NAME": "exit-node"}))


def test_refuses_a_flag_from_a_secret_and_the_script() -> None:
    step = run(TARGET, "tailscale set --$NAME=home-1", {}, ["NAME"])
    assert violations(COMMAND, create=step, stdin=render_secrets({"NAME": "exit-node"}))


def test_refuses_a_flag_from_the_environment_and_the_script() -> None:
    assert violations(COMMAND, create="tailscale set --$NAME=home-1", environment={"NAME": "exit-node"})
    assert violations(COMMAND, create="tailscale up", environment={"TS_EXTRA_ARGS": "--advertise-exit-node"})


def test_refuses_a_value_that_is_a_file() -> None:
    file = "vpn-auth: name=tailscale,extraArgs=--exit-node=home-1\nother: 1\n"
    assert violations(COMMAND, create=run(TARGET, "write_file x <<<$FILE", {"FILE": file}))


def test_allows_a_value_that_only_describes() -> None:
    assert violations(COMMAND, create=run(TARGET, "tailscale up", {"NAME": "exit-node"})) == []


VALUES = "\n".join(f"V{name}={value}" for name in range(9) for value in range(9))
LONG = {
    "many values of many variables": f"{VALUES}\ntailscale up {' '.join(f'$V{name}' for name in range(9))}",
    "a text that doubles": "x=0123456789\n" + 'x="$x$x"\n' * 40 + "tailscale up $x",
    "a long line of blanks": f"tailscale up {' ' * 50_000}; echo a",
    "a long word": f"tailscale up {'a' * 200_000}; echo a",
}


@pytest.mark.parametrize("script", LONG.values(), ids=LONG.keys())
def test_reads_in_a_short_time(script: str) -> None:
    begin = time.process_time()
    assert violations(COMMAND, create=script) == []
    assert time.process_time() - begin < 1


def test_allows_what_a_command_does_not_run() -> None:
    assert violations(COMMAND, create="tailscale up", triggers=["--exit-node=home-1"]) == []
