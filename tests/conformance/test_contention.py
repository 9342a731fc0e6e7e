"""Many callers who change one thing at once: all get their turn, and every call has its record."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError
from case_language import STEP, totp

WRITERS = 80
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]})


def status(call, **kwargs):
    try:
        return call(**kwargs)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ConcurrentModification", error.response
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def code_of(call, **kwargs):
    try:
        return call(**kwargs) and "ok"
    except ClientError as error:
        return error.response["Error"]["Code"]


def events(trail, name):
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def test_eighty_writers_of_one_user_are_concluded_and_recorded(server):
    iam = server.client("iam", max_pool_connections=WRITERS)
    iam.create_user(UserName="busy")
    with ThreadPoolExecutor(WRITERS) as pool:
        statuses = Counter(pool.map(
            lambda n: status(iam.put_user_policy, UserName="busy", PolicyName=f"p{n % 8}", PolicyDocument=DOCUMENT),
            range(WRITERS)))
    assert set(statuses) <= {200, 409} and sum(statuses.values()) == WRITERS, statuses
    assert statuses[200] >= WRITERS * 9 // 10, statuses
    recorded = events(server.client("cloudtrail"), "PutUserPolicy")
    outcomes = Counter(409 if "errorCode" in event else 200 for event in recorded)
    assert outcomes == statuses
    assert len({event["requestID"] for event in recorded}) == WRITERS


def test_of_many_who_show_one_code_one_is_let_in(server):
    """Nine: as many as may try in three minutes, so that none is refused for another reason."""
    iam, callers = server.client("iam"), 9
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]
    seed, now = made["Base32StringSeed"].decode(), time.time() // STEP
    device = {"SerialNumber": made["SerialNumber"]}
    iam.enable_mfa_device(
        UserName="bob", **device, AuthenticationCode1=totp(seed, now - 1), AuthenticationCode2=totp(seed, now))
    sts = server.client("sts", key, max_pool_connections=callers)
    code = totp(seed, now + 1)

    def outcome(_):
        try:
            sts.get_session_token(**device, TokenCode=code)
            return "ok"
        except ClientError as error:
            return error.response["Error"]["Message"]

    with ThreadPoolExecutor(callers) as pool:
        outcomes = Counter(pool.map(outcome, range(callers)))
    wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    assert outcomes == {"ok": 1, wrong: callers - 1}
    recorded = events(server.client("cloudtrail"), "GetSessionToken")
    assert Counter("errorCode" in event for event in recorded) == {False: 1, True: callers - 1}


def test_of_many_who_enable_devices_eight_do(server):
    """Holder and device change in one commit, so no ninth one slips in."""
    iam, devices = server.client("iam", max_pool_connections=12), 11
    iam.create_user(UserName="bob")
    made = [iam.create_virtual_mfa_device(VirtualMFADeviceName=f"d{n}")["VirtualMFADevice"] for n in range(devices)]

    def outcome(device):
        seed, now = device["Base32StringSeed"].decode(), time.time() // STEP
        return code_of(
            iam.enable_mfa_device, UserName="bob", SerialNumber=device["SerialNumber"],
            AuthenticationCode1=totp(seed, now - 1), AuthenticationCode2=totp(seed, now))

    with ThreadPoolExecutor(devices) as pool:
        outcomes = Counter(pool.map(outcome, made))
    assert outcomes == {"ok": 8, "LimitExceeded": devices - 8}
    assert len(iam.list_mfa_devices(UserName="bob")["MFADevices"]) == 8
    assert len(iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]) == 8
    assert code_of(iam.delete_user, UserName="bob") == "DeleteConflict"


ROUNDS = 25
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
CLOSED = TRUST.replace("Allow", "Deny")


def together(*calls):
    """Makes the calls at once; what became of each: `ok` or an error's code."""
    start = threading.Barrier(len(calls))

    def outcome(call):
        start.wait()
        try:
            call()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "ok"

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


def ended_well(server):
    assert server.stop() == 0
    server.check()


def test_one_of_many_makes_the_role(server):
    iam = server.client("iam", max_pool_connections=8)
    for turn in range(ROUNDS):
        made = [lambda name=name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
                for name in (f"Role{turn}", f"role{turn}", f"ROLE{turn}", f"role{turn}")]
        assert Counter(together(*made)) == {"ok": 1, "EntityAlreadyExists": 3}
    assert len(iam.list_roles(MaxItems=1000)["Roles"]) == ROUNDS
    assert len(events(server.client("cloudtrail"), "CreateRole")) == 4 * ROUNDS
    ended_well(server)


def test_a_role_is_deleted_or_used(server):
    """Whoever comes first decides; never is it gone and still in use."""
    iam = server.client("iam", max_pool_connections=8)
    iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)
    arn = f"arn:aws:iam::{server.account}:policy/p"
    seen = Counter()
    for turn in range(ROUNDS):
        role, profile = f"r{turn}", f"i{turn}"
        uses = [
            lambda: iam.attach_role_policy(RoleName=role, PolicyArn=arn),
            lambda: iam.add_role_to_instance_profile(RoleName=role, InstanceProfileName=profile),
            lambda: iam.put_role_policy(RoleName=role, PolicyName="q", PolicyDocument=DOCUMENT),
            lambda: iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=arn),
        ]
        use = turn % len(uses)
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
        iam.create_instance_profile(InstanceProfileName=profile)
        deleted, used = together(lambda: iam.delete_role(RoleName=role), uses[use])
        # A boundary holds nobody back: it goes with the role.
        allowed = [("ok", "NoSuchEntity"), ("ok", "ok") if use == 3 else ("DeleteConflict", "ok")]
        assert (deleted, used) in allowed, (use, deleted, used)
        seen[deleted] += 1
        roles = iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
        assert len(roles) == (1 if use == 1 and used == "ok" else 0)
    assert sum(seen.values()) == ROUNDS
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    left = {role["RoleName"] for role in iam.list_roles(MaxItems=1000)["Roles"]}
    attached = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    assert policy["AttachmentCount"] == len(attached) and {role["RoleName"] for role in attached} <= left
    assert policy["PermissionsBoundaryUsageCount"] == 0
    ended_well(server)


