"""The command line: init, configuration, refusals, policy eval and check."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import BINARY, CLEAN, Server, refused

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


def shown(text):
    """The root access key that was printed, if it was printed whole."""
    found = re.search(r"access key id: +(\w+)\nsecret access key: +(\S+)\n", text)
    return found and {"AccessKeyId": found[1], "SecretAccessKey": found[2]}


def brought(**more):
    return {"KEYWRIGHT_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "KEYWRIGHT_ROOT_SECRET_ACCESS_KEY": SECRET, **more}


def test_a_given_secret_is_not_printed(tmp_path):
    csv = tmp_path / "rootkey.csv"
    done = keywright("init", *place(tmp_path), "--csv", csv, env=brought())
    assert done.returncode == 0 and "access key id:     AKIAIOSFODNN7EXAMPLE\n" in done.stdout
    assert SECRET not in done.stdout + done.stderr and "given is used" in done.stderr
    assert SECRET in csv.read_text()
    (tmp_path / "served").mkdir()
    server = Server(tmp_path / "served", env=brought())
    server.stop()
    printed = (tmp_path / "served/stdout").read_text() + (tmp_path / "served/stderr").read_text()
    assert "AKIAIOSFODNN7EXAMPLE" in printed and SECRET not in printed


KILLS = 30


def test_a_first_start_that_is_killed_does_no_lasting_harm(tmp_path):
    began = time.monotonic()
    assert keywright("init", *place(tmp_path / "measured")).returncode == 0
    whole = time.monotonic() - began
    signed = 0
    for n in range(KILLS):
        home = tmp_path / str(n)
        command = ["init"] if n % 3 else ["serve", "--listen", "127.0.0.1:0"]
        killed = subprocess.Popen([BINARY, *command, *map(str, place(home))], env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(whole * 1.3 * n / KILLS)
        killed.send_signal(signal.SIGKILL)
        key = shown(killed.communicate()[0])
        again = keywright("init", *place(home))
        if again.returncode == 0:
            assert key is None, "a root key that was shown is lost"
            key = shown(again.stdout)
        else:
            assert "is initialised already" in again.stderr and "account reset-root-key" in again.stderr, (n, again.stderr)
            if key is None:
                account = keywright("account", "list", *place(home)).stdout.strip()
                key = shown(keywright("account", "reset-root-key", *place(home), account).stdout)
        assert key, n
        assert keywright("check", *place(home)).returncode == 0
        assert not list(home.rglob("*.new*"))
        if n % 5 == 0:
            server = Server(home)
            assert server.client("sts", key).get_caller_identity()["Arn"].endswith(":root")
            signed += 1
            assert server.stop() == 0
    assert signed == KILLS / 5


def test_what_an_attempt_that_was_cut_short_has_left_is_made_anew(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ["data/keywright.db.new", "data/keywright.db.new-journal", "root.key.new"]:
        (tmp_path / name).write_text("half of it")
    assert keywright("init", *place(tmp_path)).returncode == 0
    assert keywright("check", *place(tmp_path)).returncode == 0
    assert not list(tmp_path.rglob("*.new*"))


@pytest.mark.parametrize("content", [b"", b"no database" * 100, "format 0"], ids=["empty", "text", "format 0"])
def test_a_file_that_is_no_store_is_said_to_be_none(tmp_path, content):
    assert keywright("init", *place(tmp_path)).returncode == 0
    database = tmp_path / "data/keywright.db"
    if content == "format 0":
        database.unlink()
        with sqlite3.connect(database) as made:
            made.execute("CREATE TABLE t(x)")
        made.close()
    else:
        database.write_bytes(content)
    before = database.read_bytes()
    for command in (["init"], ["serve", "--listen", "127.0.0.1:0"], ["check"], ["account", "list"], ["backup", tmp_path / "copy"]):
        done = keywright(*command, *place(tmp_path))
        assert done.returncode == 1 and "is not a Keywright store, or its making was cut short" in done.stderr, (command, done.stderr)
        assert f"empty {tmp_path / 'data'} and begin again" in done.stderr and "newer keywright" not in done.stderr
    assert database.read_bytes() == before
    shutil.rmtree(tmp_path / "data")
    assert keywright("init", *place(tmp_path)).returncode == 0


def test_a_root_key_is_reset(tmp_path):
    server = Server(tmp_path)
    session = server.client("sts").get_session_token()["Credentials"]
    bob = server.client("iam").create_user(UserName="bob") and server.client("iam").create_access_key(UserName="bob")["AccessKey"]
    server.client("iam").update_access_key(AccessKeyId=server.key_id, Status="Inactive")
    refused(server.client("sts").get_caller_identity, "InvalidClientTokenId", 403)
    assert server.client("sts", session).get_caller_identity()["Arn"].endswith(":root")
    reset = ["account", "reset-root-key", *place(tmp_path)]
    done = keywright(*reset, server.account)
    assert done.returncode == 1 and "is in use by another Keywright process" in done.stderr
    assert server.stop() == 0
    done = keywright(*reset, "999988887777")
    assert done.returncode == 1 and "there is no account 999988887777" in done.stderr
    csv = tmp_path / "rootkey.csv"
    done = keywright(*reset, server.account, "--csv", csv)
    assert done.returncode == 0, done.stderr
    key = shown(done.stdout)
    assert f"{key['AccessKeyId']},{key['SecretAccessKey']}\r\n".encode() in csv.read_bytes()
    assert key["AccessKeyId"] != server.key_id and key["SecretAccessKey"] != server.secret
    done = keywright(*reset, server.account, "--csv", csv)
    assert done.returncode == 1 and "is there already" in done.stderr
    old, server.key_id, server.secret = {"AccessKeyId": server.key_id, "SecretAccessKey": server.secret}, *key.values()
    server.start()
    listed = server.client("iam").list_access_keys()["AccessKeyMetadata"]
    assert [(k["AccessKeyId"], k["Status"]) for k in listed] == [(key["AccessKeyId"], "Active")]
    refused(server.client("sts", old).get_caller_identity, "InvalidClientTokenId", 403)
    refused(server.client("sts", session).get_caller_identity, "InvalidClientTokenId", 403)
    assert server.client("sts", bob).get_caller_identity()["Arn"].endswith(":user/bob")
    assert server.client("sts", server.client("sts").get_session_token()["Credentials"]).get_caller_identity()
    events = server.client("cloudtrail").lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ResetRootAccessKey"}])["Events"]
    assert len(events) == 1 and events[0]["EventSource"] == "keywright"
    assert server.stop() == 0
    server.check()


def test_calls_of_no_account_stand_in_the_first_accounts_trail(tmp_path):
    key = shown(keywright("init", *place(tmp_path), "--account-id", "555555555555").stdout)
    other = shown(keywright("account", "create", *place(tmp_path), "--account-id", "000000000001").stdout)
    server = Server(tmp_path)
    refused(server.client("sts", {**key, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}).get_caller_identity, "InvalidClientTokenId", 403)
    found = lambda key: server.client("cloudtrail", key).lookup_events(
        LookupAttributes=[{"AttributeKey": "AccessKeyId", "AttributeValue": "AKIAIOSFODNN7EXAMPLE"}])["Events"]
    assert len(found(key)) == 1 and found(other) == []
    assert server.stop() == 0
    server.check()
    # A store from before this was kept: the first in the order of ids.
    with sqlite3.connect(server.data / "keywright.db") as database:
        assert database.execute("DELETE FROM document WHERE kind = 100").rowcount == 1
    database.close()
    server.start()
    assert len(found(other)) == 0
    refused(server.client("sts", {**key, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}).get_caller_identity, "InvalidClientTokenId", 403)
    assert len(found(key)) == 1 and len(found(other)) == 1
    assert server.stop() == 0


def modes(directory):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in [directory, *directory.iterdir()]}


def test_files_are_their_owners_alone(tmp_path):
    mask = os.umask(0)
    try:
        server = Server(tmp_path)
        assert keywright("backup", "--data-dir", server.data, tmp_path / "copy").returncode == 0
        private = {"keywright.db": "0o600", "keywright.lock": "0o600"}
        served = {**private, "keywright.db-wal": "0o600", "keywright.db-shm": "0o600"}
        assert modes(server.data) == {"data": "0o700", **served}
        assert modes(tmp_path / "copy") == {"copy": "0o700", **private}
        # What an earlier version has made wider: the directory is somebody's choice, the files are not.
        server.stop(signal.SIGKILL)
        server.data.chmod(0o755)
        for path in server.data.iterdir():
            path.chmod(0o644)
        server.start()
        assert modes(server.data) == {"data": "0o755", **served}
        assert server.stop() == 0
    finally:
        os.umask(mask)


def test_a_backup_goes_into_an_empty_directory(tmp_path):
    keywright("init", *place(tmp_path))
    target = tmp_path / "copy"
    target.mkdir()
    (target / "letter.txt").write_text("dear")
    backup = lambda: keywright("backup", "--data-dir", tmp_path / "data", target)
    done = backup()
    assert done.returncode == 1 and f"cannot copy the store to {target}" in done.stderr and "is not empty" in done.stderr
    assert str(tmp_path / "data") not in done.stderr and [path.name for path in target.iterdir()] == ["letter.txt"]
    (target / "letter.txt").unlink()
    # What a backup that was cut short has left is no store, and is made anew.
    (target / "keywright.db.new").write_text("half of it")
    copied = ["--data-dir", target, "--root-key-file", tmp_path / "root.key"]
    assert "there is no Keywright store" in keywright("check", *copied).stderr
    assert backup().returncode == 0
    assert sorted(path.name for path in target.iterdir()) == ["keywright.db", "keywright.lock"]
    assert keywright("check", *copied).returncode == 0
    done = backup()
    assert done.returncode == 1 and f"{target} holds a Keywright store already" in done.stderr
    assert f"cannot copy the store to {target}" in done.stderr and str(tmp_path / "data") not in done.stderr
    done = keywright("backup", "--data-dir", tmp_path / "none", tmp_path / "copy2")
    assert done.returncode == 1 and f"cannot use the store in {tmp_path / 'none'}" in done.stderr and not (tmp_path / "copy2").exists()
    (tmp_path / "file").write_text("")
    done = keywright("backup", "--data-dir", tmp_path / "data", tmp_path / "file" / "copy")
    assert done.returncode == 1 and f"{tmp_path / 'file' / 'copy'} cannot be used" in done.stderr


def test_what_stands_in_the_way_is_named_and_said_once(tmp_path):
    (tmp_path / "file").write_text("")
    done = keywright("init", "--data-dir", tmp_path / "file" / "data", "--root-key-file", tmp_path / "other.key")
    assert done.returncode == 1 and f"{tmp_path / 'file' / 'data'} cannot be used" in done.stderr
    assert not (tmp_path / "other.key").exists()
    keywright("init", *place(tmp_path))
    with sqlite3.connect(tmp_path / "data/keywright.db") as database:
        database.execute("DROP TABLE head")
    database.close()
    done = keywright("serve", *place(tmp_path), "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and done.stderr.count("no such table: head") == 1, done.stderr
    assert done.stderr.count("because:") == 1, done.stderr


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


def test_every_setting_may_come_by_the_environment(tmp_path):
    server = Server(tmp_path, env={"KEYWRIGHT_ACCOUNT_ID": "000000000003", "KEYWRIGHT_LOG": "error"})
    assert server.account == "000000000003" and server.stop() == 0
    assert "INFO" not in (tmp_path / "stderr").read_text()
    env = {"KEYWRIGHT_CSV": str(tmp_path / "rootkey.csv")}
    assert keywright("init", *place(tmp_path / "csv"), env=env).returncode == 0
    assert "Access key ID" in (tmp_path / "rootkey.csv").read_text()
    assert lines(keywright("policy", "check", env={"KEYWRIGHT_TYPE": "identity"}, text=json.dumps({"id": 1, "policy": allow()})))[0]["valid"]
    assert keywright("account", "create", *place(tmp_path), env={"KEYWRIGHT_ACCOUNT_ID": "000000000003"}).returncode == 0
    made = keywright("account", "create", *place(tmp_path), env={"KEYWRIGHT_NEW_ACCOUNT_ID": "000000000004"})
    assert "000000000004" in made.stdout
    config = tmp_path / "config.toml"
    config.write_text(f'log = "=nonsense="\ncsv = "{tmp_path / "from-file.csv"}"\n')
    assert keywright("init", *place(tmp_path / "file"), "--config", config).returncode == 0
    assert (tmp_path / "from-file.csv").exists()
    done = keywright("serve", *place(tmp_path / "file"), "--config", config)
    assert done.returncode == 1 and "`=nonsense=` is no log filter" in done.stderr


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
    text += "not json\n" + json.dumps({"id": "scp", "request": request, "policies": {"identity": [allow()], "scp": [[allow()], [allow(Effect="Deny")]]}}) + "\n"
    text += json.dumps({"id": "trust", "request": {"principal": {"type": "service", "service": "ec2.amazonaws.com"}, "action": "sts:AssumeRole", "resource": "arn:aws:iam::1:role/r"}, "policies": {}}) + "\n"
    answers = lines(keywright("policy", "eval", text=text))
    assert [a["decision"] for a in answers] == [c[0] for c in cases] + ["error", "explicit_deny", "implicit_deny"]
    assert [a["id"] for a in answers] == [*range(len(cases)), None, "scp", "trust"]
    assert answers[-2]["reasons"] == [{"layer": "scp", "policy": "scp.1.0", "statement": 0, "sid": None}]
    assert answers[-1]["reasons"] == [{"layer": "trust", "policy": None, "statement": None, "sid": None}]
    assert answers[0]["reasons"] == [{"layer": "identity", "policy": "identity.0", "statement": 0, "sid": None}]


def test_policy_check():
    text = "\n".join(json.dumps(line) for line in [
        {"id": 1, "policy": allow()}, {"id": 2, "policy_text": "{"}, {"id": 3, "policy": {**allow(), "Version": "2008-10-17"}}, {"id": 4}])
    answers = lines(keywright("policy", "check", "--type", "identity", text=text))
    assert [(a["id"], a["valid"]) for a in answers] == [(1, True), (2, False), (3, False), (4, False)]
    assert answers[2]["errors"] == ["Policy document must be version 2012-10-17 or greater."]
    for kind in ("identity", "resource", "trust", "boundary", "session", "scp", "rcp"):
        answer = lines(keywright("policy", "check", "--type", kind, text=json.dumps({"id": 1, "policy": allow()})))[0]
        assert answer["valid"] == (kind in ("identity", "boundary", "session", "scp")), kind
    assert keywright("policy", "check", "--type", "nonsense").returncode == 2


@pytest.mark.parametrize("text", [
    json.dumps(allow(), indent=2), "\n\n" + json.dumps(allow(), indent=4) + "\n\n", json.dumps(allow()), json.dumps(allow()) + "\n\n",
    json.dumps(allow(), indent=0), json.dumps(allow(), indent=2).replace("\n", "\r\n"),
    json.dumps({"id": None, "policy": allow()}, indent=2), json.dumps({"policy_text": json.dumps(allow())}, indent=1)])
def test_policy_check_takes_one_policy_as_it_is_written(text, tmp_path):
    (tmp_path / "policy.json").write_text(text)
    for done in (keywright("policy", "check", "--type", "identity", text=text),
                 keywright("policy", "check", "--type", "identity", tmp_path / "policy.json")):
        assert lines(done) == [{"errors": [], "id": None, "valid": True}] and done.returncode == 0, done.stdout


@pytest.mark.parametrize("text, error", [
    (json.dumps(allow(Effect="Perhaps"), indent=2), "Syntax errors in policy."),
    (json.dumps(allow(Effect="Perhaps")), "Syntax errors in policy."),
    (json.dumps({"Version": "2012-10-17"}, indent=2), "Syntax errors in policy."),
    (json.dumps(allow(), indent=2).replace('"Allow",', '"Allow"'), "Syntax errors in policy."),
    (json.dumps(allow(), indent=2)[:-1], "Syntax errors in policy."),
    (json.dumps({"policy": allow(Effect="No")}, indent=2), "Syntax errors in policy."),
])
def test_one_policy_that_is_invalid_is_told_by_the_exit_code(text, error):
    done = keywright("policy", "check", "--type", "identity", text=text)
    assert lines(done) == [{"id": None, "valid": False, "errors": [error]}] and done.returncode == 1, done.stdout


@pytest.mark.parametrize("text", [
    '{"id": 1\n' + json.dumps({"id": 2, "policy": allow()}), "nonsense\n" + json.dumps({"id": 2, "policy": allow()}),
    json.dumps({"id": 1, "policy": allow(Effect="No")}) + "\n" + json.dumps({"id": 2, "policy": allow()}),
    json.dumps(allow()) + "\n" + json.dumps({"id": 2, "policy": allow()})])
def test_lines_stay_lines(text):
    done = keywright("policy", "check", "--type", "identity", text=text)
    assert [a["valid"] for a in lines(done)] == [False, True] and done.returncode == 0, done.stdout


def test_lines_are_answered_without_waiting_for_the_end():
    """The answer is written when the buffer is full or the input ends; no line is held back before."""
    one = json.dumps({"id": "x" * 1000, "policy": allow()}) + "\n"
    with subprocess.Popen([BINARY, "policy", "check", "--type", "identity"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=CLEAN) as process:
        process.stdin.write(one.encode() * 20)
        process.stdin.flush()
        assert len(process.stdout.readline()) > 1000
        process.stdin.close()


def test_policy_eval_takes_one_question_laid_out_over_lines():
    request = {"principal": {"type": "user", "arn": "arn:aws:iam::1:user/bob"}, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": {}}
    whole = {"id": 7, "request": request, "policies": {"identity": [allow()]}}
    done = keywright("policy", "eval", text=json.dumps(whole, indent=2))
    assert [(a["id"], a["decision"]) for a in lines(done)] == [(7, "allow")] and done.returncode == 0
    wrong = {**whole, "polices": []}
    done = keywright("policy", "eval", text=json.dumps(wrong, indent=2))
    assert [a["decision"] for a in lines(done)] == ["error"] and done.returncode == 1
    done = keywright("policy", "eval", text=json.dumps(wrong))
    assert [a["decision"] for a in lines(done)] == ["error"] and done.returncode == 0


def test_help_is_complete():
    for command in (["--help"], ["init", "--help"], ["serve", "--help"], ["policy", "eval", "--help"], ["policy", "check", "--help"], ["account", "create", "--help"], ["account", "quota", "--help"], ["account", "reset-root-key", "--help"], ["backup", "--help"], ["check", "--help"], ["sessions", "--help"], ["sessions", "revoke", "--help"]):
        done = keywright(*command)
        assert done.returncode == 0 and len(done.stdout) > 200, command
    assert "Exit codes:" in keywright("--help").stdout
    served = keywright("serve", "--help").stdout
    for variable in ("LISTEN", "LOG", "LOG_FORMAT", "ACCOUNT_ID", "ROOT_ACCESS_KEY_ID"):
        assert re.search(rf"KEYWRIGHT_{variable}\b", served), variable
    assert "reset-root-key" in keywright("account", "--help").stdout
