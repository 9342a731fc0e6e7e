"""How clients come by their credentials: environment, profiles, roles, processes, with real clients."""

import datetime
import fcntl
import json
import os
import pty
import select
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError
from case_language import STEP, totp
from conftest import CLEAN, Server

HERE = Path(__file__).parent
CLI = Path(sys.executable).parent / "aws"
RUST = Path(os.environ.get("KEYWRIGHT_RUST_CLIENT", HERE.parents[1] / "target/rust-client/debug/keywright-conformance"))


def statement(action, principal=None, **more):
    one = {"Effect": "Allow", "Action": action, **more}
    one.update({"Principal": {"AWS": principal}} if principal else {"Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


class House:
    """A server with a user and three roles, and a home directory whose AWS configuration knows them."""

    def __init__(self, home):
        self.server, self.home = Server(home), home
        iam = self.server.client("iam")
        bob = iam.create_user(UserName="bob")["User"]["Arn"]
        self.key = iam.create_access_key(UserName="bob")["AccessKey"]
        iam.put_user_policy(UserName="bob", PolicyName="list", PolicyDocument=statement("iam:ListUsers"))
        condition = {"StringEquals": {"sts:ExternalId": "wonderland"}}
        self.first = iam.create_role(RoleName="first", AssumeRolePolicyDocument=statement("sts:AssumeRole", bob))["Role"]["Arn"]
        self.second = iam.create_role(RoleName="second", AssumeRolePolicyDocument=statement("sts:AssumeRole", self.first))["Role"]["Arn"]
        iam.create_role(RoleName="guarded", AssumeRolePolicyDocument=statement("sts:AssumeRole", bob, Condition=condition))
        self.guarded = self.first.replace("first", "guarded")
        iam.put_role_policy(RoleName="first", PolicyName="list", PolicyDocument=statement("iam:ListUsers"))
        self.write()

    def write(self):
        (self.home / ".aws").mkdir()
        # What credential_process calls: a program of the user's that prints a key.
        program = self.home / "my key.sh"
        made = {"Version": 1, "AccessKeyId": self.key["AccessKeyId"], "SecretAccessKey": self.key["SecretAccessKey"]}
        program.write_text(f"#!/bin/sh\necho '{json.dumps(made)}'\n")
        program.chmod(0o700)
        (self.home / ".aws/credentials").write_text(
            f"[bob]\naws_access_key_id = {self.key['AccessKeyId']}\naws_secret_access_key = {self.key['SecretAccessKey']}\n")
        (self.home / ".aws/config").write_text(f"""
[profile first]
role_arn = {self.first}
source_profile = bob
role_session_name = by-profile
duration_seconds = 1800
[profile second]
role_arn = {self.second}
source_profile = first
role_session_name = chained
[profile guarded]
role_arn = {self.guarded}
source_profile = bob
role_session_name = known
external_id = wonderland
[profile unguarded]
role_arn = {self.guarded}
source_profile = bob
role_session_name = unknown
[profile short]
role_arn = {self.first}
source_profile = bob
role_session_name = short
duration_seconds = 900
[profile program]
credential_process = "{program}"
[profile of-program]
role_arn = {self.first}
source_profile = program
role_session_name = of-program
[profile of-environment]
role_arn = {self.first}
credential_source = Environment
role_session_name = of-environment
[profile placed]
role_arn = {self.first}
source_profile = bob
role_session_name = placed
region = eu-central-1
services = here
[services here]
sts =
  endpoint_url = {self.server.url}
""")

    def env(self, key=None, **more):
        variables = {**CLEAN, "HOME": str(self.home), "AWS_ENDPOINT_URL": self.server.url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
                     "AWS_EC2_METADATA_DISABLED": "true"}
        if key:
            variables.update(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
            variables.update({"AWS_SESSION_TOKEN": key["SessionToken"]} if "SessionToken" in key else {})
        return {name: value for name, value in {**variables, **more}.items() if value}

    def run(self, *command, key=None, cwd=None, **more):
        return subprocess.run(list(map(str, command)), env=self.env(key, **more), cwd=cwd, capture_output=True, text=True, timeout=60)

    def cli(self, *arguments, **more):
        return self.run(CLI, *arguments, "--output", "json", **more)

    def js(self, *arguments, **more):
        return self.run("node", "providers.mjs", *arguments, cwd=HERE / "js", **more)

    def rust(self, *arguments, **more):
        return self.run(RUST, *arguments, **more)

    def session(self, role, name):
        return f"arn:aws:sts::{self.server.account}:assumed-role/{role}/{name}"

    def bob(self):
        return f"arn:aws:iam::{self.server.account}:user/bob"

    def calls(self, name):
        """Records of an operation, oldest first."""
        trail = self.server.client("cloudtrail").get_paginator("lookup_events")
        pages = trail.paginate(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
        return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]][::-1]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    assert made.server.stop() == 0
    made.server.check()


def said(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


# Profiles that each client must understand alike, and who they make the caller.
PROFILES = [("bob", None, None), ("first", "first", "by-profile"), ("second", "second", "chained"), ("guarded", "guarded", "known"),
            ("program", None, None), ("of-program", "first", "of-program"), ("of-environment", "first", "of-environment"), ("placed", "first", "placed")]


def profile(house, name, role, session):
    """Who the caller is, and the environment that the profile is used in."""
    arn = house.session(role, session) if role else house.bob()
    env = {}
    if name == "of-environment":
        env.update(AWS_ACCESS_KEY_ID=house.key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=house.key["SecretAccessKey"])
    if name == "placed":
        # Endpoint and region by the profile alone.
        env.update(AWS_PROFILE=name, AWS_ENDPOINT_URL="", AWS_REGION="", AWS_DEFAULT_REGION="")
    return arn, env


@pytest.mark.parametrize("name, role, session", PROFILES, ids=[name for name, *_ in PROFILES])
def test_the_cli_takes_profiles(house, name, role, session):
    arn, env = profile(house, name, role, session)
    assert json.loads(said(house.cli("sts", "get-caller-identity", "--profile", name, **env)))["Arn"] == arn


@pytest.mark.parametrize("name, role, session", PROFILES, ids=[name for name, *_ in PROFILES])
def test_boto3_takes_profiles(house, monkeypatch, name, role, session):
    arn, env = profile(house, name, role, session)
    within(monkeypatch, house.env(**env))
    assert boto3.Session(profile_name=name).client("sts").get_caller_identity()["Arn"] == arn


@pytest.mark.parametrize("name, role, session", PROFILES, ids=[name for name, *_ in PROFILES])
def test_the_javascript_sdk_takes_profiles(house, name, role, session):
    arn, env = profile(house, name, role, session)
    assert said(house.js("ini", name, **env)) == arn


@pytest.mark.parametrize("name, role, session", PROFILES, ids=[name for name, *_ in PROFILES])
def test_the_rust_sdk_takes_profiles(house, name, role, session):
    arn, env = profile(house, name, role, session)
    # In its chain keys of the environment go before a profile; there it must be asked for.
    if name == "of-environment":
        assert said(house.rust("profile", name, **env)) == arn
    else:
        assert said(house.rust("identity", **{"AWS_PROFILE": name, **env})) == arn


def within(monkeypatch, variables):
    """This process has exactly these variables of AWS's."""
    for name in [*os.environ]:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        if name == "HOME" or name.startswith("AWS_"):
            monkeypatch.setenv(name, value)


def test_what_a_role_wants_to_know_it_hears_from_every_client(house, monkeypatch):
    text = f"User: {house.bob()} is not authorized to perform: sts:AssumeRole on resource: {house.guarded}"
    done = house.cli("sts", "get-caller-identity", "--profile", "unguarded")
    assert done.returncode != 0 and text in done.stderr
    done = house.js("ini", "unguarded")
    assert done.returncode == 1 and f"AccessDenied: {text}" in done.stderr
    done = house.js("temporary", house.guarded, "js-unknown", AWS_PROFILE="bob")
    assert done.returncode == 1 and f"AccessDenied: {text}" in done.stderr
    assert said(house.js("temporary", house.guarded, "js-known", "wonderland", AWS_PROFILE="bob")) == house.session("guarded", "js-known")
    assert house.rust("identity", AWS_PROFILE="unguarded").returncode == 1
    assert house.rust("role", house.guarded, "rust", AWS_PROFILE="bob").returncode == 1
    assert said(house.rust("role", house.guarded, "rust", "wonderland", AWS_PROFILE="bob")) == house.session("guarded", "rust")
    within(monkeypatch, house.env())
    with pytest.raises(ClientError, match="sts:AssumeRole on resource"):
        boto3.Session(profile_name="unguarded").client("sts").get_caller_identity()
    # Each refusal was asked for once: clients do not try again what will not change.
    guarded = [call for call in house.calls("AssumeRole") if call["requestParameters"]["roleArn"] == house.guarded]
    refusals = [call for call in guarded if call.get("errorCode")]
    assert [call["errorCode"] for call in refusals] == ["AccessDenied"] * 6, refusals
    agents = ["aws-cli", "aws-sdk-js", "aws-sdk-js", "aws-sdk-rust", "aws-sdk-rust", "Boto3"]
    assert all(agent in call["userAgent"] for agent, call in zip(agents, refusals)), [call["userAgent"] for call in refusals]


EXPORT = """
import boto3, json, sys
found = boto3.Session(profile_name=sys.argv[1]).get_credentials()
frozen = found.get_frozen_credentials()
print(json.dumps({"Version": 1, "AccessKeyId": frozen.access_key, "SecretAccessKey": frozen.secret_key,
                  "SessionToken": frozen.token, "Expiration": found._expiry_time.isoformat()}))
"""


def test_a_session_goes_from_one_client_to_another(house):
    program = house.home / "export.py"
    program.write_text(EXPORT)
    exported = json.loads(said(house.run(sys.executable, program, "first")))
    left = datetime.datetime.fromisoformat(exported["Expiration"]) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(seconds=1700) < left <= datetime.timedelta(seconds=1800)
    # As other programs' environment, and as their credential_process.
    arn = house.session("first", "by-profile")
    for done in [house.js("env", key=exported), house.rust("identity", key=exported)]:
        assert said(done) == arn
    assert json.loads(said(house.cli("iam", "list-users", "--query", "Users[].UserName", key=exported))) == ["bob"]
    config = house.home / "exporting"
    config.write_text(f"[profile exporting]\ncredential_process = {sys.executable} {program} first\n"
                      + (house.home / ".aws/config").read_text())
    env = {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "exporting"}
    for done in [house.js("process", "exporting", **env), house.js("chain", **env), house.rust("identity", **env)]:
        assert said(done) == arn
    assert json.loads(said(house.cli("sts", "get-caller-identity", **env)))["Arn"] == arn


def test_keys_and_sessions_in_the_environment(house):
    session = house.server.client("sts", house.key).assume_role(RoleArn=house.first, RoleSessionName="carried")["Credentials"]
    for key, arn in [(house.key, house.bob()), (session, house.session("first", "carried"))]:
        assert json.loads(said(house.cli("sts", "get-caller-identity", key=key)))["Arn"] == arn
        assert said(house.js("env", key=key)) == said(house.js("chain", key=key)) == arn
        assert said(house.rust("identity", key=key)) == arn
        # Calls with answers in pages, and those that are refused, once and in AWS's words.
        assert said(house.js("users", key=key)) == said(house.rust("users", key=key)) == "bob"
        for client in [house.js, house.rust]:
            before = len(house.calls("CreateUser"))
            done = client("create", "eve", key=key)
            text = f"AccessDenied: User: {arn} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::{house.server.account}:user/eve"
            assert done.returncode == 1 and text in done.stderr, done.stderr
            assert len(house.calls("CreateUser")) == before + 1
    # A token that is cut short is none.
    broken = {**session, "SessionToken": session["SessionToken"][:-8]}
    for done in [house.cli("sts", "get-caller-identity", key=broken), house.js("env", key=broken), house.rust("identity", key=broken)]:
        assert done.returncode != 0 and "InvalidClientTokenId" in done.stderr, done.stderr


def test_the_javascript_sdk_takes_on_roles(house):
    assert said(house.js("process", "program")) == house.bob()
    assert said(house.js("temporary", house.first, "js", AWS_PROFILE="bob")) == house.session("first", "js")
    assert said(house.js("nested", house.first, house.second, AWS_PROFILE="bob")) == house.session("second", "inner")


def test_the_rust_sdk_takes_on_roles(house):
    assert said(house.rust("role", house.first, "rust", AWS_PROFILE="bob")) == house.session("first", "rust")
    assert said(house.rust("role", house.second, "rust", AWS_PROFILE="first")) == house.session("second", "rust")
    assert said(house.rust("users", AWS_PROFILE="first")) == "bob"


def test_boto3_takes_on_a_role_anew_before_a_session_ends(house, monkeypatch):
    within(monkeypatch, house.env())
    # Within a quarter of an hour of its end botocore replaces a session at each use; this one is as long.
    session = boto3.Session(profile_name="short")
    credentials = session.get_credentials()
    keys = {credentials.get_frozen_credentials().access_key for _ in range(3)}
    assert len(keys) == 3 and all(key.startswith("ASIA") for key in keys)
    assert session.client("sts").get_caller_identity()["Arn"] == house.session("first", "short")
    # A program's own, as many tools have it: due at once, and then good for an hour.
    taken = []

    def take():
        given = house.server.client("sts", house.key).assume_role(RoleArn=house.first, RoleSessionName="refreshed")["Credentials"]
        taken.append(given)
        return {"access_key": given["AccessKeyId"], "secret_key": given["SecretAccessKey"], "token": given["SessionToken"], "expiry_time": given["Expiration"].isoformat()}

    own = botocore.session.Session()
    due = {**take(), "expiry_time": (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=30)).isoformat()}
    own._credentials = RefreshableCredentials.create_from_metadata(metadata=due, refresh_using=take, method="sts-assume-role")
    client = own.create_client("sts", region_name="us-east-1")
    assert {client.get_caller_identity()["Arn"] for _ in range(3)} == {house.session("first", "refreshed")}
    assert len(taken) == 2


def test_names_of_hosts_are_signed_as_they_are_called(house, monkeypatch):
    port = house.server.port
    local = f"http://localhost:{port}"
    assert json.loads(said(house.cli("sts", "get-caller-identity", "--profile", "first", AWS_ENDPOINT_URL=local)))["Arn"] == house.session("first", "by-profile")
    assert said(house.rust("identity", AWS_PROFILE="first", AWS_ENDPOINT_URL=local)) == house.session("first", "by-profile")
    # As AWS's own hosts are named; DNS knows none of these.
    for host in ["sts.eu-central-1.keys.example", "sts.us-gov-west-1.amazonaws.com.keys.example", "KEYS.example"]:
        url = f"http://{host}:{port}"
        assert said(house.js("named", url, key=house.key)) == house.bob()
        with monkeypatch.context() as patched:
            patched.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])
            sts = boto3.client("sts", endpoint_url=url, region_name="eu-central-1", config=Config(retries={"max_attempts": 0}),
                               aws_access_key_id=house.key["AccessKeyId"], aws_secret_access_key=house.key["SecretAccessKey"])
            assert sts.get_caller_identity()["Arn"] == house.bob()


