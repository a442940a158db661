//! Kinds of damage to a file.

/// Size of a page of redb.
const PAGE_BYTES: usize = 4_096;

/// Reproducible random numbers (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Damage {
    BitFlip {
        byte: usize,
        bit: u8,
    },
    /// In the first page, which refers to everything else.
    HeaderBitFlip {
        byte: usize,
        bit: u8,
    },
    ZeroedPage {
        page: usize,
    },
    SwappedPages {
        one: usize,
        other: usize,
    },
    /// A page has the content of another, as after a misdirected write.
    MisplacedPage {
        from: usize,
        to: usize,
    },
    Cut {
        bytes: usize,
    },
}

impl Damage {
    pub fn draw(chance: &mut Chance, bytes: usize) -> Self {
        let pages = bytes / PAGE_BYTES;
        match chance.below(100) {
            0..45 => Self::BitFlip { byte: chance.below(bytes), bit: chance.below(8) as u8 },
            45..55 => Self::HeaderBitFlip { byte: chance.below(512), bit: chance.below(8) as u8 },
            55..70 => Self::ZeroedPage { page: chance.below(pages) },
            70..80 => Self::SwappedPages { one: chance.below(pages), other: chance.below(pages) },
            80..90 => Self::MisplacedPage { from: chance.below(pages), to: chance.below(pages) },
            _ => Self::Cut { bytes: chance.below(bytes) },
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::BitFlip { .. } => "bit flip",
            Self::HeaderBitFlip { .. } => "bit flip, head",
            Self::ZeroedPage { .. } => "zeroed page",
            Self::SwappedPages { .. } => "swapped pages",
            Self::MisplacedPage { .. } => "misplaced page",
            Self::Cut { .. } => "cut file",
        }
    }

    pub fn apply(&self, image: &mut Vec<u8>) {
        let page = |number: usize| number * PAGE_BYTES..(number + 1) * PAGE_BYTES;
        match *self {
            Self::BitFlip { byte, bit } | Self::HeaderBitFlip { byte, bit } => image[byte] ^= 1 << bit,
            Self::ZeroedPage { page: number } => image[page(number)].fill(0),
            Self::SwappedPages { one, other } => {
                let first = image[page(one)].to_vec();
                image.copy_within(page(other), one * PAGE_BYTES);
                image[page(other)].copy_from_slice(&first);
            }
            Self::MisplacedPage { from, to } => image.copy_within(page(from), to * PAGE_BYTES),
            Self::Cut { bytes } => image.truncate(bytes),
        }
    }
}
