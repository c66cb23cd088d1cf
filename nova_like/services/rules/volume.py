"""Who may do what with volumes: rule name -> the least persona that may."""

RULES: dict[str, str] = {
    "volume:volumes:list": "reader",
    "volume:volumes:show": "reader",
    "volume:volumes:create": "member",
    "volume:volumes:update": "member",
    "volume:volumes:delete": "member",
    "volume:volumes:force_delete": "admin",
}
