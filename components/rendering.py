"""The text of a step's command. Every login shell can run it, and people can read it in a diff.

    sudo sh -c '…' 30m oracle-1 k3s-binary-oracle-1 /usr/local/lib/tailnet-k3s/step-1.sh \\
    'NAME=k3s' \\
    'URL=https://…' \\
    -- \\
    'checksum_in "$CHECKSUM_URL" "$NAME"'

Each line of a value and of the script is one word. sh, bash, zsh, fish and csh read such words alike (tested).
The command passes them to a file on the host: `prelude.sh`, `marks.sh` and `step.sh` in one. An earlier step writes it.
"""

import base64
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

PRELUDE = Path(__file__).parent / "prelude.sh"
MARKS = PRELUDE.with_name("marks.sh")
MARKS_FOLDER = "/var/lib/tailnet-k3s/steps"
STACK_FILE = "/var/lib/tailnet-k3s/stack"
"""A file on each host with the name of the stack that the marks belong to."""
RUNNER = PRELUDE.with_name("step.sh")
VERBS = 1
"""Version of the verbs. Raise it when every step must run again with the new verbs: it is in each step's command."""
FOLDER = "/usr/local/lib/tailnet-k3s"
FILE = f"{FOLDER}/step-{VERBS}.sh"
"""Path of the verbs on a host. Files of older versions stay: cleanup steps in the state may name them."""
RERUN_REASON = "BECAUSE"
"""Name of the value with the reason why a step runs again although its settings did not change."""
UNDOES = "UNDOES"
"""Name of a cleanup step's value with the steps that it undoes."""
SECRETS = "SECRETS"
"""Name of the value with the names of a step's secrets, in their order on stdin."""

# Runs as root. $0 is the time limit. The arguments are host, step, the file and its words.
RUN = (
    '[ -r "$3" ] || { echo "$1 $2: $3 is not on this host. Run up again: it looks at the host and puts it there" >&2'
    '; exit 1; }; exec timeout -k 1m "$0" bash "$3" "$@"'
)
# $0 is the host, $1 the step.
ALONE = 'eval "$(printf "%s\\n" "${@:2}")"'
PUT = (
    '{ umask 022 && mkdir -p "${2%/*}" "$3" && printf "%s\\n" "${@:7}" >"$2.new" && sync "$2.new" && mv "$2.new" "$2"'
    ' && printf "%s\\n" "$5" >"$4.new" && mv "$4.new" "$4"'
    ' && read -r run </proc/sys/kernel/random/uuid && sum=$(sha256sum <"$2") && owner=$(sha256sum <"$4")'
    ' && printf "%s done\\n" "$run" >"$3/$1.new"'
    ' && printf "file\\t%s\\troot:root 644 %s\\n" "$2" "${sum%% *}" "$4" "${owner%% *}" >>"$3/$1.new"'
    ' && mv "$3/$1.new" "$3/$1"; }'
    ' || { echo "$0 $1: can not write $2. Is the disk full or read-only?" >&2; exit 1; }'
)
REMOVE = (
    '{ rm -rf "$2" "$3" "$4" && { rmdir "${3%/*}" 2>/dev/null || true; }; }'
    ' || { echo "$0 $1: can not remove $2. Is the disk read-only?" >&2; exit 1; }'
)

# sudo reads the first line of stdin only. If it asks for no password, the script must not get the password line.
ASKING = (
    "IFS= read -r password"
    '; if sudo -kn true 2>/dev/null; then exec sudo "$@"; fi'
    '; if printf "%s\\n" "$password" | sudo -kS -p "" true 2>/dev/null'
    '; then { printf "%s\\n" "$password"; cat; } | sudo -kS -p "" "$@"; exit; fi'
    '; echo "$0: sudo refuses the password in the settings of this user, or the user may not use sudo" >&2'
    "; exit 1"
)

PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class StepTarget:
    """The host and step of a command, and the user who logs in to run it."""

    host: str
    step: str
    user: str
    """User who logs in. `root` needs no sudo."""
    asks_password: bool = False
    """Whether sudo asks for a password. If so, it is the first line of stdin."""


