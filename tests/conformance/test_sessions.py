"""`keywright sessions revoke`: a client that ends sessions on a running server."""

import json
import re
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from conftest import BINARY, CLEAN, Server, refused

POLICY_NAME = "AWSRevokeOlderSessions"


def allow(*actions):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def trust(account):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]})


def user(server, name, *actions):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    if actions:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=allow(*actions))
    return iam.create_access_key(UserName=name)["AccessKey"]


def role(server, name, path="/"):
    iam = server.client("iam")
    arn = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(server.account))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=allow("iam:ListUsers"))
    return arn


def assume(server, key, arn, session, region="us-east-1"):
    return server.client("sts", key, region).assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]


def lists(server, credentials):
    return server.client("iam", credentials).list_users()["Users"]


def is_denied(server, credentials):
    refused(server.client("iam", credentials).list_users, "AccessDenied", 403, "with an explicit deny in an identity-based policy")


def next_second():
    """What begins in the same second as the revocation is revoked with it."""
    time.sleep(1.1)


def revoke(server, whose, key=None, flags=(), **env):
    key = key or {"AccessKeyId": server.key_id, "SecretAccessKey": server.secret}
    variables = {**CLEAN, "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
                 "AWS_SESSION_TOKEN": key.get("SessionToken", ""), "XDG_CONFIG_HOME": str(server.home), **env}
    done = subprocess.run([BINARY, "sessions", "revoke", *flags, whose], env=variables, capture_output=True, text=True, timeout=60)
    for secret in [key["SecretAccessKey"], key.get("SessionToken", key["SecretAccessKey"])]:
        assert secret not in done.stdout + done.stderr
    return done


def test_sessions_of_a_role_end_and_new_ones_may_begin(server):
    key = user(server, "bob", "sts:AssumeRole")
    arn = role(server, "deploy", "/ci/")
    for whose in [arn, "role/deploy", "deploy"]:
        old = [assume(server, key, arn, "one"), assume(server, key, arn, "two")]
        assert all(lists(server, session) for session in old)
        done = revoke(server, whose)
        assert done.returncode == 0, done.stderr
        moment = re.fullmatch(rf"role/deploy\t{POLICY_NAME}\t(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n", done.stdout)[1]
        for session in old:
            is_denied(server, session)
        put = server.client("iam").get_role_policy(RoleName="deploy", PolicyName=POLICY_NAME)["PolicyDocument"]
        assert put == {"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": {"DateLessThan": {"aws:TokenIssueTime": moment}}}]}
        assert "all sessions of role/deploy that began before " + moment in done.stderr
        assert "Not reached:" in done.stderr and "can take it on again" in done.stderr
        assert "aws iam delete-role-policy --role-name deploy" in done.stderr
        next_second()
        assert lists(server, assume(server, key, arn, "one"))
    events = server.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutRolePolicy"}])["Events"]
    assert len(events) == 4  # and the policy that it began with


def test_no_session_that_began_before_survives_however_short_before(server):
    key = user(server, "bob", "sts:AssumeRole")
    arn = role(server, "deploy")
    for turn in range(15):
        session = assume(server, key, arn, f"turn-{turn}")
        assert revoke(server, "role/deploy").returncode == 0
        is_denied(server, session)
        time.sleep(0.13)


