//! Model names as Rust names.

/// `PolicyArn` → `policy_arn`, `OpenIDConnectProviderArn` → `open_id_connect_provider_arn`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let begins_word = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase()
                    || b.is_ascii_digit()
                    || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase() && *a != 's'))
            });
        if (begins_word || !c.is_alphanumeric()) && !out.ends_with('_') {
            out.push('_');
        }
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        }
    }
    match out.as_str() {
        "type" | "match" | "ref" | "self" | "enum" | "use" | "move" | "final" => format!("{out}_"),
        _ => out,
    }
}

/// `PolicyArn` → `POLICY_ARN`.
pub(crate) fn shouting(name: &str) -> String {
    snake(name).trim_end_matches('_').to_uppercase()
}

/// `statusType` → `StatusType`.
pub(crate) fn camel(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).filter(|c| c.is_alphanumeric()).collect()
}

/// An enum's text as a variant: `AWS` → `Aws`, `SERVICE_LEVEL` → `ServiceLevel`.
pub(crate) fn variant(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let shouted = word.len() > 1 && !word.chars().any(char::is_lowercase);
        let word = if shouted { word.to_lowercase() } else { word.to_owned() };
        out.push_str(&camel(&word));
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) || out.is_empty() {
        out.insert(0, 'V');
    }
    if out == "Self" { "SelfValue".to_owned() } else { out }
}
