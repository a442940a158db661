//! File descriptors: limits connections so that enough descriptors are left for the store and everything else.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors reserved for everything but connections: the store, the log, the root key file. Our choice: about three times
/// what is open without clients.
const RESERVED_DESCRIPTORS: u64 = 64;

/// Raises the soft limit of the process to its hard limit.
pub(crate) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, limit = limit.current, "could not raise the limit of open files");
    }
}

/// The number of connections that the limit of open files allows, at most `wanted`.
pub(crate) fn connections(wanted: usize) -> usize {
    let room = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| {
        usize::try_from(limit.saturating_sub(RESERVED_DESCRIPTORS).max(1)).unwrap_or(usize::MAX)
    });
    if room < wanted {
        tracing::warn!(
            connections = room,
            "the limit of open files allows fewer connections than max-connections; raise it (ulimit -n, LimitNOFILE=)"
        );
    }
    wanted.min(room)
}
