use std::cmp::Reverse;

use proptest::prelude::*;

use super::*;

/// Few different ids, bytes and times, so that equal and nearly equal tuples are frequent.
fn ids() -> impl Strategy<Value = Id> {
    prop_oneof![any::<[u8; 16]>(), prop::sample::select(vec![[0; 16], [0xff; 16], *b"0123456789abcdef"])]
        .prop_map(Id::new)
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c.]{0,4}", "[\u{0}\u{1}\u{2}a]{0,4}", any::<String>()]
}

fn times() -> impl Strategy<Value = Timestamp> {
    prop_oneof![any::<i64>(), -2_i64..3].prop_map(Timestamp::from_milliseconds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn secrets_sort_by_project_and_name(a in (ids(), names()), b in (ids(), names())) {
        prop_assert_eq!(secret(a.0, &a.1).cmp(&secret(b.0, &b.1)), a.cmp(&b));
    }

    #[test]
    fn due_secrets_sort_by_project_and_time(a in (ids(), times(), names()), b in (ids(), times(), names())) {
        let key = |t: &(Id, Timestamp, String)| secret_by_due_time(t.0, t.1, &t.2);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(key(&a) < secrets_due_at(b.0, b.1), (a.0, a.1) < (b.0, b.1));
        prop_assert_eq!(project_at(&key(&a)), Some(a.0));
    }

    #[test]
    fn secrets_of_instances_sort_by_instance_and_name(
        project in ids(), a in (names(), names()), b in (names(), names()),
    ) {
        let key = |t: &(String, String)| secret_by_instance(project, &t.0, &t.1);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(key(&a).starts_with(&secrets_of_instance(project, &b.0)), a.0 == b.0);
    }

    #[test]
    fn secrets_of_tags_sort_by_key_value_and_name(
        project in ids(), a in (names(), names(), names()), b in (names(), names(), names()),
    ) {
        let key = |t: &(String, String, String)| secret_by_tag(project, &t.0, &t.1, &t.2);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(key(&a).starts_with(&secrets_of_tag(project, &b.0, &b.1)), (&a.0, &a.1) == (&b.0, &b.1));
        prop_assert_eq!(key(&a).starts_with(&secrets_of_tag_key(project, &b.0)), a.0 == b.0);
    }

    #[test]
    fn secrets_of_events_sort_by_event_and_name(
        project in ids(), a in (names(), names()), b in (names(), names()),
    ) {
        let key = |t: &(String, String)| secret_by_event(project, &t.0, &t.1);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(key(&a).starts_with(&secrets_of_event(project, &b.0)), a.0 == b.0);
    }

    #[test]
    fn names_are_decoded_as_they_were_encoded(project in ids(), time in times(), a in names(), b in names(), c in names()) {
        let tag = secret_by_tag(project, &a, &b, &c);
        prop_assert_eq!(super::names(&tag, PROJECT_PREFIX_BYTES), Some(vec![a.clone(), b, c]));
        let due = secret_by_due_time(project, time, &a);
        prop_assert_eq!(super::names(&due, TIME_PREFIX_BYTES), Some(vec![a]));
    }

    #[test]
    fn arbitrary_bytes_decode_without_panic(bytes: Vec<u8>) {
        if let Some(found) = super::names(&bytes, 0) {
            let again = found.iter().fold(Builder(Vec::new()), |key, name| key.name(name));
            prop_assert_eq!(super::names(&again.0, 0), Some(found));
        }
    }

    #[test]
    fn values_sort_by_version(a in (ids(), any::<u32>()), b in (ids(), any::<u32>())) {
        prop_assert_eq!(value(a.0, a.1).cmp(&value(b.0, b.1)), a.cmp(&b));
    }

    #[test]
    fn master_keys_sort_newest_first(a in (names(), 0_u32..4), b in (names(), 0_u32..4)) {
        let project = Id::new([7; 16]);
        let expected = (&a.0, Reverse(a.1)).cmp(&(&b.0, Reverse(b.1)));
        prop_assert_eq!(master_key(project, &a.0, a.1).cmp(&master_key(project, &b.0, b.1)), expected);
    }

    #[test]
    fn master_key_is_decoded_from_its_key(project in ids(), name in names(), term: u32) {
        prop_assert_eq!(master_key_at(&master_key(project, &name, term)), Some((project, name)));
    }

    #[test]
    fn audit_sorts_by_time(a in (times(), ids(), 0_u32..3), b in (times(), ids(), 0_u32..3)) {
        let key = |t: &(Timestamp, Id, u32)| audit(Id::new([7; 16]), t.0, t.1, t.2);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
    }

    #[test]
    fn batches_sort_by_project_newest_first(a in (ids(), ids()), b in (ids(), ids())) {
        let expected = (a.0, Reverse(a.1)).cmp(&(b.0, Reverse(b.1)));
        prop_assert_eq!(batch(a.0, a.1).cmp(&batch(b.0, b.1)), expected);
    }

    #[test]
    fn parts_sort_by_batch_and_place(a in (ids(), any::<u32>()), b in (ids(), any::<u32>())) {
        let key = |t: &(Id, u32)| batch_part(Id::new([7; 16]), t.0, t.1);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
    }

    #[test]
    fn expiring_batches_sort_by_time(a in (times(), ids(), ids()), b in (times(), ids(), ids())) {
        let key = |t: &(Timestamp, Id, Id)| batch_by_expire_time(t.0, t.1, t.2);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        prop_assert_eq!(expiring_batch_at(&key(&a)), Some((a.1, a.2)));
    }
}
