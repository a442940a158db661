//! Protects the memory of this process from others.

use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use strongroom_sealing::unlocked_keys;

/// Disables core dumps, and debugging or reading this process for everyone but root. Call it first in `main`: everything read
/// later may be a value or a key. A program that replaces this one is not affected.
pub fn hide_memory() {
    // Fails only on a kernel without the call, for which there is no alternative.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Undoes [`hide_memory`] if the operator allows core dumps. Otherwise also sets RLIMIT_CORE to 0, which operators expect,
/// and which works even if the process becomes dumpable again.
pub(crate) fn apply_core_dump_setting(allow_core_dumps: bool) {
    if allow_core_dumps {
        tracing::warn!("core dumps are allowed; a core dump contains the root key and values");
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
        return;
    }
    hide_memory();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "could not set RLIMIT_CORE to 0; core dumps are disabled by other means");
    }
}

/// Logs once if keys may be swapped out.
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
    fn process_is_not_dumpable_unless_core_dumps_are_allowed() {
        apply_core_dump_setting(true);
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
        apply_core_dump_setting(false);
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        assert_eq!(getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
    }
}
