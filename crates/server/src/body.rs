//! Reading a request's body whole: bounded in size, in time, and in what all bodies together hold.
//!
//! Bodies arrive before anybody is known by signature, so their memory is counted as it is filled,
//! not as it is promised. Nothing here looks at what a body says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use authority::TurnedAway;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};

/// Bytes of bodies that are being read, over all connections.
#[derive(Debug, Default)]
pub(crate) struct Budget(Arc<AtomicUsize>);

/// What one body has taken of the budget; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    all: Arc<AtomicUsize>,
    bytes: usize,
}

impl Budget {
    fn nothing(&self) -> Taken {
        Taken { all: Arc::clone(&self.0), bytes: 0 }
    }
}

impl Taken {
    /// Takes more, if all bodies together stay below `most`.
    fn take(&mut self, bytes: usize, most: usize) -> bool {
        let before = self.all.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        before.saturating_add(bytes) <= most
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Bounds of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes of one body.
    pub(crate) one: usize,
    /// Bytes of all bodies.
    pub(crate) all: usize,
    /// For one to arrive.
    pub(crate) time: Duration,
}

/// Reads a body. What is returned beside it counts for the budget as long as it lives.
pub(crate) async fn read(
    mut body: Incoming,
    bounds: Bounds,
    budget: &Budget,
) -> Result<(Bytes, Taken), TurnedAway> {
    let read = if body.size_hint().lower() > bounds.one as u64 {
        Err(TurnedAway::TooLarge)
    } else {
        let read = collect(&mut body, bounds, budget.nothing());
        tokio::time::timeout(bounds.time, read).await.unwrap_or(Err(TurnedAway::TooSlow))
    };
    if matches!(read, Err(TurnedAway::TooLarge)) {
        let most = bounds.one.saturating_mul(DISCARDED_FOLD);
        // Whoever needs longer than this has lost nothing but the answer.
        let _ = tokio::time::timeout(DISCARD_TIME, discard(&mut body, most)).await;
    }
    read
}

/// Of a body that is too large, so many times what it may be is taken in and dropped before the
/// answer: most clients read no answer before they have sent all, and a connection that is closed
/// while they send fails without one.
const DISCARDED_FOLD: usize = 8;
/// How long that may take.
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// Takes in up to `most` bytes more, and keeps none.
async fn discard(body: &mut Incoming, most: usize) {
    let mut seen = 0_usize;
    while seen < most
        && let Some(Ok(frame)) = body.frame().await
    {
        seen = seen.saturating_add(frame.data_ref().map_or(0, Bytes::len));
    }
}

async fn collect(
    body: &mut Incoming,
    bounds: Bounds,
    mut taken: Taken,
) -> Result<(Bytes, Taken), TurnedAway> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| TurnedAway::Unreadable)?.into_data() else { continue };
        if taken.bytes + data.len() > bounds.one {
            return Err(TurnedAway::TooLarge);
        }
        if !taken.take(data.len(), bounds.all) {
            return Err(TurnedAway::Busy);
        }
        // Nearly every body comes in one piece, and is not copied.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            if all.is_empty() {
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok((if all.is_empty() { first } else { all.freeze() }, taken))
}
