"""The real datapath of one host, split by artefact: links, antispoof, groups, traffic, dhcp; `ruleset` applies the
filters, `driver` composes all.

What should be is read from the records (one file a port); what is, from the kernel. Text for `nft`, `ip` and dnsmasq
is written only from checked types (see `wanted`), never from what a user typed. Networks are flat on each host:
guests of one network on two hosts do not reach each other, nor count as members of a group, until VXLAN comes.
"""
