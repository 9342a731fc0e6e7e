//! Event ids: UUIDs of version 7, whose time tells where in the trail the event stands.

use names::{Chance, Timestamp};

/// A fresh id for an event of this moment (RFC 9562, section 5.7).
pub(crate) fn mint(now: Timestamp, chance: &dyn Chance) -> String {
    let mut random = [0_u8; 16];
    chance.fill(&mut random);
    let random = u128::from_be_bytes(random);
    let millis = (now.millis() as u128) & 0xffff_ffff_ffff;
    let low = random & 0x0fff_3fff_ffff_ffff_ffff;
    let id = (millis << 80) | low | (0x7 << 76) | (0x2 << 62);
    names::uuid_text(id)
}

/// The moment that an id carries; `None` for anything that is no such id.
pub(crate) fn moment(id: &str) -> Option<Timestamp> {
    let plain = id.len() == 36 && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let digits = format!("{}{}", id.get(..8).filter(|_| plain)?, id.get(9..13)?);
    i64::from_str_radix(&digits, 16).ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Ones;
    impl Chance for Ones {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0xff);
        }
    }

    #[test]
    fn an_id_carries_its_moment() {
        let now = Timestamp::parse_iso("2026-09-11T13:14:43.123Z").unwrap();
        let id = mint(now, &Ones);
        assert_eq!(moment(&id), Some(now));
        assert_eq!(id.get(14..15), Some("7"));
        assert!(matches!(id.get(19..20), Some("8" | "9" | "a" | "b")), "{id}");
        assert_eq!(moment("no"), None);
    }
}
