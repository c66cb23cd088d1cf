"""Who may do what, one module of rules per API; services/policy.py merges them. Holds data only."""
