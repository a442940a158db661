//! Identity.

mod create_token;
mod list_projects;
