"""Who may do what with images: rule name -> the least persona that may."""

RULES: dict[str, str] = {
    "image:images:list": "reader",
    "image:images:show": "reader",
    "image:images:download": "reader",
    "image:images:create": "member",
    "image:images:update": "member",
    "image:images:delete": "member",
    "image:images:upload": "member",
    "image:images:import": "member",
    "image:images:publish": "admin",
    "image:images:deactivate": "member",
    "image:members:list": "reader",
    "image:members:show": "reader",
    "image:members:create": "member",
    "image:members:update": "member",
    "image:members:delete": "member",
    "image:metadefs:read": "reader",
    "image:metadefs:write": "admin",
    "image:tasks:list": "admin",
    "image:tasks:show": "admin",
    "image:tasks:create": "admin",
}
