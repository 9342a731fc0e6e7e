//! Policies: two evaluators and the explanation come to one decision, whatever is asked.

use policy::oracle::{self, Documents};
use policy::{
    Context, ContextValue, Document, Policies, PolicyKind, PolicySet, Principal, PrincipalKind,
    Request, ResourcePolicy, ResourcePolicyKind, Source, evaluate, explain,
};

const USER: Principal<'_> = Principal {
    kind: PrincipalKind::User,
    account: "123456789012",
    arn: "arn:aws:iam::123456789012:user/bob",
    issuer: None,
    id: Some("AIDABOB"),
};

const ROLE: Principal<'_> = Principal {
    kind: PrincipalKind::Role,
    arn: "arn:aws:sts::123456789012:assumed-role/R/s",
    issuer: Some("arn:aws:iam::123456789012:role/R"),
    id: Some("AROAR"),
    ..USER
};

const FEDERATED: Principal<'_> = Principal {
    kind: PrincipalKind::FederatedUser,
    arn: "arn:aws:sts::123456789012:federated-user/f",
    issuer: Some(USER.arn),
    ..USER
};

const OUTSIDER: Principal<'_> =
    Principal { kind: PrincipalKind::Anonymous, account: "", arn: "", issuer: None, id: None };

/// One of each kind.
const CALLERS: [Principal<'_>; 9] = [
    USER,
    Principal { kind: PrincipalKind::Root, arn: "arn:aws:iam::123456789012:root", ..USER },
    ROLE,
    Principal { kind: PrincipalKind::ServiceLinkedRole, ..ROLE },
    FEDERATED,
    Principal { issuer: Some("arn:aws:iam::123456789012:root"), id: None, ..FEDERATED },
    Principal { kind: PrincipalKind::Service, arn: "ec2.amazonaws.com", ..OUTSIDER },
    Principal { kind: PrincipalKind::Federated, arn: "accounts.google.com", ..OUTSIDER },
    OUTSIDER,
];

const KINDS: [PolicyKind; 7] = [
    PolicyKind::Identity,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Scp,
    PolicyKind::Rcp,
];

/// What may be written can be evaluated; rewriting principals to themselves keeps a document one; and
/// as an identity policy and as a trust policy it is decided alike by all.
pub(crate) fn document(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let good = KINDS.iter().any(|kind| policy::validate(*kind, &text).is_ok());
    assert!(!good || Document::parse(&text).is_ok(), "what may be written can be read");
    let kept = policy::map_principals::<()>(&text, |_, _| Ok(None));
    assert_eq!(kept.as_deref(), Ok(&*text));
    let written = policy::map_principals::<()>(&text, |_, value| Ok(Some(value.to_owned())));
    let written = written.unwrap_or_default();
    assert_eq!(Document::parse(&written).is_ok(), Document::parse(&text).is_ok());
    assert_eq!(policy::context_keys(&text).is_ok(), Document::parse(&text).is_ok());
    let mut context = Context::new();
    context.set("aws:username", ContextValue::constant("bob"));
    context.set("k", ContextValue::many(["a", "bob"]));
    for (action, resource) in
        [("iam:GetUser", "arn:aws:iam::123456789012:user/bob"), ("s3:ListBuckets", "*")]
    {
        let request = Request {
            principal: ROLE,
            action,
            resource,
            resource_account: None,
            context: &context,
        };
        let texts = vec![text.to_string()];
        let identity = Documents { identity: Some(texts.clone()), ..Documents::default() };
        compare(&request, &identity);
        let trust = Some((ResourcePolicyKind::Trust, texts));
        compare(&request, &Documents { resource: trust, ..Documents::default() });
    }
}

