"""`python -m nova_like.cmd.manage`."""

from nova_like.cmd.manage import main

main()
