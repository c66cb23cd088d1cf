"""The independent checker: compares the database's rows with the hosts' own world. Shares no code with the daemons."""
