//! What others may see of the memory of this process.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use strongroom_sealing::unlocked_keys;

/// Forbids core dumps, and attaching to or reading this process for everybody but root. Meant for the first line of
/// `main`: whatever is read after it may be a value or a key. A program started in place of this one is not affected.
pub fn hide_memory() {
    // Only a kernel without the call rejects it, and there is nothing to fall back on.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Takes [`hide_memory`] back where the operator wants core dumps; otherwise sets RLIMIT_CORE to 0 as well, which is what
/// operators look for, and what holds if something else makes the process dumpable again.
pub(crate) fn apply_core_dump_setting(allow_core_dumps: bool) {
    if allow_core_dumps {
        tracing::warn!("core dumps are allowed; a core dump holds the root key and values");
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
        return;
    }
    hide_memory();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "RLIMIT_CORE stays as it is; core dumps are off all the same");
    }
}

/// Logs, the first time that it finds one, that keys may be swapped out.
pub(crate) fn report_unlocked_keys() {
    static REPORTED: AtomicBool = AtomicBool::new(false);
    if unlocked_keys() > 0 && !REPORTED.swap(true, Ordering::Relaxed) {
        let limit = getrlimit(Resource::Memlock).current;
        tracing::warn!(
            limit_bytes = limit,
            "keys are not locked in memory and may be swapped out, because RLIMIT_MEMLOCK is too low; each key takes one \
             page. Raise the limit (systemd: LimitMEMLOCK=, Docker: --ulimit memlock=) or turn swap off"
        );
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::dumpable_behavior;

    use super::*;

    #[test]
    fn memory_is_hidden_unless_core_dumps_are_allowed() {
        apply_core_dump_setting(true);
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
        apply_core_dump_setting(false);
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
    }
}
