"""STS and the trail by boto3 and by hand-made requests."""

import datetime
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import refused

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def user(server, name, *policies):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    for policy in policies:
        iam.attach_user_policy(UserName=name, PolicyArn=policy)
    return iam.create_access_key(UserName=name)["AccessKey"]


def send(url, data=None, headers=None, method=None):
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_presigned_caller_identity(shared):
    sts = shared.client("sts")
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    status, body, _ = send(url)
    assert status == 200 and f"<Arn>arn:aws:iam::{shared.account}:root</Arn>" in body
    status, body, _ = send(url.replace("GetCallerIdentity", "GetSessionToken"))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in body


def test_session_tokens(shared):
    key = user(shared, "sess", ADMIN)
    session = shared.client("sts", key).get_session_token(DurationSeconds=900)["Credentials"]
    assert session["AccessKeyId"].startswith("ASIA")
    sts = shared.client("sts", session)
    assert sts.get_caller_identity()["Arn"].endswith(":user/sess")
    refused(sts.get_session_token, "AccessDenied", 403, "Cannot call GetSessionToken with session credentials")
    refused(shared.client("iam", session).list_users, "InvalidClientTokenId", 403)
    shared.client("cloudtrail", session).lookup_events(MaxResults=1)
    changed = {**session, "SessionToken": session["SessionToken"][:-8] + "AAAAAAA="}
    refused(shared.client("sts", changed).get_caller_identity, "InvalidClientTokenId", 403)
    without = {k: session[k] for k in ("AccessKeyId", "SecretAccessKey")}
    refused(shared.client("sts", without).get_caller_identity, "InvalidClientTokenId", 403)
    refused(shared.client("sts", {**key, "SessionToken": session["SessionToken"]}).get_caller_identity, "InvalidClientTokenId", 403)
    # Sessions can be denied by the moment of their issue; long-term keys are not touched by that.
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
    shared.client("iam").put_user_policy(UserName="sess", PolicyName="AWSRevokeOlderSessions", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}}}]}))
    refused(shared.client("cloudtrail", session).lookup_events, "AccessDeniedException", 400)
    shared.client("cloudtrail", key).lookup_events(MaxResults=1)
    iam = shared.client("iam")
    iam.delete_access_key(UserName="sess", AccessKeyId=key["AccessKeyId"])
    assert sts.get_caller_identity()
    iam.delete_user_policy(UserName="sess", PolicyName="AWSRevokeOlderSessions")
    iam.detach_user_policy(UserName="sess", PolicyArn=ADMIN)
    iam.delete_user(UserName="sess")
    refused(sts.get_caller_identity, "InvalidClientTokenId", 403)


def test_root_sessions_last_an_hour_at_most(shared):
    expiry = shared.client("sts").get_session_token(DurationSeconds=129600)["Credentials"]["Expiration"]
    left = expiry - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=58) < left <= datetime.timedelta(hours=1)


def test_bad_signatures_are_refused_in_aws_words(shared):
    wrong = {"AccessKeyId": shared.key_id, "SecretAccessKey": "x" * 40}
    text = refused(shared.client("sts", wrong).get_caller_identity, "SignatureDoesNotMatch", 403)
    assert text.startswith("The request signature we calculated does not match the signature you provided.")
    refused(shared.client("kms", wrong).list_keys, "InvalidSignatureException", 400)
    unknown = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40}
    refused(shared.client("sts", unknown).get_caller_identity, "InvalidClientTokenId", 403)
    refused(shared.client("kms", unknown).list_keys, "UnrecognizedClientException", 400)
    status, body, _ = send(shared.url, b"Action=GetCallerIdentity&Version=2011-06-15")
    assert status == 403 and "<Code>MissingAuthenticationToken</Code>" in body


def signed(server, body, service="iam", **headers):
    request = AWSRequest("POST", server.url + "/", data=body, headers={"Content-Type": "application/x-www-form-urlencoded", **headers})
    SigV4Auth(Credentials(server.key_id, server.secret), service, "us-east-1").add_auth(request)
    return send(server.url, body.encode() if isinstance(body, str) else body, dict(request.headers))


