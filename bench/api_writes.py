"""How much longer a write to the cluster takes where the database's writer is another host's.

Each server's own API is asked, in turns, so that whatever else the computer does counts for all alike.
"""

import json
from statistics import median

from bench.chart import Bar, draw
from bench.running import NAMESPACE, Running, namespace, parser, running

COUNT, ROUNDS = 40, 5


def measure(lab: Running) -> dict[str, float]:
    """Median seconds of a write by each server's API."""
    servers = lab.with_role("server")
    taken: dict[str, list[float]] = {server: [] for server in servers}
    for number in range(ROUNDS):
        for server in servers:
            said = lab.run(server, "write.py", NAMESPACE, f"{server}-{number}", str(COUNT))
            taken[server] += json.loads(said)
    return {server: median(each) for server, each in taken.items()}


def main() -> None:
    """Measure, print, draw."""
    options = parser(__doc__ or "").parse_args()
    lab = running(options.name, options.stack)
    writer = lab.writer()
    with namespace(lab):
        seconds = measure(lab)
    here = seconds[writer]
    bars = []
    for server in sorted(seconds, key=lambda name: name != writer):
        ratio = seconds[server] / here
        where = "writer on this host" if server == writer else "writer on another host"
        bars.append(Bar(f"{server}, {where}", ratio, f"{ratio:.2f}  ({seconds[server] * 1000:.1f} ms)"))
        print(f"{bars[-1].name}: {bars[-1].said}")
    note = f"median of {COUNT * ROUNDS} changes of a ConfigMap, as a ratio; Galera, {len(seconds)} servers"
    print(draw("api_writes", "A write through the API, by the server that is asked", bars, note))


if __name__ == "__main__":
    main()
