"""URLs of databases: what k3s would make of them, and what is told of those that it can't use."""

import pytest

from components.datastore.external.target import Target, endpoint_url, read_url

TCP = "mysql://k3s:hunter2@tcp(db.example:3306)/k3s"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (TCP, Target("mysql", (("db.example", 3306),), "k3s", "hunter2", "k3s")),
        ("mysql://a:p@s:w/o?%40@tcp(10.1.2.3)/d-1", Target("mysql", (("10.1.2.3", 3306),), "a", "p@s:w/o?%40", "d-1")),
        ("postgres://a:p%40ss@db.example/k3s", Target("postgres", (("db.example", 5432),), "a", "p@ss", "k3s")),
        ("postgres://a:b@[2001:db8::5]:6432/k3s", Target("postgres", (("2001:db8::5", 6432),), "a", "b", "k3s")),
        ("https://a.example:2379,https://b.example/", Target("etcd", (("a.example", 2379), ("b.example", 2379)))),
    ],
)  # fmt: skip
def test_is_read_as_k3s_reads_it(url: str, target: Target) -> None:
    assert read_url(url) == target


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mariadb://k3s:hunter2@tcp(db.example)/k3s", "Begin with mysql:// (MariaDB, too), postgres:// or https://"),
        ("http://a.example:2379", "Begin with mysql://"),
        ("mysql://k3s:hunter2@db.example:3306/k3s", "Write mysql://USER:PASSWORD@tcp(HOST:3306)/DATABASE."),
        ("mysql://k3s:hunter2@tcp(db.example:3306)/", "is not complete"),
        ("mysql://k3s@tcp(db.example:3306)/k3s", "is not complete"),
        ("mysql://k3s:hunter2@unix(/run/db.sock)/k3s", "is not complete"),
        ("postgres://k3s:hunter2/@db.example/k3s", "with % and two digits"),
        ("postgres://k3s:hunter2@db.example/K3S", "is not complete"),
        ("https://a.example:2379,http://b.example:2379", "is not complete"),
        (f"{TCP}?tls=skip-verify", "has options after a ?"),
        ("postgres://k3s:hunter2@db.example/k3s?sslmode=disable", "has options after a ?"),
        ("mysql://k3s:hun'ter2@tcp(db.example:3306)/k3s", "has a blank, a quote"),
        ("mysql://k3s:hunter2 @tcp(db.example:3306)/k3s", "has a blank, a quote"),
        ("mysql://k3s:hunter2@tcp(127.0.0.1:3306)/k3s", "names the host itself"),
        ("postgres://k3s:hunter2@LOCALHOST/k3s", "names the host itself"),
        ("mysql://k3s:hunter2@tcp(db.example:99999)/k3s", "has a port that does not exist"),
    ],
)
def test_others_are_refused_without_their_password(url: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 # its text is compared below
        read_url(url)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_people_see_neither_user_nor_password() -> None:
    assert read_url(TCP).words == "MySQL at db.example:3306, database k3s"
    assert read_url("https://[2001:db8::5]:2379").words == "etcd at [2001:db8::5]:2379"


@pytest.mark.parametrize(
    ("url", "has_files", "option"),
    [
        (TCP, False, "?tls=true"),
        (TCP, True, ""),
        ("postgres://a:b@db.example/k3s", False, "?sslmode=verify-full"),
        ("postgres://a:b@db.example/k3s", True, "?sslmode=verify-full"),
        ("https://a.example:2379", True, ""),
    ],
)
def test_k3s_always_verifies_the_certificate(url: str, has_files: bool, option: str) -> None:
    assert endpoint_url(url, has_files=has_files) == url + option
