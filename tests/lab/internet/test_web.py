"""The lab's web servers: files as they are, a registry's pages, and patience with what is still being built."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from lab.distribution.images import MANIFEST_TYPE
from lab.internet.web import FolderServer

Serve = Callable[..., httpx.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server for a folder; gives a client for it."""
    with ExitStack() as ending:

        def start(
            folder: Path, expects_more: Callable[[], bool] = lambda: False, patience: float = 10.0
        ) -> httpx.Client:
            server = FolderServer(("127.0.0.1", 0), folder, expects_more, patience)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            ending.callback(server.server_close)
            ending.callback(server.shutdown)
            client = httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False, timeout=20)
            return ending.enter_context(client)

        yield start


def test_a_file_is_served_under_its_quoted_name(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "v1.36.3+k3s1").mkdir()
    (tmp_path / "v1.36.3+k3s1" / "k3s").write_bytes(b"program")
    assert serve(tmp_path).get("/v1.36.3%2Bk3s1/k3s").content == b"program"


def test_a_missing_file_is_missing_at_once(tmp_path: Path, serve: Serve) -> None:
    assert serve(tmp_path).get("/InRelease").status_code == 404


def test_folders_are_not_listed(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "folder").mkdir()
    assert serve(tmp_path).get("/folder/").status_code == 404


def test_nothing_outside_of_the_folder_is_served(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "secret").write_text("key")
    (tmp_path / "site").mkdir()
    assert serve(tmp_path / "site").get("/%2e%2e/secret").status_code == 404


def test_manifests_have_the_type_that_containerd_wants(tmp_path: Path, serve: Serve) -> None:
    manifests = tmp_path / "v2" / "rancher" / "pause" / "manifests"
    manifests.mkdir(parents=True)
    (manifests / "3.6").write_text("{}")
    client = serve(tmp_path)
    assert client.head("/v2/rancher/pause/manifests/3.6").headers["Content-Type"] == MANIFEST_TYPE
    assert client.get("/v2/").status_code == 200


def test_a_file_that_is_being_built_is_waited_for(tmp_path: Path, serve: Serve) -> None:
    building = threading.Event()
    building.set()

    def build() -> None:
        time.sleep(0.2)
        (tmp_path / "k3s").write_bytes(b"program")
        building.clear()

    client = serve(tmp_path, building.is_set)
    threading.Thread(target=build).start()
    assert client.get("/k3s").content == b"program"


def test_a_build_that_stops_ends_the_wait(tmp_path: Path, serve: Serve) -> None:
    building = threading.Event()
    building.set()
    threading.Timer(0.2, building.clear).start()
    assert serve(tmp_path, building.is_set).get("/k3s").status_code == 404


def test_a_wait_is_bounded(tmp_path: Path, serve: Serve) -> None:
    assert serve(tmp_path, lambda: True, 0.1).get("/k3s").status_code == 503


def test_a_site_that_is_linked_later_is_found(tmp_path: Path, serve: Serve) -> None:
    client = serve(tmp_path / "site")
    (tmp_path / "cached").mkdir()
    (tmp_path / "cached" / "Packages").write_text("list")
    (tmp_path / "site").symlink_to(tmp_path / "cached")
    assert client.get("/Packages").text == "list"
