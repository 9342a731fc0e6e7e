"""The whole life of an access key, with the unmodified AWS CLI."""


def test_from_fresh_machine_to_deleted_key(server):
    code, identity, _ = server.aws("sts", "get-caller-identity")
    assert (code, identity["Arn"]) == (0, f"arn:aws:iam::{server.account}:root")

    assert server.aws("iam", "create-user", "--user-name", "bob")[0] == 0
    code, made, _ = server.aws("iam", "create-access-key", "--user-name", "bob")
    old = made["AccessKey"]
    assert (code, old["Status"], len(old["SecretAccessKey"]), len(old["AccessKeyId"])) == (0, "Active", 40, 20)
    assert server.aws("sts", "get-access-key-info", "--access-key-id", old["AccessKeyId"])[1]["Account"] == server.account

    # Nothing is allowed until a policy allows it.
    code, _, complaint = server.aws("iam", "list-users", key=old)
    assert code != 0 and "AccessDenied" in complaint
    assert f"User: arn:aws:iam::{server.account}:user/bob is not authorized to perform: iam:ListUsers" in complaint
    assert "because no identity-based policy allows the iam:ListUsers action" in complaint
    policy = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    assert server.aws("iam", "attach-user-policy", "--user-name", "bob", "--policy-arn", policy)[0] == 0
    code, users, _ = server.aws("iam", "list-users", key=old)
    assert [user["UserName"] for user in users["Users"]] == ["bob"]
    assert "AccessDenied" in server.aws("iam", "create-user", "--user-name", "eve", key=old)[2]

    # Who did what?
    code, found, _ = server.aws(
        "cloudtrail", "lookup-events", "--lookup-attributes",
        f"AttributeKey=AccessKeyId,AttributeValue={old['AccessKeyId']}")
    names = [event["EventName"] for event in found["Events"]]
    assert names == ["CreateUser", "ListUsers", "ListUsers"]

    # Rotate: a second key, no third one; the old one is made inactive, then deleted.
    new = server.aws("iam", "create-access-key", "--user-name", "bob")[1]["AccessKey"]
    code, _, complaint = server.aws("iam", "create-access-key", "--user-name", "bob")
    assert "LimitExceeded" in complaint and "Cannot exceed quota for AccessKeysPerUser: 2" in complaint
    assert server.aws("sts", "get-caller-identity", key=new)[1]["Arn"].endswith(":user/bob")
    used = server.aws("iam", "get-access-key-last-used", "--access-key-id", new["AccessKeyId"])[1]
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sts" and used["UserName"] == "bob"
    change = ["iam", "update-access-key", "--user-name", "bob", "--access-key-id", old["AccessKeyId"], "--status"]
    assert server.aws(*change, "Inactive")[0] == 0
    complaint = server.aws("sts", "get-caller-identity", key=old)[2]
    assert "InvalidClientTokenId" in complaint and "The security token included in the request is invalid." in complaint
    assert server.aws(*change, "Active")[0] == 0
    assert server.aws("sts", "get-caller-identity", key=old)[0] == 0
    assert server.aws("iam", "delete-access-key", "--user-name", "bob", "--access-key-id", old["AccessKeyId"])[0] == 0
    assert "InvalidClientTokenId" in server.aws("sts", "get-caller-identity", key=old)[2]
    left = server.aws("iam", "list-access-keys", "--user-name", "bob")[1]["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in left] == [new["AccessKeyId"]]

    assert server.stop() == 0
    server.check()
