"""The credentials that Oracle's provider accepts, as of oci 5.5: an API key or a principal."""

from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as UnreadableError

from components.credentials.sources import Sources, listed

SECRETS = ("privateKey", "privateKeyPassword", "tokenExchangeClientSecret")
"""Settings that are secrets: what the SDK marks as one."""
# Settings that hold a value, what its variables are named after, and its entry in a profile of Oracle's tools.
ORACLE_KEY = (
    (("tenancyOcid",), ("tenancy_ocid",), "tenancy"),
    (("userOcid",), ("user_ocid",), "user"),
    (("fingerprint",), ("fingerprint",), "fingerprint"),
    (("privateKey", "privateKeyPath"), ("private_key", "private_key_path"), "key_file"),
)
ORACLE_REGION = (("region",), ("region",), "region")


def missing(sources: Sources) -> str | None:
    """An API key, unless another way is asked for; each value may come from another place."""
    way = sources.setting("oci", "auth") or next(filter(None, map(sources.environment.get, names("auth"))), "ApiKey")
    wanted = (*ORACLE_KEY, ORACLE_REGION) if way == "ApiKey" else ()
    profile = _profile(sources)
    lacking = [
        f"oci:{settings[0]}"
        for settings, attributes, entry in wanted
        if not any(
            sources.has("oci", setting, *names(attribute))
            for setting, attribute in zip(settings, attributes, strict=True)
        )
        and not profile.get(entry)
    ]
    if lacking:
        return f"lacks {listed(lacking)}, and ~/.oci/config has none. Set them by `pulumi config set --secret`"
    return None


def _profile(sources: Sources) -> Mapping[str, str]:
    """The profile of Oracle's own tools that is meant: of ~/.oci/config, or where OCI_CONFIG_FILE says."""
    parser = ConfigParser(interpolation=None)
    usual = sources.home / ".oci" / "config"
    try:
        parser.read([usual if usual.exists() else sources.environment.get("OCI_CONFIG_FILE", usual)])
    except (UnreadableError, UnicodeDecodeError):
        return {}
    meant = sources.setting("oci", "configFileProfile") or next(
        (sources.environment[name] for name in names("config_file_profile") if sources.environment.get(name)), "DEFAULT"
    )
    return parser[meant] if meant == "DEFAULT" or parser.has_section(meant) else {}


def names(attribute: str) -> tuple[str, str]:
    """The variables of the environment that Oracle's provider reads for one of its attributes, in its order."""
    return f"TF_VAR_{attribute}", f"OCI_{attribute.upper()}"
