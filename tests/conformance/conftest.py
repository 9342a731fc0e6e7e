"""The real binary on a fresh store, and clients that know nothing but its URL and their keys."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

BINARY = Path(os.environ.get("KEYWRIGHT_BINARY", Path(__file__).parents[2] / "target/debug/keywright"))
# How an account is printed when it is made.
ACCOUNT = re.compile(r"account id: +(\d{12})\naccess key id: +(\w+)\nsecret access key: +(\S+)")
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYWRIGHT_"))}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A `keywright serve` process and its store."""

    def __init__(self, home, *flags, env=None, other=False):
        self.home = Path(home)
        self.data, self.root_key = self.home / "data", self.home / "root.key"
        self.port, self.admin_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.flags, self.env = flags, env or {}
        self.account = self.key_id = self.secret = None
        # A second account, if one is wanted: its number, and its root's key.
        self.other = None
        if other:
            self.make_two_accounts()
        self.start()

    def make_two_accounts(self):
        """What `serve` does by itself, and one account more: none can be made while it runs."""
        made = [self.keywright(*command, *self.place()) for command in (["init"], ["account", "create"])]
        assert all(one.returncode == 0 for one in made), [one.stderr for one in made]
        self.account, self.key_id, self.secret = ACCOUNT.search(made[0].stdout).groups()
        account, key_id, secret = ACCOUNT.search(made[1].stdout).groups()
        self.other = {"account": account, "key": {"AccessKeyId": key_id, "SecretAccessKey": secret}}

    def place(self):
        return ["--data-dir", str(self.data), "--root-key-file", str(self.root_key)]

    def start(self):
        self.out = open(self.home / "stdout", "w+")
        self.err = open(self.home / "stderr", "a+")
        self.process = subprocess.Popen(
            [BINARY, "serve", *self.place(), "--listen", f"127.0.0.1:{self.port}",
             "--admin-listen", f"127.0.0.1:{self.admin_port}", *self.flags],
            stdout=self.out, stderr=self.err, env={**CLEAN, **self.env},
        )
        deadline = time.monotonic() + 20
        while "is ready" not in (printed := (self.home / "stdout").read_text()):
            assert self.process.poll() is None, (self.home / "stderr").read_text()
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.02)
        if found := ACCOUNT.search(printed):
            self.account, self.key_id, self.secret = found.groups()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.out.close()
        self.err.close()
        return code

    def client(self, service, key=None, region="us-east-1", **config):
        key = key or {"AccessKeyId": self.key_id, "SecretAccessKey": self.secret}
        return boto3.client(
            service, endpoint_url=self.url, region_name=region,
            aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key.get("SessionToken"),
            config=Config(retries={"max_attempts": 0}, **config),
        )

    def aws(self, *arguments, key=None):
        """Runs the AWS CLI; returns its exit code, its JSON and its complaint."""
        key = key or {"AccessKeyId": self.key_id, "SecretAccessKey": self.secret}
        env = {
            **CLEAN, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        if "SessionToken" in key:
            env["AWS_SESSION_TOKEN"] = key["SessionToken"]
        cli = Path(subprocess.sys.executable).parent / "aws"
        done = subprocess.run([cli, *arguments, "--output", "json"], env=env, capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    def keywright(self, *arguments, **kwargs):
        return subprocess.run([BINARY, *arguments], env=CLEAN, capture_output=True, text=True, **kwargs)

    def check(self):
        done = self.keywright("check", *self.place())
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """One server for tests that only add what is theirs."""
    server = Server(tmp_path_factory.mktemp("shared"), other=True)
    yield server
    assert server.stop() == 0
    server.check()


@pytest.fixture
def server(tmp_path):
    """A server of the test's own."""
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


def refused(call, code, status=None, text=None, **kwargs):
    """Calls, and wants AWS's error `code`."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call(**kwargs)
    answer = caught.value.response
    assert answer["Error"]["Code"] == code, answer
    if status:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
    if text:
        assert text in answer["Error"]["Message"], answer
    return answer["Error"]["Message"]
