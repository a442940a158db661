//! The steps of a sequence. Few names, stages, keys and instances, so that the same ones meet again and again.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use strongroom_contract::v1::{OnExisting, OnPending};

use crate::strongroom::DAY;

pub type Name = &'static str;

pub const NAMES: [Name; 4] = ["a", "a.b", "ab", "b"];
pub const STAGES: [Name; 5] = ["SYSCURRENT", "SYSPREVIOUS", "SYSPENDING", "blue", "green"];
pub const INSTANCES: [Name; 2] = ["one", "two"];
pub const KEYS: [Name; 3] = ["stage", "team", "tea"];
pub const VALUES: [Name; 2] = ["", "shop"];

#[derive(Clone, Copy, Debug)]
pub enum Which {
    Latest,
    /// So many before the newest, whether it is still there or not.
    Before(u32),
}

/// What an import does with names that are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    pub on_existing: OnExisting,
    pub on_pending: OnPending,
    pub atomic: bool,
    /// The value, where it shall meet itself again.
    pub value: Option<Name>,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Each with the instance it belongs to, if any.
    Import(Vec<(Name, Option<Name>)>, How),
    DeleteOfInstance(Name),
    Delete(Name),
    Schedule(Name, i32),
    Cancel(Name),
    Describe(Name, Name),
    UseKey(Name, Name),
    AddVersion(Name, Vec<Name>),
    SetStage(Name, Name, Which),
    DeleteStage(Name, Name),
    Expire(Name, Which, i64),
    Tag(Name, Name, Name),
    Untag(Name, Name),
    /// All of these keys that are there.
    UntagAll(Name, Vec<Name>),
    Backup(Name),
    /// Of the backups taken so far, counted round.
    Restore(usize),
    Pass(i64),
    Purge,
    Restart,
}

/// Mostly one and the same, so that much happens to it.
fn name() -> impl Strategy<Value = Name> {
    prop_oneof![3 => Just("a"), 1 => select(&NAMES[..])]
}

fn stage() -> impl Strategy<Value = Name> {
    select(&STAGES[..])
}

fn key() -> impl Strategy<Value = Name> {
    select(&KEYS[..])
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![1 => Just(Which::Latest), 4 => (0_u32..5).prop_map(Which::Before)]
}

fn how() -> impl Strategy<Value = How> {
    let existing = (0..=4).prop_map(|number| OnExisting::try_from(number).unwrap());
    let pending = (0..=3).prop_map(|number| OnPending::try_from(number).unwrap());
    let value = prop::option::of(select(vec!["same", "other"]));
    (existing, pending, any::<bool>(), value).prop_map(|(on_existing, on_pending, atomic, value)| How {
        on_existing,
        on_pending,
        atomic,
        value,
    })
}

pub fn any_step() -> impl Strategy<Value = Step> {
    let instance = || select(&INSTANCES[..]);
    let entries = prop::collection::btree_map(select(&NAMES[..]), prop::option::of(instance()), 1..4);
    prop_oneof![
        8 => (entries, how()).prop_map(|(entries, how)| Step::Import(entries.into_iter().collect(), how)),
        1 => instance().prop_map(Step::DeleteOfInstance),
        3 => name().prop_map(Step::Delete),
        2 => (name(), select(vec![7, 30])).prop_map(|(name, days)| Step::Schedule(name, days)),
        3 => name().prop_map(Step::Cancel),
        1 => (name(), select(vec!["", "for the shop"])).prop_map(|(name, text)| Step::Describe(name, text)),
        1 => (name(), select(vec!["csms/default", "other"])).prop_map(|(name, key)| Step::UseKey(name, key)),
        10 => (name(), prop::collection::vec(stage(), 0..3)).prop_map(|(name, stages)| Step::AddVersion(name, stages)),
        5 => (name(), stage(), which()).prop_map(|(name, stage, which)| Step::SetStage(name, stage, which)),
        2 => (name(), stage()).prop_map(|(name, stage)| Step::DeleteStage(name, stage)),
        1 => (name(), which(), 1_000_i64..DAY).prop_map(|(name, which, time)| Step::Expire(name, which, time)),
        4 => (name(), key(), select(&VALUES[..])).prop_map(|(name, key, value)| Step::Tag(name, key, value)),
        1 => (name(), key()).prop_map(|(name, key)| Step::Untag(name, key)),
        1 => (name(), subsequence(KEYS.to_vec(), 1..3)).prop_map(|(name, keys)| Step::UntagAll(name, keys)),
        4 => name().prop_map(Step::Backup),
        5 => (0_usize..4).prop_map(Step::Restore),
        3 => select(vec![1, 999, 60_000]).prop_map(Step::Pass),
        1 => select(vec![7 * DAY, 30 * DAY]).prop_map(Step::Pass),
        1 => Just(Step::Purge),
        1 => Just(Step::Restart),
    ]
}
