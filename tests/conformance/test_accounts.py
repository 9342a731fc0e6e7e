"""Several accounts in one server: what an operator lets each do, and how they meet."""

import json

import pytest
from conftest import Server, refused

TASKS = "arn:aws:iam::aws:policy/root-task/"
DENY_CREATE_USER = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}
ALLOW_IAM = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}


def trusting(principal, **condition):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def accounts(tmp_path):
    """A server with two accounts."""
    server = Server(tmp_path, other=True)
    yield server
    if server.process.poll() is None:
        assert server.stop() == 0
    server.check()


def operate(server, *arguments, fails=None):
    """An operator's command, for which the server is stopped."""
    server.stop()
    done = server.keywright("account", *arguments, *server.place())
    server.start()
    if fails:
        assert done.returncode == 1 and fails in done.stderr, done.stderr
    else:
        assert done.returncode == 0, done.stderr
    return done.stdout


def policy_file(server, name, document):
    path = server.home / f"{name}.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_a_service_control_policy_binds_an_account_root_included(accounts):
    other = accounts.other["account"]
    deny = policy_file(accounts, "deny", DENY_CREATE_USER)
    operate(accounts, "attach-policy", other, "scp", "no-users", deny)
    assert [line.split("\t")[:3] for line in operate(accounts, "list-policies", other).splitlines()] == [
        ["account", "scp", "FullAWSAccess"], ["account", "scp", "no-users"]]
    iam = accounts.client("iam", accounts.other["key"])
    text = f"User: arn:aws:iam::{other}:root is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::{other}:user/x with an explicit deny in a service control policy"
    refused(iam.create_user, "AccessDenied", 403, text, UserName="x")
    iam.create_group(GroupName="g")
    accounts.client("iam").create_user(UserName="x")

    # At every level a policy must allow.
    allow = policy_file(accounts, "allow", ALLOW_IAM)
    operate(accounts, "attach-policy", other, "scp", "iam-only", allow, "--level", "unit")
    operate(accounts, "detach-policy", other, "scp", "FullAWSAccess", "--level", "unit")
    iam = accounts.client("iam", accounts.other["key"])
    iam.list_groups()
    trail = accounts.client("cloudtrail", accounts.other["key"])
    refused(trail.lookup_events, "AccessDeniedException", None,
            f"User: arn:aws:iam::{other}:root is not authorized to perform: cloudtrail:LookupEvents on resource: * because no service control policy allows the cloudtrail:LookupEvents action")
    operate(accounts, "detach-policy", other, "scp", "iam-only", "--level", "unit", fails="last service control policy")
    operate(accounts, "detach-policy", other, "scp", "no-users")
    accounts.client("iam", accounts.other["key"]).create_user(UserName="x")


def test_a_simulation_knows_the_control_policies_of_its_account(accounts):
    other = accounts.other["account"]
    iam = accounts.client("iam", accounts.other["key"])
    bob = iam.create_user(UserName="bob")["User"]["Arn"]
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")

    def simulated(**more):
        asked = {"PolicySourceArn": bob, "ActionNames": ["iam:CreateUser", "iam:GetUser"], **more}
        results = iam.simulate_principal_policy(**asked)["EvaluationResults"]
        details = [result.get("OrganizationsDecisionDetail") for result in results]
        return [result["EvalDecision"] for result in results], details

    assert simulated() == (["allowed", "allowed"], [None, None])
    deny = policy_file(accounts, "deny", DENY_CREATE_USER)
    operate(accounts, "attach-policy", other, "scp", "no-users", deny)
    iam = accounts.client("iam", accounts.other["key"])
    told = [{"AllowedByOrganizations": False}, {"AllowedByOrganizations": True}]
    assert simulated() == (["explicitDeny", "allowed"], told)
    assert simulated(PolicyExclusionList=[{"PolicyType": "scp"}]) == (["allowed", "allowed"], [None, None])


def test_what_reports_are_made_of_is_the_own_accounts_alone(accounts):
    own, iam = accounts.client("iam"), accounts.client("iam", accounts.other["key"])
    bob = own.create_user(UserName="bob")["User"]["Arn"]
    iam.create_user(UserName="bob")
    job = own.generate_service_last_accessed_details(Arn=bob)["JobId"]
    refused(iam.get_service_last_accessed_details, "NoSuchEntity", 404,
            f"The job with id {job} cannot be found.", JobId=job)
    none = "The user with name bob cannot be found."
    refused(iam.generate_service_last_accessed_details, "NoSuchEntity", 404, none, Arn=bob)
    refused(iam.simulate_principal_policy, "NoSuchEntity", 404, none, PolicySourceArn=bob, ActionNames=["s3:GetObject"])
    refused(iam.get_context_keys_for_principal_policy, "NoSuchEntity", 404, none, PolicySourceArn=bob)
    refused(iam.list_policies_granting_service_access, "NoSuchEntity", 404, none, Arn=bob, ServiceNamespaces=["s3"])
    details = own.get_account_authorization_details()
    assert [user["Arn"] for user in details["UserDetailList"]] == [bob]


