"""The files by which ordinary clients find a trial cloud: clouds.yaml, openrc, ec2rc."""

from __future__ import annotations

from tools.trial import settings
from tools.trial.credentials import PROJECT, REGION, USER, Credentials
from tools.trial.layout import Layout


def write(layout: Layout, credentials: Credentials) -> None:
    """Write them all; ec2rc only once there are EC2 credentials."""
    people = {"nova-like": (USER, "demo", PROJECT), "nova-like-admin": ("admin", "admin", "admin")}
    text = "clouds:\n"
    for cloud, (user, person, project) in people.items():
        text += _cloud(cloud, user, credentials.password(person), project, credentials.url)
    settings.write_secret(layout.state / "clouds.yaml", text)
    settings.write_secret(layout.state / "openrc", _exports(_openrc(credentials)))
    if credentials.ec2:
        settings.write_secret(layout.state / "ec2rc", _exports(_ec2rc(credentials, credentials.ec2)))


def _cloud(name: str, user: str, password: str, project: str, url: str) -> str:
    return f"""\
  {name}:
    auth_type: password
    auth:
      auth_url: {url}/identity/v3
      username: {user}
      password: {password}
      project_name: {project}
      user_domain_name: Default
      project_domain_name: Default
    region_name: {REGION}
    interface: public
    identity_api_version: "3"
"""


def _openrc(credentials: Credentials) -> dict[str, str]:
    return {
        "OS_AUTH_TYPE": "password",
        "OS_AUTH_URL": f"{credentials.url}/identity/v3",
        "OS_USERNAME": USER,
        "OS_PASSWORD": credentials.password("demo"),
        "OS_PROJECT_NAME": PROJECT,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_REGION_NAME": REGION,
        "OS_IDENTITY_API_VERSION": "3",
    }


def _ec2rc(credentials: Credentials, ec2: dict[str, str]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ec2["access"],
        "AWS_SECRET_ACCESS_KEY": ec2["secret"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"{credentials.url}/ec2",
    }


def _exports(values: dict[str, str]) -> str:
    return "".join(f"export {name}='{value}'\n" for name, value in values.items())
