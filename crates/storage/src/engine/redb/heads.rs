//! The parts of the file that are overwritten in place: the header of redb, and the last acknowledged revision. Each has two
//! copies in different blocks, written alternately, so that a torn write or damage leaves one of them intact.

use twox_hash::XxHash3_64;

/// Size of the header that redb overwrites with each commit.
pub(super) const HEADER_BYTES: usize = 320;

/// The unit that a disk writes completely or not at all.
pub(super) const SECTOR_BYTES: usize = 512;

/// Offset of the flags in the header of redb: `OPEN` if the store was not closed, and `TWO_FLUSHES` if everything that the
/// header refers to was flushed before it.
const FLAGS_OFFSET: usize = 9;
const OPEN: u8 = 2;
const TWO_FLUSHES: u8 = 4;

const HEAD: [u8; 8] = *b"STRGRM1H";
const WITNESS: [u8; 8] = *b"STRGRM1W";

pub(super) type Header = [u8; HEADER_BYTES];

/// The header of redb after a flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub header: Header,
    /// Number of blocks of the store at that time.
    pub blocks: u64,
}

impl Head {
    pub fn empty() -> Self {
        Self { header: [0; HEADER_BYTES], blocks: 0 }
    }

    /// Whether the store was closed properly.
    pub fn is_closed(&self) -> bool {
        self.flags() & OPEN == 0
    }

    /// Whether everything else was flushed before this header was written. redb then does not verify the pages.
    pub fn was_flushed_last(&self) -> bool {
        self.is_closed() || self.flags() & TWO_FLUSHES != 0
    }

    fn flags(&self) -> u8 {
        self.header.get(FLAGS_OFFSET).copied().unwrap_or_default()
    }

    /// The same head with the flag of a closed store.
    pub fn as_closed(&self) -> Self {
        let mut closed = self.clone();
        if let Some(flags) = closed.header.get_mut(FLAGS_OFFSET) {
            *flags &= !OPEN;
        }
        closed
    }

    pub fn to_sector(&self, count: u64) -> [u8; SECTOR_BYTES] {
        sector(&HEAD, count, [&self.blocks.to_le_bytes()[..], &self.header])
    }

    /// Decodes a head and its count; `None` if the sector is not a head.
    pub fn from_sector(sector: &[u8]) -> Option<(u64, Self)> {
        let (count, content) = content(&HEAD, sector)?;
        let (blocks, content) = content.split_first_chunk()?;
        let header = content.first_chunk()?;
        Some((count, Self { header: *header, blocks: u64::from_le_bytes(*blocks) }))
    }
}

/// Encodes the last acknowledged revision.
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
    fn sectors_are_decoded_and_any_flipped_bit_is_detected() {
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