@pytest.mark.parametrize("body, code", [
    ("Version=2010-05-08", "MissingAction"),
    ("Action=NoSuchThing&Version=2010-05-08", "InvalidAction"),
    ("Action=ListUsers&Version=1999-01-01", "InvalidAction"),
    ("Action=ListUsers&MaxItems=1e3", "MalformedInput"),
    ("Action=TagUser&UserName=x&Tags.member.40.Key=a", "MalformedInput"),
    ("Action=GetUser&UserName=%zz", "MalformedQueryString"),
    ("Action=GetUser&UserName=%ff", "MalformedQueryString"),
    ("Action=GetUser&UserName=%", "MalformedQueryString"),
    ("Action=DeleteUser", "ValidationError"),
    ("Action=TagUser" + ".a" * 5000, "InvalidAction"),
    ("&".join(f"a{n}=1" for n in range(9000)), "MalformedInput"),
])
def test_broken_input_gets_a_clear_error(shared, body, code):
    status, answer, headers = signed(shared, body)
    assert status == 400 and f"<Code>{code}</Code>" in answer, answer
    assert headers["x-amzn-requestid"] in answer


@pytest.mark.parametrize("body", ["{", "[]", '"x"', '{"MaxResults": "many"}', '{"LookupAttributes": ' + "[" * 500, "\xff"])
def test_broken_json_gets_a_clear_error(shared, body):
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    status, answer, _ = signed(shared, body, "cloudtrail", **{"X-Amz-Target": target})
    assert status == 400 and json.loads(answer)["__type"] == "SerializationException", answer


def test_oversized_requests_are_refused(shared):
    for size in [2, 5, 2, 8]:
        status, *_ = send(shared.url, b"x" * (size * 1024 * 1024))
        assert status == 413
    status, *_ = send(shared.url, b"", {"X-Long": "x" * 100_000})
    assert status in (400, 431)
    assert shared.client("sts").get_caller_identity()


def test_every_call_has_its_record_refused_ones_too(server):
    key = user(server, "bob")
    iam = server.client("iam", key)
    refused(iam.list_users, "AccessDenied", 403)
    refused(server.client("iam").create_user, "EntityAlreadyExists", 409, UserName="bob")
    server.client("iam").update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    refused(iam.list_users, "InvalidClientTokenId", 403)
    trail = server.client("cloudtrail")

    def lookup(name, value):
        found = []
        for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}], PaginationConfig={"PageSize": 2}):
            found += page["Events"]
        return found

    calls = lookup("AccessKeyId", key["AccessKeyId"])
    records = [json.loads(event["CloudTrailEvent"]) for event in calls]
    assert [(r["eventName"], r.get("errorCode")) for r in records] == [("ListUsers", "InvalidClientTokenId"), ("ListUsers", "AccessDenied")]
    assert records[1]["userIdentity"]["userName"] == "bob" and records[1]["responseElements"] is None
    made = json.loads(lookup("EventName", "CreateAccessKey")[0]["CloudTrailEvent"])
    assert made["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"]
    assert "secretAccessKey" not in made["responseElements"]["accessKey"]
    assert key["SecretAccessKey"] not in json.dumps(made)
    assert [e["EventName"] for e in lookup("ResourceName", "bob")] == ["UpdateAccessKey", "CreateUser", "CreateAccessKey", "CreateUser"]
    assert {e["EventName"] for e in lookup("ReadOnly", "false")} >= {"CreateUser", "CreateAccessKey", "UpdateAccessKey"}
    assert {e["Username"] for e in lookup("Username", "bob")} == {"bob"}
    by_id = lookup("EventId", calls[0]["EventId"])
    assert [e["EventId"] for e in by_id] == [calls[0]["EventId"]]
    assert lookup("EventId", "00000000-0000-7000-8000-000000000000") == []
    assert lookup("EventSource", "iam.amazonaws.com") and lookup("ResourceType", "AWS::IAM::AccessKey")
    everything = trail.lookup_events()["Events"]
    assert everything == sorted(everything, key=lambda e: e["EventTime"], reverse=True)
    refused(trail.lookup_events, "InvalidNextTokenException", 400, NextToken="x")
    refused(trail.lookup_events, "InvalidTimeRangeException", 400, StartTime=datetime.datetime(2030, 1, 1), EndTime=datetime.datetime(2029, 1, 1))
    refused(trail.lookup_events, "InvalidLookupAttributesException", 400, LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "a"}] * 2)


def test_the_javascript_sdk(server):
    js = Path(__file__).parent / "js"
    env = {"PATH": __import__("os").environ["PATH"], "ENDPOINT": server.url, "AWS_ACCESS_KEY_ID": server.key_id, "AWS_SECRET_ACCESS_KEY": server.secret, "AWS_REGION": "us-east-1"}
    done = subprocess.run(["node", "key-life.mjs"], cwd=js, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("the whole life of a key")
