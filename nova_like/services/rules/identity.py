"""Who may do what with identity's nouns: rule name -> the least persona that may. What belongs to the caller himself
(his token, his user, his projects, his EC2 credentials) needs no rule."""

RULES: dict[str, str] = {
    "identity:users:list": "admin",
    "identity:users:show": "admin",
    "identity:projects:list": "admin",
    "identity:projects:show": "admin",
    "identity:roles:list": "admin",
    "identity:roles:show": "admin",
    "identity:domains:list": "admin",
    "identity:domains:show": "admin",
    "identity:assignments:list": "admin",
    "identity:tokens:validate": "admin",
    "identity:tokens:revoke": "admin",
    "identity:ec2_credentials:others": "admin",
    "identity:ec2_credentials:login": "admin",
}
