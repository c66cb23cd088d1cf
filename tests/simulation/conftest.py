"""Chooses the back end before anything else is imported, as every program does."""

from nova_like import concurrency

concurrency.init("threading")