def test_sessions_of_a_user_end_federated_ones_too_and_keys_live_on(server):
    key = user(server, "bob", "iam:ListUsers", "sts:*")
    sts = server.client("sts", key)
    own = sts.get_session_token()["Credentials"]
    lent = sts.get_federation_token(Name="guest", Policy=allow("iam:ListUsers"))["Credentials"]
    bystander = server.client("sts", user(server, "eve", "iam:ListUsers")).get_session_token()["Credentials"]
    # Sessions of users may call IAM if they have seen a second factor alone; the trail, whoever they are.
    iam = server.client("iam")
    iam.put_user_policy(UserName="bob", PolicyName="trail", PolicyDocument=allow("cloudtrail:LookupEvents"))
    iam.put_user_policy(UserName="eve", PolicyName="trail", PolicyDocument=allow("cloudtrail:LookupEvents"))
    lent_trail = sts.get_federation_token(Name="guest", Policy=allow("cloudtrail:LookupEvents"))["Credentials"]
    for session in [own, lent_trail, bystander]:
        server.client("cloudtrail", session).lookup_events(MaxResults=1)
    done = revoke(server, "bob")
    assert done.returncode == 0 and done.stdout.startswith(f"user/bob\t{POLICY_NAME}\t"), done.stderr
    assert "the access keys of user/bob" in done.stderr and "roles that the user" in done.stderr
    text = "is not authorized to perform: cloudtrail:LookupEvents"
    for session in [own, lent_trail]:
        refused(server.client("cloudtrail", session).lookup_events, "AccessDeniedException", 400, text)
    assert lent["AccessKeyId"] != lent_trail["AccessKeyId"]
    server.client("cloudtrail", bystander).lookup_events(MaxResults=1)
    assert lists(server, key)
    next_second()
    server.client("cloudtrail", sts.get_session_token()["Credentials"]).lookup_events(MaxResults=1)


def test_a_users_key_names_the_user_and_lives_on(server):
    key = user(server, "bob", "cloudtrail:LookupEvents")
    session = server.client("sts", key).get_session_token()["Credentials"]
    done = revoke(server, key["AccessKeyId"])
    assert done.returncode == 0 and done.stdout.startswith(f"user/bob\t{POLICY_NAME}\t"), done.stderr
    refused(server.client("cloudtrail", session).lookup_events, "AccessDeniedException", 400, "explicit deny")
    server.client("cloudtrail", key).lookup_events(MaxResults=1)
    # What it says about the key works as it stands.
    command = re.search(rf"aws (iam update-access-key --user-name bob --access-key-id {key['AccessKeyId']} --status Inactive)", done.stderr)[1]
    assert server.aws(*command.split())[0] == 0
    refused(server.client("sts", key).get_caller_identity, "InvalidClientTokenId", 403)
    root = revoke(server, server.key_id)
    assert root.returncode == 1 and "root, which no policy of IAM binds" in root.stderr
    assert f"keywright account reset-root-key {server.account}" in root.stderr
    unknown = revoke(server, key["AccessKeyId"][:-1] + ("A" if key["AccessKeyId"][-1] != "A" else "B"))
    assert unknown.returncode == 1 and "GetAccessKeyLastUsed was refused" in unknown.stderr


