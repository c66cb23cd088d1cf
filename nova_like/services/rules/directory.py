"""Who may do what with domains, projects, users, groups, roles and their assignments: rule name -> the least persona
that may. What belongs to the caller himself (his user, his groups, his projects) needs no rule. Of grants: whose
domain the target and the actor are of is one, or it is nobody's."""

RULES: dict[str, str] = {
    "identity:domains:list": "domain_observer",
    "identity:domains:show": "domain_observer",
    "identity:domains:create": "admin",
    "identity:domains:update": "admin",
    "identity:domains:delete": "admin",
    "identity:projects:list": "domain_observer",
    "identity:projects:show": "domain_observer",
    "identity:projects:create": "domain_manager",
    "identity:projects:update": "domain_manager",
    "identity:projects:delete": "domain_manager",
    "identity:projects:tag": "domain_manager",
    "identity:users:list": "domain_observer",
    "identity:users:show": "domain_observer",
    "identity:users:create": "domain_manager",
    "identity:users:update": "domain_manager",
    "identity:users:delete": "domain_manager",
    "identity:groups:list": "domain_observer",
    "identity:groups:show": "domain_observer",
    "identity:groups:create": "domain_manager",
    "identity:groups:update": "domain_manager",
    "identity:groups:delete": "domain_manager",
    "identity:groups:add_member": "domain_manager",
    "identity:groups:remove_member": "domain_manager",
}
