"""Starts the oci stand-in as Pulumi's plugin, for the lab that the environment names."""

from lab.lab import lab_from_environment
from lab.providers.machines import LabMachines
from lab.providers.oci.provider import FOLDER, OciProvider
from lab.providers.server import serve

if __name__ == "__main__":
    lab = lab_from_environment()
    serve("oci", lambda log: OciProvider(lab.root / FOLDER, LabMachines(lab)))
