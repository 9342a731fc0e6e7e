//! How services differ in what they expect of a signature.

/// What a service expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The path of the canonical request is encoded once more than it was sent.
    pub double_encode: bool,
    /// Dot segments and doubled slashes are taken out of the path.
    pub normalize_path: bool,
    /// The payload hash may be one of S3's constants; an expiry governs a presigned URL alone.
    pub object_storage: bool,
    /// How far the request's time may lie from ours, in minutes.
    pub skew_minutes: i64,
}

impl Rules {
    /// All services but S3 and its kin.
    pub const STANDARD: Self =
        Self { double_encode: true, normalize_path: true, object_storage: false, skew_minutes: 15 };

    /// S3: object keys are taken as they are.
    pub const OBJECT_STORAGE: Self = Self {
        double_encode: false,
        normalize_path: false,
        object_storage: true,
        skew_minutes: 15,
    };
}
