//! Places in a list, handed out to be handed back: sealed, so that nobody makes one up, and bound
//! to the list, so that none is used where it does not belong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vault::Vault;

/// `place` as a text for whoever reads on in `list`.
pub(crate) fn seal(vault: &Vault, list: &[u8], place: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(vault.seal(list, place))
}

/// The place that [`seal`] was given for the same `list`; `None` for anything else.
pub(crate) fn open(vault: &Vault, list: &[u8], text: &str) -> Option<Vec<u8>> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    vault.open_sealed(list, &sealed).ok().map(|place| place.to_vec())
}