@pytest.mark.parametrize("used", [True, False], ids=["used", "never used"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_one_session_of_two_of_a_role(server, used, region):
    key = user(server, "bob", "sts:AssumeRole")
    arn = role(server, "deploy")
    leaked, other = (assume(server, key, arn, name, region) for name in ["leaked", "other"])
    if used:
        assert lists(server, leaked)
    done = revoke(server, leaked["AccessKeyId"], AWS_REGION=region)
    assert done.returncode == 0, done.stderr
    policy = f"RevokeSession-{leaked['AccessKeyId']}"
    assert done.stdout.startswith(f"role/deploy\t{policy}\t")
    is_denied(server, leaked)
    assert lists(server, other)
    [statement] = server.client("iam").get_role_policy(RoleName="deploy", PolicyName=policy)["PolicyDocument"]["Statement"]
    role_id = server.client("iam").get_role(RoleName="deploy")["Role"]["RoleId"]
    assert statement["Condition"]["StringEquals"] == {"aws:userid": f"{role_id}:leaked"}
    next_second()
    assert lists(server, assume(server, key, arn, "leaked"))
    if region != "us-east-1":
        idle = assume(server, key, arn, "idle", region)["AccessKeyId"]
        assert revoke(server, idle).returncode == 0
    unknown = revoke(server, "ASIA" + "A" * 16)
    assert unknown.returncode == 1 and "no session of ASIAAAAAAAAAAAAAAAAA is known" in unknown.stderr


@pytest.mark.parametrize("used", [True, False], ids=["used", "never used"])
def test_a_session_that_was_scoped_down(server, used):
    key = user(server, "bob", "sts:AssumeRole")
    arn = role(server, "deploy")
    server.client("iam").put_role_policy(RoleName="deploy", PolicyName="cut", PolicyDocument=allow("sts:GetScopedCredentials"))
    whole = assume(server, key, arn, "one")
    scoped = server.client("sts", whole).get_scoped_credentials(Policy=allow("iam:ListUsers"))["Credentials"]
    if used:
        assert lists(server, scoped)
    done = revoke(server, scoped["AccessKeyId"])
    assert done.returncode == 0, done.stderr
    assert "role/deploy" in done.stdout
    is_denied(server, scoped)
    is_denied(server, whole)
    next_second()
    assert lists(server, assume(server, key, arn, "one"))


@pytest.mark.parametrize("used", [True, False], ids=["used", "never used"])
def test_one_key_of_a_users_session(server, used):
    key = user(server, "bob", "sts:*", "cloudtrail:LookupEvents")
    sts = server.client("sts", key)
    guest, other = (sts.get_federation_token(Name=name, Policy=allow("cloudtrail:LookupEvents"))["Credentials"] for name in ["guest", "other"])
    own = sts.get_session_token()["Credentials"]
    if used:
        for session in [guest, own]:
            server.client("cloudtrail", session).lookup_events(MaxResults=1)
    done = revoke(server, guest["AccessKeyId"])
    assert done.returncode == 0 and done.stdout.startswith(f"user/bob\tRevokeSession-{guest['AccessKeyId']}\t"), done.stderr
    refused(server.client("cloudtrail", guest).lookup_events, "AccessDeniedException", 400, "explicit deny")
    for session in [other, own, key]:
        server.client("cloudtrail", session).lookup_events(MaxResults=1)
    done = revoke(server, own["AccessKeyId"])
    assert done.returncode == 0, done.stderr
    refused(server.client("cloudtrail", own).lookup_events, "AccessDeniedException", 400, "explicit deny")
    for session in [other, key]:
        server.client("cloudtrail", session).lookup_events(MaxResults=1)


def test_a_key_that_only_strangers_name_is_nobodys(server):
    key = user(server, "bob", "sts:*")
    session = assume(server, key, role(server, "deploy"), "night")
    # Records with the key's id that do not say whose it is, on both ways.
    forged = {**session, "SecretAccessKey": "x" * 40}
    refused(server.client("sts", forged).get_caller_identity, "SignatureDoesNotMatch", 403)
    for _ in range(60):
        server.client("sts", key).get_access_key_info(AccessKeyId=session["AccessKeyId"])
    done = revoke(server, session["AccessKeyId"])
    assert done.returncode == 0 and done.stdout.startswith("role/deploy\t"), done.stderr
    made_up = session["AccessKeyId"][:-4] + "ABCD"
    server.client("sts", key).get_access_key_info(AccessKeyId=made_up)
    done = revoke(server, made_up)
    assert done.returncode == 1 and f"no session of {made_up} is known" in done.stderr


def test_roots_sessions_are_reached_by_no_policy(server):
    session = server.client("sts").get_session_token()["Credentials"]
    lent = server.client("sts").get_federation_token(Name="guest", Policy=allow("cloudtrail:LookupEvents"))["Credentials"]
    server.client("cloudtrail", lent).lookup_events(MaxResults=1)
    for key in [session, lent]:
        done = revoke(server, key["AccessKeyId"])
        assert done.returncode == 1 and "root, which no policy of IAM binds" in done.stderr, done.stderr
        assert "reset-root-key" in done.stderr and done.stdout == ""


def test_a_name_of_both_is_asked_about(server):
    key, arn = user(server, "both", "sts:AssumeRole", "cloudtrail:LookupEvents"), role(server, "both")
    session = assume(server, key, arn, "night")
    done = revoke(server, "both")
    assert done.returncode == 1 and "there are a role and a user named both" in done.stderr
    assert "say role/both or user/both" in done.stderr
    assert lists(server, session)
    assert revoke(server, "role/both").stdout.startswith("role/both\t")
    is_denied(server, session)
    assert revoke(server, f"arn:aws:iam::{server.account}:user/both").stdout.startswith("user/both\t")
    for whose, text in [("nobody", "there is no role and no user named nobody"), ("role/nobody", "NoSuchEntity: ")]:
        done = revoke(server, whose)
        assert done.returncode == 1 and text in done.stderr and done.stdout == ""


def test_an_operator_without_the_right_hears_awss_text(server):
    arn = role(server, "deploy")
    key = user(server, "bob", "sts:AssumeRole")
    session = assume(server, key, arn, "night")
    clerk = user(server, "clerk", "iam:GetRole", "iam:GetUser", "cloudtrail:LookupEvents")
    me = f"User: arn:aws:iam::{server.account}:user/clerk is not authorized to perform: "
    why = "because no identity-based policy allows the iam:PutRolePolicy action"
    for whose in ["role/deploy", "deploy", arn, session["AccessKeyId"]]:
        done = revoke(server, whose, key=clerk)
        assert done.returncode == 1 and done.stdout == "", done.stderr
        assert "error: PutRolePolicy was refused" in done.stderr
        assert f"AccessDenied: {me}iam:PutRolePolicy on resource: role deploy {why}" in done.stderr
    assert lists(server, session)
    # Whoever may put the policy needs no more where the role is named.
    narrow = user(server, "narrow", "iam:PutRolePolicy")
    done = revoke(server, "deploy", key=narrow)
    assert done.returncode == 1 and "perform: iam:GetRole" in done.stderr and "role/deploy or user/deploy" in done.stderr
    assert revoke(server, "role/deploy", key=narrow).returncode == 0
    is_denied(server, session)
    # Sessions of roles may revoke, too.
    server.client("iam").put_role_policy(RoleName=role(server, "warden") and "warden", PolicyName="put", PolicyDocument=allow("iam:PutRolePolicy"))
    warden = assume(server, key, f"arn:aws:iam::{server.account}:role/warden", "ward")
    assert revoke(server, "role/deploy", key=warden).returncode == 0


def test_failures_say_what_and_why_and_what_to_do(server):
    stranger = {"AccessKeyId": server.key_id, "SecretAccessKey": "x" * 40}
    done = revoke(server, "role/x", key=stranger)
    assert done.returncode == 1 and "SignatureDoesNotMatch" in done.stderr and "hint:" in done.stderr
    done = revoke(server, "role/x", AWS_SECRET_ACCESS_KEY="")
    assert done.returncode == 1 and "no credentials to sign with" in done.stderr and "export-credentials" in done.stderr
    done = revoke(server, "role/x", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.returncode == 1 and "http://127.0.0.1:9/" in done.stderr and "--endpoint-url" in done.stderr
    done = revoke(server, "role/x", AWS_ENDPOINT_URL="127.0.0.1")
    assert done.returncode == 1 and "is no http or https URL" in done.stderr
    done = revoke(server, "role/x", AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.admin_port}")
    assert done.returncode == 1 and "is not that of an AWS API" in done.stderr
    for whose in ["", "group/x", f"arn:aws:sts::{server.account}:assumed-role/x/y"]:
        assert revoke(server, whose).returncode == 2
    done = revoke(server, "arn:aws:iam::999988887777:role/deploy")
    assert done.returncode == 1 and f"of account {server.account}" in done.stderr and "is of account 999988887777" in done.stderr
    done = revoke(server, "ASIARZPUZDIKEXAMPLE2")
    assert done.returncode == 1 and "ASIARZPUZDIKEXAMPLE2 is of account 123456789012" in done.stderr


def test_settings_by_flag_variable_and_file(server):
    role(server, "deploy")
    nowhere = "http://127.0.0.1:9"

    def works(*flags, **env):
        return revoke(server, "role/deploy", flags=flags, **env).returncode == 0

    assert works("--endpoint-url", server.url, AWS_ENDPOINT_URL=nowhere, KEYWRIGHT_ENDPOINT_URL=nowhere)
    assert works(KEYWRIGHT_ENDPOINT_URL=server.url, AWS_ENDPOINT_URL=nowhere, AWS_ENDPOINT_URL_IAM=nowhere)
    assert works(AWS_ENDPOINT_URL=nowhere, AWS_ENDPOINT_URL_IAM=server.url, AWS_ENDPOINT_URL_STS=server.url)
    assert not works(AWS_ENDPOINT_URL_IAM=nowhere)
    (server.home / "keywright").mkdir()
    (server.home / "keywright/config.toml").write_text(f'endpoint-url = "{server.url}"\nregion = "eu-north-1"\n')
    assert works(AWS_ENDPOINT_URL="")
    regions = [json.loads(event["CloudTrailEvent"])["awsRegion"] for event in
               server.client("cloudtrail", region="eu-north-1").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "GetCallerIdentity"}])["Events"]]
    assert regions == ["eu-north-1"]
    assert not works(AWS_ENDPOINT_URL=nowhere)


