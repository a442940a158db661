//! The layout of the file. redb sees one sequence of 4 KiB blocks. The file starts with two head blocks, followed by groups of
//! one block of checksums and the 512 blocks they belong to. The first block that redb sees is its header, which is stored in
//! the heads.

/// The unit of a checksum. A page of redb consists of one block or a power of two.
pub(super) const BLOCK_BYTES: usize = 4_096;

/// Blocks whose checksums of 8 bytes fill one block. It is a power of two, so a page of up to 2 MiB is in one group.
pub(super) const GROUP_BLOCKS: usize = BLOCK_BYTES / 8;

const HEAD_BLOCKS: u64 = 2;

const BLOCK: u64 = BLOCK_BYTES as u64;
const GROUP: u64 = GROUP_BLOCKS as u64;

/// Offset of the first or the second head.
pub(super) fn head_offset(second: bool) -> u64 {
    if second { BLOCK } else { 0 }
}

/// Offset of the checksums of a group.
pub(super) fn checksums_offset(group: u64) -> u64 {
    (HEAD_BLOCKS + group * (GROUP + 1)) * BLOCK
}

/// Offset of a block. Blocks are numbered without the header of redb.
pub(super) fn block_offset(block: u64) -> u64 {
    checksums_offset(block / GROUP) + (1 + block % GROUP) * BLOCK
}

/// Length in bytes of a file with this number of blocks.
pub(super) fn file_bytes(blocks: u64) -> u64 {
    (HEAD_BLOCKS + blocks.div_ceil(GROUP) + blocks) * BLOCK
}

/// Number of complete blocks in a file of this length.
pub(super) fn blocks_in(file_bytes: u64) -> u64 {
    let left = (file_bytes / BLOCK).saturating_sub(HEAD_BLOCKS);
    left / (GROUP + 1) * GROUP + (left % (GROUP + 1)).saturating_sub(1)
}

/// The group of a block, and its index in the group.
pub(super) fn group_and_index(block: u64) -> (u64, usize) {
    (block / GROUP, usize::try_from(block % GROUP).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_of_the_file_and_number_of_blocks_agree() {
        for blocks in (0..3_000).chain([1 << 20, (1 << 20) + 1]) {
            assert_eq!(blocks_in(file_bytes(blocks)), blocks);
            if blocks > 0 {
                assert_eq!(
                    block_offset(blocks - 1) + BLOCK,
                    file_bytes(blocks),
                    "the last one ends the file"
                );
            }
        }
        assert_eq!(blocks_in(0), 0);
        assert_eq!(blocks_in(file_bytes(7) - 1), 6, "a part of a block is none");
    }

    #[test]
    fn every_block_has_its_own_offset() {
        let mut places: Vec<_> = (0..2_000).map(block_offset).collect();
        places.extend((0..4).map(checksums_offset));
        places.extend([head_offset(false), head_offset(true)]);
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[0] + BLOCK == pair[1] || pair[0] < pair[1]));
        places.dedup();
        assert_eq!(places.len(), 2_006);
    }
}
