// Credential providers of the AWS SDK for JavaScript; each prints who it makes the caller.
import { IAMClient, CreateUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromEnv, fromIni, fromNodeProviderChain, fromProcess, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { Agent } from "node:http";

// What a person would configure once: endpoint and region come by the environment.
const say = (text) => console.log(text);
const whoami = async (options) => (await new STSClient(options).send(new GetCallerIdentityCommand({}))).Arn;
const [, , what, ...rest] = process.argv;

// Each is called with what stands behind its name.
const does = {
  env: () => whoami({ credentials: fromEnv() }),
  chain: () => whoami({ credentials: fromNodeProviderChain() }),
  ini: (profile) => whoami({ credentials: fromIni({ profile }) }),
  process: (profile) => whoami({ credentials: fromProcess({ profile }) }),
  temporary: (RoleArn, RoleSessionName, ExternalId) =>
    whoami({ credentials: fromTemporaryCredentials({ params: { RoleArn, RoleSessionName, ExternalId, DurationSeconds: 900 } }) }),
  // A role taken on with the session of another.
  nested: (first, second) => {
    const masterCredentials = fromTemporaryCredentials({ params: { RoleArn: first, RoleSessionName: "outer" } });
    return whoami({ credentials: fromTemporaryCredentials({ masterCredentials, params: { RoleArn: second, RoleSessionName: "inner" } }) });
  },
  // A profile whose role wants a code, and the same without a profile.
  "ini-mfa": (profile, code) => whoami({ credentials: fromIni({ profile, mfaCodeProvider: async () => code }) }),
  "temporary-mfa": (RoleArn, SerialNumber, code) =>
    whoami({ credentials: fromTemporaryCredentials({ mfaCodeProvider: async () => code, params: { RoleArn, SerialNumber, RoleSessionName: "js" } }) }),
  users: async () => (await new IAMClient({}).send(new ListUsersCommand({}))).Users.map((user) => user.UserName).join(" "),
  create: async (UserName) => (await new IAMClient({}).send(new CreateUserCommand({ UserName }))).User.Arn,
  // A clock that is hours off is put right by the Date of the refusal, and the call made again.
  skewed: (hours) => {
    const now = Date.now;
    Date.now = () => now() + Number(hours) * 3_600_000;
    return whoami();
  },
  // A name that no DNS knows leads to the loopback.
  named: (endpoint) => {
    const lookup = (_, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));
    return whoami({ endpoint, requestHandler: { httpAgent: new Agent({ lookup }) } });
  },
};

try {
  say(await does[what](...rest));
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}
