"""Starts the azure-native stand-in as Pulumi's plugin, for the lab that the environment names."""

from lab.lab import lab_from_environment
from lab.providers.azure_native.provider import FOLDER, AzureProvider
from lab.providers.machines import LabMachines
from lab.providers.server import serve

if __name__ == "__main__":
    lab = lab_from_environment()
    serve("azure-native", lambda log: AzureProvider(lab.root / FOLDER, LabMachines(lab)))
