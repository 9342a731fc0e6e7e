"""Requests that no SDK makes: what is answered, and what is kept of them."""

import http.client
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.parsers import create_parser
from conftest import refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHO = "Action=GetCallerIdentity&Version=2011-06-15"


def send(server, method, path, body="", headers=None):
    """Sends it as it is, follows nothing; the answer and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, body=body.encode(), headers=headers or {})
    answer = connection.getresponse()
    text = answer.read().decode(errors="surrogateescape")
    connection.close()
    return answer, text


def signed(server, method, path, body="", service="sts", key=None, **headers):
    key = key or (server.key_id, server.secret)
    request = AWSRequest(method, server.url + path, data=body, headers=headers)
    SigV4Auth(Credentials(*key), service, "us-east-1").add_auth(request)
    return send(server, method, path, body, dict(request.headers))


def events(server, name, value):
    found = server.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}])
    return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


def record_of(server, source, answer):
    [record] = [e for e in events(server, "EventSource", source) if e["requestID"] == answer.headers["x-amzn-requestid"]]
    return record


@pytest.mark.parametrize("method, path, headers, status", [
    ("POST", "/", FORM, 200),
    ("POST", "/", {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}, 200),
    ("POST", "/", {}, 200),
    ("PUT", "/", FORM, 302),
    ("DELETE", "/", FORM, 302),
    ("POST", "/", {"Content-Type": "text/plain"}, 403),
    ("POST", "/", {"Content-Type": "application/json"}, 403),
    ("POST", "/%zz", FORM, 400),
    ("POST", "/a/../..", FORM, 400),
])
def test_only_calls_are_answered_as_calls(shared, method, path, headers, status):
    answer, text = signed(shared, method, path, WHO, **headers)
    assert answer.status == status, text
    assert ("GetCallerIdentityResult" in text) == (status == 200)
    if status == 302:
        assert answer.headers["Location"] == "https://aws.amazon.com/iam" and not text
    if status == 403:
        assert answer.headers["Content-Type"] == "text/html" and "<html>" in text
    if status == 400:
        assert not text
    record = record_of(shared, "sts.amazonaws.com", answer)
    assert record.get("errorCode") == (None if status == 200 else "InvalidAction")


def test_what_the_door_refuses_is_answered_by_the_door(shared):
    """It need not see a body to know that it is too large: the client may still be sending."""
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
    connection.putrequest("PUT", "/")
    connection.putheader("Content-Length", str(2 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_visitors_are_sent_to_the_page(shared):
    for path in ("/", "/?Version=2010-05-08"):
        answer, text = send(shared, "GET", path)
        assert (answer.status, answer.headers["Location"], text) == (302, "https://aws.amazon.com/iam", "")
    answer, text = signed(shared, "GET", "/?" + WHO)
    assert answer.status == 200 and f"<Account>{shared.account}</Account>" in text


def test_names_of_no_operation_are_recorded_as_they_were_asked_for(shared):
    answer, _ = signed(shared, "POST", "/", "Action=MakeCoffee&Version=2010-05-08", "iam", **FORM)
    assert answer.status == 400
    [event] = events(shared, "EventName", "MakeCoffee")
    assert event["errorCode"] == "InvalidAction" and event["eventSource"] == "iam.amazonaws.com"
    signed(shared, "POST", "/", f"Action={'X' * 5000}&Version=2010-05-08", "iam", **FORM)
    assert len(events(shared, "EventName", "X" * 128)) == 1
    answer, _ = signed(shared, "POST", "/", "Action=a-b%0A&Version=2010-05-08", "iam", **FORM)
    assert record_of(shared, "iam.amazonaws.com", answer)["eventName"] == "Unknown"
    target = {"X-Amz-Target": "CloudTrail_20131101.LookOut", "Content-Type": "application/x-amz-json-1.1"}
    answer, _ = signed(shared, "POST", "/", "{}", "cloudtrail", **target)
    assert answer.status == 404
    assert len(events(shared, "EventName", "LookOut")) == 1


def test_a_claimed_key_id_is_cut(shared):
    for length, kept in ((128, 1), (129, 0), (2000, 0)):
        key_id = "AKIA" + "Q" * (length - 4)
        answer, _ = signed(shared, "POST", "/", WHO, key=(key_id, "x"), **FORM)
        assert answer.status == 403
        record = record_of(shared, "sts.amazonaws.com", answer)
        assert record["userIdentity"] == {"type": "Unknown", "accessKeyId": key_id[:128]}
        found = shared.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": key_id}])["Events"]
        assert len(found) == kept


def test_condition_keys_from_headers_are_cut(shared):
    iam = shared.client("iam")
    iam.create_user(UserName="agent")
    key = iam.create_access_key(UserName="agent")["AccessKey"]
    key = (key["AccessKeyId"], key["SecretAccessKey"])
    for header, name in (("User-Agent", "aws:UserAgent"), ("Referer", "aws:Referer")):
        iam.put_user_policy(UserName="agent", PolicyName="end", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
                "Condition": {"StringLike": {name: "*end"}}}]}))
        for filling, status in ((2045, 200), (2046, 403), (20_000, 403)):
            headers = {**FORM, header: "x" * filling + "end"}
            answer, text = signed(shared, "POST", "/", "Action=ListUsers&Version=2010-05-08", "iam", key, **headers)
            assert answer.status == status, (header, filling, text)


@pytest.mark.parametrize("service, scope, operation, input", [
    ("s3", "s3", "list_buckets", {}),
    ("s3", "s3", "get_object", {"Bucket": "bucket", "Key": "a//b/../c d"}),
    ("s3", "s3", "put_object", {"Bucket": "bucket", "Key": "key", "Body": b"x" * 100_000}),
    ("ec2", "ec2", "describe_instances", {}),
    ("sns", "sns", "list_topics", {}),
    ("cloudwatch", "monitoring", "list_metrics", {}),
    ("dynamodb", "dynamodb", "list_tables", {}),
    ("ssm", "ssm", "get_parameter", {"Name": "a"}),
    ("organizations", "organizations", "describe_organization", {}),
    ("eks", "eks", "list_clusters", {}),
    ("eks", "eks", "delete_cluster", {"name": "a"}),
    ("apigateway", "apigateway", "create_rest_api", {"name": "a"}),
    ("route53", "route53", "list_hosted_zones", {}),
])
def test_services_that_are_not_served_say_so(shared, service, scope, operation, input):
    client = shared.client(service)
    told = refused(getattr(client, operation), "NotImplemented", 501, **input)
    assert told == f"Keywright does not serve {scope}."
    record = events(shared, "EventSource", f"{scope}.amazonaws.com")[0]
    assert record["errorCode"] == "NotImplemented" and record["userIdentity"]["type"] == "Root"
    assert "apiVersion" not in record


@pytest.mark.parametrize("service, operation, code", [
    ("s3", "list_buckets", "SignatureDoesNotMatch"),
    ("ec2", "describe_instances", "SignatureDoesNotMatch"),
    ("sns", "list_topics", "SignatureDoesNotMatch"),
    ("dynamodb", "list_tables", "InvalidSignatureException"),
    ("eks", "list_clusters", "InvalidSignatureException"),
])
def test_only_who_signs_well_hears_what_is_not_served(shared, service, operation, code):
    forged = {"AccessKeyId": shared.key_id, "SecretAccessKey": "x" * 40}
    refused(getattr(shared.client(service, forged), operation), code)
    record = events(shared, "EventSource", f"{service}.amazonaws.com")[0]
    assert record["errorCode"] == code and record["userIdentity"]["type"] == "Unknown"


def test_calls_that_are_not_served_are_recorded_by_name(shared):
    refused(shared.client("sns").list_topics, "NotImplemented")
    assert events(shared, "EventName", "ListTopics")[0]["eventSource"] == "sns.amazonaws.com"
    refused(shared.client("dynamodb").list_tables, "NotImplemented")
    assert events(shared, "EventName", "ListTables")[0]["eventSource"] == "dynamodb.amazonaws.com"
    cbor = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}
    answer, text = signed(shared, "POST", "/service/Granite/operation/GetMetricData", "", "monitoring", **cbor)
    raw = {"status_code": answer.status, "headers": dict(answer.headers), "body": text.encode(errors="surrogateescape")}
    told = create_parser("smithy-rpc-v2-cbor").parse(raw, None)["Error"]
    assert told == {"Code": "NotImplemented", "Message": "Keywright does not serve monitoring."}
    assert events(shared, "EventName", "GetMetricData")[0]["eventSource"] == "monitoring.amazonaws.com"


def test_a_presigned_url_of_object_storage_is_not_served(shared):
    url = shared.client("s3", signature_version="s3v4").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}, ExpiresIn=3600)
    answer, text = send(shared, "GET", url.removeprefix(shared.url))
    assert answer.status == 501 and "<Message>Keywright does not serve s3.</Message>" in text, text


def test_a_call_of_a_service_that_is_served_needs_its_own_scope(shared):
    answer, text = signed(shared, "POST", "/", WHO, "s3", **FORM)
    assert answer.status == 403 and "Credential should be scoped to correct service: &apos;sts&apos;" in text.replace("'", "&apos;")


def test_the_cli_reads_what_is_not_served(shared):
    for command in (["s3", "ls"], ["ec2", "describe-instances"], ["eks", "list-clusters"], ["ssm", "get-parameter", "--name", "a"]):
        code, _, told = shared.aws(*command)
        assert code != 0 and "(NotImplemented)" in told and f"Keywright does not serve {command[0]}." in told, told
