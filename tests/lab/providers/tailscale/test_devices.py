"""Devices: looked up by name, waited for, tagged; and what is said when the server does not play along."""

import asyncio
import time

import httpx
import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers import published
from lab.providers.properties import value_map
from lab.providers.tailscale import devices
from lab.providers.tailscale.headscale import Headscale
from lab.providers.tailscale.provider import TailscaleProvider
from tests.lab.providers.tailscale.tailnet import Tailnet, invoke

GET_DEVICE = "tailscale:index/getDevice:getDevice"
GET_DEVICES = "tailscale:index/getDevices:getDevices"


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_finds_a_device_by_its_host_name(tailnet: Tailnet) -> None:
    tailnet.join("lab-oracle-1-abcd", 1)
    tailnet.join("lab-oracle-2-efgh", 2)
    found = invoke(tailnet, GET_DEVICE, hostname="lab-oracle-2-efgh")
    assert found["addresses"] == ["100.64.0.2", "fd7a:115c:a1e0::2"]
    assert found["tags"] == ["tag:cluster"]
    assert found["keyExpiryDisabled"] is True
    published.check_outputs(GET_DEVICE, found | {"waitFor": ""})


def test_waits_for_a_device_that_is_still_to_join(
    tailnet: Tailnet, no_sleep: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def joins_at_the_third_look(seconds: float) -> None:
        no_sleep.append(seconds)
        if len(no_sleep) == 3:
            tailnet.join("oracle-1", 1)

    monkeypatch.setattr(time, "sleep", joins_at_the_third_look)
    assert invoke(tailnet, GET_DEVICE, hostname="oracle-1", waitFor="60s")["waitFor"] == "60s"
    assert no_sleep == [1, 1, 1]


def test_gives_up_when_the_time_is_over(
    tailnet: Tailnet, no_sleep: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with pytest.raises(RuntimeError, match="no device with hostname=oracle-1 after 60s: has it joined"):
        invoke(tailnet, GET_DEVICE, hostname="oracle-1", waitFor="60s")
    assert 4 <= len(no_sleep) <= 6


def test_looks_once_without_waiting(tailnet: Tailnet, no_sleep: list[float]) -> None:
    with pytest.raises(RuntimeError, match="no device with name=x"):
        invoke(tailnet, GET_DEVICE, name="x")
    assert not no_sleep


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1m30s", 90), ("2h", 7200), ("1.5s", 1.5), ("500ms", 0.5)])
def test_reads_durations(text: str, seconds: float) -> None:
    assert devices.duration(text) == seconds


@pytest.mark.parametrize("text", ["60", "s", "1 m", ""])
def test_refuses_other_durations(text: str) -> None:
    with pytest.raises(RuntimeError, match="no duration"):
        devices.duration(text)


def test_takes_either_name(tailnet: Tailnet) -> None:
    with pytest.raises(RuntimeError, match="either name or hostname"):
        invoke(tailnet, GET_DEVICE)


def test_refuses_an_argument_that_is_not_published(tailnet: Tailnet) -> None:
    with pytest.raises(ValueError, match="unknown: wait_for"):
        invoke(tailnet, GET_DEVICE, hostname="x", wait_for="60s")


def test_lists_devices(tailnet: Tailnet) -> None:
    tailnet.join("oracle-1", 1)
    tailnet.join("home-1", 2)
    assert [one["hostname"] for one in invoke(tailnet, GET_DEVICES, namePrefix="oracle")["devices"]] == ["oracle-1"]


def test_tags_a_device(tailnet: Tailnet) -> None:
    tailnet.join("oracle-1", 1)
    caller = tailnet.caller("DeviceTags")
    made = caller.create(deviceId="1", tags=["tag:cluster", "tag:operator"])
    assert tailnet.nodes[0]["tags"] == ["tag:cluster", "tag:operator"]
    assert caller.diff(made, deviceId="2", tags=["tag:cluster"]).replaces == ["deviceId"]
    caller.update(made, deviceId="1", tags=["tag:cluster"])
    assert tailnet.nodes[0]["tags"] == ["tag:cluster"]
    caller.delete(made)
    tailnet.nodes.clear()
    assert caller.read(made, {}).resource_id == ""


def provider(answer: httpx.Response | Exception) -> TailscaleProvider:
    """A provider whose server says only this."""

    def say(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return TailscaleProvider(Headscale("https://tailnet.test", "hunter2", httpx.MockTransport(say)))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (httpx.ConnectError("refused"), "tailnet: https://tailnet.test does not answer: refused"),
        (httpx.Response(401, text="Unauthorized"), r"tailnet: https://tailnet.test refused: Unauthorized \(401\)"),
        (httpx.Response(500, json={"message": "two\nlines"}), r"refused: two lines \(500\)"),
    ],
)
def test_says_in_one_line_what_the_server_said(answer: httpx.Response | Exception, line: str) -> None:
    request = sdk.InvokeRequest(GET_DEVICE, value_map({"hostname": "x"}))
    with pytest.raises(RuntimeError, match=line) as raised:
        asyncio.run(provider(answer).invoke(request))
    assert "hunter2" not in str(raised.value)


def test_says_what_to_set_when_there_is_no_server() -> None:
    request = sdk.InvokeRequest(GET_DEVICE, value_map({"hostname": "x"}))
    with pytest.raises(RuntimeError, match="set TAILSCALE_BASE_URL and TAILSCALE_API_KEY"):
        asyncio.run(TailscaleProvider(Headscale("", "")).invoke(request))


def test_settings_of_the_provider_come_before_the_environment() -> None:
    client = Headscale("https://environment.test", "one")
    request = sdk.ConfigureRequest({}, value_map({"baseUrl": "https://settings.test", "apiKey": "two"}), True, False)
    answer = asyncio.run(TailscaleProvider(client).configure(request))
    assert (client.url, client.api_key) == ("https://settings.test", "two")
    assert answer.supports_preview


@pytest.mark.parametrize("name", ["oauthClientSecret", "identityToken", "audience"])
def test_a_headscale_server_lets_in_by_an_api_key_only(name: str) -> None:
    request = sdk.ConfigureRequest({}, value_map({"oauthClientId": "me", name: "x"}), True, False)
    with pytest.raises(RuntimeError, match=rf"{name}.*: a Headscale server takes an API key only"):
        asyncio.run(TailscaleProvider(Headscale("https://h.test", "one")).configure(request))
