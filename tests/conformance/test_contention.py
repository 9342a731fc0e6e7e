"""Many callers who change one thing at once: all get their turn, and every call has its record."""

import json
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
