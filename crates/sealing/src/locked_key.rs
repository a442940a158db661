//! A key that is kept: in a memory page of its own, which the system neither swaps out nor writes to a core dump.

use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::MmapMut;
use zeroize::Zeroize;

use crate::cipher::{Cipher, KEY_BYTES};
use crate::errors::SealingError;

/// Keys that are held now and that the system did not let us lock.
static UNLOCKED: AtomicUsize = AtomicUsize::new(0);

/// How many of the keys held now may be swapped out, because RLIMIT_MEMLOCK did not allow locking them.
pub fn unlocked_keys() -> usize {
    UNLOCKED.load(Ordering::Relaxed)
}

/// 32 bytes in a page of their own. The library that ciphers come from places expanded keys where it likes, so a key
/// rests here and is expanded for as long as it is used.
pub(crate) struct LockedKey {
    page: MmapMut,
    is_locked: bool,
}

impl LockedKey {
    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Result<Self, SealingError> {
        let mut page = MmapMut::map_anon(KEY_BYTES).map_err(|_| SealingError)?;
        // Locked before the key is in it. A limit that is too low is no reason to reject service; whoever starts the
        // server learns of it from `unlocked_keys`.
        let is_locked = page.lock().is_ok();
        if !is_locked {
            UNLOCKED.fetch_add(1, Ordering::Relaxed);
        }
        // Only a second line of defence: the server forbids core dumps altogether.
        #[cfg(target_os = "linux")]
        let _ = page.advise(memmap2::Advice::DontDump);
        page.copy_from_slice(key);
        Ok(Self { page, is_locked })
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.page
    }

    /// The key expanded for use: about 0.2 us.
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

    /// What the kernel says of the mapping that holds `address`.
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
    fn a_kept_key_is_neither_swapped_out_nor_dumped() {
        let key = LockedKey::new(&[7; KEY_BYTES]).unwrap();
        assert_eq!(key.expose(), [7; KEY_BYTES]);
        let flags = flags(key.page.as_ptr() as usize);
        assert!(flags.contains(" dd "), "not excluded from core dumps:{flags}");
        // A limit of less than a page on the machine of the test cannot be locked under.
        assert_eq!(flags.contains(" lo "), key.is_locked, "{flags}");
    }
}
