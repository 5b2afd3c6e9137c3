"""The check of a whole stack: a line for each provider that it uses, and none for others."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from components.credentials.check import missing_credentials
from components.credentials.sources import Sources
from components.settings.errors import SettingsError
from components.settings.load import Settings
from tests.engine import run
from tests.settings.files import BASE, HERE, changes
from tests.stack import CREDENTIALS, ROOT, configure, overlaid

ALL_CLOUDS = overlaid(BASE, changes((HERE / "good" / "all-clouds.yaml").read_text()))
AT_THE_EDGE = overlaid(
    BASE, {"hosts": {"oracle-1": {"roles": ["server", "database", "ingress"]}}, "edge": {"domain": "example.org"}}
)


def missing(values: dict[str, Any], sources: Sources) -> dict[str, str]:
    """What is said, by provider."""
    settings = Settings.check(values, "Pulumi.dev.yaml")
    return {finding.key: finding.message for finding in missing_credentials(settings.hosts, settings.edge, sources)}


def bare(**environment: str) -> Sources:
    """A computer that nobody has logged in on."""
    return Sources(lambda *_: None, environment, Path("/nonexistent"))


@pytest.mark.parametrize(
    ("settings", "providers"),
    [
        (BASE, ["oci", "tailscale"]),
        (AT_THE_EDGE, ["oci", "cloudflare", "tailscale"]),
        (ALL_CLOUDS, ["oci", "azure-native", "cloudflare", "tailscale"]),
    ],
)
def test_every_provider_that_the_stack_uses_is_asked_for(settings: dict[str, Any], providers: list[str]) -> None:
    assert list(missing(settings, bare())) == providers


def test_a_missing_credential_is_one_line_that_says_what_to_do() -> None:
    assert missing(AT_THE_EDGE, bare())["cloudflare"] == (
        "lacks cloudflare:apiToken. Set it by `pulumi config set --secret`, or CLOUDFLARE_API_TOKEN;"
        " see docs/credentials.md#cloudflare."
    )


def test_a_stack_that_can_log_in_everywhere_is_taken() -> None:
    oracle = {"TF_VAR_tenancy_ocid": "t", "TF_VAR_user_ocid": "u", "TF_VAR_fingerprint": "f", "TF_VAR_region": "r"}
    azure = {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_SUBSCRIPTION_ID": "s", "ARM_CLIENT_SECRET": "x"}
    others = {"TF_VAR_private_key": "k", "CLOUDFLARE_API_TOKEN": "x", "TAILSCALE_API_KEY": "x"}
    assert missing(ALL_CLOUDS, bare(**oracle, **azure, **others)) == {}


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The computer that runs this test, as if nobody had logged in anywhere."""
    for variable in os.environ:
        if variable.startswith(("TF_VAR_", "OCI_", "ARM_", "AZURE_", "ACTIONS_", "CLOUDFLARE_", "TAILSCALE_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))


def loaded(config: dict[str, str]) -> None:
    """As the program does it, in the dev stack."""

    def program() -> None:
        configure(ALL_CLOUDS, config)
        Settings.load()

    run(program, stack="dev")


@pytest.mark.usefixtures("nobody")
def test_a_preview_without_credentials_ends_with_a_line_for_each() -> None:
    with pytest.raises(SettingsError) as refused:
        loaded({})
    title, *lines = str(refused.value).splitlines()
    assert title == "Pulumi.dev.yaml has 4 errors; nothing was changed."
    assert [line.split()[:2] for line in lines] == [
        [provider, "lacks"] for provider in ("oci", "azure-native", "cloudflare", "tailscale")
    ]


@pytest.mark.usefixtures("nobody")
def test_a_preview_with_credentials_goes_on() -> None:
    loaded(CREDENTIALS)


def test_the_page_that_errors_name_has_a_section_for_each() -> None:
    page = (ROOT / "docs" / "credentials.md").read_text()
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert {"oci", "azure-native", "cloudflare", "tailscale"} <= set(headings)


def test_azures_role_has_the_right_to_ask_whether_a_deletion_is_done() -> None:
    page = (ROOT / "docs" / "credentials.md").read_text()
    role = json.loads(page[page.index("       {\n") : page.index("       }\n") + len("       }\n")])
    assert "Microsoft.Resources/subscriptions/operationresults/read" in role["Actions"]
