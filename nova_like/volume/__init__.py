"""The agent of a storage back end: volumes come and go. Knows no database and no flow."""
