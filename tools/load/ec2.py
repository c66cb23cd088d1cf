"""A small client of the EC2 API for load: RunInstances with a client token, TerminateInstances, a new type; signed, no
retries."""

import http.client
import re
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tools.load.api import Refused, closed_by_server

VERSION = "2016-11-15"


class Ec2:
    """One user's view, from a trial cloud's ec2rc. A cut connection raises OSError or HTTPException."""

    def __init__(self, ec2rc: Path, timeout_s: float = 30) -> None:
        from botocore.auth import SigV4Auth
        from botocore.credentials import Credentials

        given = dict(re.findall(r"export (\w+)='(.*)'", ec2rc.read_text()))
        self._url, self._timeout_s = given["AWS_ENDPOINT_URL"], timeout_s
        key = Credentials(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])
        self._signer = SigV4Auth(key, "ec2", given["AWS_DEFAULT_REGION"])
        self._local = threading.local()

    def run(self, name: str, kind: str, image: str, token: str) -> str:
        """Ask for one instance; its EC2 id, the same for the same token."""
        tag = {"TagSpecification.1.ResourceType": "instance", "TagSpecification.1.Tag.1.Key": "Name",
               "TagSpecification.1.Tag.1.Value": name}  # fmt: skip
        text = self._call("RunInstances", MinCount="1", MaxCount="1", ImageId=f"ami-{image.replace('-', '')[:17]}",
                          InstanceType=kind, ClientToken=token, **tag)  # fmt: skip
        ids = re.findall(r"<instanceId>(i-[0-9a-f]{17})</instanceId>", text)
        if len(ids) != 1:
            raise Refused(200, f"RunInstances answered {ids}")
        return str(ids[0])

    def terminate(self, instance: str) -> None:
        self._call("TerminateInstances", **{"InstanceId.1": instance})

    def retype(self, instance: str, kind: str) -> None:
        """Of a stopped one. Raises Refused, 409 while it is busy or not stopped yet."""
        try:
            self._call("ModifyInstanceAttribute", InstanceId=instance, **{"InstanceType.Value": kind})
        except Refused as error:
            raise Refused(409, str(error)) if "IncorrectInstanceState" in str(error) else error from None

    def _call(self, action: str, **parameters: str) -> str:
        from botocore.awsrequest import AWSRequest

        data = urlencode({"Action": action, "Version": VERSION, **parameters})
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest("POST", self._url, headers=headers, data=data)
        self._signer.add_auth(request)
        return self._send(data, dict(request.headers.items()))

    def _send(self, data: str, headers: dict[str, str]) -> str:
        url = urlsplit(self._url)
        connection = getattr(self._local, "connection", None)
        if connection is None or closed_by_server(connection):
            connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=self._timeout_s)
            self._local.connection = connection
        try:
            connection.request("POST", url.path, data, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        except Exception:
            self._local.connection = None
            connection.close()
            raise
        if response.status >= 400:
            raise Refused(response.status, text)
        return text
