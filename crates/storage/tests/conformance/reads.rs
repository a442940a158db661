//! Get, range and snapshots.

use strongroom_storage::Span;

use crate::{delete, every_engine, keys, put, value, write};

#[tokio::test]
async fn value_is_found_until_it_is_deleted() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        write(engine, vec![put("a", "1"), put("b", ""), put("", "empty key")]).await;
        let before = engine.snapshot().await.unwrap();
        assert_eq!(value(&*before, b"a").await.unwrap(), b"1");
        assert_eq!(value(&*before, b"b").await.unwrap(), b"");
        assert_eq!(value(&*before, b"").await.unwrap(), b"empty key");
        assert_eq!(value(&*before, b"c").await, None);

        write(engine, vec![put("b", "2"), delete("a"), delete("never there")]).await;
        let after = engine.snapshot().await.unwrap();
        assert_eq!(value(&*after, b"a").await, None);
        assert_eq!(value(&*after, b"b").await.unwrap(), b"2");
    }
}

#[tokio::test]
async fn many_keys_are_answered_in_their_order() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        write(engine, vec![put("a", "1"), put("b", "2")]).await;
        let snapshot = engine.snapshot().await.unwrap();
        write(engine, vec![put("b", "3"), delete("a")]).await;
        let wanted = ["b", "none", "a", "b"].map(|key| key.as_bytes().to_vec());
        let found = snapshot.get_many(&wanted).await.unwrap();
        let found: Vec<_> =
            found.into_iter().map(|stored| stored.map(|stored| stored.value.to_vec())).collect();
        assert_eq!(found, [Some(b"2".to_vec()), None, Some(b"1".to_vec()), Some(b"2".to_vec())]);
        assert!(snapshot.get_many(&[]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn large_values_are_read_back_unchanged() {
    for subject in every_engine() {
        let large: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        write(&*subject.engine, vec![put("large", large.clone())]).await;
        let snapshot = subject.engine.snapshot().await.unwrap();
        assert!(value(&*snapshot, b"large").await.unwrap() == large);
    }
}

#[tokio::test]
async fn range_includes_its_start_and_excludes_its_end() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let all = ["a", "a\0", "aa", "b", "b\u{1}", "c"];
        write(engine, all.iter().map(|key| put(*key, *key)).collect()).await;
        write(engine, vec![put(vec![0xff], "highest"), put(vec![0xff, 0xff], "prefix of ones")]).await;
        let snapshot = &*engine.snapshot().await.unwrap();
        let span = |start: &str, end: Option<&str>| Span { start: start.into(), end: end.map(Into::into) };

        assert_eq!(keys(snapshot, span("a", Some("b")), 99).await, [&b"a"[..], b"a\0", b"aa"]);
        assert_eq!(keys(snapshot, span("a", Some("b\0")), 99).await.len(), 4);
        assert_eq!(keys(snapshot, Span::prefix("b".into()), 99).await, [&b"b"[..], b"b\x01"]);
        assert_eq!(keys(snapshot, span("c", None), 99).await, [&b"c"[..], &[0xff], &[0xff, 0xff]]);
        assert_eq!(keys(snapshot, Span::prefix(vec![0xff]), 99).await.len(), 2);
        assert_eq!(keys(snapshot, Span::prefix(vec![]), 99).await.len(), 8);
        for nothing in [span("b", Some("b")), span("c", Some("a")), span("ab", Some("b"))] {
            assert!(keys(snapshot, nothing, 99).await.is_empty());
        }
        assert!(keys(snapshot, span("a", None), 0).await.is_empty());
    }
}

#[tokio::test]
async fn consecutive_pages_have_no_gap_or_repetition() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let all: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![1, number]).collect();
        write(engine, all.iter().map(|key| put(key.clone(), "")).collect()).await;
        write(engine, vec![put(vec![0], ""), put(vec![2], "")]).await;
        let snapshot = engine.snapshot().await.unwrap();

        let mut seen = Vec::new();
        let mut span = Span::prefix(vec![1]);
        loop {
            let page = keys(&*snapshot, span.clone(), 7).await;
            let Some(last) = page.last().cloned() else { break };
            seen.extend(page);
            span = span.after(last);
        }
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn snapshot_does_not_see_later_commits() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        write(engine, vec![put("a", "old"), put("b", "old")]).await;
        let snapshot = engine.snapshot().await.unwrap();
        for round in 0..50_u8 {
            write(engine, vec![put("a", vec![round]), delete("b"), put(vec![b'c', round], "new")]).await;
        }
        assert_eq!(value(&*snapshot, b"a").await.unwrap(), b"old");
        assert_eq!(keys(&*snapshot, Span::prefix(vec![]), 99).await, [b"a", b"b"]);
        assert_eq!(keys(&*engine.snapshot().await.unwrap(), Span::prefix(vec![]), 99).await.len(), 51);
    }
}
