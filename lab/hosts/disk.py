"""Prepares a host's file system for its first boot: the image, with the files that a cloud adds."""

import json
from dataclasses import dataclass
from pathlib import Path

from lab.hosts.store import Folder, Record
from lab.lab import DNS_ADDRESS

PLAIN_FOLDERS = ("containerd", "etcd", "kubelet", "mysql", "rancher")
"""Folders of /var/lib on the machine's own file system: overlays can't be nested, and databases sync often."""
_SEED = Path("var/lib/cloud/seed/nocloud")


@dataclass(frozen=True)
class _File:
    path: Path
    content: bytes
    mode: int = 0o644


def prepare_disk(folder: Folder, record: Record) -> None:
    """Prepares the host's folder for its first boot. May run again before that boot, but never after it."""
    for name in ("upper", "work", "root", *(f"plain/{name}" for name in PLAIN_FOLDERS)):
        (folder.path / name).mkdir(parents=True, exist_ok=True)
    image = folder.path / "image"
    image.unlink(missing_ok=True)
    image.symlink_to(record.image)
    # Folders that are also in the image get their owner and mode from here.
    for directory in [*_SEED.parents][:-1]:
        (folder.upper / directory).mkdir(parents=True, exist_ok=True)
        (folder.upper / directory).chmod(0o755)
    (folder.upper / _SEED).mkdir(exist_ok=True)
    (folder.upper / "etc").mkdir(exist_ok=True)
    for file in _files(record):
        target = folder.upper / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(mode=file.mode)
        target.write_bytes(file.content)
    for script in ("supervise.sh", "boot.sh", "plug.sh"):
        # A copy: a shell reads its script while it runs, so the original may be edited.
        (folder.path / script).write_bytes(Path(__file__).with_name(script).read_bytes())


def _files(record: Record) -> list[_File]:
    name = record.spec.name
    meta_data = {
        "instance-id": record.spec.instance_id or name,
        "local-hostname": name,
        "public-keys": list(record.spec.authorized_keys),
    }
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n"
    return [
        _File(Path("etc/hostname"), f"{name}\n".encode()),
        _File(Path("etc/hosts"), hosts.encode()),
        _File(Path("etc/resolv.conf"), f"nameserver {DNS_ADDRESS}\n".encode()),
        *(_File(Path(path.lstrip("/")), text.encode()) for path, text in record.spec.files),
        # JSON is YAML too.
        _File(_SEED / "meta-data", json.dumps(meta_data).encode(), 0o600),
        _File(_SEED / "user-data", record.spec.user_data or b"#cloud-config\n{}\n", 0o600),
    ]
