"""What a cloud puts into a host before its first start."""

import json
from pathlib import Path

import pytest

from lab.hosts import HostSpec
from lab.hosts.disk import PLAIN_FOLDERS, prepare_disk
from lab.hosts.store import Folder, Record

SPEC = HostSpec("oracle-1", "10.0.0.11", "10.0.0.0/24", "10.0.0.1", user_data=b"#cloud-config\n{}\n", instance_id="i-1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "oracle-1")
    prepare_disk(folder, Record(SPEC, Path("/the/image")))
    return folder


def test_user_data_and_meta_data_lie_where_cloud_init_looks(folder: Folder) -> None:
    seed = folder.upper / "var/lib/cloud/seed/nocloud"
    assert (seed / "user-data").read_bytes() == SPEC.user_data
    assert json.loads((seed / "meta-data").read_text())["instance-id"] == "i-1"
    assert json.loads((seed / "meta-data").read_text())["local-hostname"] == "oracle-1"


def test_only_root_reads_user_data(folder: Folder) -> None:
    assert (folder.upper / "var/lib/cloud/seed/nocloud/user-data").stat().st_mode & 0o777 == 0o600


def test_everyone_may_enter_the_folders_above_it(folder: Folder) -> None:
    assert (folder.upper / "var/lib").stat().st_mode & 0o777 == 0o755
    assert folder.upper.stat().st_mode & 0o777 == 0o755


def test_the_host_knows_its_own_name_and_the_clouds_dns(folder: Folder) -> None:
    assert "127.0.1.1 oracle-1\n" in (folder.upper / "etc/hosts").read_text()
    assert (folder.upper / "etc/hostname").read_text() == "oracle-1\n"
    assert (folder.upper / "etc/resolv.conf").read_text() == "nameserver 203.0.113.3\n"


def test_databases_and_containers_get_plain_folders(folder: Folder) -> None:
    assert all((folder.path / "plain" / name).is_dir() for name in PLAIN_FOLDERS)


def test_the_supervisor_runs_from_a_copy(folder: Folder) -> None:
    assert (folder.path / "supervise.sh").read_text().startswith("#!/bin/bash")
    assert not (folder.path / "boot.sh").is_symlink()


def test_preparing_again_after_an_interruption_gives_the_same(folder: Folder) -> None:
    prepare_disk(folder, Record(SPEC, Path("/the/image")))
    assert (folder.path / "image").readlink() == Path("/the/image")
