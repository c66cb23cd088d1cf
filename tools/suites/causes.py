"""Why tests of tempest do not pass, by patterns of their names; the first that fits is taken. Data. A test that passes
is not looked up, so that a row which is no longer true does no harm."""

CAUSES: tuple[tuple[str, str], ...] = ()
