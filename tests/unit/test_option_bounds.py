"""Options whose bounds keep a cloud from judging its hosts too soon."""

import pytest

from nova_like import conf as configuration


def test_a_host_is_not_deaf_before_it_can_have_reported_again():
    conf = configuration.new(["scheduler", "bus"])
    conf([])
    with pytest.raises(ValueError, match="45"):
        conf.set_override("host_deaf_seconds", 44, "scheduler")
    assert conf.scheduler.host_deaf_seconds >= 1.25 * conf.bus.report_seconds  # jitter gives or takes a quarter
