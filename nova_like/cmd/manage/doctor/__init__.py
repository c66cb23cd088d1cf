"""doctor: looks at the whole cloud and names each fault, its evidence and its remedy. Changes nothing."""

from nova_like.cmd.manage.doctor.command import Doctor

__all__ = ["Doctor"]
