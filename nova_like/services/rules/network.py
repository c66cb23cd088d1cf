"""Who may do what with the network's nouns: rule name -> the least persona that may."""

RULES: dict[str, str] = {
    "network:networks:list": "reader",
    "network:networks:show": "reader",
    "network:networks:create": "admin",
    "network:networks:update": "admin",
    "network:networks:delete": "admin",
    "network:subnets:list": "reader",
    "network:subnets:show": "reader",
    "network:subnets:create": "admin",
    "network:subnets:delete": "admin",
    "network:ports:list": "reader",
    "network:ports:show": "reader",
    "network:ports:update": "member",
    "network:security_groups:list": "reader",
    "network:security_groups:show": "reader",
    "network:security_groups:create": "member",
    "network:security_groups:update": "member",
    "network:security_groups:delete": "member",
    "network:quotas:show": "reader",
    "network:quotas:others": "admin",
}
