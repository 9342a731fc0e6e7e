//! XML answers: whatever text of strangers they carry, they are well formed, and a reader gets that
//! text back. The reader here knows just enough XML for that, and takes nothing it doesn't know.

use api::{Common, Fault, Kind, Type, Value};

/// The answers of one operation and of one fault, filled with the input.
pub(crate) fn answers(input: &[u8]) {
    let service = &api::iam::SERVICE;
    let at = input.first().map_or(0, |byte| usize::from(*byte)) % service.operations.len();
    let text = String::from_utf8_lossy(input.get(1..).unwrap_or_default()).into_owned();
    let wanted: String = text.chars().map(readable).collect();
    if let Some(operation) = service.operations.get(at) {
        let mut count = 0;
        let value = filled(operation.output, &text, &mut count);
        let answer = wire::encode(service, operation, &value, "id", wire::Form::Native);
        let found = texts(answer.body()).into_iter().filter(|found| *found == wanted).count();
        assert!(found >= count || !operation.has_output, "{found} of {count} texts are there");
    }
    let fault = Fault::common(Common::ValidationError, text);
    let answer = wire::encode_fault(service, &fault, "id", wire::Form::Native);
    assert!(texts(answer.body()).contains(&wanted), "the message is there");
}

/// What XML 1.0 has no way to carry becomes the replacement character.
fn readable(c: char) -> char {
    let carried = matches!(c, '\t' | '\n' | '\r') || c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}';
    if carried { c } else { '\u{fffd}' }
}

/// A value of `ty` in which each text is `text`; `count` says how many there are.
fn filled(ty: &Type, text: &str, count: &mut usize) -> Value {
    let mut one = || {
        *count += 1;
        text.to_owned()
    };
    match &ty.kind {
        Kind::Text | Kind::Enum(_) => Value::Text(one()),
        Kind::Boolean => Value::Boolean(true),
        Kind::Integer | Kind::Long | Kind::Timestamp => Value::Integer(7),
        Kind::Double => Value::Double(7.5),
        Kind::Blob => Value::Blob(text.as_bytes().to_vec()),
        Kind::List { item, .. } => Value::List(vec![Some(filled(item, text, count))]),
        Kind::Map { value, .. } => Value::Map(vec![(one(), filled(value, text, count))]),
        Kind::Structure(members) => {
            let slots = members.iter().map(|member| Some(filled(member.ty, text, count)));
            Value::Structure(slots.collect())
        }
    }
}

/// The texts of all elements that hold no others.
fn texts(body: &[u8]) -> Vec<String> {
    let mut rest = std::str::from_utf8(body).expect("an answer is UTF-8");
    let (mut open, mut leaf, mut found) = (Vec::new(), false, Vec::new());
    while let Some((text, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => {
                assert_eq!(open.pop(), Some(name), "elements end in their order");
                found.extend(leaf.then(|| unescaped(text)));
                leaf = false;
            }
            None => {
                assert!(text.is_empty(), "no text beside elements: {text}");
                let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
                assert!(attributes.is_empty() || open.is_empty(), "attributes: {attributes}");
                open.push(name);
                leaf = true;
            }
        }
        rest = after;
    }
    assert!(rest.trim().is_empty() && open.is_empty(), "all elements end");
    found
}

const REFERENCES: [(&str, char); 5] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("#xD", '\r')];

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, rest) = part.split_once(';').expect("a reference ends");
        let reference = REFERENCES.iter().find(|(known, _)| *known == name);
        out.push(reference.expect("a reference that is known").1);
        out.push_str(rest);
    }
    let raw = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\u{7f}'..='\u{9f}');
    assert!(!text.contains(raw), "no raw control characters");
    out
}
