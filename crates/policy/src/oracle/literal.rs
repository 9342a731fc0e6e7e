//! The oracle's own reading of moments, bytes and networks. It shares no code with the first
//! evaluator's, and does not care what it costs.

use std::net::IpAddr;

/// Milliseconds since the epoch.
pub(super) fn moment(text: &str) -> Option<i64> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        let seconds: i64 = text.parse().ok()?;
        return Some(i64::try_from(i128::from(seconds) * 1000).unwrap_or(i64::MAX));
    }
    let upper = text.replace('t', "T");
    let (date, time) = match upper.find('T') {
        Some(at) => (upper.get(..at)?, upper.get(at + 1..)?),
        None => (upper.as_str(), "00:00Z"),
    };
    let (days, millis) = (days(date)?, clock(time)?);
    i64::try_from(days * 86_400_000 + millis).ok()
}

fn digits(text: &str, least: usize, most: usize) -> Option<i128> {
    let plain = text.chars().all(|c| c.is_ascii_digit());
    (plain && (least..=most).contains(&text.len())).then(|| text.parse().ok()).flatten()
}

fn days(date: &str) -> Option<i128> {
    let (sign, date) = match date.chars().next()? {
        '-' => (-1, date.get(1..)?),
        '+' => (1, date.get(1..)?),
        _ => (1, date),
    };
    let fields: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match fields.as_slice() {
        [year, month] => (digits(year, 4, 9)?, digits(month, 2, 2)?, 1),
        [year, month, day] => (digits(year, 4, 9)?, digits(month, 2, 2)?, digits(day, 2, 2)?),
        _ => return None,
    };
    let year = year * sign;
    if !(-292_275_054..=292_278_993).contains(&year) {
        return None;
    }
    let leap = |year: i128| {
        year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
    };
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(before)?).contains(&day) {
        return None;
    }
    let first = |year: i128| {
        let past = year - 1;
        past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
    };
    Some(first(year) - first(1970) + lengths.iter().take(before).sum::<i128>() + day - 1)
}

fn clock(time: &str) -> Option<i128> {
    let upper = time.replace('z', "Z");
    let end = upper.find(['Z', '+', '-']).unwrap_or(upper.len());
    let (clock, zone) = (upper.get(..end)?, upper.get(end..)?);
    let (clock, fraction) = match clock.find('.') {
        Some(at) => (clock.get(..at)?, clock.get(at + 1..)?),
        None => (clock, "0"),
    };
    let fields: Option<Vec<i128>> = clock.split(':').map(|field| digits(field, 2, 2)).collect();
    let (hour, minute, second) = match fields?.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    if hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    if fraction.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let shift = zone_minutes(zone)?;
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(seconds * 1000 + digits(&thousandths, 3, 3)? - shift * 60_000)
}

fn zone_minutes(zone: &str) -> Option<i128> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let rest = zone.get(1..)?;
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => (rest.get(..2)?, rest.get(2..)?),
        5 if rest.get(2..3)? == ":" => (rest.get(..2)?, rest.get(3..)?),
        _ => return None,
    };
    let (hours, minutes) = (digits(hours, 2, 2)?, digits(minutes, 2, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Base64 with its padding, bit by bit.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let padding = text.chars().rev().take_while(|c| *c == '=').count();
    let alphabet: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let body: Vec<char> = text.chars().take(text.chars().count() - padding).collect();
    let mut bits = Vec::new();
    for c in &body {
        let at = alphabet.iter().position(|letter| letter == c)?;
        bits.extend((0..6).rev().map(|bit| (at >> bit) & 1 == 1));
    }
    let spare = bits.split_off(bits.len() / 8 * 8);
    let whole = (body.len() + padding).is_multiple_of(4) && padding < 3 && spare.len() < 6;
    (whole && !spare.contains(&true)).then(|| {
        bits.chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + u8::from(*bit)))
            .collect()
    })
}

/// An address as bits, with those of IPv4 told apart by their number.
pub(super) fn address(text: &str) -> Option<Vec<bool>> {
    let octets = match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    Some(
        octets
            .iter()
            .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1))
            .collect(),
    )
}

/// Whether the network `text` contains `address`. One that cannot be read contains nothing.
pub(super) fn contains(text: &str, wanted: &[bool]) -> bool {
    let Some((network, prefix)) = text.split_once('/') else {
        return address(text).is_some_and(|bits| bits == wanted);
    };
    let Ok(plain) = network.parse::<IpAddr>() else { return false };
    let mapped = plain.to_canonical() != plain;
    let (Some(bits), Ok(prefix)) = (address(network), prefix.parse::<usize>()) else {
        return false;
    };
    let host_bits = plain.is_ipv6() && bits.iter().skip(prefix).any(|bit| *bit);
    !mapped
        && !host_bits
        && bits.len() == wanted.len()
        && prefix <= bits.len()
        && bits.iter().take(prefix).eq(wanted.iter().take(prefix))
}
