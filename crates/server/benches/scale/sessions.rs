//! Taking on roles, and calling with what that gives, beside a user's calls; among ten roles and
//! among a hundred thousand.
//!
//! The role's sessions are bound by an identity policy, a boundary and a session policy.

use std::path::Path;
use std::sync::Arc;

use crate::client::{Call, Connection, Key, Load, Next, drive, element};
use crate::compare::{ROUND, ROUNDS, medians};
use crate::process::{Server, keywright, output};
use crate::world::{CONNECTIONS, replay};

/// Roles beside the one that is taken on.
const FEW: usize = 10;
const MANY: usize = 100_000;

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","sts:AssumeRole"],"Resource":"*"}]}"#;

/// A server with a user, a role that the user may take on, and a session of it.
struct Stage {
    server: Server,
    user: Key,
    session: Key,
    assume: Call,
}

impl Stage {
    async fn set(dir: &Path, roles: usize) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let said = output(keywright(dir, &["init"]));
        let value = |name: &str| {
            said.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
        };
        let root = Key::long_term(value("access key id:"), value("secret access key:"));
        let account = value("account id:");
        let mut quota = keywright(dir, &["account", "quota"]);
        quota.args([&account, "--roles", &(roles + 1).to_string()]);
        output(quota);
        let server = Server::start(dir);
        let mut connection = Connection::open(&server.address).await;
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:user/bob"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        for (action, parameters) in [
            ("CreateUser", "&UserName=bob".to_owned()),
            ("PutUserPolicy", format!("&UserName=bob&PolicyName=p&PolicyDocument={}", form(ALLOW))),
            ("CreatePolicy", format!("&PolicyName=bound&PolicyDocument={}", form(ALLOW))),
            (
                "CreateRole",
                format!(
                    "&RoleName=taken&AssumeRolePolicyDocument={}&PermissionsBoundary={}",
                    form(&trust),
                    form(&format!("arn:aws:iam::{account}:policy/bound"))
                ),
            ),
            (
                "PutRolePolicy",
                format!("&RoleName=taken&PolicyName=p&PolicyDocument={}", form(ALLOW)),
            ),
        ] {
            connection.call(&server, &root, &Call::iam(action, &parameters)).await;
        }
        let made = Call::iam("CreateAccessKey", "&UserName=bob");
        let made = connection.call(&server, &root, &made).await;
        let user = Key::long_term(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
        others(&server, &root, &trust, roles).await;
        let assume = Call::Sts(format!(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A{account}%3Arole%2Ftaken&\
             RoleSessionName=s1"
        ));
        let limited = match &assume {
            Call::Sts(body) => Call::Sts(format!("{body}&Policy={}", form(ALLOW))),
            _ => Call::WhoAmI,
        };
        let session = Key::of_session(&connection.call(&server, &user, &limited).await);
        Self { server, user, session, assume }
    }

    /// The same signed request again and again, on all connections.
    async fn load(&self, key: &Key, call: &Call) -> Load {
        let request = Arc::new(vec![call.signed(&self.server.address, key)]);
        replay(&self.server, &request, ROUND).await
    }
}

/// Percent-encoded as a form has it.
fn form(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte))
        } else {
            out.push_str(&format!("%{byte:02X}"))
        }
        out
    })
}

/// Makes roles that nobody takes on.
async fn others(server: &Server, root: &Key, trust: &str, count: usize) {
    let trust = form(trust);
    let nexts = (0..CONNECTIONS.min(count)).map(|first| -> Next {
        let (address, root, trust) = (server.address.clone(), root.clone(), trust.clone());
        let mut numbers = (first..count).step_by(CONNECTIONS);
        Box::new(move |_| {
            let name = format!("role-{:06}", numbers.next()?);
            let parameters = format!("&RoleName={name}&AssumeRolePolicyDocument={trust}");
            Some(Call::iam("CreateRole", &parameters).signed(&address, &root))
        })
    });
    drive(server, nexts.collect(), None).await;
}

/// Prints a table of what sessions cost beside what users cost.
pub(crate) async fn measure(dir: &Path) {
    let few = Stage::set(&dir.join("few"), FEW).await;
    let get = Call::iam("GetUser", "&UserName=bob");
    println!("\nsessions, {CONNECTIONS} connections, medians of {ROUNDS} rounds in turns\n");
    let rows: [(&str, &Key, &Call); 5] = [
        ("GetCallerIdentity by the user", &few.user, &Call::WhoAmI),
        ("AssumeRole by the user", &few.user, &few.assume),
        ("GetCallerIdentity by the role's session", &few.session, &Call::WhoAmI),
        ("GetUser by the user", &few.user, &get),
        ("GetUser by the role's session, with boundary and session policy", &few.session, &get),
    ];
    let mut loads: Vec<Vec<Load>> = rows.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((_, key, call), loads) in rows.iter().zip(&mut loads) {
            loads.push(few.load(key, call).await);
        }
    }
    println!("| call | req/s | server CPU µs |");
    println!("|---|---|---|");
    for ((name, ..), loads) in rows.iter().zip(&loads) {
        let (rate, cpu) = medians(loads);
        println!("| {name} | {rate:.0} | {cpu:.1} |");
    }
    let many = Stage::set(&dir.join("many"), MANY).await;
    println!("\n| call | {FEW} roles req/s | {MANY} roles req/s | ratio | CPU µs | CPU µs |");
    println!("|---|---|---|---|---|---|");
    for (name, call) in [("AssumeRole", None), ("GetUser by the session", Some(&get))] {
        let (mut small, mut big) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (stage, loads) in [(&few, &mut small), (&many, &mut big)] {
                let (key, call) = match call {
                    None => (&stage.user, &stage.assume),
                    Some(call) => (&stage.session, call),
                };
                loads.push(stage.load(key, call).await);
            }
        }
        let ((small, small_cpu), (big, big_cpu)) = (medians(&small), medians(&big));
        let ratio = big / small;
        println!("| {name} | {small:.0} | {big:.0} | {ratio:.2} | {small_cpu:.1} | {big_cpu:.1} |");
    }
    few.server.stop();
    many.server.stop();
}
