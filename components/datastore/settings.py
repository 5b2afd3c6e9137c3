"""Settings that every kind of datastore has."""

from components.settings.part import Part


class DatastoreSettings(Part):
    """Members are the hosts with the role `database`, in the order of their names."""

    kind: str
    """A kind of the registry."""

    @property
    def further_hosts(self) -> frozenset[str]:
        """Names of hosts without the role `database` that the datastore uses, too."""
        return frozenset()
