"""Serves the lab's internet until it is stopped: name server, packages, download mirror and image registry."""

import signal
import threading
from functools import partial

from lab.internet.dns import name_servers
from lab.internet.reminder import Reminder
from lab.internet.service import service_log, service_record
from lab.internet.sites import expects_more, mirror_site, packages_site, registry_site
from lab.internet.web import FolderServer
from lab.internet.zones import AccountZones
from lab.lab import (
    DNS_ADDRESS,
    DNS_NAMES,
    MIRROR_ADDRESS,
    PACKAGES_ADDRESS,
    REGISTRY_ADDRESS,
    lab_from_environment,
)
from lab.providers.cloudflare.account import account_folder

DNS_PORT = 53
WEB_PORT = 80
LISTENS = (
    (DNS_ADDRESS, DNS_PORT),
    (PACKAGES_ADDRESS, WEB_PORT),
    (MIRROR_ADDRESS, WEB_PORT),
    (REGISTRY_ADDRESS, WEB_PORT),
)


def main() -> None:
    """Serve the lab that the environment names. Each server has its own thread. A signal ends all of them."""
    lab = lab_from_environment()
    waiting = partial(expects_more, lab)
    servers = [
        FolderServer((PACKAGES_ADDRESS, WEB_PORT), packages_site(lab), lambda: False),  # complete before hosts start
        FolderServer((MIRROR_ADDRESS, WEB_PORT), mirror_site(lab), waiting),
        FolderServer((REGISTRY_ADDRESS, WEB_PORT), registry_site(lab), waiting),
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    zones = AccountZones(account_folder(lab))
    for names in name_servers(DNS_ADDRESS, DNS_PORT, DNS_NAMES, zones):
        names.start_thread()
    reminder = Reminder(service_log(lab, "headscale"), service_record(lab, "headscale"))
    threading.Thread(target=reminder.run, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
