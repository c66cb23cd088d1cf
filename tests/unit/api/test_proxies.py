"""Who is counted behind proxies: addresses are compared as such, and only who is trusted is believed."""

import pytest
from oslo_config import cfg

from nova_like import conf as configuration
from nova_like.api.common.proxies import Proxies


@pytest.mark.parametrize(
    ("connection", "told", "expected"),
    [
        ("192.0.2.1", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.9", "10.0.0.1", "10.0.0.1"),
        ("192.0.2.9", "10.0.0.1:4711", "10.0.0.1"),
        ("::ffff:192.0.2.9", "10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "", "10.0.0.1"),
        ("2001:db8:0:0::9", "10.0.0.1", "10.0.0.1"),
        ("192.0.2.9", "6.6.6.6, 10.0.0.1, 198.51.100.200:80", "10.0.0.1"),  # what the client wrote counts for nothing
        ("192.0.2.9", "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("192.0.2.9", "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "10.0.0.1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "10.0.0.1", "fe80::/64"),
        ("192.0.2.9", "", "192.0.2.9"),
        ("192.0.2.9", "10.0.0.1, ", "192.0.2.9"),
        ("192.0.2.9", "10.0.0.1, unknown, 198.51.100.1", "198.51.100.1"),  # nobody trusted told it
        ("192.0.2.9", "x" * 5000, "192.0.2.9"),
        ("192.0.2.9", ",".join(["198.51.100.1"] * 5000), "198.51.100.1"),
        ("", "10.0.0.1", ""),
    ],
)
def test_who_is_counted(connection: str, told: str, expected: str) -> None:
    proxies = Proxies(["192.0.2.9", "198.51.100.0/24", "2001:db8::9/128"])
    assert proxies.client({"REMOTE_ADDR": connection, "HTTP_X_FORWARDED_FOR": told}) == expected


@pytest.mark.parametrize("wrong", ["192.0.2.999", "10.0.0.1/8", "proxy.example.org", "10.0.0.0/33"])
def test_what_is_no_network_ends_the_start_with_a_word(tmp_path, capsys, wrong: str) -> None:
    path = tmp_path / "wrong.conf"
    path.write_text(f"[api]\ntrusted_proxies = 192.0.2.1,{wrong}\n")
    with pytest.raises(SystemExit) as ended:
        configuration.load([f"--config-file={path}"], "nova-like-api", ("default", "api"))
    assert "trusted_proxies" in str(ended.value) and wrong in str(ended.value)


def test_networks_are_read() -> None:
    conf = configuration.new(["api"])
    conf([])
    conf.set_override("trusted_proxies", ["10.0.0.0/8", "2001:DB8::/32"], "api")
    assert conf.api.trusted_proxies == ["10.0.0.0/8", "2001:db8::/32"]
    with pytest.raises((ValueError, cfg.Error)):
        conf.set_override("trusted_proxies", ["nobody"], "api")
