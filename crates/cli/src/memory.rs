//! The allocator of the whole binary: what is freed is cleared, and goes back to the system.

use std::hint::black_box;
use std::time::Duration;

use mimalloc::MiMalloc;
use tokio::time::MissedTickBehavior;
use zeroizing_alloc::ZeroAlloc;

/// Values pass through buffers of many libraries. Clearing what is freed reaches all of them, and nothing else does.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

/// Time between two looks at freed memory. Chosen by us: a block costs about 0.1 ms of CPU.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Above 512 KiB mimalloc gives a block a page of its own, so that freeing the block frees a page.
const BLOCK_BYTES: usize = 1024 * 1024;

/// Makes the allocator return what was freed, for as long as it runs.
///
/// mimalloc returns freed pages a second later, but only looks at its clock when it frees another page. A server that is idle
/// after a large import frees nothing, and would keep the memory of the import. Its option to return pages at once costs
/// an import half its speed, and `mi_collect` is not safe to call.
pub async fn return_freed() {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        drop(black_box(Vec::<u8>::with_capacity(BLOCK_BYTES)));
    }
}
