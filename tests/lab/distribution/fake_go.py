"""A Go that builds at once, so that the builder's own behaviour can be tested: order, wholeness, and what stays."""

from dataclasses import dataclass
from pathlib import Path

# FAKE_GO: a folder. calls: what was built, in order. fail: programs that don't build. slow: programs that never end.
_GO = """#!/bin/sh
if [ "$1" = env ]; then
  echo '{"GOVERSION": "go1.26.8", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64"}'
  exit
fi
while [ "$1" != -o ]; do shift; done
name=$(basename "$2")
echo "$name" >>"$FAKE_GO/calls"
echo "go: downloading example.test/module v1.0.0"
echo "example.test/module/package"
mkdir -p "$GOCACHE" "$GOMODCACHE"
echo half >"$2"
if [ -e "$FAKE_GO/slow/$name" ]; then echo $$ >"$FAKE_GO/slow/$name"; exec sleep 60; fi
if [ -e "$FAKE_GO/fail/$name" ]; then
  for other in "$FAKE_GO"/slow/*; do # it fails while they are under way, not before they have begun
    tries=0
    while [ -e "$other" ] && [ ! -s "$other" ] && [ "$tries" -lt 500 ]; do
      sleep 0.01
      tries=$((tries + 1))
    done
  done
  echo "# example.test/module"
  echo "./main.go:3:1: undefined: answer"
  exit 1
fi
if [ -e "$FAKE_GO/program" ]; then cp "$FAKE_GO/program" "$2"; else echo "the program $name, C $CGO_ENABLED" >"$2"; fi
chmod 755 "$2"
"""


@dataclass(frozen=True)
class FakeGo:
    """The folder that the Go on PATH is told what to do by, and a cache to build into."""

    folder: Path
    cache: Path

    @property
    def calls(self) -> list[str]:
        """Names of the programs that were built so far."""
        record = self.folder / "calls"
        return record.read_text().split() if record.exists() else []

    def builds(self, program: bytes) -> None:
        """From now on every program is these bytes."""
        (self.folder / "program").write_bytes(program)

    def fails_for(self, name: str) -> None:
        """From now on this program does not build."""
        (self.folder / "fail" / name).touch()

    def hangs_for(self, name: str) -> Path:
        """From now on building this program does not end; the file says its process once it has started."""
        marker = self.folder / "slow" / name
        marker.touch()
        return marker

    def works_again(self) -> None:
        """Nothing fails or hangs any more."""
        for marker in (*(self.folder / "slow").iterdir(), *(self.folder / "fail").iterdir()):
            marker.unlink()


def install(folder: Path, cache: Path) -> FakeGo:
    """Puts the fake into `folder`/bin, to be put in front of PATH."""
    for name in ("bin", "fail", "slow"):
        (folder / name).mkdir(parents=True)
    script = folder / "bin" / "go"
    script.write_text(_GO)
    script.chmod(0o755)
    return FakeGo(folder, cache)
