//! Hashes and signatures as hexadecimal digits, in lower case as they are signed and sent.

/// The digits of a SHA-256 hash or HMAC. Of anything else there is nothing to be had but zeros,
/// which no hash is and no signature will match.
#[inline]
pub(crate) fn digits(hash: &[u8]) -> [u8; 64] {
    let mut digits = [0; 64];
    if hash.len() == 32 && faster_hex::hex_encode(hash, &mut digits).is_ok() {
        return digits;
    }
    [0; 64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_lower_case_and_of_one_length() {
        let hash: Vec<u8> = (0..32).map(|at| at * 8 + 7).collect();
        let text = b"070f171f272f373f474f575f676f777f878f979fa7afb7bfc7cfd7dfe7eff7ff";
        assert_eq!(&digits(&hash), text);
        assert_eq!(digits(&[7; 31]), [0; 64]);
        assert_eq!(digits(&[7; 33]), [0; 64]);
    }
}
