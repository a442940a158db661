//! What the server takes.

mod show_limits;
