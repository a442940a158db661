use proptest::prelude::*;

use super::super::find::version_id;
use super::super::schedule_deletion;
use super::super::versions::{NewVersion, add_version, with_first_version};
use super::*;
use crate::Code;
use crate::Limits;

const THEN: Timestamp = Timestamp::from_milliseconds(1_767_225_600_500);
const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_700_500);

#[derive(Clone, Debug)]
enum Step {
    Create(Vec<String>),
    Put(String, String),
    Delete(String),
}

fn create(stages: &[&str]) -> Step {
    Step::Create(stages.iter().map(|stage| (*stage).to_owned()).collect())
}

fn set(stage: &str, version: &str) -> Step {
    Step::Put(stage.to_owned(), version.to_owned())
}

fn delete(stage: &str) -> Step {
    Step::Delete(stage.to_owned())
}

fn take(secret: &SecretRecord, step: &Step, limits: &Limits) -> Result<SecretRecord, Rejection> {
    match step {
        Step::Create(stages) => {
            let new = NewVersion { stages: stages.clone(), expire_time: None, binary: false };
            add_version(secret, &new, limits, NOW)
        }
        Step::Put(stage, version) => set_stage(secret, stage, version, limits.stages, NOW),
        Step::Delete(stage) => delete_stage(secret, stage, NOW),
    }
}

/// A secret of so many versions, with these stages on them.
fn secret(versions: u32, stages: &[(&str, u32)]) -> SecretRecord {
    let time = whole_second(THEN);
    let first =
        with_first_version(SecretRecord { name: "db".to_owned(), ..SecretRecord::default() }, false, THEN);
    let mut secret = (1..versions)
        .fold(first, |secret, _| take(&secret, &create(&["SYSCURRENT"]), &Limits::default()).unwrap());
    let stage = |(name, version): &(&str, u32)| StageRecord {
        name: (*name).to_owned(),
        version: *version,
        update_time: time,
    };
    secret.stages = stages.iter().map(stage).collect();
    secret
}

/// Each stage as `name number`, with a `!` when the step has set or moved it.
fn shown(secret: &SecretRecord) -> Vec<String> {
    let mark = |stage: &StageRecord| if stage.update_time == whole_second(NOW) { "!" } else { "" };
    secret.stages.iter().map(|stage| format!("{} {}{}", stage.name, stage.version, mark(stage))).collect()
}

const CUR: &str = "SYSCURRENT";
const PREV: &str = "SYSPREVIOUS";

