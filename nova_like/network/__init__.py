"""The agent of a host's datapath: taps, bridges, filters, DHCP and metadata. Knows no database and no flow."""
