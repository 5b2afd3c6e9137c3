"""The stand-in for the `azure-native` provider: Azure's groups, networks, disks and machines, which are lab hosts."""
