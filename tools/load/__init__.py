"""Load on a trial cloud: a small client, boots in flight, and what they cost. Used by tools/bench and tools/chaos."""
