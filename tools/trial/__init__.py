"""The trial cloud: a private, whole cloud on one Debian machine, for trying out and for tests.

Only the standard library is used here, because ``tools/up`` runs before there is a virtual environment.
Nothing under ``nova_like`` imports this package.
"""
