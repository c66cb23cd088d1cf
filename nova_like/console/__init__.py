"""The console proxy: browsers on one side, hosts that bring a guest's console on the other, on one port. It knows
tokens and tickets; the database and the bus are behind `services.consoles.Door`."""