def run(
    target: StepTarget, script: str, values: Mapping[str, str], secrets: Collection[str] = (), minutes: int = 30
) -> str:
    """A command that runs the script as root with its variables. It ends the script after `minutes`."""
    return _command(
        target, ["sh", "-c", RUN, f"{minutes}m", target.host, target.step, FILE], words(script, values, secrets)
    )


def run_alone(target: StepTarget, script: str) -> str:
    """A command that runs a script that needs no verbs, for a minute at most. The script gets stdin as it is."""
    start = ["timeout", "-k", "1m", "1m", "bash", "-c", ALONE, target.host, target.step]
    return _command(target, start, script.rstrip("\n").split("\n"))


def inspect(target: StepTarget) -> str:
    """A command that runs a Python program from stdin as root."""
    return _command(target, ["python3", "-"], [])


def rerun_reason(command: str) -> str:
    """Why the look made this step run again. Empty: it ran because it was new or its settings changed."""
    return value_in(command, RERUN_REASON)


def leaves_mark(command: str) -> bool:
    """Whether the step records on its host that it was done. Steps of old program versions do not."""
    return FILE in command.partition("\n")[0]


def value_in(command: str, name: str) -> str:
    """The value of that name in the command, if the value has one line. Empty: there is none."""
    start = f"'{name}="
    line = next((line for line in command.splitlines() if line.startswith(start)), None)
    return "" if line is None else unquote(line.removesuffix(" \\"))[len(name) + 1 :]


def put(target: StepTarget, stack: str, why: str = "") -> str:
    """A command that writes the verbs to the host: the whole file, or nothing. `why` is the value RERUN_REASON.

    It also writes the name of the stack that the host belongs to. Then another stack leaves the host alone.
    """
    lines = [stack, f"{RERUN_REASON}={why}", *verbs().splitlines()]
    return _command(target, ["bash", "-c", PUT, target.host, target.step, FILE, MARKS_FOLDER, STACK_FILE], lines)


def remove(target: StepTarget) -> str:
    """A command that removes the verbs of all versions from the host."""
    return _command(target, ["bash", "-c", REMOVE, target.host, target.step, FOLDER, MARKS_FOLDER, STACK_FILE], [])


def verbs() -> str:
    """The text of the file. Its arguments are host, step, its own path and `words`."""
    return "\n".join(part.read_text() for part in (PRELUDE, MARKS, RUNNER))


def words(script: str, values: Mapping[str, str], secrets: Collection[str] = ()) -> list[str]:
    """Arguments for the file: NAME=VALUE sorted by name, a bar before each further line of a value; then the script."""
    named = {**values, SECRETS: " ".join(sorted(secrets))} if secrets else values
    texts = (f"{name}={value}" for name, value in sorted(named.items()))
    lines = [line for text in texts for line in text.replace("\n", "\n|").split("\n")]
    return [*lines, "--", *script.rstrip("\n").split("\n")]


def render_secrets(secrets: Mapping[str, str]) -> str:
    """The stdin of a step with secrets: lines of NAME=base64, sorted by name."""
    return "".join(f"{name}={base64.b64encode(value.encode()).decode()}\n" for name, value in sorted(secrets.items()))


def assignments(values: Mapping[str, str]) -> str:
    """Assignments of shell variables: one a line, sorted by name, values quoted for bash."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def _command(target: StepTarget, words: list[str], lines: list[str]) -> str:
    as_root = [] if target.user == "root" else ["sudo"]
    if as_root and target.asks_password:
        as_root = ["sh", "-c", ASKING, f"{target.host} {target.step}"]
    first = " ".join(word if PLAIN.fullmatch(word) else quote(word) for word in (*as_root, *words))
    return " \\\n".join((first, *("--" if line == "--" else quote(line) for line in lines))) + "\n"


def unquote(word: str) -> str:
    """Undoes `quote`."""
    return re.sub(r"'\\(.)'", r"\1", word[1:-1])


def quote(line: str) -> str:
    """One word for sh, bash, zsh, fish and csh, whatever is in the line.

    Between single quotes, csh gives a meaning to exclamation marks, and fish to a backslash before one of these signs.
    """
    return "'" + re.sub(r"\\(?=[\\'!]|$)|['!]", lambda sign: f"'\\{sign[0]}'", line) + "'"
