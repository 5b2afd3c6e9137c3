"""A host's record survives whoever wrote it."""

from pathlib import Path

import pytest

from lab.hosts import HostError, HostSpec, Rule, list_hosts
from lab.hosts.store import Record, all_records, host_folder, read_record, required_record, write_record
from lab.lab import Lab

SPEC = HostSpec(
    "oracle-1",
    "10.0.0.11",
    "10.0.0.0/24",
    "10.0.0.1",
    public_address="198.51.100.11",
    user_data=b"\x1f\x8b\xff not text",
    authorized_keys=("ssh-ed25519 AAAA",),
    firewall=(Rule("ingress", "tcp", "0.0.0.0/0", (22, 22)), Rule("egress", "icmp", "::/0", icmp_type=128)),
    memory_bytes=6 * 1024**3,
    cpus=0.5,
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab("t", tmp_path)


def test_a_record_is_read_as_it_was_written(lab: Lab) -> None:
    record = Record(SPEC, Path("/image"))
    write_record(lab, record)
    assert read_record(lab, "oracle-1") == record
    assert all_records(lab) == [record]


def test_only_its_owner_reads_it(lab: Lab) -> None:
    write_record(lab, Record(SPEC, Path("/image")))
    assert host_folder(lab, "oracle-1").record.stat().st_mode & 0o777 == 0o600


def test_a_host_that_is_not_there(lab: Lab) -> None:
    assert read_record(lab, "oracle-1") is None
    with pytest.raises(HostError, match=r"host oracle-1: lab t has no such host"):
        required_record(lab, "oracle-1")


def test_a_creation_cut_short_before_its_record_is_no_host(lab: Lab) -> None:
    host_folder(lab, "oracle-1").path.mkdir(parents=True)
    assert list_hosts(lab) == []


def test_a_host_that_was_written_down_but_not_started_is_off(lab: Lab) -> None:
    write_record(lab, Record(SPEC, Path("/image")))
    (state,) = list_hosts(lab)
    assert (state.name, state.running, state.pid, state.since) == ("oracle-1", False, None, None)
    assert (state.private_address, state.public_address) == ("10.0.0.11", "198.51.100.11")


def test_a_recorded_process_that_is_another_one_by_now_does_not_count(lab: Lab) -> None:
    write_record(lab, Record(SPEC, Path("/image")))
    host_folder(lab, "oracle-1").init.write_text("1 12345678901\n")
    assert not list_hosts(lab)[0].running
