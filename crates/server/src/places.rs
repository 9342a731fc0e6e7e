//! Places for connections: so many in all, and so many for one address, so that no client can take
//! them all. Counts only; nothing here knows what a connection does.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Where connections are counted.
#[derive(Debug)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    of_address_max: usize,
    of_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place in all, not yet given to an address.
#[derive(Debug)]
pub(crate) struct Free(OwnedSemaphorePermit);

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _all: OwnedSemaphorePermit,
    address: IpAddr,
    of_address: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    pub(crate) fn new(all: usize, of_address_max: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_address_max, of_address: Arc::default() }
    }

    /// Waits for a place.
    pub(crate) async fn free(&self) -> Option<Free> {
        Arc::clone(&self.all).acquire_owned().await.ok().map(Free)
    }

    /// Gives the place to an address; `None`: it has its share already.
    pub(crate) fn take(&self, free: Free, address: IpAddr) -> Option<Place> {
        let mut counts = self.of_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.of_address_max {
            return None;
        }
        *count += 1;
        Some(Place { _all: free.0, address, of_address: Arc::clone(&self.of_address) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.of_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_cannot_take_all_places() {
        let places = Places::new(3, 2);
        let (greedy, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = places.take(places.free().await.unwrap(), greedy).unwrap();
        let _second = places.take(places.free().await.unwrap(), greedy).unwrap();
        assert!(places.take(places.free().await.unwrap(), greedy).is_none());
        let _other = places.take(places.free().await.unwrap(), other).unwrap();
        drop(first);
        assert!(places.take(places.free().await.unwrap(), greedy).is_some());
    }
}
