"""Shows a daemon's numbers to Prometheus: a module for each kind of daemon. Nothing is loaded unless a port is set."""
