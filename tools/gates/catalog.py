"""The table of fault gates: name, function, and its sizes in CI and in full."""

from tools.gates import broker, database, kill, processes
from tools.gates.gate import Gate

GATES: dict[str, Gate] = {
    "kill": Gate(kill.kill, {"boots": 100, "kills": 30}, {"boots": 1250, "kills": 250}),
    "broker-down": Gate(broker.down, {"boots": 100, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-frozen": Gate(broker.frozen, {"boots": 80, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-wiped": Gate(broker.wiped, {"boots": 60, "down_s": 3}, {"boots": 150, "down_s": 10}),
    "database-restart": Gate(
        database.restart, {"boots": 60, "times": 2, "down_s": 5}, {"boots": 400, "times": 20, "down_s": 5}
    ),
    "freeze": Gate(processes.freeze, {"boots": 50, "freezes": 3}, {"boots": 250, "freezes": 12}),
    "rolling-restart": Gate(
        processes.rolling, {"requests": 1500}, {"requests": 6000}, {"apis": 2, "api_workers": 1, "options": {}}
    ),
}
