//! Moments in policies: W3C profiles of ISO 8601, or seconds since the epoch.

/// Reads a moment as milliseconds since the epoch.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Seconds that no moment can hold are the last moment.
        return Some(text.parse::<i64>().ok()?.saturating_mul(1000));
    }
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let days = parse_days(date)?;
    let millis = time.map_or(Some(0), parse_time)?;
    days.checked_mul(86_400_000)?.checked_add(millis)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// The years whose moments a signed 64-bit count of milliseconds can hold.
const YEARS: std::ops::RangeInclusive<i64> = -292_275_054..=292_278_993;

/// At least four digits, with or without a sign.
fn parse_year(digits: &str, sign: i64) -> Option<i64> {
    let year = (4..=9).contains(&digits.len()).then(|| number(digits, digits.len()))??;
    Some(year * sign).filter(|year| YEARS.contains(year))
}

/// `YYYY-MM` or `YYYY-MM-DD`, as days since 1970-01-01.
fn parse_days(date: &str) -> Option<i64> {
    let (sign, date) = match date.strip_prefix('-') {
        Some(date) => (-1, date),
        None => (1, date.strip_prefix('+').unwrap_or(date)),
    };
    let mut fields = date.split('-');
    let (year, month) = (parse_year(fields.next()?, sign)?, number(fields.next()?, 2)?);
    let day = fields.next().map_or(Some(1), |day| number(day, 2))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if fields.next().is_some() || !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the leap day is the last of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468)
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…`, then `Z`, an offset, or nothing for UTC.
fn parse_time(time: &str) -> Option<i64> {
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, "Z"),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut fields = clock.split(':');
    let (hour, minute) = (number(fields.next()?, 2)?, number(fields.next()?, 2)?);
    let second = fields.next().map_or(Some(0), |second| number(second, 2))?;
    if fields.next().is_some() || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let millis = parse_fraction(fraction)?;
    Some(((hour * 60 + minute) * 60 + second) * 1000 + millis - parse_offset(offset)? * 60_000)
}

fn parse_fraction(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{digits}000").get(..3)?.parse().ok()
}

/// Minutes east of UTC.
fn parse_offset(offset: &str) -> Option<i64> {
    let sign = match offset.chars().next()? {
        'Z' | 'z' => return (offset.len() == 1).then_some(0),
        '-' => -1,
        _ => 1,
    };
    let (hours, minutes) = offset.get(1..)?.split_at_checked(2)?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "" if minutes.is_empty() => 0,
        digits => number(digits, 2)?,
    };
    let hours = number(hours, 2)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_profiles_of_one_moment() {
        let moment = Some(1_789_132_483_000);
        for text in [
            "2026-09-11T13:14:43Z",
            "2026-09-11T15:14:43+02:00",
            "1789132483",
            "2026-09-11T13:14:43.000Z",
            "2026-09-11T13:14:43",
        ] {
            assert_eq!(parse(text), moment, "{text}");
        }
        assert_eq!(parse("2026-09-11T13:14:43.5Z"), Some(1_789_132_483_500));
        assert_eq!(parse("2026-09-11"), Some(1_789_084_800_000));
        assert_eq!(parse("9223372036854775807"), Some(i64::MAX));
        assert_eq!(parse("292278993-12-31T23:59:59Z"), Some(9_223_372_017_129_599_000));
        assert_eq!(parse("-292275054-01-01"), Some(-9_223_372_017_043_200_000));
        for bad in ["9223372036854775808", "292278994-01-01", "-292275055-12-31", "026-01-01"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for bad in ["", "yesterday", "2026-13-01", "2026-02-30", "2026-09-11T13", "-5", "1.5"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
