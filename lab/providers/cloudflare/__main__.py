"""Starts the cloudflare stand-in as Pulumi's plugin, for the lab that the environment names."""

from lab.lab import lab_from_environment
from lab.providers.cloudflare.account import account_folder
from lab.providers.cloudflare.provider import CloudflareProvider
from lab.providers.server import serve

if __name__ == "__main__":
    lab = lab_from_environment()
    serve("cloudflare", lambda log: CloudflareProvider(account_folder(lab)))
