"""Calls that take long, many of them at once: others do not wait for them."""

import re
import signal
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

FLOOD = 16


def code_of(call, **kwargs):
    try:
        return call(**kwargs) and "ok"
    except ClientError as error:
        return error.response["Error"]["Code"]


def in_flight(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.admin_port}/metrics") as answer:
        return int(re.search(r"^keywright_requests_in_flight (\d+)$", answer.read().decode(), re.M)[1])


def users_with_passwords(iam, count):
    names = [f"costly{number}" for number in range(count)]
    for name in names:
        iam.create_user(UserName=name)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: iam.create_login_profile(UserName=name, Password="Old-passw0rd!"), names))
    return names


def test_cheap_calls_do_not_wait_for_the_turns_of_costly_ones(server):
    """Each cheap call would have to wait for as many costly ones as there are, were they in one queue."""
    iam, sts = server.client("iam", max_pool_connections=FLOOD), server.client("sts")
    names, stop, answered = users_with_passwords(iam, FLOOD), threading.Event(), []

    def flood(name):
        while not stop.is_set():
            iam.update_login_profile(UserName=name, Password="New-passw0rd!")
            answered.append(name)

    with ThreadPoolExecutor(FLOOD) as pool:
        floods = [pool.submit(flood, name) for name in names]
        while not answered:
            time.sleep(0.01)
        before, cheap = len(answered), 20
        for _ in range(cheap):
            sts.get_caller_identity()
        costly = len(answered) - before
        stop.set()
        [flood.result() for flood in floods]
    assert costly < cheap, f"{costly} costly calls were answered before {cheap} cheap ones"
    assert sorted(set(answered)) == sorted(names), "every costly call gets its turn"


def test_costly_calls_of_one_user_are_attempted_again_until_all_are_concluded(server):
    iam = server.client("iam", max_pool_connections=4)
    [name] = users_with_passwords(iam, 1)
    change = lambda n: iam.update_login_profile(UserName=name, Password=f"New-passw0rd-{n}!")
    with ThreadPoolExecutor(4) as pool:
        statuses = [done["ResponseMetadata"]["HTTPStatusCode"] for done in pool.map(change, range(8))]
    assert statuses == [200] * 8


def test_a_server_that_stops_lets_costly_calls_end(server):
    iam = server.client("iam", max_pool_connections=4)
    names = users_with_passwords(iam, 4)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(code_of, iam.update_login_profile, UserName=name, Password="New-passw0rd!")
                 for name in names]
        deadline = time.monotonic() + 20
        while sum(call.done() for call in calls) + in_flight(server) < len(calls):
            assert time.monotonic() < deadline
        server.process.send_signal(signal.SIGTERM)
        assert [call.result() for call in calls] == ["ok"] * 4
    assert server.process.wait(30) == 0
    server.check()


def test_after_ten_wrong_old_passwords_the_right_one_is_refused_too(server):
    iam, right = server.client("iam"), "Old-passw0rd!"
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(1))
    iam.create_login_profile(UserName="bob", Password=right)
    bob = server.client("iam", iam.create_access_key(UserName="bob")["AccessKey"])

    def change(old, new):
        try:
            return bob.change_password(OldPassword=old, NewPassword=new) and "ok"
        except ClientError as error:
            return error.response["Error"]["Message"]

    # Once more should a window of five minutes have ended meanwhile.
    for new in ["New-passw0rd-1!", "New-passw0rd-2!"]:
        assert {change("wrong", new) for _ in range(10)} == {"The old password was incorrect."}
        if (last := change(right, new)) != "ok":
            break
        right = new
    assert last == "The old password was incorrect."
    # Whoever may set it is not kept from it.
    iam.update_login_profile(UserName="bob", Password="Other-passw0rd!")


def policy(statements):
    one = '{"Effect":"Allow","Action":"*","Resource":"*"}'
    return '{"Version":"2012-10-17","Statement":[' + ",".join([one] * statements) + "]}"


def test_a_simulation_of_many_statements_comes_in_pages_of_bounded_length(server):
    iam, sizes, first = server.client("iam", read_timeout=300), [], policy(1500)
    iam.meta.events.register("before-parse.iam.SimulateCustomPolicy",
                             lambda response_dict, **_: sizes.append(len(response_dict["body"])))
    actions = [f"s3:A{number}" for number in range(12)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[first, first], ActionNames=actions, ResourceArns=["arn:aws:s3:::b"],
        PaginationConfig={"PageSize": 1000})
    results = [result for page in pages for result in page["EvaluationResults"]]
    assert [result["EvalActionName"] for result in results] == actions
    assert {len(result["MatchedStatements"]) for result in results} == {3000}
    assert {len(result["ResourceSpecificResults"][0]["MatchedStatements"]) for result in results} == {3000}
    assert len(sizes) > 1 and max(sizes) < 8 << 20, sizes


def test_simulations_that_would_cost_too_much_are_refused(server):
    iam, longest = server.client("iam"), policy(1) + " " * 130_000
    assert code_of(iam.simulate_custom_policy, PolicyInputList=[longest], ActionNames=["s3:A"]) == "ok"
    assert code_of(iam.simulate_custom_policy, PolicyInputList=[longest] * 3, ActionNames=["s3:A"]) == "InvalidInput"
    iam.create_user(UserName="bob")
    bob = f"arn:aws:iam::{server.account}:user/bob"
    for parts in [
        {"PolicyInputList": [longest], "PermissionsBoundaryPolicyInputList": [longest], "ResourcePolicy": longest},
        {"PolicyInputList": [longest] * 3},
    ]:
        assert code_of(iam.simulate_principal_policy, PolicySourceArn=bob, ActionNames=["s3:A"], **parts) == "InvalidInput"
    context = [{"ContextKeyName": "aws:x", "ContextKeyValues": ["x" * 100_000], "ContextKeyType": "string"}]
    ask = {"ActionNames": ["s3:A"], "ContextEntries": context}
    assert code_of(iam.simulate_custom_policy, PolicyInputList=[policy(1)], **ask) == "ok"
    assert code_of(iam.simulate_custom_policy, PolicyInputList=[longest], **ask) == "InvalidInput"
