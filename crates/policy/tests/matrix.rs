//! The permission matrix: who may do what under which policies, and how a refusal reads.
//!
//! `matrix.golden` holds every row with its outcome; `KEYWRIGHT_UPDATE_GOLDEN=1` writes it anew, and
//! what changes is to be read before it is kept. The table of the documentation for grants in a
//! resource's policy stands here itself, and is not written by the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fmt::Write as _;

use keywright_policy as policy;
use policy::oracle::{self, Documents};
use policy::{Context, Decision, Effect, Principal, Request, ResourcePolicyKind, evaluate};

use common::{
    ACCOUNT, BOB, BOB_ID, CALLERS, Compiled, FEDERATED, OTHER, PROVIDER, ROLE, ROLE_ID, ROOT,
    SERVICE, SESSION,
};

const ACTION: &str = "s3:GetObject";
const RESOURCE: &str = "arn:aws:s3:::b/k";

/// What a kind of policy says in a row.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    /// There is none.
    Absent,
    Allow,
    Silent,
    Deny,
}

impl Word {
    fn document(self, named: bool) -> Option<String> {
        let principal = if named { r#""Principal":"*","# } else { "" };
        let (effect, action) = match self {
            Self::Absent => return None,
            Self::Allow => ("Allow", "s3:*"),
            Self::Silent => ("Allow", "iam:*"),
            Self::Deny => ("Deny", "s3:*"),
        };
        let statement =
            |effect, action| format!(r#"{{"Effect":"{effect}",{principal}"Action":"{action}"}}"#);
        // One that denies allows, too: a deny is stronger.
        let statements = match self {
            Self::Deny => format!("{},{}", statement("Allow", "*"), statement(effect, action)),
            _ => statement(effect, action),
        };
        Some(format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Absent => "-",
            Self::Allow => "allow",
            Self::Silent => "silent",
            Self::Deny => "deny",
        }
    }
}

/// A statement of the resource's policy: how it reads in the table, and its elements.
#[derive(Clone)]
struct Grant {
    name: String,
    statement: String,
}

fn grant_to(name: &str, element: &str, effect: &str) -> Grant {
    let statement = format!(r#"{{"Effect":"{effect}",{element},"Action":"s3:*"}}"#);
    Grant { name: name.to_owned(), statement }
}

fn aws(name: &str, value: &str) -> Grant {
    grant_to(name, &format!(r#""Principal":{{"AWS":"{value}"}}"#), "Allow")
}

/// One row.
#[derive(Clone)]
struct Row {
    caller: &'static str,
    crosses: bool,
    kind: ResourcePolicyKind,
    grants: Vec<Grant>,
    identity: Word,
    boundary: Word,
    session: Word,
    scp: Vec<Word>,
    rcp: Vec<Word>,
}

impl Row {
    fn new(caller: &'static str) -> Self {
        Self {
            caller,
            crosses: false,
            kind: ResourcePolicyKind::Plain,
            grants: Vec::new(),
            identity: Word::Allow,
            boundary: Word::Absent,
            // Without one, a federated user may do nothing.
            session: if caller.starts_with("federated ") { Word::Allow } else { Word::Absent },
            scp: Vec::new(),
            rcp: Vec::new(),
        }
    }

    fn principal(&self) -> Principal<'static> {
        CALLERS.iter().find(|(name, _)| *name == self.caller).unwrap().1
    }

    fn documents(&self) -> Documents {
        let own = |word: Word| word.document(false).map(|text| vec![text]);
        let levels = |words: &[Word], named| {
            words.iter().map(|word| vec![word.document(named).unwrap()]).collect()
        };
        let statements: Vec<&str> =
            self.grants.iter().map(|grant| grant.statement.as_str()).collect();
        let statements = statements.join(",");
        let resource = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let is_there = !self.grants.is_empty();
        Documents {
            identity: own(self.identity),
            boundary: own(self.boundary),
            session: own(self.session),
            scope_downs: Vec::new(),
            resource: is_there.then(|| (self.kind, vec![resource])),
            scps: levels(&self.scp, false),
            rcps: levels(&self.rcp, true),
        }
    }

    fn decide(&self) -> Decision {
        self.decide_scoped_down_to(&[])
    }

    /// What is decided if the caller's session was scoped down to what says these words.
    fn decide_scoped_down_to(&self, words: &[Word]) -> Decision {
        let context = Context::new();
        let request = Request {
            principal: self.principal(),
            action: ACTION,
            resource: RESOURCE,
            resource_account: self.crosses.then_some(OTHER),
            context: &context,
        };
        let mut documents = self.documents();
        let scope_downs = words.iter().map(|word| vec![word.document(false).unwrap()]);
        documents.scope_downs = scope_downs.collect();
        let decision = evaluate(&request, &Compiled::new(&documents).policies());
        let expected = oracle::decide(&request, &documents);
        assert_eq!(expected, Some((decision.effect, decision.layer)), "{}", self.line(&decision));
        decision
    }

    fn line(&self, decision: &Decision) -> String {
        let levels = |words: &[Word]| match words {
            [] => "-".to_owned(),
            words => words.iter().map(|word| word.name()).collect::<Vec<_>>().join("+"),
        };
        let grants: Vec<&str> = self.grants.iter().map(|grant| grant.name.as_str()).collect();
        let grants = if grants.is_empty() { "-".to_owned() } else { grants.join("+") };
        let effect = match decision.effect {
            Effect::Allow => "allow",
            Effect::ExplicitDeny => "DENY",
            Effect::ImplicitDeny => "no",
        };
        let text = match decision.effect {
            Effect::Allow => String::new(),
            // Who asks for what, in the same words in each row, is left out.
            _ => {
                let text = decision.denial("U", ACTION, None);
                text.replace("User: U is not authorized to perform: s3:GetObject ", "")
            }
        };
        let line = format!(
            "{:<14} {:<5} {:<5} | {:<28} | {:<6} {:<6} {:<6} {:<13} {:<13} | {:<5} {:<8} | {}",
            self.caller,
            if self.crosses { "cross" } else { "same" },
            format!("{:?}", self.kind).to_lowercase(),
            grants,
            self.identity.name(),
            self.boundary.name(),
            self.session.name(),
            levels(&self.scp),
            levels(&self.rcp),
            effect,
            format!("{:?}", decision.layer).to_lowercase(),
            text,
        );
        line.trim_end().to_owned()
    }
}

const KINDS: [ResourcePolicyKind; 3] =
    [ResourcePolicyKind::Plain, ResourcePolicyKind::Trust, ResourcePolicyKind::Key];

/// The grants that can be made to a caller, and some that are made to another one.
fn grants(caller: &str) -> Vec<Vec<Grant>> {
    let (everyone, root) = (aws("AWS *", "*"), aws("account root", ROOT));
    let mut all = match caller {
        "root" => vec![root, aws("account id", ACCOUNT), everyone],
        "user" => vec![aws("user", BOB), aws("user id", BOB_ID), root, everyone],
        "federated user" => vec![aws("session", FEDERATED), aws("user", BOB), root, everyone],
        "federated root" => vec![aws("session", FEDERATED), root, everyone],
        "role" | "linked role" => vec![
            aws("session", SESSION),
            aws("role", ROLE),
            aws("role id", ROLE_ID),
            root,
            everyone,
        ],
        "service" => {
            let service = format!(r#""Principal":{{"Service":"{SERVICE}"}}"#);
            vec![grant_to("service", &service, "Allow"), root, everyone]
        }
        "federated" => {
            let provider = format!(r#""Principal":{{"Federated":"{PROVIDER}"}}"#);
            vec![grant_to("provider", &provider, "Allow"), root, everyone]
        }
        _ => vec![root, everyone],
    };
    all.push(grant_to("*", r#""Principal":"*""#, "Allow"));
    all.push(aws("other account", OTHER));
    let mut all: Vec<Vec<Grant>> = all.into_iter().map(|grant| vec![grant]).collect();
    let nothing = r#"{"Effect":"Allow","Principal":"*","Action":"iam:*"}"#;
    let silent = Grant { name: "nothing".to_owned(), statement: nothing.to_owned() };
    all.splice(0..0, [vec![silent], Vec::new()]);
    all
}

fn is_of_an_account(caller: &str) -> bool {
    !["service", "federated", "anonymous"].contains(&caller)
}

/// Every grant, with everything else allowing, and with each kind that may be silent silent.
fn rows_of_grants() -> Vec<Row> {
    let mut rows = Vec::new();
    for (caller, _) in CALLERS {
        for crosses in
            [false, true].into_iter().filter(|crosses| !crosses || is_of_an_account(caller))
        {
            for kind in KINDS {
                for grants in grants(caller) {
                    // Other words for the same: once is enough.
                    let again = ["user id", "role id", "account id", "*", "other account"];
                    let is_again = grants.iter().any(|g| again.contains(&g.name.as_str()));
                    // There is no such resource without a policy.
                    if grants.is_empty() && kind != ResourcePolicyKind::Plain {
                        continue;
                    }
                    if is_again && (crosses || kind == ResourcePolicyKind::Key) {
                        continue;
                    }
                    let full = Row { crosses, kind, grants, ..Row::new(caller) };
                    if is_of_an_account(caller) {
                        rows.push(Row { identity: Word::Silent, ..full.clone() });
                        rows.push(Row { boundary: Word::Silent, ..full.clone() });
                        rows.push(Row { session: Word::Silent, ..full.clone() });
                    }
                    rows.push(full);
                }
            }
        }
    }
    for caller in ["federated user", "federated root"] {
        for grants in grants(caller) {
            rows.push(Row { grants, session: Word::Absent, ..Row::new(caller) });
        }
    }
    rows
}

/// Everything allows, and has a level to be changed.
fn all_allow(caller: &'static str) -> Row {
    let mut grants = grants(caller);
    Row {
        grants: grants.swap_remove(2),
        boundary: Word::Allow,
        session: Word::Allow,
        scp: vec![Word::Allow; 2],
        rcp: vec![Word::Allow; 2],
        ..Row::new(caller)
    }
}

/// The row with one more kind that says `word`.
fn with(row: &Row, layer: &str, word: Word) -> Row {
    let mut row = row.clone();
    let last = |levels: &[Word]| {
        let mut levels = levels.to_vec();
        levels.splice(levels.len() - 1.., [word]);
        levels
    };
    match layer {
        "identity" => row.identity = word,
        "boundary" => row.boundary = word,
        "session" => row.session = word,
        "scp" => row.scp = last(&row.scp),
        "scp root" => row.scp = vec![word, Word::Allow],
        "rcp" => row.rcp = last(&row.rcp),
        "rcp root" => row.rcp = vec![word, Word::Allow],
        _ if word == Word::Deny => {
            row.grants.push(grant_to("DENY *", r#""Principal":"*""#, "Deny"))
        }
        _ => row.grants = vec![aws("other account", OTHER)],
    }
    row
}

const LAYERS: [&str; 6] = ["identity", "boundary", "session", "resource", "scp", "rcp"];

/// Every kind that denies, for every caller; every level that is silent; and two kinds at once.
fn rows_of_denies() -> Vec<Row> {
    let mut rows = Vec::new();
    for (caller, _) in CALLERS {
        let row = all_allow(caller);
        rows.extend(LAYERS.map(|layer| with(&row, layer, Word::Deny)));
        let silent = ["scp", "scp root", "rcp", "rcp root"];
        rows.extend(silent.map(|layer| with(&row, layer, Word::Silent)));
        rows.push(row);
    }
    for (at, first) in LAYERS.iter().enumerate() {
        for second in LAYERS.iter().skip(at + 1) {
            let row = Row { crosses: true, ..all_allow("user") };
            for word in [Word::Deny, Word::Silent] {
                rows.push(with(&with(&row, first, word), second, word));
            }
            rows.push(with(&with(&row, first, Word::Silent), second, Word::Deny));
            rows.push(with(&with(&row, first, Word::Deny), second, Word::Silent));
        }
    }
    let trust = Row { kind: ResourcePolicyKind::Trust, ..all_allow("role") };
    rows.push(with(&trust, "resource", Word::Deny));
    rows
}

/// Lists of `NotPrincipal`, with and without a boundary.
fn rows_of_exceptions() -> Vec<Row> {
    let lists: [(&str, &[&str]); 8] = [
        ("other", &[OTHER]),
        ("account", &[ACCOUNT]),
        ("user", &[BOB]),
        ("user,account", &[BOB, ROOT]),
        ("role,account", &[ROLE_ID, ROOT]),
        ("session,account", &[SESSION, FEDERATED, ROOT]),
        ("all", &[BOB, ROLE, SESSION, FEDERATED, ROOT]),
        ("*", &["*"]),
    ];
    let mut rows = Vec::new();
    for (caller, _) in CALLERS {
        for (name, list) in lists {
            let list: Vec<String> = list.iter().map(|value| format!("{value:?}")).collect();
            let element = format!(r#""NotPrincipal":{{"AWS":[{}]}}"#, list.join(","));
            let granted = grant_to(&format!("not {name}"), &element, "Allow");
            rows.push(Row { grants: vec![granted], identity: Word::Silent, ..Row::new(caller) });
            let spared = grant_to(&format!("DENY not {name}"), &element, "Deny");
            let denied = |boundary| {
                let grants = [grants(caller).swap_remove(2), vec![spared.clone()]].concat();
                Row { grants, boundary, ..Row::new(caller) }
            };
            rows.push(denied(Word::Absent));
            rows.push(denied(Word::Allow));
        }
    }
    rows
}

fn table() -> String {
    let mut table = String::from(
        "caller         where kind  | resource grants to           | ident. bound. sess.  scp           rcp           | may   by       | because\n",
    );
    for (title, rows) in [
        ("grants in a resource's policy", rows_of_grants()),
        ("kinds that deny, levels that are silent, and which of two is named", rows_of_denies()),
        ("NotPrincipal", rows_of_exceptions()),
    ] {
        writeln!(table, "\n# {title}").unwrap();
        for row in rows {
            writeln!(table, "{}", row.line(&row.decide())).unwrap();
        }
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a golden file is compared, or written if so told")]
fn the_matrix_is_as_it_was() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix.golden");
    let found = table();
    if std::env::var_os("KEYWRIGHT_UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    for (at, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", at + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

/// Which kinds limit a grant in the resource's policy when they are silent, same account.
///
/// Source: IAM User Guide, "Policy evaluation for requests within a single account".
#[test]
fn the_documented_table_of_grants_holds() {
    let (yes, no) = (true, false);
    // Caller, grant to, limited by identity, boundary, session.
    let rows = [
        ("user", aws("user", BOB), no, no, no),
        ("user", aws("user id", BOB_ID), no, no, no),
        ("role", aws("role", ROLE), no, yes, yes),
        ("role", aws("role id", ROLE_ID), no, yes, yes),
        ("role", aws("session", SESSION), no, no, no),
        ("federated user", aws("session", FEDERATED), no, no, no),
        ("federated user", aws("user", BOB), no, yes, yes),
        ("user", aws("account root", ROOT), yes, yes, yes),
        ("role", aws("account id", ACCOUNT), yes, yes, yes),
        ("federated user", aws("account root", ROOT), yes, yes, yes),
        ("user", aws("*", "*"), no, no, no),
        ("role", aws("*", "*"), no, yes, yes),
    ];
    for (caller, grant, by_identity, by_boundary, by_session) in rows {
        for kind in KINDS {
            let row = Row { kind, grants: vec![grant.clone()], ..Row::new(caller) };
            let limited = |row: Row| !row.decide().allows();
            let name = format!("{caller} {} {kind:?}", grant.name);
            assert!(!limited(row.clone()), "{name}");
            let silent = Row { identity: Word::Silent, ..row.clone() };
            assert_eq!(limited(silent), by_identity, "{name} identity");
            let silent = Row { boundary: Word::Silent, ..row.clone() };
            assert_eq!(limited(silent), by_boundary, "{name} boundary");
            let silent = Row { session: Word::Silent, ..row.clone() };
            assert_eq!(limited(silent), by_session, "{name} session");
            // Across accounts all must allow, whomever the grant names.
            let crossing = Row { crosses: true, ..row };
            assert!(!limited(crossing.clone()), "{name}");
            for silent in ["identity", "boundary", "session"] {
                assert!(limited(with(&crossing, silent, Word::Silent)), "{name} {silent}");
            }
        }
    }
}

/// A session that was scoped down may do what it might before and all scope-downs allow, whoever
/// granted it: in every row of the matrix.
///
/// Source: STS API Reference, GetScopedCredentials.
#[test]
fn scope_downs_cut_whatever_was_granted() {
    use Word::{Allow, Deny, Silent};
    for row in [rows_of_grants(), rows_of_denies(), rows_of_exceptions()].concat() {
        let before = row.decide();
        let after = |words: &[Word]| {
            let decision = row.decide_scoped_down_to(words);
            (decision.effect, decision.layer)
        };
        let same = (before.effect, before.layer);
        let binds = is_of_an_account(row.caller);
        let cut = |effect| if binds { (effect, policy::Layer::ScopeDown) } else { same };
        assert_eq!(after(&[Allow, Allow, Allow]), same);
        let silent = if before.allows() { cut(Effect::ImplicitDeny) } else { same };
        assert_eq!(after(&[Allow, Silent]), silent);
        assert_eq!(after(&[Silent, Allow]), silent);
        let is_denied = before.effect == Effect::ExplicitDeny;
        let denied = if is_denied { same } else { cut(Effect::ExplicitDeny) };
        assert_eq!(after(&[Allow, Deny, Silent]), denied);
    }
}
