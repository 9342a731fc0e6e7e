"""What strangers may take of the server before anybody is known by signature."""

import http.client
import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def idle(server, count, first=b""):
    """Connections on which nothing more comes."""
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    for connection in connections:
        connection.sendall(first)
    return connections


def test_a_server_stops_though_many_connections_are_idle(server):
    connections = idle(server, 50) + idle(server, 10, b"PRI * HTT") + idle(server, 10, b"POST / HT")
    assert server.client("sts").get_caller_identity()["Account"] == server.account
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert time.monotonic() - begun < 25
    server.start()
    for connection in connections:
        connection.close()


def test_connections_on_which_nothing_comes_are_closed(server):
    for connection in idle(server, 1) + idle(server, 1, b"PRI * HTT") + idle(server, 1, b"POST /"):
        connection.settimeout(40)
        while connection.recv(1024):
            pass


def events_of(server, request_id):
    events = server.client("cloudtrail").lookup_events()["Events"]
    read = [json.loads(event["CloudTrailEvent"]) for event in events]
    return [event for event in read if event.get("requestID") == request_id]


def test_a_body_too_large_is_refused_in_awss_form_and_recorded(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/", b"Action=ListUsers&Version=2010-05-08&x=" + b"y" * 2_000_000, FORM)
    answer = connection.getresponse()
    body = answer.read().decode()
    assert answer.status == 413 and "<Code>RequestEntityTooLarge</Code>" in body
    [event] = events_of(server, answer.headers["x-amzn-RequestId"])
    assert event["errorCode"] == "RequestEntityTooLarge"


def test_bodies_that_never_end_hold_little_memory(server):
    def resident():
        status = open(f"/proc/{server.process.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    before = resident()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 900_000
    connections = []

    def begin():
        connection = socket.create_connection(("127.0.0.1", server.port))
        connections.append(connection)
        try:
            connection.sendall(head)
        except OSError:
            pass  # turned away

    threads = [threading.Thread(target=begin) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert resident() - before < 150, f"{before} MB before, {resident()} MB with them"
    assert server.client("sts").get_caller_identity()["Account"] == server.account
    for connection in connections:
        connection.close()


def test_readiness_says_whether_a_change_can_be_made_durable(server):
    url = f"http://127.0.0.1:{server.admin_port}"
    assert urllib.request.urlopen(f"{url}/readyz").read() == b"ok\n"
    before = server.data / "keywright.db"
    assert before.exists()
    try:
        urllib.request.urlopen(f"{url}/nothing")
    except urllib.error.HTTPError as error:
        assert error.code == 404