/// Whatever is asked: a line each for action, resource and context
/// (`key=value&key=value,value`), then the document.
pub(crate) fn decide(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (action, resource, keys, text) = (line(), line(), line(), line());
    // The oracle's time grows with pattern × text.
    let large =
        action.len() > 512 || resource.len() > 512 || keys.len() > 1024 || text.len() > 2048;
    if large {
        return;
    }
    let mut context = Context::new();
    for (key, value) in keys.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = match value.split_once(',') {
            Some(_) => ContextValue::many(value.split(',').filter(|one| !one.is_empty())),
            None => ContextValue::one(value),
        };
        context.set(key.to_owned(), value);
    }
    let request =
        Request { principal: USER, action, resource, resource_account: None, context: &context };
    let texts = Some(vec![text.to_owned()]);
    compare(&request, &Documents { identity: texts, ..Documents::default() });
}

/// Whoever asks, under whatever policies. The first line says who, in which account the resource is
/// and what its policy is for (a digit each); each further line is a kind of policy and a document.
pub(crate) fn layers(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (head, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let digits: Vec<usize> = head.bytes().map(usize::from).collect();
    let digit = |at: usize, of: usize| digits.get(at).copied().unwrap_or_default() % of;
    let Some(principal) = CALLERS.get(digit(0, CALLERS.len())) else { return };
    let resource_account = [None, Some(USER.account), Some("210987654321")];
    let kind = [ResourcePolicyKind::Plain, ResourcePolicyKind::Trust, ResourcePolicyKind::Key];
    let mut documents = Documents::default();
    for (layer, text) in rest.lines().take(16).filter_map(|line| line.split_once(' ')) {
        let text = text.to_owned();
        let add = |texts: &mut Option<Vec<String>>, text| texts.get_or_insert_default().push(text);
        match layer {
            "identity" => add(&mut documents.identity, text),
            "boundary" => add(&mut documents.boundary, text),
            "session" => add(&mut documents.session, text),
            "scope_down" => documents.scope_downs.push(vec![text]),
            "scp" => documents.scps.push(vec![text]),
            "rcp" => documents.rcps.push(vec![text]),
            _ => {
                let kind = kind.get(digit(2, kind.len())).copied();
                let kind = kind.unwrap_or(ResourcePolicyKind::Plain);
                documents.resource.get_or_insert((kind, Vec::new())).1.push(text);
            }
        }
    }
    let context = Context::new();
    let request = Request {
        principal: *principal,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/k",
        resource_account: resource_account.get(digit(1, 3)).copied().flatten(),
        context: &context,
    };
    compare(&request, &documents);
}

fn set(texts: &[String]) -> Option<PolicySet> {
    let read = |text: &String| {
        let source = Source { name: String::new(), arn: None };
        Document::parse(text).ok().map(|document| (source, document))
    };
    texts.iter().map(read).collect::<Option<Vec<_>>>().map(PolicySet::compile)
}

/// All decide alike, if all documents can be read.
fn compare(request: &Request<'_>, documents: &Documents) {
    let one =
        |texts: &Option<Vec<String>>| texts.as_deref().map_or(Some(None), |t| set(t).map(Some));
    let many = |levels: &[Vec<String>]| {
        levels.iter().map(|texts| set(texts)).collect::<Option<Vec<PolicySet>>>()
    };
    let resource = match &documents.resource {
        None => Some(None),
        Some((kind, texts)) => set(texts).map(|set| Some((*kind, set))),
    };
    let (Some(scope_downs), Some(scps), Some(rcps)) =
        (many(&documents.scope_downs), many(&documents.scps), many(&documents.rcps))
    else {
        return;
    };
    let (Some(identity), Some(boundary), Some(session), Some(resource)) =
        (one(&documents.identity), one(&documents.boundary), one(&documents.session), resource)
    else {
        return;
    };
    let policies = Policies {
        identity: identity.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        scope_downs: &scope_downs,
        resource: resource.as_ref().map(|(kind, set)| ResourcePolicy { set, kind: *kind }),
        scps: &scps,
        rcps: &rcps,
    };
    let found = evaluate(request, &policies);
    assert_eq!(Some((found.effect, found.layer)), oracle::decide(request, documents));
    let told = explain(request, &policies).decision;
    assert_eq!((found.effect, found.layer), (told.effect, told.layer));
}
