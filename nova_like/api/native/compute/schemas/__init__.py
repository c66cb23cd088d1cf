"""What compute accepts in bodies, as JSON schemas. Data only."""