#[test]
fn every_rule_holds() {
    let two = &[(CUR, 2), (PREV, 1)][..];
    let full: Vec<(&str, u32)> = [CUR, PREV, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
        .into_iter()
        .map(|name| (name, 1))
        .collect();
    let no_previous: Vec<_> =
        full.iter().map(|(name, version)| (if *name == PREV { "k" } else { *name }, *version)).collect();
    let after_full = |changed: &[&str]| -> Vec<String> {
        let same = full.iter().skip(changed.len()).map(|(name, version)| format!("{name} {version}"));
        changed.iter().map(|stage| (*stage).to_owned()).chain(same).collect()
    };
    let stages = |list: &[&str]| Ok(list.iter().map(|stage| (*stage).to_owned()).collect::<Vec<_>>());

    for (rule, before, step, expected) in [
        // 1: several stages on a version, a stage on at most one version.
        (1, secret(2, two), set("blue", "v2"), stages(&["SYSCURRENT 2", "SYSPREVIOUS 1", "blue 2!"])),
        (1, secret(2, &[(CUR, 2), ("blue", 1)]), set("blue", "v2"), stages(&["SYSCURRENT 2", "blue 2!"])),
        // 2: built-in stages cannot be deleted, whether they are there or not; all others can.
        (2, secret(2, two), delete(CUR), Err(Code::BuiltInStage)),
        (2, secret(2, two), delete(PREV), Err(Code::BuiltInStage)),
        (2, secret(1, &[(CUR, 1)]), delete(PREV), Err(Code::BuiltInStage)),
        (2, secret(1, &[(CUR, 1), ("SYSPENDING", 1)]), delete("SYSPENDING"), stages(&["SYSCURRENT 1"])),
        (2, secret(1, &[(CUR, 1)]), delete("syscurrent"), Err(Code::NotFound)),
        // 4: a version without stages becomes the current one, and what was becomes the previous one.
        (4, secret(1, &[(CUR, 1)]), create(&[]), stages(&["SYSCURRENT 2!", "SYSPREVIOUS 1!"])),
        (4, secret(2, two), create(&[]), stages(&["SYSCURRENT 3!", "SYSPREVIOUS 2!"])),
        // 5: a version gets exactly the stages given, each taken from where it was.
        (5, secret(2, two), create(&["blue"]), stages(&["SYSCURRENT 2", "SYSPREVIOUS 1", "blue 3!"])),
        (
            5,
            secret(2, &[(CUR, 2), ("blue", 1)]),
            create(&["blue", "blue"]),
            stages(&["SYSCURRENT 2", "blue 3!"]),
        ),
        (5, secret(2, two), create(&[PREV]), stages(&["SYSCURRENT 2", "SYSPREVIOUS 3!"])),
        (5, secret(2, two), create(&["blue", CUR]), stages(&["SYSCURRENT 3!", "SYSPREVIOUS 2!", "blue 3!"])),
        (5, secret(2, two), create(&[CUR, PREV]), stages(&["SYSCURRENT 3!", "SYSPREVIOUS 3!"])),
        // 6: moving the current stage takes the previous one along; moving that one moves nothing else.
        (6, secret(2, two), set(CUR, "v1"), stages(&["SYSCURRENT 1!", "SYSPREVIOUS 2!"])),
        (6, secret(2, &[(CUR, 2)]), set(CUR, "v1"), stages(&["SYSCURRENT 1!", "SYSPREVIOUS 2!"])),
        (6, secret(3, &[(CUR, 3), (PREV, 2)]), set(PREV, "v1"), stages(&["SYSCURRENT 3", "SYSPREVIOUS 1!"])),
        (6, secret(2, two), set(PREV, "latest"), stages(&["SYSCURRENT 2", "SYSPREVIOUS 2!"])),
        (6, secret(2, two), set(CUR, "v3"), Err(Code::NotFound)),
        // 7: twelve stages at most, built-in ones included.
        (
            7,
            secret(2, &full),
            set("j", "v2"),
            Ok({
                let mut moved = after_full(&[]);
                moved[11] = "j 2!".to_owned();
                moved
            }),
        ),
        (7, secret(2, &full), set("k", "v2"), Err(Code::TooManyStages)),
        (7, secret(2, &full), create(&["k"]), Err(Code::TooManyStages)),
        (7, secret(1, &full), create(&[]), Ok(after_full(&["SYSCURRENT 2!", "SYSPREVIOUS 1!"]))),
        (7, secret(1, &no_previous), create(&[]), Err(Code::TooManyStages)),
        // 9: the version stays when its stage goes.
        (9, secret(2, &[(CUR, 1), ("blue", 2)]), delete("blue"), stages(&["SYSCURRENT 1"])),
        (9, secret(2, two), delete("blue"), Err(Code::NotFound)),
        // 11: a stage that is there already is renewed, and nothing else is.
        (11, secret(2, two), set(CUR, "v2"), stages(&["SYSCURRENT 2!", "SYSPREVIOUS 1"])),
        (11, secret(2, two), set(PREV, "v1"), stages(&["SYSCURRENT 2", "SYSPREVIOUS 1!"])),
    ] {
        let after = take(&before, &step, &Limits::default());
        let told = after.as_ref().map(shown).map_err(Rejection::code);
        assert_eq!(told, expected, "rule {rule}: {step:?} on {:?}", shown(&before));

        // 12: a waiting secret stays as it is.
        let waiting = schedule_deletion(&before, 7, NOW).unwrap();
        let rejected = take(&waiting, &step, &Limits::default()).map_err(|rejection| rejection.code());
        assert_eq!(rejected, Err(Code::PendingDeletion), "rule 12: {step:?}");
    }
}

#[test]
fn rule_3_the_first_version_is_current() {
    let record = with_first_version(SecretRecord::default(), false, NOW);
    assert_eq!(shown(&record), ["SYSCURRENT 1!"]);
}

#[test]
fn rule_8_only_a_version_without_a_stage_gives_way() {
    let limits = Limits { versions: 3, ..Limits::default() };
    let held = |stages: &[(&str, u32)]| -> Vec<u32> {
        let after = take(&secret(3, stages), &create(&["new"]), &limits).unwrap();
        after.versions.iter().map(|version| version.number).collect()
    };
    assert_eq!(held(&[(CUR, 3)]), [2, 3, 4]);
    assert_eq!(held(&[(CUR, 3), ("blue", 1)]), [1, 3, 4]);
    assert_eq!(held(&[(CUR, 1), ("new", 2), (PREV, 3)]), [1, 3, 4], "2 is bare once `new` has moved");
}

#[test]
fn a_lowered_limit_still_lets_stages_move_and_go() {
    let secret = secret(2, &[(CUR, 2), (PREV, 1), ("blue", 1)]);
    let lowered = Limits { stages: 2, ..Limits::default() };
    for step in [set("blue", "v2"), create(&[]), delete("blue")] {
        assert!(take(&secret, &step, &lowered).is_ok(), "{step:?}");
    }
    assert_eq!(
        take(&secret, &set("green", "v1"), &lowered),
        Err(Rejection::TooManyStages { name: "db".to_owned(), needed: 4, allowed: 2 })
    );
}

fn any_stage() -> impl Strategy<Value = String> {
    prop::sample::select(vec![CUR, PREV, "SYSPENDING", "a", "b", "c", "d"]).prop_map(str::to_owned)
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec(any_stage(), 0..4).prop_map(Step::Create),
        (any_stage(), 1_u32..20).prop_map(|(stage, version)| Step::Put(stage, version_id(version))),
        any_stage().prop_map(Step::Delete),
    ]
}

proptest! {
    /// Rules 1, 7 and 10, whatever is done in whatever order, with limits tight enough to be met.
    #[test]
    fn any_sequence_keeps_the_rules(steps in prop::collection::vec(any_step(), 1..60)) {
        let limits = Limits { versions: 5, stages: 4, ..Limits::default() };
        let mut secret = secret(1, &[(CUR, 1)]);
        for step in steps {
            let Ok(after) = take(&secret, &step, &limits) else { continue };
            let mut names: Vec<_> = after.stages.iter().map(|stage| stage.name.as_str()).collect();
            prop_assert_eq!(names.iter().filter(|name| **name == CUR).count(), 1);
            prop_assert!(names.len() <= limits.stages);
            prop_assert!(after.versions.len() <= limits.versions);
            names.sort_unstable();
            prop_assert!(names.is_sorted_by(|one, next| one < next), "a stage stands once: {:?}", names);
            for stage in &after.stages {
                prop_assert!(after.versions.iter().any(|version| version.number == stage.version));
            }
            let numbered: Vec<_> = after.versions.iter().map(|version| (version.number, version.create_time)).collect();
            prop_assert!(numbered.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
            prop_assert!(after.last_version >= secret.last_version);
            let lost = secret.versions.iter().filter(|version| !after.versions.contains(version));
            for version in lost {
                prop_assert!(!any_at(&after, version.number), "only a bare version gives way");
            }
            secret = after;
        }
    }
}
