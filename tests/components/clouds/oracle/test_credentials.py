"""What Oracle's provider can log in with, and what is said when it can't."""

from pathlib import Path

import pytest

from components.clouds.oracle.credentials import missing
from tests.components.credentials.computer import sources

KEY = {"tenancyOcid": "t", "userOcid": "u", "fingerprint": "f", "privateKey": "k", "region": "r"}


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({f"oci:{name}": value for name, value in KEY.items()}, {}),
        ({}, {"TF_VAR_tenancy_ocid": "t", "TF_VAR_user_ocid": "u", "TF_VAR_fingerprint": "f", "TF_VAR_region": "r"}
         | {"TF_VAR_private_key_path": "/key.pem"}),
        ({"oci:region": "r"}, {"OCI_TENANCY_OCID": "t", "OCI_USER_OCID": "u", "OCI_FINGERPRINT": "f"}
         | {"OCI_PRIVATE_KEY": "k"}),
        ({"oci:auth": "InstancePrincipal", "oci:region": "r"}, {}),
        ({"oci:region": "r"}, {"OCI_AUTH": "ResourcePrincipal"}),
    ],
)  # fmt: skip
def test_oracle_takes(settings: dict[str, str], environment: dict[str, str]) -> None:
    assert missing(sources(settings, environment)) is None


def profile(home: Path, text: str) -> Path:
    """A home with a profile of Oracle's tools."""
    (home / ".oci").mkdir()
    (home / ".oci" / "config").write_text(text)
    return home


PROFILE = "tenancy=t\nuser=u\nfingerprint=f\nkey_file=~/key.pem\nregion=r\n"


def test_oracle_takes_a_profile(tmp_path: Path) -> None:
    home = profile(tmp_path, f"[DEFAULT]\n{PROFILE}")
    assert missing(sources(home=home)) is None


def test_oracle_takes_the_profile_that_is_named(tmp_path: Path) -> None:
    home = profile(tmp_path, f"[mine]\n{PROFILE}")
    assert missing(sources({"oci:configFileProfile": "mine"}, home=home)) is None
    assert missing(sources({}, {"TF_VAR_config_file_profile": "mine"}, home)) is None
    assert missing(sources(home=home)) is not None
    assert missing(sources({"oci:configFileProfile": "other"}, home=home)) is not None


def test_oracle_takes_each_value_from_where_it_is(tmp_path: Path) -> None:
    home = profile(tmp_path, "[DEFAULT]\ntenancy=t\nuser=u\nregion=r\n")
    assert missing(sources({"oci:fingerprint": "f"}, {"OCI_PRIVATE_KEY": "k"}, home)) is None


def test_a_profile_that_is_none_is_as_good_as_missing(tmp_path: Path) -> None:
    assert missing(sources(home=profile(tmp_path, "tenancy without a section"))) is not None


def test_oracle_names_what_is_missing() -> None:
    assert missing(sources({"oci:region": "r", "oci:userOcid": "u"})) == (
        "lacks oci:tenancyOcid, oci:fingerprint and oci:privateKey, and ~/.oci/config has none."
        " Set them by `pulumi config set --secret`"
    )
