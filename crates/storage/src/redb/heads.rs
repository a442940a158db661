//! What is overwritten in place: redb's header, and a note of the last change that was acknowledged. Each has two copies in
//! different blocks that take turns, so that what a loss of power tears, or damage hits, leaves the other one.

use twox_hash::XxHash3_64;

/// What redb overwrites with each commit.
pub(super) const HEADER_BYTES: usize = 320;

/// What a disk writes whole or not at all.
pub(super) const SECTOR_BYTES: usize = 512;

/// Where in redb's header the flags are: that the store was not closed in order, and that what the header stands for was
/// flushed before it.
const FLAGS: usize = 9;
const OPEN: u8 = 2;
const TWO_FLUSHES: u8 = 4;

const HEAD: [u8; 8] = *b"STRGRM1H";
const WITNESS: [u8; 8] = *b"STRGRM1W";

pub(super) type Header = [u8; HEADER_BYTES];

/// redb's header as it is after one flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub header: Header,
    /// How many blocks the store had then.
    pub blocks: u64,
}

impl Head {
    pub fn empty() -> Self {
        Self { header: [0; HEADER_BYTES], blocks: 0 }
    }

    /// Whether the store was closed in order.
    pub fn is_closed(&self) -> bool {
        self.flags() & OPEN == 0
    }

    /// Whether everything was flushed before this was written. redb relies on it: it does not look at the pages then.
    pub fn came_last(&self) -> bool {
        self.is_closed() || self.flags() & TWO_FLUSHES != 0
    }

    fn flags(&self) -> u8 {
        self.header.get(FLAGS).copied().unwrap_or_default()
    }

    /// The same store, as if it had been closed in order.
    pub fn as_closed(&self) -> Self {
        let mut closed = self.clone();
        if let Some(flags) = closed.header.get_mut(FLAGS) {
            *flags &= !OPEN;
        }
        closed
    }

    pub fn to_sector(&self, count: u64) -> [u8; SECTOR_BYTES] {
        sector(&HEAD, count, [&self.blocks.to_le_bytes()[..], &self.header])
    }

    /// The head and its count, if this is one.
    pub fn from_sector(sector: &[u8]) -> Option<(u64, Self)> {
        let (count, content) = content(&HEAD, sector)?;
        let (blocks, content) = content.split_first_chunk()?;
        let header = content.first_chunk()?;
        Some((count, Self { header: *header, blocks: u64::from_le_bytes(*blocks) }))
    }
}

/// The number of the last change that was acknowledged.
pub(super) fn witness_to_sector(last: u64, count: u64) -> [u8; SECTOR_BYTES] {
    sector(&WITNESS, count, [&last.to_le_bytes()[..], &[]])
}

pub(super) fn witness_from_sector(sector: &[u8]) -> Option<(u64, u64)> {
    let (count, content) = content(&WITNESS, sector)?;
    Some((count, u64::from_le_bytes(*content.first_chunk()?)))
}

fn sector(magic: &[u8; 8], count: u64, content: [&[u8]; 2]) -> [u8; SECTOR_BYTES] {
    let parts = [&magic[..], &count.to_le_bytes(), content[0], content[1]];
    let mut sector = [0; SECTOR_BYTES];
    let (body, checksum) = sector.split_at_mut(SECTOR_BYTES - 8);
    for (place, byte) in body.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    checksum.copy_from_slice(&XxHash3_64::oneshot(body).to_le_bytes());
    sector
}

fn content<'a>(magic: &[u8; 8], sector: &'a [u8]) -> Option<(u64, &'a [u8])> {
    let (body, checksum) = sector.first_chunk::<SECTOR_BYTES>()?.split_last_chunk::<8>()?;
    let is_whole = XxHash3_64::oneshot(body) == u64::from_le_bytes(*checksum);
    let body = body.strip_prefix(magic).filter(|_| is_whole)?;
    let (count, content) = body.split_first_chunk()?;
    Some((u64::from_le_bytes(*count), content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_read_back_and_any_flipped_bit_shows() {
        let head = Head { header: std::array::from_fn(|place| place as u8), blocks: 77 };
        let mut sector = head.to_sector(5);
        assert_eq!(Head::from_sector(&sector), Some((5, head)));
        assert_eq!(witness_from_sector(&witness_to_sector(9, 3)), Some((3, 9)));
        assert_eq!(witness_from_sector(&sector), None, "one is not taken for the other");
        for bit in 0..SECTOR_BYTES * 8 {
            sector[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Head::from_sector(&sector), None);
            sector[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(Head::from_sector(&[0; SECTOR_BYTES]), None);
    }
}
