"""Who may do what with the nouns that only the EC2 dialect has: rule name -> the least persona that may."""

RULES: dict[str, str] = {
    "ec2:tags:list": "reader",
    "ec2:tags:create": "member",
    "ec2:tags:delete": "member",
    "ec2:launch_templates:list": "reader",
    "ec2:launch_templates:create": "member",
    "ec2:launch_templates:update": "member",
    "ec2:launch_templates:delete": "member",
    "ec2:regions:list": "reader",
    "ec2:caller:show": "reader",
}
