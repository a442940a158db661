//! The allocator of the binary. It clears freed memory and returns it to the system.

use std::hint::black_box;
use std::time::Duration;

use mimalloc::MiMalloc;
use tokio::time::MissedTickBehavior;
use zeroizing_alloc::ZeroAlloc;

/// Values pass through buffers of many libraries. Only an allocator that clears freed memory reaches all of them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

/// Our choice: one allocation of a block costs about 0.1 ms of CPU.
const RETURN_INTERVAL: Duration = Duration::from_secs(5);

/// Above 512 KiB mimalloc gives a block a page of its own, so freeing the block frees a page.
const PAGE_SIZED_BLOCK_BYTES: usize = 1024 * 1024;

/// Makes the allocator return freed memory to the system. Runs until it is cancelled.
///
/// mimalloc returns freed pages after a second, but checks the time only when it frees another page. A server that is idle
/// after a large import frees nothing and would keep the memory. The option to return pages at once halves the speed of
/// an import, and `mi_collect` is not safe to call.
pub async fn return_freed_memory() {
    let mut ticks = tokio::time::interval(RETURN_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        drop(black_box(Vec::<u8>::with_capacity(PAGE_SIZED_BLOCK_BYTES)));
    }
}
