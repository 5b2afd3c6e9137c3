"""The stand-in for the `azure-native` provider: groups, networks, disks and machines. Machines are lab hosts."""
