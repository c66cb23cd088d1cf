"""The table of fault gates: name, function, and its sizes in CI and in full."""

from tools.gates import (
    broker,
    clock,
    database,
    disk,
    guests,
    herd,
    kill,
    messages,
    partition,
    processes,
    soak,
)
from tools.gates.gate import FAKES, Gate

GATES: dict[str, Gate] = {
    "kill": Gate(
        kill.kill, {"boots": 100, "kills": 30}, {"boots": 1250, "kills": 250}, {"options": FAKES | kill.SETTINGS},
        in_ci=True,
    ),
    "broker-down": Gate(broker.down, {"boots": 100, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-frozen": Gate(broker.frozen, {"boots": 80, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-wiped": Gate(broker.wiped, {"boots": 60, "down_s": 3}, {"boots": 150, "down_s": 10}, in_ci=True),
    "database-restart": Gate(
        database.restart, {"boots": 60, "times": 2, "down_s": 5}, {"boots": 400, "times": 20, "down_s": 5},
        in_ci=True,
    ),
    "freeze": Gate(processes.freeze, {"boots": 50, "freezes": 3}, {"boots": 250, "freezes": 12}, in_ci=True),
    "rolling-restart": Gate(
        processes.rolling, {"requests": 1500}, {"requests": 6000}, {"apis": 2, "api_workers": 1, "options": {}},
        in_ci=True,
    ),
    "reorder": Gate(
        messages.reorder, {"boots": 60, "delay_s": 8, "phase_s": 12, "deaf_s": 15},
        {"boots": 600, "delay_s": 30, "phase_s": 100, "deaf_s": 30}, {"hook": messages.HOOK},
    ),
    "poison": Gate(messages.poison, {"boots": 40, "poisons": 1000}, {"boots": 100, "poisons": 10_000}, in_ci=True),
    "herd": Gate(
        herd.herd, {"boots": 25, "times": 1, "hosts": 1000}, {"boots": 250, "times": 10, "hosts": 1000},
        {"hosts": 1000, "agents": 4, "hook": herd.HOOK, "options": {"fake.delay_ms": "1200"}},
    ),
    "soak": Gate(
        soak.soak,
        {"cycles": 200, "warm_up": 60, "in_flight": 8, "look_s": 2, "slope_percent": 5, "p99_ratio": 3},
        {"cycles": 5000, "warm_up": 3000, "in_flight": 8, "look_s": 10, "slope_percent": 1, "p99_ratio": 1.2},
        {"options": {}, "schedulers": 1},
    ),
    "guests": Gate(guests.kills, {"guests": 2, "kills": 3}, {"guests": 10, "kills": 10}, real=True),
    "controller-off": Gate(guests.controller_off, {"guests": 2, "off_s": 30}, {"guests": 4, "off_s": 300}, real=True),
    "partition": Gate(
        partition.partition, {"ways": 1, "long_s": 90}, {"ways": 3, "long_s": 90}, {"computes": 2}, real=True
    ),
    "clock": Gate(
        clock.clock, {"boots": 60, "phase_s": 12}, {"boots": 600, "phase_s": 120}, {"apis": 2, "hook": clock.HOOK}
    ),
    "disk-full": Gate(
        disk.full, {"boots": 80, "full_s": 6}, {"boots": 400, "full_s": 30}, {"mounts": disk.MOUNTS}
    ),
}  # fmt: skip
