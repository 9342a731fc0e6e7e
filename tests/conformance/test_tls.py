"""TLS at our own door, and behind a proxy that ends it."""

import socket
import json

import boto3
import pytest
import trustme
from botocore.config import Config
from conftest import Server, refused

SECURE_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]})


def caller(server, policy):
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy)
    return iam.create_access_key(UserName="bob")["AccessKey"]


def test_calls_over_tls_are_secure_and_say_so_in_their_records(tmp_path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    chain, key, ca = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    certificate.private_key_pem.write_to_path(key)
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    authority.cert_pem.write_to_path(ca)
    server = Server(tmp_path, "--tls-cert", str(chain), "--tls-key", str(key))
    server.url = server.url.replace("http:", "https:")

    def client(service, key_id, secret):
        return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", verify=str(ca),
                            aws_access_key_id=key_id, aws_secret_access_key=secret, config=Config(retries={"max_attempts": 0}))

    iam = client("iam", server.key_id, server.secret)
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=SECURE_ONLY)
    made = iam.create_access_key(UserName="bob")["AccessKey"]
    assert client("iam", made["AccessKeyId"], made["SecretAccessKey"]).list_users()["Users"]
    events = client("cloudtrail", server.key_id, server.secret).lookup_events(MaxResults=1)["Events"]
    details = json.loads(events[0]["CloudTrailEvent"])["tlsDetails"]
    assert details["tlsVersion"] == "TLSv1.3" and details["cipherSuite"].startswith("TLS_"), details
    assert server.stop() == 0


def test_plain_calls_are_not_secure(server):
    key = caller(server, SECURE_ONLY)
    refused(server.client("iam", key).list_users, "AccessDenied", 403)


@pytest.mark.parametrize("flags, allowed", [(["--behind-tls-proxy"], True), ([], False)])
def test_a_proxys_word_is_taken_only_where_it_is_said_to_be_there(tmp_path, flags, allowed):
    server = Server(tmp_path, *flags)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]})
    client = server.client("iam", caller(server, policy))

    def forward(request, **_):
        request.headers["X-Forwarded-For"] = "198.51.100.7, 192.0.2.9"

    client.meta.events.register("before-send.iam", forward)
    if allowed:
        assert client.list_users()["Users"]
    else:
        refused(client.list_users, "AccessDenied", 403)
    assert server.stop() == 0


def test_who_is_no_trusted_proxy_is_not_let_in(tmp_path):
    server = Server(tmp_path, "--behind-tls-proxy", "--trusted-proxies", "192.0.2.0/24,198.51.100.0/24")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(10)
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(100) == b""
        except ConnectionResetError:
            pass
    assert server.stop() == 0