@pytest.mark.parametrize("client", ["js", "rust"])
@pytest.mark.parametrize("hours", [-6, 6])
def test_a_client_whose_clock_is_off_puts_it_right(house, client, hours):
    before = len(house.calls("GetCallerIdentity"))
    assert said(getattr(house, client)("skewed", hours, key=house.key)) == house.bob()
    calls = house.calls("GetCallerIdentity")[before:]
    assert [call.get("errorCode") for call in calls] == ["SignatureDoesNotMatch", None]


class Device:
    """A user with an MFA device, and a profile whose role is taken on with a code."""

    def __init__(self, house, name):
        iam = house.server.client("iam")
        condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        user = iam.create_user(UserName=name)["User"]["Arn"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.role = iam.create_role(RoleName=f"of-{name}", AssumeRolePolicyDocument=statement("sts:AssumeRole", user, Condition=condition))["Role"]["Arn"]
        made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.serial, self.seed = made["SerialNumber"], made["Base32StringSeed"].decode()
        # Enabling uses up the codes of two steps; those of later ones are taken before their time.
        self.next = int(time.time() // STEP) - 1
        iam.enable_mfa_device(UserName=name, SerialNumber=self.serial, AuthenticationCode1=self.code(), AuthenticationCode2=self.code())
        self.config = house.home / f"config-{name}"
        plain = f"[profile {name}]\nrole_arn = {self.role}\nsource_profile = own\nrole_session_name = with-code\n"
        self.config.write_text(f"{plain}mfa_serial = {self.serial}\n{plain.replace(name + ']', 'careless]', 1)}")
        credentials = house.home / f"credentials-{name}"
        credentials.write_text(f"[own]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n")
        self.env = {"AWS_CONFIG_FILE": str(self.config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}

    def code(self):
        """A code that has not been used."""
        self.next += 1
        return totp(self.seed, self.next - 1)


def typed(command, env, text):
    """Runs a program that asks at the terminal; returns what it asked, its exit code, output and complaint."""
    master, slave = pty.openpty()

    def terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(list(map(str, command)), env=env, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=terminal)
    os.close(slave)
    asked, deadline = "", time.monotonic() + 30
    while not asked.endswith(": ") and process.poll() is None and time.monotonic() < deadline:
        if select.select([master], [], [], 0.1)[0]:
            asked += os.read(master, 1024).decode()
    os.write(master, f"{text}\n".encode())
    out, err = process.communicate(timeout=30)
    os.close(master)
    return asked, process.returncode, out, err


def test_the_cli_asks_for_a_code_at_the_terminal(house):
    device = Device(house, "carol")
    command = [CLI, "sts", "get-caller-identity", "--profile", "carol", "--query", "Arn", "--output", "text"]
    asked, status, _, complaint = typed(command, house.env(**device.env), "000000")
    assert asked == f"Enter MFA code for {device.serial}: " and status != 0
    assert "MultiFactorAuthentication failed with invalid MFA one time pass code" in complaint
    asked, status, out, complaint = typed(command, house.env(**device.env), device.code())
    assert asked == f"Enter MFA code for {device.serial}: " and (status, out.strip()) == (0, house.session("of-carol", "with-code")), complaint
    # The session is kept; nobody is asked again.
    assert said(house.run(*command, **device.env)) == house.session("of-carol", "with-code")
    done = house.cli("sts", "get-caller-identity", "--profile", "careless", **device.env)
    assert done.returncode != 0 and "is not authorized to perform: sts:AssumeRole" in done.stderr
    taken = [call for call in house.calls("AssumeRole") if call["requestParameters"]["roleArn"] == device.role]
    assert [call.get("errorCode") for call in taken] == ["AccessDenied", None, "AccessDenied"]


def test_boto3_asks_for_a_code(house, monkeypatch):
    device = Device(house, "dave")
    within(monkeypatch, house.env(**device.env))
    session, asked = botocore.session.Session(profile="dave"), []
    provider = session.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = lambda prompt: asked.append(prompt) or device.code()
    sts = session.create_client("sts")
    assert {sts.get_caller_identity()["Arn"] for _ in range(2)} == {house.session("of-dave", "with-code")}
    assert asked == [f"Enter MFA code for {device.serial}: "]
    with pytest.raises(ClientError, match="sts:AssumeRole on resource"):
        boto3.Session(profile_name="careless").client("sts").get_caller_identity()


def test_the_javascript_sdk_asks_for_a_code(house):
    device = Device(house, "erin")
    used = device.code()
    assert said(house.js("ini-mfa", "erin", used, **device.env)) == house.session("of-erin", "with-code")
    done = house.js("ini-mfa", "erin", used, **device.env)
    assert done.returncode == 1 and "MultiFactorAuthentication failed with invalid MFA one time pass code" in done.stderr
    env = {**device.env, "AWS_PROFILE": "own"}
    assert said(house.js("temporary-mfa", device.role, device.serial, device.code(), **env)) == house.session("of-erin", "js")
    assert house.js("temporary", device.role, "js-careless", **env).returncode == 1
