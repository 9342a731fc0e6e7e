//! What an operation's output says and what it leaves out.
//!
//! Members that the model requires are plain texts in the generated types, also where AWS leaves
//! them out: root has no name and no path. An empty text stands for such an absence where the
//! model allows no empty text; where it allows one, it is a text like any other.

use api::{Kind, Type, Value};

/// Takes the texts out of `output` that stand for nothing.
pub(super) fn without_absences(ty: &Type, output: &mut Value) {
    match (output, &ty.kind) {
        (Value::Structure(slots), Kind::Structure(members)) => {
            for (member, slot) in members.iter().zip(slots) {
                if slot.as_ref().is_some_and(|value| stands_for_nothing(member.ty, value)) {
                    *slot = None;
                }
                if let Some(value) = slot {
                    without_absences(member.ty, value);
                }
            }
        }
        (Value::List(items), Kind::List { item, .. }) => {
            items.iter_mut().flatten().for_each(|value| without_absences(item, value));
        }
        _ => {}
    }
}

fn stands_for_nothing(ty: &Type, value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.is_empty()) && ty.min.is_some_and(|min| min > 0)
}
