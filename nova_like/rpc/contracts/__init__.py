"""One contract per daemon: its named methods, their annotated arguments, cast or call, and a time class.

Client and server are made from it; nothing else is reachable over the bus. See `rpc/contract.py`.
"""
