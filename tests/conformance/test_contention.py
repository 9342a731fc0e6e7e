"""Many callers who change one thing at once: all get their turn, and every call has its record."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

WRITERS = 80
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]})


def status(call, **kwargs):
    try:
        return call(**kwargs)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ConcurrentModification", error.response
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


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
