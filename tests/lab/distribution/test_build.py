"""The builder: each program once, in order, whole or not at all, whatever ends it."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab.distribution import build
from lab.distribution.assemble import MARK
from lab.distribution.build import build_programs, needed, stop_builds
from lab.distribution.command import BuildError, GoBuild
from lab.distribution.locks import StoppedError
from lab.distribution.programs import K3S_PARTS, PROGRAMS
from lab.lab import REPOSITORY
from lab.progress import Silence, Task
from tests.lab.distribution.fake_go import FakeGo
from tests.waiting import until

SILENCE = Silence()
BUILD_ONE = "from lab.distribution.build import *; from lab.progress import *; import sys, pathlib\n" + (
    "build_programs(['whoami'], Silence(), pathlib.Path(sys.argv[1]))"
)


def leftovers(cache: Path) -> list[str]:
    """What of a build is in the cache besides finished programs, logs and locks."""
    every = [name for _, folders, files in os.walk(cache) for name in folders + files]  # they may be going meanwhile
    return [name for name in every if name == "build" or name.endswith((".partial", ".removed"))]


def test_a_program_is_built_once(go: FakeGo) -> None:
    first = build_programs(["whoami"], SILENCE, go.cache)
    assert build_programs(["whoami"], SILENCE, go.cache) == first
    assert go.calls == ["whoami"]
    assert first["whoami"].read_text() == "the program whoami, C 0\n"
    assert leftovers(go.cache) == []


def test_a_program_with_c_code_gets_a_c_compiler(go: FakeGo) -> None:
    assert build_programs(["runc"], SILENCE, go.cache)["runc"].read_text() == "the program runc, C 1\n"


def test_programs_are_built_in_the_order_of_the_table(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "TOGETHER", 1)
    build_programs(["whoami", "headscale", "pulumi"], SILENCE, go.cache)
    assert go.calls == ["pulumi", "headscale", "whoami"]


def test_k3s_is_built_after_its_parts_and_carries_them(go: FakeGo) -> None:
    files = build_programs(["k3s"], SILENCE, go.cache)
    assert sorted(go.calls[:-1]) == sorted(part.name for part in K3S_PARTS)
    assert go.calls[-1] == "k3s"
    assert list(files) == ["k3s"]
    assert files["k3s"].read_bytes().startswith(b"the program k3s, C 0\n")
    assert files["k3s"].read_bytes().endswith(MARK)


def test_parts_are_not_built_again_when_what_carries_them_is_there() -> None:
    assert needed(["k3s"], {"k3s"}) == []
    parts = {part.name for part in K3S_PARTS}
    assert needed(["k3s"], parts - {"runc"}) == ["runc", "k3s"]


def test_threads_take_turns_with_the_first_of_the_table_first(go: FakeGo) -> None:
    names = ["actionlint", "whoami", "coredns", "headscale"]
    threads = [threading.Thread(target=build_programs, args=[[name], SILENCE, go.cache]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(go.calls) == sorted(names)
    assert leftovers(go.cache) == []


def test_a_failed_build_says_why_and_leaves_only_its_log(go: FakeGo) -> None:
    go.fails_for("whoami")
    build_programs(["pause"], SILENCE, go.cache)
    with pytest.raises(BuildError, match=r"^whoami v1.11: \./main\.go:3:1: undefined: answer$"):
        build_programs(["pause", "whoami"], SILENCE, go.cache)
    assert leftovers(go.cache) == []
    assert [path.name for path in (go.cache / "programs").glob("whoami-*")] == []
    assert [path.name for path in (go.cache / "programs").glob("pause-*/*")] == ["pause"]
    assert "undefined: answer" in (go.cache / "log" / "whoami.log").read_text()


def test_the_report_names_cause_and_log_of_a_failed_build(go: FakeGo) -> None:
    class Remembering(Silence):
        def __init__(self) -> None:
            self.tasks: list[Task] = []

        def ended(self, task: Task) -> None:
            self.tasks.append(task)

    go.fails_for("whoami")
    report = Remembering()
    with pytest.raises(BuildError):
        build_programs(["whoami"], report, go.cache)
    (task,) = report.tasks
    assert task.subject == "whoami v1.11"
    assert task.cause is not None
    assert "undefined: answer" in task.cause
    assert task.log == go.cache / "log" / "whoami.log"


def test_a_failed_build_is_tried_again(go: FakeGo) -> None:
    go.fails_for("whoami")
    with pytest.raises(BuildError):
        build_programs(["whoami"], SILENCE, go.cache)
    go.works_again()
    assert build_programs(["whoami"], SILENCE, go.cache)["whoami"].exists()


def test_stopping_ends_the_running_build_and_those_that_wait(go: FakeGo) -> None:
    markers = [go.hangs_for(name) for name in ("headscale", "pause")]
    errors: list[type[BaseException]] = []

    def build_one(name: str) -> None:
        try:
            build_programs([name], SILENCE, go.cache)
        except StoppedError as error:
            errors.append(type(error))

    threads = [threading.Thread(target=build_one, args=[name]) for name in ("headscale", "pause", "whoami")]
    for thread in threads[:2]:
        thread.start()
    until("both builds begin", lambda: all(marker.read_text() for marker in markers))
    threads[2].start()
    stop_builds()
    for thread in threads:
        thread.join(10)
    assert errors == [StoppedError] * 3
    assert sorted(go.calls) == ["headscale", "pause"]
    assert leftovers(go.cache) == []
    until("both builds end", lambda: not any(Path("/proc", marker.read_text().strip()).exists() for marker in markers))


def test_an_error_is_raised_while_another_build_still_runs(go: FakeGo) -> None:
    marker = go.hangs_for("pause")
    go.fails_for("whoami")
    with pytest.raises(BuildError, match="whoami"):
        build_programs(["pause", "whoami"], SILENCE, go.cache)
    until("the other build begins", marker.read_text)
    assert (go.cache / "build").is_dir()  # the other one's
    stop_builds()
    until("the build is removed", lambda: leftovers(go.cache) == [])


def test_a_killed_builder_takes_its_build_with_it_and_the_next_one_starts_anew(go: FakeGo) -> None:
    marker = go.hangs_for("whoami")
    builder = subprocess.Popen([sys.executable, "-c", BUILD_ONE, go.cache], cwd=REPOSITORY)
    try:
        until("the build begins", marker.read_text)
    finally:
        os.kill(builder.pid, signal.SIGKILL)
        builder.wait()
    until("the build ends", lambda: not Path("/proc", marker.read_text().strip()).exists())
    assert [path.suffix for path in (go.cache / "programs").glob("whoami-*")] == [".partial"]
    go.works_again()
    assert build_programs(["whoami"], SILENCE, go.cache)["whoami"].read_text() == "the program whoami, C 0\n"
    assert leftovers(go.cache) == []


def test_leftovers_go_even_when_nothing_is_to_be_built(go: FakeGo) -> None:
    build_programs(["whoami"], SILENCE, go.cache)
    (go.cache / "build" / "modules").mkdir(parents=True)
    build_programs(["whoami"], SILENCE, go.cache)
    assert leftovers(go.cache) == []


def test_the_command_line_is_the_same_wherever_it_runs(tmp_path: Path) -> None:
    one = GoBuild(PROGRAMS["runc"], tmp_path / "runc", {}, tmp_path / "log")
    assert one.command() == [
        *("go", "build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-pgo=off"),
        *("-tags", "seccomp,netgo,osusergo", "-ldflags", "-s -w -linkmode external -extldflags -static"),
        *("-o", str(tmp_path / "runc"), "github.com/opencontainers/runc"),
    ]


def test_versions_reach_the_program_by_the_linker(tmp_path: Path) -> None:
    command = GoBuild(PROGRAMS["kube"], tmp_path / "kube", {}, tmp_path / "log").command()
    flags = command[command.index("-ldflags") + 1].split()
    assert "-X=k8s.io/component-base/version.gitVersion=v1.36.3+k3s1" in flags
    assert "-X=k8s.io/component-base/version.gitMinor=36" in flags
