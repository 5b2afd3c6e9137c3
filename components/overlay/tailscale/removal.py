"""Removes a host's device from the tailnet when the host is deleted. No published Pulumi resource does this."""

from pathlib import Path

import pulumi
from pulumi_command import local

PROGRAM = Path(__file__).parent / "remove_device.py"

# Settings of the tailscale provider, and the environment variable for each. The state keeps them until the device is
# removed. `identityToken` is missing: it would have expired by then.
SETTINGS = {
    "apiKey": "TAILSCALE_API_KEY",
    "oauthClientId": "TAILSCALE_OAUTH_CLIENT_ID",
    "oauthClientSecret": "TAILSCALE_OAUTH_CLIENT_SECRET",
    "audience": "TAILSCALE_AUDIENCE",
    "identityTokenEnvironmentVariableName": "TAILSCALE_IDENTITY_TOKEN_ENVIRONMENT_VARIABLE_NAME",
    "baseUrl": "TAILSCALE_BASE_URL",
    "tailnet": "TAILSCALE_TAILNET",
}


class Removal(local.Command):
    """On delete, runs a program on the computer that runs Pulumi, with its environment. Does nothing before.

    Resources that must be deleted before the device must depend on this.
    """

    def __init__(self, name: str, hostname: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        config = pulumi.Config("tailscale")
        given = {variable: config.get_secret(key) for key, variable in SETTINGS.items()}
        program = PROGRAM.read_text()
        super().__init__(
            name,
            delete=pulumi.Output.concat("python3 - ", hostname, f" <<'END_OF_PROGRAM'\n{program}END_OF_PROGRAM\n"),
            environment={variable: value for variable, value in given.items() if value is not None} or None,
            add_previous_output_in_env=False,
            logging=local.Logging.NONE,
            # Another device is another removal. The earlier one runs when everything else of this `up` is done.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(replacement_trigger=hostname)),
        )