def test_over_tls_the_server_must_be_vouched_for(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key, bundle = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    certificate.private_key_pem.write_to_path(key)
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    authority.cert_pem.write_to_path(bundle)
    server = Server(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key))
    server.url = server.url.replace("http:", "https:")
    done = revoke(server, "role/x", AWS_CA_BUNDLE=str(bundle))
    assert "NoSuchEntity" in done.stderr
    assert "NoSuchEntity" in revoke(server, "role/x", flags=["--ca-bundle", str(bundle)], AWS_CA_BUNDLE=str(key)).stderr
    # Neither the system's certificates nor another's vouch for it.
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(stranger)
    for bundle in ["", str(stranger)]:
        done = revoke(server, "role/x", AWS_CA_BUNDLE=bundle)
        assert done.returncode == 1 and "NoSuchEntity" not in done.stderr and "cannot be called" in done.stderr
        assert "--ca-bundle or AWS_CA_BUNDLE" in done.stderr and "--endpoint-url" not in done.stderr
    assert server.stop() == 0


def self_signed(path, name, days=(-2, 300)):
    """A certificate and its key, as `openssl req -x509` makes them."""
    key = ec.generate_private_key(ec.SECP256R1())
    named, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(named).issuer_name(named).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now + timedelta(days[0])).not_valid_after(now + timedelta(days[1]))
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                   .sign(key, hashes.SHA256()))
    path.with_suffix(".pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path.with_suffix(".pem"), path.with_suffix(".key")


@pytest.mark.parametrize("name, days", [("127.0.0.1", (-2, 300)), ("keys.example", (-2, 300)), ("127.0.0.1", (-20, -10))])
def test_a_self_signed_certificate_is_trusted_where_it_is_named_itself(tmp_path, name, days):
    certificate, key = self_signed(tmp_path / "own", name, days)
    other, _ = self_signed(tmp_path / "other", name, days)
    server = Server(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key))
    server.url = server.url.replace("http:", "https:")
    both = tmp_path / "both.pem"
    both.write_bytes(other.read_bytes() + certificate.read_bytes())
    for bundle in (certificate, both):
        done = revoke(server, "role/x", AWS_CA_BUNDLE=str(bundle))
        assert "NoSuchEntity" in done.stderr, done.stderr
    done = revoke(server, "role/x", AWS_CA_BUNDLE=str(other))
    assert done.returncode == 1 and "NoSuchEntity" not in done.stderr and "--ca-bundle or AWS_CA_BUNDLE" in done.stderr
    assert server.stop() == 0


def test_a_server_without_tls_is_named(server):
    server.url = server.url.replace("http:", "https:")
    done = revoke(server, "role/x")
    assert done.returncode == 1 and "does not seem to speak TLS" in done.stderr, done.stderr
    server.url = server.url.replace("https:", "http:")
