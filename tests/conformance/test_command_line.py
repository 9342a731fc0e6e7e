"""The command line: init, configuration, refusals, policy eval and check."""

import json
import subprocess

import pytest
from conftest import BINARY, CLEAN, Server

SECRET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN0123456789/+"


def keywright(*arguments, env=None, text=None):
    return subprocess.run([BINARY, *map(str, arguments)], env={**CLEAN, **(env or {})}, capture_output=True, text=True, input=text)


def place(tmp_path):
    return ["--data-dir", tmp_path / "data", "--root-key-file", tmp_path / "root.key"]


def test_init_makes_a_store_once(tmp_path):
    csv = tmp_path / "rootkey.csv"
    done = keywright("init", *place(tmp_path), "--account-id", "123456789012", "--csv", csv)
    assert done.returncode == 0 and "account id:        123456789012" in done.stdout
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    assert csv.stat().st_mode & 0o777 == 0o600
    content = csv.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfAccess key ID,Secret access key\r\nAKIARZPUZDIK") and content.endswith(b"\r\n")
    before = (tmp_path / "data" / "keywright.db").read_bytes()
    again = keywright("init", *place(tmp_path))
    assert again.returncode == 1 and "is initialised already" in again.stderr and "hint:" in again.stderr
    assert (tmp_path / "data" / "keywright.db").read_bytes() == before
    assert keywright("account", "list", *place(tmp_path)).stdout == "123456789012\n"
    made = keywright("account", "create", *place(tmp_path), "--account-id", "111122223333")
    assert made.returncode == 0 and "111122223333" in made.stdout
    assert keywright("account", "create", *place(tmp_path), "--account-id", "111122223333").returncode == 1
    assert keywright("account", "list", *place(tmp_path)).stdout == "111122223333\n123456789012\n"
    assert keywright("check", *place(tmp_path)).returncode == 0


def test_account_zero_is_nobody(tmp_path):
    done = keywright("init", *place(tmp_path), "--account-id", "0" * 12)
    assert done.returncode == 2 and "not all of them zero" in done.stderr
    assert not (tmp_path / "data").exists() and not (tmp_path / "root.key").exists()
    assert keywright("init", *place(tmp_path)).returncode == 0
    done = keywright("account", "create", *place(tmp_path), "--account-id", "0" * 12)
    assert done.returncode == 2 and "not all of them zero" in done.stderr


@pytest.mark.parametrize("key_id, secret, text", [
    ("AKIAIOSFODNN7EXAMPLE", "short", "too weak"),
    ("AKIAIOSFODNN7EXAMPLE", "a" * 40, "too weak"),
    ("AKIAIOSFODNN7EXAMPLE", SECRET.replace("/", "!"), "too weak"),
    ("admin", SECRET, "access key id"),
    ("AKIAIOSFODNN7EXAMPLE", "", "one half"),
])
def test_weak_root_keys_are_refused(tmp_path, key_id, secret, text):
    env = {"KEYWRIGHT_ROOT_ACCESS_KEY_ID": key_id, "KEYWRIGHT_ROOT_SECRET_ACCESS_KEY": secret}
    done = keywright("init", *place(tmp_path), env=env)
    assert done.returncode == 1 and text in done.stderr
    assert secret == "" or secret not in done.stderr
    assert not (tmp_path / "data").exists() and not (tmp_path / "root.key").exists()


