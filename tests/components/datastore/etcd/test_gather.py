"""What etcd's part of the look's script finds in a host's files."""

from pathlib import Path

import pytest

from components.datastore.etcd.gather import etcd
from tests.look.root import root_in

STATUS = """\
Package: etcd-client
Status: install ok installed
Version: 3.4.23-4+b4

Package: etcd-server
Status: install ok installed
Version: 3.4.23-4+b4
"""


def test_packages_are_those_with_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = root_in(tmp_path, monkeypatch)
    assert etcd() == {"packages": {}}
    root.write(**{"/var/lib/dpkg/status": STATUS})
    assert etcd() == {"packages": {"etcd-server": "3.4.23-4+b4"}}
