"""What a guest may read of itself, as EC2 and OpenStack trees. Pure: facts in, bytes out; no sockets, no clock.

The same trees feed the HTTP server on the host (`network/metadata_server.py`) and the config drive.
"""
