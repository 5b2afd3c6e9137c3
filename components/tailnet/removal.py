"""Takes a host's device out of the tailnet when the host goes: it would stay, and no published resource does that."""

from pathlib import Path

import pulumi
from pulumi_command import local

PROGRAM = Path(__file__).parent / "remove_device.py"

# The tailscale provider's settings, and the environment that says the same where they are not given.
SETTINGS = {
    "apiKey": "TAILSCALE_API_KEY",
    "oauthClientId": "TAILSCALE_OAUTH_CLIENT_ID",
    "oauthClientSecret": "TAILSCALE_OAUTH_CLIENT_SECRET",
    "baseUrl": "TAILSCALE_BASE_URL",
    "tailnet": "TAILSCALE_TAILNET",
}


class Removal(local.Command):
    """Does nothing until it is deleted; then a program runs on the computer that runs Pulumi, with its environment.

    What is to be gone before the device is must depend on this.
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
            opts=opts,
        )
