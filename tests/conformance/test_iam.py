"""IAM by boto3: users, groups, policies, tags, paging, quotas, refusals."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import refused

ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def statement(effect, action, resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": action, "Resource": resource, **more}]})


@pytest.fixture
def iam(shared):
    return shared.client("iam")


def make_user(iam, name, **policies):
    iam.create_user(UserName=name)
    for policy, document in policies.items():
        iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=document)
    return iam.create_access_key(UserName=name)["AccessKey"]


def test_users_are_unique_without_regard_to_case_and_keep_their_spelling(iam):
    made = iam.create_user(UserName="Case.User", Path="/team/")["User"]
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    refused(iam.create_user, "EntityAlreadyExists", 409, "User with name case.user already exists.", UserName="case.user")
    found = iam.get_user(UserName="CASE.USER")["User"]
    assert found["UserName"] == "Case.User" and found["Arn"].endswith(":user/team/Case.User")
    iam.update_user(UserName="Case.User", NewUserName="other.user", NewPath="/")
    renamed = iam.get_user(UserName="other.user")["User"]
    assert renamed["UserId"] == made["UserId"] and renamed["Arn"].endswith(":user/other.user")
    refused(iam.get_user, "NoSuchEntity", 404, "The user with name Case.User cannot be found.", UserName="Case.User")
    iam.delete_user(UserName="other.user")
    refused(iam.delete_user, "NoSuchEntity", 404, UserName="other.user")


def test_constraints_speak_as_aws_does(iam):
    text = refused(iam.create_user, "ValidationError", 400, UserName="x" * 65)
    assert text == (f"1 validation error detected: Value '{'x' * 65}' at 'userName' failed to satisfy constraint: "
                    "Member must have length less than or equal to 64")
    text = refused(iam.create_user, "ValidationError", 400, UserName="a b", Path="no")
    assert text.startswith("2 validation errors detected: ") and "'userName'" in text and "'path'" in text
    refused(iam.list_users, "ValidationError", 400, "Value at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000", MaxItems=1001)


def test_pages_join_to_the_whole(iam):
    for n in range(25):
        iam.create_user(UserName=f"page-{n:02}", Path="/pages/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 7}))
    assert [len(page["Users"]) for page in pages] == [7, 7, 7, 4]
    assert [user["UserName"] for page in pages for user in page["Users"]] == [f"page-{n:02}" for n in range(25)]
    assert pages[0]["IsTruncated"] and not pages[-1]["IsTruncated"] and "Marker" not in pages[-1]
    refused(iam.list_users, "ValidationError", 400, "Invalid Marker.", Marker="not!a!marker")


def test_delete_conflicts_name_the_first_obstacle(iam):
    iam.create_user(UserName="busy")
    iam.create_group(GroupName="crowd")
    iam.add_user_to_group(GroupName="crowd", UserName="busy")
    iam.attach_user_policy(UserName="busy", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    iam.put_user_policy(UserName="busy", PolicyName="p", PolicyDocument=ALLOW_ALL)
    key = iam.create_access_key(UserName="busy")["AccessKey"]
    conflict = lambda text: refused(iam.delete_user, "DeleteConflict", 409, f"Cannot delete entity, must {text}.", UserName="busy")
    conflict("delete access keys first")
    iam.delete_access_key(UserName="busy", AccessKeyId=key["AccessKeyId"])
    conflict("delete policies first")
    iam.delete_user_policy(UserName="busy", PolicyName="P")
    conflict("detach all policies first")
    iam.detach_user_policy(UserName="busy", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    conflict("remove users from group first")
    refused(iam.delete_group, "DeleteConflict", 409, "must remove users from group first", GroupName="crowd")
    iam.remove_user_from_group(GroupName="crowd", UserName="busy")
    iam.delete_user(UserName="busy")
    iam.delete_group(GroupName="crowd")


def test_groups_give_their_members_policies(shared, iam):
    key = make_user(iam, "member")
    caller = shared.client("iam", key)
    iam.create_group(GroupName="Readers", Path="/g/")
    iam.put_group_policy(GroupName="readers", PolicyName="list", PolicyDocument=statement("Allow", "iam:ListGroups"))
    refused(caller.list_groups, "AccessDenied", 403)
    iam.add_user_to_group(GroupName="READERS", UserName="member")
    iam.add_user_to_group(GroupName="Readers", UserName="member")
    assert caller.list_groups()["Groups"]
    group = iam.get_group(GroupName="readers")
    assert [user["UserName"] for user in group["Users"]] == ["member"]
    iam.update_group(GroupName="Readers", NewGroupName="Lectors")
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="member")["Groups"]] == ["Lectors"]
    assert caller.list_groups()["Groups"]
    iam.attach_group_policy(GroupName="Lectors", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    text = refused(caller.list_groups, "AccessDenied", 403)
    assert text.endswith("with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSDenyAll")
    iam.detach_group_policy(GroupName="Lectors", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    iam.remove_user_from_group(GroupName="Lectors", UserName="member")
    refused(caller.list_groups, "AccessDenied", 403)


def test_managed_policies_and_their_versions(shared, iam):
    key = make_user(iam, "versioned")
    caller = shared.client("iam", key)
    arn = iam.create_policy(PolicyName="Ver", Path="/p/", Description="d", PolicyDocument=statement("Allow", "iam:ListUsers"),
                            Tags=[{"Key": "a", "Value": "1"}])["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{shared.account}:policy/p/Ver"
    refused(iam.create_policy, "EntityAlreadyExists", 409, "A policy called ver already exists.", PolicyName="ver", PolicyDocument=ALLOW_ALL)
    iam.attach_user_policy(UserName="versioned", PolicyArn=arn)
    assert caller.list_users()
    new = iam.create_policy_version(PolicyArn=arn, PolicyDocument=statement("Deny", "iam:ListUsers"))["PolicyVersion"]
    assert (new["VersionId"], new["IsDefaultVersion"]) == ("v2", False)
    assert caller.list_users()
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    refused(caller.list_users, "AccessDenied", 403, f"with an explicit deny in an identity-based policy: {arn}")
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert found["Document"]["Statement"][0]["Effect"] == "Deny"
    for n in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW_ALL)
    refused(iam.create_policy_version, "LimitExceeded", 409, "A managed policy can have up to 5 versions.", PolicyArn=arn, PolicyDocument=ALLOW_ALL)
    refused(iam.delete_policy_version, "DeleteConflict", 409, PolicyArn=arn, VersionId="v2")
    refused(iam.delete_policy, "DeleteConflict", 409, "Cannot delete a policy attached to entities.", PolicyArn=arn)
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [u["UserName"] for u in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == ["versioned"]
    iam.detach_user_policy(UserName="versioned", PolicyArn=arn)
    refused(iam.detach_user_policy, "NoSuchEntity", 404, UserName="versioned", PolicyArn=arn)
    refused(iam.delete_policy, "DeleteConflict", 409, "This policy has more than one version.", PolicyArn=arn)
    for version in ("v1", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)
    refused(iam.get_policy, "NoSuchEntity", 404, f"Policy {arn} was not found.", PolicyArn=arn)


def test_aws_managed_policies_are_there_and_cannot_be_changed(iam):
    names = [p["PolicyName"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 10}) for p in page["Policies"]]
    assert {"AdministratorAccess", "ReadOnlyAccess", "SecurityAudit", "AWSCompromisedKeyQuarantineV3"} <= set(names)
    assert len(names) == len(set(names))
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "*"
    refused(iam.create_policy_version, "AccessDenied", 403, PolicyArn=arn, PolicyDocument=ALLOW_ALL)
    refused(iam.delete_policy, "AccessDenied", 403, PolicyArn=arn)


@pytest.mark.parametrize("document, text", [
    ("{", "Syntax errors in policy."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Effect":"Allow","Action":"*","Resource":"*"}]}', "Syntax errors in policy."),
    ('{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', "Policy document must be version 2012-10-17 or greater."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}', "The policy failed legacy parsing"),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}', "Policy statement must contain actions."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}', "Policy statement must contain resources."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ListUsers","Resource":"*"}]}', "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"i_m:x","Resource":"*"}]}', "Vendor i_m is not valid"),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"bob"}]}', 'Resource bob must be in ARN format or "*".'),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:nope:s3:::b"}]}', 'Partition "nope" is not valid for resource "arn:nope:s3:::b".'),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}]}', "Policy document should not specify a principal."),
])
def test_malformed_policies_are_refused_in_aws_words(iam, document, text):
    assert refused(iam.create_policy, "MalformedPolicyDocument", 400, PolicyName="bad", PolicyDocument=document) == text


def test_sizes_are_counted_without_white_space(iam):
    iam.create_user(UserName="sizes")
    body = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:" + "x" * 60] * 40, "Resource": "*"}]})
    refused(iam.put_user_policy, "LimitExceeded", 409, "Maximum policy size of 2048 bytes exceeded for user sizes", UserName="sizes", PolicyName="p", PolicyDocument=body)
    iam.put_user_policy(UserName="sizes", PolicyName="p", PolicyDocument=ALLOW_ALL + " " * 4000)
    big = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:" + "x" * 60] * 100, "Resource": "*"}]})
    refused(iam.create_policy, "LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144", PolicyName="big", PolicyDocument=big)


def test_tags_decide(shared, iam):
    key = make_user(iam, "tagger", p=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}},
        {"Effect": "Allow", "Action": ["iam:CreateUser", "iam:TagUser"], "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}}]}))
    caller = shared.client("iam", key)
    iam.create_user(UserName="target", Tags=[{"Key": "Team", "Value": "red"}])
    refused(caller.get_user, "AccessDenied", 403, UserName="target")
    iam.tag_user(UserName="tagger", Tags=[{"Key": "team", "Value": "red"}])
    assert caller.get_user(UserName="target")["User"]["Tags"] == [{"Key": "Team", "Value": "red"}]
    caller.create_user(UserName="red-one", Tags=[{"Key": "team", "Value": "red"}])
    refused(caller.create_user, "AccessDenied", 403, UserName="no", Tags=[{"Key": "team", "Value": "red"}, {"Key": "x", "Value": "y"}])
    refused(caller.create_user, "AccessDenied", 403, UserName="no")
    refused(iam.tag_user, "InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive.", UserName="target", Tags=[{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}])
    refused(iam.tag_user, "InvalidInput", 400, "reserved", UserName="target", Tags=[{"Key": "aws:x", "Value": ""}])
    iam.untag_user(UserName="target", TagKeys=["TEAM"])
    assert iam.list_user_tags(UserName="target")["Tags"] == []


def test_own_keys_without_a_name(shared, iam):
    key = make_user(iam, "self", p=statement("Allow", "iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}"))
    caller = shared.client("iam", key)
    second = caller.create_access_key()["AccessKey"]
    assert second["UserName"] == "self"
    assert len(caller.list_access_keys()["AccessKeyMetadata"]) == 2
    caller.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    refused(caller.update_access_key, "InvalidInput", 400, "Operation does not support status Expired", AccessKeyId=second["AccessKeyId"], Status="Expired")
    refused(caller.delete_access_key, "NoSuchEntity", 404, AccessKeyId="AKIAIOSFODNN7EXAMPLE")
    refused(caller.list_access_keys, "AccessDenied", 403, "on resource: user tagger", UserName="tagger")
    caller.delete_access_key(AccessKeyId=second["AccessKeyId"])
    root = iam.create_access_key()["AccessKey"]
    assert shared.client("sts", root).get_caller_identity()["UserId"] == shared.account
    refused(iam.create_access_key, "LimitExceeded", 409)
    iam.delete_access_key(AccessKeyId=root["AccessKeyId"])


def test_of_many_who_create_one_name_one_succeeds(shared, iam):
    def attempt(n):
        try:
            return shared.client("iam").create_user(UserName="only-one")["User"]["UserId"]
        except iam.exceptions.EntityAlreadyExistsException:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [user for user in pool.map(attempt, range(8)) if user]
    assert len(made) == 1
    iam.create_user(UserName="keyed")

    def key(n):
        try:
            return shared.client("iam").create_access_key(UserName="keyed")["AccessKey"]["AccessKeyId"]
        except iam.exceptions.LimitExceededException:
            return None

    with ThreadPoolExecutor(8) as pool:
        assert len([k for k in pool.map(key, range(8)) if k]) == 2


def test_alias_and_summary(server):
    iam = server.client("iam")
    iam.create_account_alias(AccountAlias="first-alias")
    refused(iam.create_account_alias, "EntityAlreadyExists", 409, AccountAlias="first-alias")
    refused(iam.create_account_alias, "ValidationError", 400, AccountAlias="bad--alias")
    iam.create_account_alias(AccountAlias="second-alias")
    assert iam.list_account_aliases()["AccountAliases"] == ["second-alias"]
    refused(iam.delete_account_alias, "NoSuchEntity", 404, AccountAlias="first-alias")
    iam.delete_account_alias(AccountAlias="second-alias")
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    iam.attach_group_policy(GroupName="g", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")
    summary = iam.get_account_summary()["SummaryMap"]
    assert {k: summary[k] for k in ("Users", "Groups", "Policies", "PolicyVersionsInUse", "AccountAccessKeysPresent", "UsersQuota")} == {
        "Users": 1, "Groups": 1, "Policies": 0, "PolicyVersionsInUse": 1, "AccountAccessKeysPresent": 1, "UsersQuota": 5000}


def test_an_operator_raises_the_quota_of_users(server):
    quota = ["account", "quota", server.account, *server.place(), "--users"]
    assert "in use" in server.keywright(*quota, "1").stderr
    server.stop()
    assert server.keywright(*quota, "1").returncode == 0
    unknown = server.keywright("account", "quota", "000000000009", *server.place(), "--users", "1")
    assert unknown.returncode == 1 and "there is no account 000000000009" in unknown.stderr
    server.start()
    iam = server.client("iam")
    iam.create_user(UserName="one")
    refused(iam.create_user, "LimitExceeded", 409, "Cannot exceed quota for UsersPerAccount: 1", UserName="two")
    assert iam.get_account_summary()["SummaryMap"]["UsersQuota"] == 1
    server.stop()
    assert server.keywright(*quota, "2").returncode == 0
    server.start()
    iam.create_user(UserName="two")
    events = server.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "SetAccountQuota"}])
    assert len(events["Events"]) == 2
    server.stop()
    server.check()


def test_credential_report(server):
    iam = server.client("iam")
    refused(iam.get_credential_report, "ReportNotPresent", 410)
    key = make_user(iam, "bob")
    server.client("sts", key).get_caller_identity()
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    assert len(rows[0]) == 22 and rows[0]["user"] == "<root_account>"
    assert rows[1]["user"] == "bob" and rows[1]["access_key_1_active"] == "true"
    assert rows[1]["access_key_1_last_used_service"] == "sts" and rows[1]["access_key_2_active"] == "false"


def test_what_is_not_built_says_so_to_those_who_may_ask(shared, iam):
    trails = shared.client("cloudtrail").list_trails
    assert refused(trails, "NotImplemented", 501) == "Keywright does not implement cloudtrail:ListTrails yet."
    refused(shared.client("kms").list_keys, "NotImplemented", 501)
    key = make_user(iam, "curious")
    refused(shared.client("cloudtrail", key).list_trails, "AccessDeniedException", 400)
    refused(shared.client("kms", key).list_keys, "AccessDeniedException", 400)
