//! Keys at rest in memory: each in a page of its own that is neither swapped out nor written to a core dump.

use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::MmapMut;
use zeroize::Zeroize;

use crate::cipher::{Cipher, KEY_BYTES};
use crate::errors::SealingError;

/// Number of keys in memory that could not be locked.
static UNLOCKED: AtomicUsize = AtomicUsize::new(0);

/// The number of keys in memory that may be swapped out because RLIMIT_MEMLOCK is too low.
pub fn unlocked_keys() -> usize {
    UNLOCKED.load(Ordering::Relaxed)
}

/// 32 bytes in a page of their own. The cipher library allocates expanded keys itself, in memory that we cannot lock. So a key
/// is stored here and expanded only while it is used.
pub(crate) struct LockedKey {
    page: MmapMut,
    is_locked: bool,
}

impl LockedKey {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Result<Self, SealingError> {
        let mut page = MmapMut::map_anon(KEY_BYTES).map_err(|_| SealingError)?;
        // Lock before the key is written. A limit that is too low is not an error; the server logs `unlocked_keys`.
        let is_locked = page.lock().is_ok();
        if !is_locked {
            UNLOCKED.fetch_add(1, Ordering::Relaxed);
        }
        // A second line of defence: the server disables core dumps altogether.
        #[cfg(target_os = "linux")]
        let _ = page.advise(memmap2::Advice::DontDump);
        page.copy_from_slice(key);
        Ok(Self { page, is_locked })
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.page
    }

    /// Expands the key, which takes about 0.2 us.
    pub(crate) fn cipher(&self) -> Result<Cipher, SealingError> {
        Cipher::new(self.expose())
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        self.page.zeroize();
        if !self.is_locked {
            UNLOCKED.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel flags of the mapping that contains `address`.
    fn flags(address: usize) -> String {
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut is_inside = false;
        for line in maps.lines() {
            let range = line.split(' ').next().unwrap().split_once('-');
            if let Some((from, to)) = range
                && let (Ok(from), Ok(to)) = (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16))
            {
                is_inside = (from..to).contains(&address);
            }
            if is_inside && let Some(flags) = line.strip_prefix("VmFlags:") {
                return format!("{flags} ");
            }
        }
        panic!("no mapping holds {address:x}");
    }

    #[test]
    fn locked_key_is_neither_swapped_out_nor_dumped() {
        let key = LockedKey::new(&[7; KEY_BYTES]).unwrap();
        assert_eq!(key.expose(), [7; KEY_BYTES]);
        let flags = flags(key.page.as_ptr() as usize);
        assert!(flags.contains(" dd "), "not excluded from core dumps:{flags}");
        // A limit below one page on the test machine prevents locking.
        assert_eq!(flags.contains(" lo "), key.is_locked, "{flags}");
    }
}