def test_a_policy_is_deleted_or_used(server):
    iam = server.client("iam", max_pool_connections=8)
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    for turn in range(ROUNDS):
        arn = iam.create_policy(PolicyName=f"p{turn}", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
        bounded, attached, deleted = together(
            lambda: iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=arn),
            lambda: iam.attach_role_policy(RoleName="r", PolicyArn=arn),
            lambda: iam.delete_policy(PolicyArn=arn))
        if deleted == "ok":
            assert (bounded, attached) == ("NoSuchEntity", "NoSuchEntity")
        else:
            assert deleted == "DeleteConflict" and "ok" in (bounded, attached)
        if attached == "ok":
            iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    ended_well(server)


def test_a_user_gets_two_keys_and_no_third(server):
    iam = server.client("iam", max_pool_connections=8)
    for turn in range(ROUNDS):
        name = f"u{turn}"
        iam.create_user(UserName=name)
        made = together(*[lambda: iam.create_access_key(UserName=name)] * 5)
        assert Counter(made) == {"ok": 2, "LimitExceeded": 3}
        assert len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]) == 2
    ended_well(server)


def test_no_session_outlives_its_role(server):
    iam = server.client("iam", max_pool_connections=8)
    iam.create_user(UserName="bob")
    sts = server.client("sts", iam.create_access_key(UserName="bob")["AccessKey"], max_pool_connections=8)
    arn = f"arn:aws:iam::{server.account}:role/r"
    for _ in range(ROUNDS):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        sessions = []

        def assume():
            sessions.append(sts.assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"])

        outcomes = together(assume, assume, assume, lambda: iam.delete_role(RoleName="r"))
        assert outcomes[3] == "ok" and set(outcomes[:3]) <= {"ok", "AccessDenied"}
        assert len(sessions) == outcomes[:3].count("ok")
        # Made anew under its name, closed: neither does it take anybody in, nor bring sessions back.
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=CLOSED)
        for session in sessions:
            assert together(server.client("sts", session).get_caller_identity) == ["InvalidClientTokenId"]
        assert together(assume) == ["AccessDenied"]
        iam.delete_role(RoleName="r")
    ended_well(server)


def test_trust_that_was_taken_back_is_gone(server):
    iam = server.client("iam", max_pool_connections=8)
    iam.create_user(UserName="bob")
    sts = server.client("sts", iam.create_access_key(UserName="bob")["AccessKey"], max_pool_connections=8)
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for _ in range(ROUNDS):
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST)

        def assume():
            sts.assume_role(RoleArn=arn, RoleSessionName="s1")

        outcomes = together(
            *[assume] * 4, lambda: iam.update_assume_role_policy(RoleName="r", PolicyDocument=CLOSED))
        assert outcomes[4] == "ok" and set(outcomes[:4]) <= {"ok", "AccessDenied"}
        assert together(assume, assume) == ["AccessDenied"] * 2
    ended_well(server)


def test_nothing_that_was_allowed_is_done_behind_an_answered_revocation(server):
    """A password takes long to digest: the call is on its way when its permission is taken back."""
    iam = server.client("iam")
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:UpdateLoginProfile", "Resource": "*"}]})
    iam.create_user(UserName="eve")
    iam.create_user(UserName="bob")
    iam.create_login_profile(UserName="bob", Password="Abcdefg-1234")
    eve = server.client("iam", iam.create_access_key(UserName="eve")["AccessKey"])
    outcomes = []

    def change(number):
        try:
            eve.update_login_profile(UserName="bob", Password=f"Abcdefg-{number}")
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    for turn in range(20):
        iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=allow)
        eve.update_login_profile(UserName="bob", Password=f"Abcdefg-first-{turn}")
        callers = [threading.Thread(target=change, args=(f"{turn}-{number}",)) for number in range(3)]
        for caller in callers:
            caller.start()
        time.sleep(0.002 * turn)
        iam.delete_user_policy(UserName="eve", PolicyName="p")
        for caller in callers:
            caller.join()
    assert set(outcomes) <= {"ok", "AccessDenied"} and "AccessDenied" in outcomes
    pages = server.client("cloudtrail").get_paginator("lookup_events").paginate()
    allowed = False
    for event in reversed([event for page in pages for event in page["Events"]]):
        record = json.loads(event["CloudTrailEvent"])
        if record["eventName"] in ("PutUserPolicy", "DeleteUserPolicy"):
            allowed = record["eventName"] == "PutUserPolicy"
        if record["eventName"] == "UpdateLoginProfile" and "errorCode" not in record:
            assert allowed, "a change was made behind the revocation"
