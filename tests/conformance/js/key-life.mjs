// The whole life of an access key, with the AWS SDK for JavaScript.
import assert from "node:assert/strict";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  AttachUserPolicyCommand, CreateAccessKeyCommand, CreateUserCommand, DeleteAccessKeyCommand,
  IAMClient, ListAccessKeysCommand, ListUsersCommand, UpdateAccessKeyCommand, paginateListUsers,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

const endpoint = process.env.ENDPOINT;
const client = (Client, credentials) =>
  new Client({ endpoint, region: "us-east-1", maxAttempts: 1, ...(credentials && { credentials }) });
const root = client(IAMClient);

await root.send(new CreateUserCommand({ UserName: "js", Tags: [{ Key: "team", Value: "ü" }] }));
const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: "js" }));
const key = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
const identity = await client(STSClient, key).send(new GetCallerIdentityCommand({}));
assert.match(identity.Arn, /:user\/js$/);

const own = client(IAMClient, key);
await assert.rejects(own.send(new ListUsersCommand({})), (error) => {
  assert.equal(error.name, "AccessDenied");
  assert.match(error.message, /because no identity-based policy allows the iam:ListUsers action$/);
  return true;
});
await root.send(new AttachUserPolicyCommand({ UserName: "js", PolicyArn: "arn:aws:iam::aws:policy/IAMReadOnlyAccess" }));
const names = [];
for await (const page of paginateListUsers({ client: own, pageSize: 1 }, {})) {
  names.push(...page.Users.map((user) => user.UserName));
}
assert.deepEqual(names, ["js"]);
assert.ok((await own.send(new ListUsersCommand({}))).Users[0].CreateDate instanceof Date);

const { Credentials } = await client(STSClient, key).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
const session = { accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretAccessKey, sessionToken: Credentials.SessionToken };
assert.equal((await client(STSClient, session).send(new GetCallerIdentityCommand({}))).Arn, identity.Arn);

const change = { UserName: "js", AccessKeyId: key.accessKeyId };
await root.send(new UpdateAccessKeyCommand({ ...change, Status: "Inactive" }));
await assert.rejects(client(STSClient, key).send(new GetCallerIdentityCommand({})), { name: "InvalidClientTokenId" });
await root.send(new DeleteAccessKeyCommand(change));
assert.deepEqual((await root.send(new ListAccessKeysCommand({ UserName: "js" }))).AccessKeyMetadata, []);

const { Events } = await client(CloudTrailClient).send(new LookupEventsCommand({
  LookupAttributes: [{ AttributeKey: "AccessKeyId", AttributeValue: key.accessKeyId }],
}));
assert.equal(Events[0].EventName, "GetCallerIdentity");
assert.equal(JSON.parse(Events[0].CloudTrailEvent).errorCode, "InvalidClientTokenId");
console.log("the whole life of a key");