def test_what_is_no_control_policy_is_not_attached(accounts):
    other = accounts.other["account"]
    for kind, document in [("scp", {"Version": "2012-10-17", "Statement": []}), ("rcp", ALLOW_IAM), ("scp", "text")]:
        path = policy_file(accounts, "bad", document)
        operate(accounts, "attach-policy", other, kind, "bad", path, fails="does not meet the requirements")
    deny = policy_file(accounts, "deny", DENY_CREATE_USER)
    operate(accounts, "attach-policy", "000000000009", "scp", "n", deny, fails="there is no account 000000000009")
    operate(accounts, "detach-policy", other, "scp", "n", fails="no policy n is attached there")
    assert operate(accounts, "list-policies", other) == ""


def test_a_resource_control_policy_keeps_strangers_from_roles(accounts):
    other, own = accounts.other["account"], accounts.account
    iam = accounts.client("iam")
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}))
    bob = iam.create_access_key(UserName="bob")["AccessKey"]
    theirs = accounts.client("iam", accounts.other["key"])
    theirs.create_role(RoleName="r", AssumeRolePolicyDocument=trusting(own))
    assume = {"RoleArn": f"arn:aws:iam::{other}:role/r", "RoleSessionName": "s1"}
    accounts.client("sts", bob).assume_role(**assume)
    strangers = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": other}}}]}
    operate(accounts, "attach-policy", other, "rcp", "ours-alone", policy_file(accounts, "rcp", strangers))
    refused(accounts.client("sts", bob).assume_role, "AccessDenied", 403, **assume)
    operate(accounts, "detach-policy", other, "rcp", "ours-alone")
    accounts.client("sts", bob).assume_role(**assume)


def test_a_task_of_root_s_is_done_by_the_account_that_manages_it(accounts):
    other, own = accounts.other["account"], accounts.account
    iam = accounts.client("iam")
    iam.create_user(UserName="admin")
    iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    admin = iam.create_access_key(UserName="admin")["AccessKey"]
    task = {"TargetPrincipal": other, "TaskPolicyArn": {"arn": TASKS + "IAMAuditRootUserCredentials"}}
    no = f"User: arn:aws:iam::{own}:user/admin is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{other}:root"
    refused(accounts.client("sts", admin).assume_root, "AccessDenied", 403, no, **task)
    operate(accounts, "manage-root", other, "--manager", "000000000009", fails="there is no account 000000000009")
    operate(accounts, "manage-root", other, "--manager", own)

    sts = accounts.client("sts", admin)
    session = sts.assume_root(**task)["Credentials"]
    assert accounts.client("sts", session).get_caller_identity()["Arn"] == f"arn:aws:iam::{other}:root"
    as_root = accounts.client("iam", session)
    keys = as_root.list_access_keys()["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in keys] == [accounts.other["key"]["AccessKeyId"]]
    refused(as_root.create_user, "AccessDenied", 403,
            f"User: arn:aws:iam::{other}:root is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::{other}:user/x with an explicit deny in a session policy: {TASKS}IAMAuditRootUserCredentials", UserName="x")
    refused(as_root.delete_access_key, "AccessDenied", 403, AccessKeyId=keys[0]["AccessKeyId"])
    for wrong in ("arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/root-task/None"):
        refused(sts.assume_root, "ValidationError", 400, TargetPrincipal=other, TaskPolicyArn={"arn": wrong})

    # The last way out: root's keys are deleted by who manages it.
    task["TaskPolicyArn"]["arn"] = TASKS + "IAMDeleteRootUserCredentials"
    delete = accounts.client("iam", sts.assume_root(**task)["Credentials"])
    found = accounts.client("cloudtrail", accounts.other["key"]).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "ListAccessKeys"}])["Events"]
    identity = json.loads(found[0]["CloudTrailEvent"])["userIdentity"]
    assert (identity["type"], identity["accountId"]) == ("Root", other)
    assert identity["sessionContext"]["assumedRoot"] == "true"
    delete.delete_access_key(AccessKeyId=accounts.other["key"]["AccessKeyId"])
    refused(accounts.client("sts", accounts.other["key"]).get_caller_identity, "InvalidClientTokenId", 403)

    operate(accounts, "manage-root", other)
    refused(accounts.client("sts", admin).assume_root, "AccessDenied", 403, no, **task)


def test_quotas_are_shown_and_set(accounts):
    own = accounts.account
    assert operate(accounts, "quota", own) == "users\t5000\nroles\t1000\n"
    operate(accounts, "quota", own, "--roles", "1")
    assert operate(accounts, "quota", own) == "users\t5000\nroles\t1\n"
    iam = accounts.client("iam")
    iam.create_role(RoleName="one", AssumeRolePolicyDocument=trusting(own))
    refused(iam.create_role, "LimitExceeded", 409, "Cannot exceed quota for RolesPerAccount: 1",
            RoleName="two", AssumeRolePolicyDocument=trusting(own))
    assert iam.get_account_summary()["SummaryMap"]["RolesQuota"] == 1
