"""Sessions of roles, where a line of a case cannot look: tokens, raw answers, copies of records."""

import json
import re
import urllib.parse

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import Server, refused
from test_sts_and_trail import send

STORY = "x-keywright-authorization-message"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, **more):
    return {"Effect": "Allow", "Action": list(actions), **({} if "Principal" in more else {"Resource": "*"}), **more}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A server with two accounts; in the first bob, who may assume what he likes, and a role `near`."""
    server = Server(tmp_path_factory.mktemp("two"), other=True)
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document(allow("sts:*")))
    server.bob = iam.create_access_key(UserName="bob")["AccessKey"]
    trust = document(allow("sts:AssumeRole", Principal={"AWS": server.account}))
    iam.create_role(RoleName="near", AssumeRolePolicyDocument=trust)
    server.near = f"arn:aws:iam::{server.account}:role/near"
    yield server
    assert server.stop() == 0
    server.check()


def assume(server, arn, key=None, **more):
    sts = server.client("sts", key or server.bob)
    return sts.assume_role(RoleArn=arn, RoleSessionName="s1", **more)["Credentials"]


def call(server, key, action="GetCallerIdentity", **parameters):
    """A call of STS as it is: status, body, headers."""
    body = urllib.parse.urlencode({"Action": action, "Version": "2011-06-15", **parameters})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", server.url + "/", data=body, headers=headers)
    parts = Credentials(key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"))
    SigV4Auth(parts, "sts", "us-east-1").add_auth(request)
    return send(server.url + "/", body.encode(), dict(request.headers))


def is_no_token(answer):
    status, body, _ = answer
    return status == 403 and "<Code>InvalidClientTokenId</Code>" in body


def test_a_token_in_which_one_character_is_another_is_none(two):
    session = assume(two, two.near)
    token = session["SessionToken"]
    assert call(two, session)[0] == 200
    for place, char in enumerate(token):
        other = "A" if char != "A" else "B"
        changed = {**session, "SessionToken": token[:place] + other + token[place + 1:]}
        assert is_no_token(call(two, changed)), place
    for changed in (token[:-1], token[:-4], token + "A", token + "====", token * 2, token[4:], "A", "IQoJb3JpZ2luX2Vj", "x" * 9000):
        assert is_no_token(call(two, {**session, "SessionToken": changed})), changed
    assert call(two, session)[0] == 200


def test_a_token_is_of_its_own_key_account_and_store(two, shared):
    one, other = assume(two, two.near), assume(two, two.near)
    assert call(two, one)[0] == call(two, other)[0] == 200
    for foreign in (other["AccessKeyId"], two.bob["AccessKeyId"], two.key_id, two.other["key"]["AccessKeyId"]):
        assert is_no_token(call(two, {**one, "AccessKeyId": foreign})), foreign
    mixed = {**one, "SecretAccessKey": other["SecretAccessKey"]}
    assert "<Code>SignatureDoesNotMatch</Code>" in call(two, mixed)[1]
    assert is_no_token(call(two, {key: one[key] for key in ("AccessKeyId", "SecretAccessKey")}))
    assert is_no_token(call(two, {**two.other["key"], "SessionToken": one["SessionToken"]}))
    assert is_no_token(call(shared, one))


def own_side(server, headers, name):
    """The story of a refusal, less the moment and the role's name. It tells of the caller's own side alone."""
    message = headers.pop("x-keywright-authorization-message", None)
    if message is None:
        return None
    told = json.loads(server.client("sts").decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
    assert {layer["layer"] for layer in told["layers"]} <= {"identity", "boundary", "session", "scp"}
    keys = told["context"]["conditions"]["items"]
    assert not [item for item in keys if "ResourceTag" in item["key"]]
    told["context"]["conditions"]["items"] = [item for item in keys if item["key"] not in ("aws:CurrentTime", "aws:EpochTime")]
    return json.dumps(told).replace(name, "")


def test_whether_another_account_has_a_role_is_not_told(two):
    theirs = two.client("iam", two.other["key"])
    trust = document(allow("sts:AssumeRole", Principal={"AWS": two.other["account"]}))
    theirs.create_role(RoleName="there", AssumeRolePolicyDocument=trust, Tags=[{"Key": "a", "Value": "b"}])
    plain = {"RoleSessionName": "s1"}
    asked = [
        plain,
        {**plain, "DurationSeconds": "43200", "ExternalId": "xy"},
        {**plain, "Tags.member.1.Key": "a", "Tags.member.1.Value": "1", "Tags.member.2.Key": "A", "Tags.member.2.Value": "2"},
        {**plain, "TransitiveTagKeys.member.1": "none"},
        {**plain, "SourceIdentity": "bob", "Policy": "{"},
        {**plain, "PolicyArns.member.1.arn": "this-is-not-an-arn-at-all"},
        {**plain, "SerialNumber": "arn:aws:iam::000000000000:mfa/x", "TokenCode": "123456"},
    ]
    for parameters in asked:
        answers = []
        for name in ("there", "empty"):
            arn = f"arn:aws:iam::{two.other['account']}:role/{name}"
            status, body, headers = call(two, two.bob, "AssumeRole", RoleArn=arn, **parameters)
            assert status == 403, body
            headers = {name.lower(): value for name, value in headers.items()}
            request_id = headers.pop("x-amzn-requestid")
            headers.pop("date", None)
            answers.append((status, body.replace(request_id, "").replace(name, ""), headers, own_side(two, headers, name)))
        assert answers[0] == answers[1]
        assert STORY not in answers[0][2]


def test_both_accounts_hear_of_a_role_that_was_assumed(two):
    theirs = two.client("iam", two.other["key"])
    trust = document(allow("sts:AssumeRole", Principal={"AWS": two.account}))
    arn = theirs.create_role(RoleName="open", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    assume(two, arn, ExternalId="ours")
    # Refused by the caller's own side: of no interest to the other.
    nobody = two.client("iam")
    nobody.create_user(UserName="nobody")
    key = nobody.create_access_key(UserName="nobody")["AccessKey"]
    refused(two.client("sts", key).assume_role, "AccessDenied", 403, RoleArn=arn, RoleSessionName="s1")
    ours, copy = (assumptions(two, key, arn) for key in (None, two.other["key"]))
    assert ["errorCode" in event for event in ours] == [True, False] and len(copy) == 1
    (event, copy) = (ours[1], copy[0])
    assert event["sharedEventID"] == copy["sharedEventID"] and event["requestID"] == copy["requestID"]
    assert event["eventID"] != copy["eventID"] and "sharedEventID" not in ours[0]
    assert (event["recipientAccountId"], copy["recipientAccountId"]) == (two.account, two.other["account"])
    assert event["userIdentity"]["arn"].endswith(":user/bob")
    # Of whom it does not know the account learns an id and whose it is, and no more.
    assert copy["userIdentity"] == {
        "type": "AWSAccount", "principalId": event["userIdentity"]["principalId"], "accountId": two.account}
    for one in (event, copy):
        assert one["resources"] == [{"ARN": arn, "accountId": two.other["account"], "type": "AWS::IAM::Role"}]
        assert one["requestParameters"]["externalId"] == "ours"
        assert one["responseElements"]["credentials"]["accessKeyId"].startswith("ASIA")
        assert "secretAccessKey" not in one["responseElements"]["credentials"]
    # The token is for the caller's trail alone.
    assert event["responseElements"]["credentials"]["sessionToken"]
    assert "sessionToken" not in json.dumps(copy)
    assert two.bob["AccessKeyId"] not in json.dumps(copy)


def assumptions(server, key, arn):
    """Records of AssumeRole for this role, newest first."""
    pages = server.client("cloudtrail", key).get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])
    events = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
    return [event for event in events if event["requestParameters"].get("roleArn") == arn]


def test_the_story_of_a_refusal_is_for_those_who_may_read_it(two):
    _, body, headers = call(two, two.bob, "AssumeRole", RoleArn=two.near + "x", RoleSessionName="s1")
    absent = {name.lower(): value for name, value in headers.items()}[STORY]
    two.client("iam").put_user_policy(UserName="bob", PolicyName="no", PolicyDocument=document(
        {"Sid": "No", "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}))
    _, body, headers = call(two, two.bob, "AssumeRole", RoleArn=two.near, RoleSessionName="s1")
    story = {name.lower(): value for name, value in headers.items()}[STORY]
    two.client("iam").delete_user_policy(UserName="bob", PolicyName="no")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,10240}", story) and "No" not in body
    told = json.loads(two.client("sts").decode_authorization_message(EncodedMessage=story)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert told["matchedStatements"]["items"][0]["statementId"] == "No"
    assert told["context"]["principal"]["arn"].endswith(":user/bob")
    assert (told["context"]["action"], told["context"]["resource"]) == ("sts:AssumeRole", two.near)
    keys = {item["key"]: item["values"]["items"][0]["value"] for item in told["context"]["conditions"]["items"]}
    assert keys["sts:RoleSessionName"] == "s1" and keys["aws:PrincipalAccount"] == two.account
    told = json.loads(two.client("sts").decode_authorization_message(EncodedMessage=absent)["DecodedMessage"])
    assert (told["allowed"], told["explicitDeny"]) == (False, False)
    # Not for another account, and not when it was changed.
    theirs = two.client("sts", two.other["key"]).decode_authorization_message
    refused(theirs, "InvalidAuthorizationMessageException", 400, "Message is not valid.", EncodedMessage=story)
    for place in (0, len(story) // 2, len(story) - 2):
        changed = story[:place] + ("A" if story[place] != "A" else "B") + story[place + 1:]
        ours = two.client("sts").decode_authorization_message
        refused(ours, "InvalidAuthorizationMessageException", 400, EncodedMessage=changed)


def test_a_role_session_names_who_called(two):
    session = assume(two, two.near)
    two.client("iam").put_role_policy(RoleName="near", PolicyName="p", PolicyDocument=document(allow("cloudtrail:LookupEvents")))
    two.client("cloudtrail", session).lookup_events(MaxResults=1)
    pages = two.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": session["AccessKeyId"]}])
    events = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
    identity = events[0]["userIdentity"]
    assert identity["type"] == "AssumedRole" and identity["accessKeyId"] == session["AccessKeyId"]
    assert identity["arn"] == f"arn:aws:sts::{two.account}:assumed-role/near/s1"
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["arn"], issuer["userName"]) == ("Role", two.near, "near")
    assert identity["principalId"] == issuer["principalId"] + ":s1"
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_a_role_session_signs_addresses_and_calls_in_every_region(two):
    session = two.client("sts", two.bob, "eu-west-1").assume_role(RoleArn=two.near, RoleSessionName="s1")["Credentials"]
    url = two.client("sts", session).generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    status, body, _ = send(url)
    assert status == 200 and ":assumed-role/near/s1</Arn>" in body
    token = urllib.parse.quote(session["SessionToken"], safe="")
    assert token in url
    assert send(url.replace(token, token[:-12] + "AAAAAAAAAAAA"))[0] == 403
    assert two.client("sts", session, "ap-south-1").get_caller_identity()["Account"] == two.account


def test_tokens_are_as_long_as_is_asked_for(two):
    sts = two.client("sts", two.bob)
    for size in (0, 3000, 4096):
        sessions = [
            sts.assume_role(RoleArn=two.near, RoleSessionName="s1", MinimumSessionTokenSize=size)["Credentials"],
            sts.get_session_token(MinimumSessionTokenSize=size)["Credentials"],
            sts.get_federation_token(Name="guest", MinimumSessionTokenSize=size)["Credentials"],
        ]
        for session in sessions:
            assert size <= len(session["SessionToken"]) < max(size, 600) + 8
            assert call(two, session)[0] == 200
    refused(sts.get_session_token, "ValidationError", 400, MinimumSessionTokenSize=4097)


def test_a_managed_policy_that_is_not_named_bounds_nobody_and_is_refused(two):
    asked = {"RoleArn": two.near, "RoleSessionName": "s1"}
    for descriptor in ({"PolicyArns.member.1.other": "x"}, {"PolicyArns.member.1.arn": ""}):
        status, body, _ = call(two, two.bob, "AssumeRole", **asked, **descriptor)
        assert status == 400 and "<Code>ValidationError</Code>" in body, descriptor
