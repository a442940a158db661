//! The attacks, by what they abuse.

mod attack;
mod counts;
mod deaf;
mod frames;
mod lengths;
mod log_ins;
mod requests;
mod slow;
mod token_holder;

pub use attack::Attack;

/// Attacks by what they abuse.
#[derive(Clone, Copy)]
pub enum Group {
    Frames,
    Slow,
    Requests,
    Lengths,
    Counts,
    Deaf,
    LogIns,
    TokenHolder,
}

const GROUPS: [Group; 8] = [
    Group::Frames,
    Group::Slow,
    Group::Requests,
    Group::Lengths,
    Group::Counts,
    Group::Deaf,
    Group::LogIns,
    Group::TokenHolder,
];

pub fn in_group(group: Group) -> impl Iterator<Item = &'static Attack> {
    match group {
        Group::Frames => frames::ATTACKS,
        Group::Slow => slow::ATTACKS,
        Group::Requests => requests::ATTACKS,
        Group::Lengths => lengths::ATTACKS,
        Group::Counts => counts::ATTACKS,
        Group::Deaf => deaf::ATTACKS,
        Group::LogIns => log_ins::ATTACKS,
        Group::TokenHolder => token_holder::ATTACKS,
    }
    .iter()
}

/// Every attack, in the order they run.
pub fn all() -> impl Iterator<Item = &'static Attack> {
    GROUPS.into_iter().flat_map(in_group)
}
