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
