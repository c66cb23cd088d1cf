"""The real datapath of one host, split by artefact: links, antispoof, groups, traffic, dhcp; `driver` composes them.

What should be is read from the records (one file a port); what is, from the kernel. Text for `nft`, `ip` and dnsmasq
is written only from checked types (see `wanted`), never from what a user typed.
"""
