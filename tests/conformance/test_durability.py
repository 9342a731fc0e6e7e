"""What was acknowledged survives kill -9; what lies on disk shows no secret; what is damaged is seen."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
from conftest import BINARY, Server, refused

ROUNDS = int(os.environ.get("KEYWRIGHT_KILLS", "20"))


def test_nothing_acknowledged_is_lost_by_kill_9(server):
    acknowledged, answered, lock = {}, set(), threading.Lock()
    secrets = []
    for round_ in range(ROUNDS):
        stop = threading.Event()

        def work(worker):
            iam = server.client("iam", connect_timeout=5, read_timeout=5)
            n = 0
            while not stop.is_set():
                name = f"r{round_}-w{worker}-{n}"
                n += 1
                try:
                    answer = iam.create_user(UserName=name)
                    key = iam.create_access_key(UserName=name)["AccessKey"]
                except Exception:
                    return
                with lock:
                    acknowledged[name] = key["AccessKeyId"]
                    answered.add(answer["ResponseMetadata"]["RequestId"])
                    secrets.append(key["SecretAccessKey"])

        workers = [threading.Thread(target=work, args=(w,)) for w in range(8)]
        for worker in workers:
            worker.start()
        time.sleep(0.3 + (round_ % 5) * 0.1)
        server.stop(signal.SIGKILL)
        stop.set()
        for worker in workers:
            worker.join()
        server.check()
        server.start()
    assert len(acknowledged) > ROUNDS * 5, len(acknowledged)

    iam, found = server.client("iam"), {}
    for page in iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000}):
        for user in page["Users"]:
            found[user["UserName"]] = True
    missing = set(acknowledged) - set(found)
    assert not missing, missing
    for name in list(acknowledged)[:: max(1, len(acknowledged) // 50)]:
        keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert [key["AccessKeyId"] for key in keys] == [acknowledged[name]]
    recorded = []
    trail = server.client("cloudtrail")
    for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]):
        recorded += [json.loads(event["CloudTrailEvent"])["requestID"] for event in page["Events"]]
    assert answered <= set(recorded) and len(recorded) == len(set(recorded))
    assert server.stop() == 0
    server.check()

    # No secret in any byte of the data directory; the root key is not there either.
    content = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
    for secret in [server.secret, *secrets]:
        assert secret.encode() not in content
    assert server.root_key.read_text().strip().split(":")[1].encode() not in content


def memory_of(process):
    """Every readable page of a process, mapping by mapping."""
    with open(f"/proc/{process.pid}/maps") as maps, open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if rights.startswith("rw"):
                start, end = (int(number, 16) for number in place.split("-"))
                try:
                    memory.seek(start)
                    yield memory.read(end - start)
                except (OSError, ValueError):
                    pass


def test_a_deleted_key_is_gone_from_memory(server):
    """The restart is there because the answer that showed the key is not zeroed."""
    server.client("iam").create_user(UserName="bob")
    key = server.client("iam").create_access_key(UserName="bob")["AccessKey"]
    assert server.stop() == 0
    server.start()
    secret = key["SecretAccessKey"].encode()
    server.client("sts", key).get_caller_identity()
    assert any(secret in page for page in memory_of(server.process)), "the key in use is in memory"
    iam = server.client("iam")
    iam.update_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    iam.update_user(UserName="bob", NewUserName="eve")
    iam.delete_access_key(UserName="eve", AccessKeyId=key["AccessKeyId"])
    refused(server.client("sts", key).get_caller_identity, "InvalidClientTokenId", 403)
    assert not any(secret in page for page in memory_of(server.process))


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


def test_sessions_of_one_user_share_their_policies(server):
    """A hundred policies of five kilobytes, held by forty sessions."""
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    for group in range(10):
        iam.create_group(GroupName=f"g{group}")
        iam.add_user_to_group(UserName="bob", GroupName=f"g{group}")
        for number in range(10):
            statements = [{"Effect": "Allow", "Action": f"s3:Get{n:04}", "Resource": f"arn:aws:s3:::bucket-{group}-{number}-{n}"} for n in range(55)]
            text = json.dumps({"Version": "2012-10-17", "Statement": statements})
            policy = iam.create_policy(PolicyName=f"p{group}-{number}", PolicyDocument=text)["Policy"]
            iam.attach_group_policy(GroupName=f"g{group}", PolicyArn=policy["Arn"])
    sts = server.client("sts", key)
    sessions = [sts.get_session_token()["Credentials"] for _ in range(41)]
    server.client("sts", sessions.pop()).get_caller_identity()
    before = resident(server.process)
    for session in sessions:
        server.client("sts", session).get_caller_identity()
    grown = resident(server.process) - before
    assert grown < 16, f"{grown} MiB"


def test_a_second_server_is_refused(server):
    done = server.keywright("serve", *server.place(), "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert "is in use by another Keywright process" in done.stderr and "hint:" in done.stderr


def test_a_backup_is_made_while_the_server_serves(server, tmp_path):
    server.client("iam").create_user(UserName="before")
    target = tmp_path / "copy"
    done = server.keywright("backup", "--data-dir", str(server.data), str(target))
    assert done.returncode == 0, done.stderr
    server.client("iam").create_user(UserName="after")
    copied = Server.__new__(Server)
    copied.__dict__.update(server.__dict__)
    copied.data = target
    copied.check()
    assert server.keywright("backup", "--data-dir", str(server.data), str(target)).returncode == 1


def change(server, *statements):
    """Changes the data file of a server, which is stopped."""
    assert server.stop() == 0
    with sqlite3.connect(server.data / "keywright.db") as database:
        for sql in statements:
            assert database.execute(sql).rowcount > 0, sql
    database.close()


def tampered(server, sql):
    change(server, sql)
    done = server.keywright("check", *server.place())
    return done.returncode, done.stdout


@pytest.mark.parametrize("sql, text", [
    ("DELETE FROM batch WHERE first = (SELECT max(first) FROM batch)", "the trail ends at record"),
    ("DELETE FROM batch WHERE first = 1", "are missing from the trail"),
    ("UPDATE document SET body = zeroblob(100) WHERE kind = 2", "the seal of user bob of account"),
    ("DELETE FROM document WHERE kind = 2", "is missing"),
    ("DELETE FROM index_row WHERE idx = 1", "index row"),
    ("UPDATE batch SET from_time = 0, to_time = 0", "the batch of records from"),
    ("UPDATE counter SET value = 0", "counter `users`"),
    ("UPDATE hint SET value = '{}'", "seal of hint"),
    ("DELETE FROM head", "head of the trail"),
])
def test_check_finds_what_was_changed_behind_its_back(server, sql, text):
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    iam.create_access_key(UserName="bob")
    code, found = tampered(server, sql)
    assert code == 1 and text in found, found


def test_check_calls_documents_by_their_names(server):
    server.client("iam").create_user(UserName="Bob")
    change(server, "UPDATE document SET body = zeroblob(100) WHERE kind = 2")
    done = server.keywright("check", *server.place())
    assert done.stdout == f"the seal of user bob of account {server.account} is broken\n"
    assert done.stderr == "1 finding\n"


def test_a_server_refuses_to_start_on_batches_whose_times_were_changed(server):
    server.client("iam").create_user(UserName="bob")
    tampered(server, "UPDATE batch SET from_time = 0, to_time = 0")
    done = subprocess.run([BINARY, "serve", *server.place(), "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "the batch of records from" in done.stderr, done.stderr


def test_check_finds_what_was_taken_out_of_the_trails_index(server):
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    for _ in range(4096):
        iam.get_user(UserName="bob")
    code, found = tampered(server, "DELETE FROM posting_run")
    assert code == 1 and "index of records" in found, found


def test_a_damaged_document_is_refused_and_the_server_stays_up(server):
    server.client("iam").create_user(UserName="bob")
    server.client("iam").create_user(UserName="eve")
    tampered(server, "UPDATE document SET body = zeroblob(100) WHERE key = 'bob'")
    server.start()
    refused(server.client("iam").get_user, "ServiceFailure", 500, UserName="bob")
    assert server.client("iam").get_user(UserName="eve")


ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
DENY = ALL.replace("Allow", "Deny")


@pytest.fixture
def people(server):
    """A user who may nothing, one who may everything, and a group of each kind."""
    iam = server.client("iam")
    for user, group in [("bob", "staff"), ("eve", "admins")]:
        iam.create_user(UserName=user)
        iam.create_group(GroupName=group)
        iam.add_user_to_group(UserName=user, GroupName=group)
    iam.put_group_policy(GroupName="admins", PolicyName="all", PolicyDocument=ALL)
    iam.create_access_key(UserName="eve")
    return server, iam.create_access_key(UserName="bob")["AccessKey"]


@pytest.mark.parametrize("sql", [
    "UPDATE index_row SET value = CAST('admins' AS BLOB) WHERE idx = 22 AND value = CAST('staff' AS BLOB)",
    "UPDATE index_row SET value = (SELECT value FROM index_row WHERE idx = 1 AND hex(value) LIKE '%' || hex('eve')) WHERE idx = 1 AND hex(value) LIKE '%' || hex('bob')",
    "UPDATE index_row SET value = substr(value, 1, 12) WHERE idx = 1 AND hex(value) LIKE '%' || hex('bob')",
])
def test_a_key_gains_nothing_by_changed_index_rows(people, sql):
    server, key = people
    refused(server.client("iam", key).list_users, "AccessDenied", 403)
    change(server, sql)
    server.start()
    refused(server.client("iam", key).list_users, "ServiceFailure", 500)
    assert "index row was changed" in (server.home / "stderr").read_text()
    assert len(server.client("iam").list_users()["Users"]) == 2


def test_a_session_gains_nothing_by_changed_index_rows(people):
    server, key = people
    session = server.client("sts", key).get_session_token()["Credentials"]
    change(server, "UPDATE index_row SET value = CAST('eve' AS BLOB) WHERE idx = 12 AND value = CAST('bob' AS BLOB)")
    server.start()
    refused(server.client("sts", session).get_caller_identity, "InternalFailure", 500)


@pytest.mark.parametrize("statements", [
    ["DELETE FROM document WHERE kind = 4"],
    ["DELETE FROM document WHERE kind = 3 AND key = 'staff'", "DELETE FROM index_row WHERE idx = 22 AND value = CAST('staff' AS BLOB)"],
])
def test_a_deny_is_not_lost_with_the_document_that_says_it(people, statements):
    server, key = people
    iam = server.client("iam")
    iam.put_user_policy(UserName="bob", PolicyName="all", PolicyDocument=ALL)
    policy = iam.create_policy(PolicyName="deny", PolicyDocument=DENY.replace('"Action": "*"', '"Action": "iam:Get*"'))["Policy"]
    iam.attach_group_policy(GroupName="staff", PolicyArn=policy["Arn"])
    server.client("iam", key).list_users()
    refused(server.client("iam", key).get_user, "AccessDenied", 403)
    change(server, *statements)
    server.start()
    refused(server.client("iam", key).get_user, "AccessDenied", 403)
    refused(server.client("iam", key).list_users, "AccessDenied", 403)
    assert "everything is denied" in (server.home / "stderr").read_text()


def test_the_wrong_root_key_opens_nothing(server, tmp_path):
    server.stop()
    other = tmp_path / "other.key"
    shutil.copy(server.root_key, other)
    text = other.read_text()
    other.write_text(text[:30] + ("A" if text[30] != "A" else "B") + text[31:])
    done = server.keywright("serve", "--data-dir", str(server.data), "--root-key-file", str(other), "--listen", "127.0.0.1:0")
    assert done.returncode == 1 and "the root key is not the one this store was made with" in done.stderr
    other.chmod(0o644)
    done = server.keywright("check", "--data-dir", str(server.data), "--root-key-file", str(other))
    assert done.returncode == 1 and "can be read by others" in done.stderr
    other.unlink()
    done = server.keywright("check", "--data-dir", str(server.data), "--root-key-file", str(other))
    assert done.returncode == 1 and "there is no root key file" in done.stderr


def test_a_disk_that_cannot_be_written_refuses_and_recovers(tmp_path):
    """A full disk, made with a file size limit that the server cannot exceed."""
    import resource

    server = Server(tmp_path)
    iam = server.client("iam")
    iam.create_user(UserName="before")
    size = (server.data / "keywright.db-wal").stat().st_size
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    refused(iam.create_user, "ServiceUnavailable", 503, UserName="full")
    refused(server.client("sts").get_caller_identity, "ServiceUnavailable", 503)
    assert server.process.poll() is None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    iam.create_user(UserName="after")
    names = [user["UserName"] for user in iam.list_users()["Users"]]
    assert names == ["after", "before"]
    assert server.stop() == 0
    server.check()
