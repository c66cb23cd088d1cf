"""Other people's suites of tests, run against a trial cloud."""