def test_a_given_root_key_signs(tmp_path):
    server = Server(tmp_path, env={"KEYWRIGHT_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "KEYWRIGHT_ROOT_SECRET_ACCESS_KEY": SECRET})
    key = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET}
    assert server.client("sts", key).get_caller_identity()["Arn"].endswith(":root")
    assert server.stop() == 0


def test_the_root_key_does_not_lie_with_the_data(tmp_path):
    done = keywright("init", "--data-dir", tmp_path / "data", "--root-key-file", tmp_path / "data" / "root.key")
    assert done.returncode == 1 and "must not lie in the data directory" in done.stderr


def test_other_addresses_take_tls(tmp_path):
    done = keywright("serve", *place(tmp_path), "--listen", "0.0.0.0:4747")
    assert done.returncode == 1 and "TLS is off" in done.stderr and "--behind-tls-proxy" in done.stderr
    assert not (tmp_path / "data").exists()
    done = keywright("serve", *place(tmp_path), "--tls-cert", tmp_path / "x")
    assert done.returncode == 1 and "give both" in done.stderr


def test_settings_come_from_flag_environment_file_in_this_order(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(f'data-dir = "{tmp_path / "file"}"\nroot-key-file = "{tmp_path / "root.key"}"\naccount-id = "000000000001"\n')
    assert keywright("init", "--config", config).returncode == 0
    assert (tmp_path / "file" / "keywright.db").exists()
    env = {"KEYWRIGHT_DATA_DIR": str(tmp_path / "env"), "KEYWRIGHT_ACCOUNT_ID": "000000000002"}
    assert "000000000002" in keywright("init", "--config", config, env=env).stdout
    assert (tmp_path / "env" / "keywright.db").exists()
    assert keywright("init", "--config", config, "--data-dir", tmp_path / "flag", env=env).returncode == 0
    assert (tmp_path / "flag" / "keywright.db").exists()
    config.write_text("no-such-setting = 1\n")
    done = keywright("init", "--config", config)
    assert done.returncode == 1 and "no-such-setting" in done.stderr


def test_xdg_defaults(tmp_path):
    env = {"XDG_DATA_HOME": str(tmp_path / "d"), "XDG_CONFIG_HOME": str(tmp_path / "c")}
    assert keywright("init", env=env).returncode == 0
    assert (tmp_path / "d/keywright/keywright.db").exists() and (tmp_path / "c/keywright/root.key").exists()


def test_health_and_metrics_lie_on_their_own_address(server):
    import urllib.request

    server.client("sts").get_caller_identity()
    admin = f"http://127.0.0.1:{server.admin_port}"
    read = lambda path: urllib.request.urlopen(admin + path).read().decode()
    assert read("/healthz") == "ok\n" and read("/readyz") == "ok\n"
    metrics = read("/metrics")
    assert 'keywright_requests_total{status="2xx"} 1' in metrics and "keywright_request_seconds_count 1" in metrics


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def allow(**more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*", **more}]}


def test_policy_eval():
    request = {"principal": {"type": "user", "arn": "arn:aws:iam::1:user/bob"}, "action": "S3:GETOBJECT", "resource": "arn:aws:s3:::b/k", "context": {}}
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}}
    cases = [
        ("allow", request, [allow()]),
        ("implicit_deny", {**request, "resource": "arn:aws:s3:::c/k"}, [allow()]),
        ("implicit_deny", request, []),
        ("allow", request, [allow(), deny]),
        ("explicit_deny", {**request, "context": {"AWS:securetransport": "false"}}, [allow(), deny]),
        ("allow", {**request, "context": {"a:list": ["x", "y"]}}, [allow(Condition={"ForAllValues:StringEquals": {"a:list": ["x", "y", "z"]}})]),
        ("implicit_deny", {**request, "context": {"a:list": ["x", "q"]}}, [allow(Condition={"ForAllValues:StringEquals": {"a:list": ["x", "y", "z"]}})]),
        ("error", request, ["{"]),
    ]
    text = "".join(json.dumps({"id": n, "request": r, "policies": {"identity": p}}) + "\n" for n, (_, r, p) in enumerate(cases))
    text += "not json\n" + json.dumps({"id": "scp", "request": request, "policies": {"identity": [allow()], "scp": [[allow()]]}}) + "\n"
    answers = lines(keywright("policy", "eval", text=text))
    assert [a["decision"] for a in answers] == [c[0] for c in cases] + ["error", "error"]
    assert [a["id"] for a in answers] == [*range(len(cases)), None, "scp"]
    assert answers[0]["reasons"] == [{"layer": "identity", "policy": "identity.0", "statement": 0, "sid": None}]


def test_policy_check():
    text = "\n".join(json.dumps(line) for line in [
        {"id": 1, "policy": allow()}, {"id": 2, "policy_text": "{"}, {"id": 3, "policy": {**allow(), "Version": "2008-10-17"}}, {"id": 4}])
    answers = lines(keywright("policy", "check", "--type", "identity", text=text))
    assert [(a["id"], a["valid"]) for a in answers] == [(1, True), (2, False), (3, False), (4, False)]
    assert answers[2]["errors"] == ["Policy document must be version 2012-10-17 or greater."]
    assert keywright("policy", "check", "--type", "nonsense").returncode == 2


def test_help_is_complete():
    for command in (["--help"], ["init", "--help"], ["serve", "--help"], ["policy", "eval", "--help"], ["policy", "check", "--help"], ["account", "create", "--help"], ["backup", "--help"], ["check", "--help"]):
        done = keywright(*command)
        assert done.returncode == 0 and len(done.stdout) > 200, command
    assert "Exit codes:" in keywright("--help").stdout
    assert "KEYWRIGHT_LISTEN" in keywright("serve", "--help").stdout
