//! The file descriptors of the process: connections may take only so many that the store and everything else goes on.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for everything that is no connection: the store, the log, the root key during a rotation. Chosen by us: about three
/// times what is open when no client is connected.
const RESERVED: u64 = 64;

/// Raises the soft limit of the process to its hard limit.
pub(crate) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, limit = limit.current, "cannot raise the limit of open files");
    }
}

/// The connections that the limit of open files leaves room for, of those wanted.
pub(crate) fn connections(wanted: usize) -> usize {
    let room = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |limit| {
        usize::try_from(limit.saturating_sub(RESERVED).max(1)).unwrap_or(usize::MAX)
    });
    if room < wanted {
        tracing::warn!(
            connections = room,
            "the limit of open files leaves room for fewer connections than max-connections; raise it (ulimit -n, LimitNOFILE=)"
        );
    }
    wanted.min(room)
}
