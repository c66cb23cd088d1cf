"""R1: daemons die all the time."""

import random
import time
from types import SimpleNamespace
from typing import Any

from tools.gates.gate import Load, say
from tools.gates.judge import judge
from tools.load.trial import Trial
from tools.load.victims import Victims

# a delete can be taken back, and who means it forces it; as many volumes as there are servers that start from them
SETTINGS = {"DEFAULT.reclaim_instance_interval": "3600", "quota.volumes": "-1"}


def kill(cloud: Trial, sizes: SimpleNamespace) -> dict[str, Any]:
    """Kill a random daemon every 0.5 to 2 s while servers come, change and go: nothing is lost, stuck or leaked."""
    chance = random.Random(sizes.seed)
    with Load(cloud, sizes.boots, 1.45 * sizes.kills + 3, acts=True) as load:
        victims = Victims(cloud, sizes.seed, load.churn.unfinished)
        time.sleep(3)  # the first flows are under way
        while victims.kills < sizes.kills:
            name = victims.kill_one()
            say(f"kill {victims.kills}/{int(sizes.kills)}: {name}, {load.unfinished} flows unfinished")
            time.sleep(chance.uniform(0.5, 2))
        last = time.monotonic()
        victims.all_back()
    # the one API service is killed too, now and then several times in a row: whoever is at the door then waits for it
    report = judge(cloud, load.churn, last, answer_s=float("inf"))
    acts = dict(load.churn.acts.done) if load.churn.acts else {}
    return {**report, "acts": acts, "kills": victims.kills, "kills_in_flight": victims.in_flight}
