"""card_address.sh finds the address that visitors' packets have on this host, among routes as `ip` prints them."""

from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

SCRIPT = f"{(HERE / 'card_address.sh').read_text()}\ncard_address"
ETH0 = "default via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.5 metric 100"
WLAN0 = "default via 192.168.1.1 dev wlan0 proto dhcp metric 600"
TAILNET = "default dev tailscale0 scope link"
EVEN = "default proto static \n\tnexthop via 192.168.1.1 dev wlan0 weight 1 \n\tnexthop via 10.0.0.1 dev eth0 weight 1"
IP = """[ "$1" = -4 ] || exit 9
case "${*:2}" in
  "route show table main default") printf '%s\\n' "$ROUTES" ;;
  "route get 192.0.2.1 oif eth0") printf '%s\\n' "192.0.2.1 via 10.0.0.1 dev eth0 src 10.0.0.5 uid 0" "    cache" ;;
  "route get 192.0.2.1 oif wlan0") printf '%s\\n' "192.0.2.1 via 192.168.1.1 dev wlan0 src 192.168.1.7 uid 0" ;;
  *) exit 9 ;;
esac"""


@pytest.mark.parametrize(
    ("routes", "address"),
    [
        ((ETH0,), "10.0.0.5"),
        ((ETH0, WLAN0), "10.0.0.5"),
        ((WLAN0, ETH0), "192.168.1.7"),
        ((TAILNET, ETH0), "10.0.0.5"),
        ((EVEN,), "192.168.1.7"),
        ((TAILNET,), ""),
        ((), ""),
    ],
)
def test_it_is_the_first_cards_that_leads_to_the_internet(
    tmp_path: Path, routes: tuple[str, ...], address: str
) -> None:
    programs = {"ip": f"ROUTES={'$' + repr(chr(10).join(routes))}\n{IP}"}
    result = run_script(tmp_path, SCRIPT, {"INTERFACE": "tailscale0"}, programs)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == address
