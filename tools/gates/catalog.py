"""The table of fault gates: name, function, and its sizes in CI and in full."""

from tools.gates import broker, kill
from tools.gates.gate import Gate

GATES: dict[str, Gate] = {
    "kill": Gate(kill.kill, {"boots": 100, "kills": 30}, {"boots": 1250, "kills": 250}),
    "broker-down": Gate(broker.down, {"boots": 100, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-frozen": Gate(broker.frozen, {"boots": 80, "down_s": 20}, {"boots": 200, "down_s": 60}),
    "broker-wiped": Gate(broker.wiped, {"boots": 60, "down_s": 3}, {"boots": 150, "down_s": 10}),
}
