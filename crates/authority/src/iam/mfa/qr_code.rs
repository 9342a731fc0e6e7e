//! What an authenticator scans: a device's name and seed as a URI, in a QR code, in a PNG.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, QrCode};

/// Pixels along a module's side.
const MODULE: usize = 4;
/// Modules of white around the code. Source: ISO/IEC 18004, "Quiet zone".
const QUIET: usize = 4;

/// RFC 3986, section 2.3: what stays as it is.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `otpauth://totp/DEVICE@ACCOUNT?secret=SEED`.
///
/// Source: IAM API Reference, VirtualMFADevice, "QRCodePNG".
pub(super) fn uri(device: &str, account: &str, seed: &str) -> String {
    let encoded = |text| utf8_percent_encode(text, RESERVED);
    format!("otpauth://totp/{}@{}?secret={seed}", encoded(device), encoded(account))
}

/// A PNG of the QR code of `text`; `None` if it is too long for one.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let modules = code.width();
    let colors = code.into_colors();
    let side = (modules + 2 * QUIET) * MODULE;
    let is_dark = |x: usize, y: usize| {
        let within = |at: usize| (at / MODULE).checked_sub(QUIET).filter(|at| *at < modules);
        let (Some(x), Some(y)) = (within(x), within(y)) else { return false };
        colors.get(y * modules + x) == Some(&Color::Dark)
    };
    let shade = |at: usize| if is_dark(at % side, at / side) { 0 } else { u8::MAX };
    let pixels: Vec<u8> = (0..side * side).map(shade).collect();
    let mut out = Vec::new();
    let length = u32::try_from(side).ok()?;
    let mut encoder = Encoder::new(&mut out, length, length);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_uri_is_what_authenticators_read() {
        let uri = uri("bob+x,y", "my-alias", "ABC");
        assert_eq!(uri, "otpauth://totp/bob%2Bx%2Cy@my-alias?secret=ABC");
    }

    #[test]
    fn the_png_shows_the_code_module_by_module() {
        let text = uri("bob", "111122223333", &"A".repeat(64));
        let image = png(&text).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(image)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let code = QrCode::new(&text).unwrap();
        let (modules, side) = (code.width(), info.width as usize);
        assert_eq!((side, info.height as usize), ((modules + 8) * 4, side));
        for (at, color) in code.to_colors().into_iter().enumerate() {
            let (x, y) = ((at % modules + 4) * 4 + 2, (at / modules + 4) * 4 + 2);
            let expected = if color == Color::Dark { 0 } else { 255 };
            assert_eq!(pixels[y * side + x], expected, "{at}");
        }
        assert!(pixels[..side * 16].iter().all(|pixel| *pixel == 255));
    }
}
