"""A language host that starts plugins as the published `pulumi-language-python` does. Run as one, from PATH.

Read in its source (3.245, RunPlugin and the toolchain of pip): the option virtualenv of PulumiPolicy.yaml is a folder,
from the pack; its bin/python runs the pack's folder. Without the option, the first python3 of PATH does.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """The part of the protocol that policy packs need."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="3.245.0")

    def RunPlugin(self, request: Any, _context: Any) -> Iterator[Any]:  # noqa: N802
        options = dict(request.info.options)
        python, environment = "python3", dict(os.environ)
        if virtualenv := options.get("virtualenv"):
            folder = Path(request.info.root_directory, virtualenv)
            python = str(folder / "bin" / "python")
            environment |= {"VIRTUAL_ENV": str(folder), "PATH": f"{folder}/bin:{environment['PATH']}"}
        environment |= dict(line.split("=", 1) for line in request.env)
        plugin = subprocess.Popen(
            [python, request.info.program_directory, *request.args],
            cwd=request.pwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert plugin.stdout
        try:
            for line in plugin.stdout:
                yield language_pb2.RunPluginResponse(stdout=line)
            yield language_pb2.RunPluginResponse(exitcode=plugin.wait())
        finally:
            plugin.kill()


def main() -> None:
    """Serve until the engine ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor())
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(), server)
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    sys.stdout.flush()
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
