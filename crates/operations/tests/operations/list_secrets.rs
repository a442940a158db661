use strongroom_contract::v1;

use crate::strongroom::{DAY, Strongroom, text};

async fn page(strongroom: &Strongroom, limit: i32, marker: &str) -> v1::ListSecretsResponse {
    let request =
        v1::ListSecretsRequest { limit: Some(limit), marker: marker.to_owned(), ..Default::default() };
    strongroom.operations.list_secrets(&strongroom.call("ListSecrets"), request).await.unwrap()
}

#[tokio::test]
async fn following_the_marker_shows_each_secret_once_and_ends_with_null() {
    let strongroom = Strongroom::new();
    strongroom.import((0..7).map(|number| text(&format!("s{number}"), "x")).collect()).await;
    strongroom.schedule("s2", 7).await.unwrap();
    strongroom.schedule("s3", 8).await.unwrap();
    strongroom.pass(7 * DAY);

    let (mut seen, mut marker) = (Vec::new(), String::new());
    loop {
        let page = page(&strongroom, 2, &marker).await;
        let info = page.page_info.unwrap();
        let names: Vec<_> = page.secrets.iter().map(|secret| secret.name.clone()).collect();
        assert_eq!(info.current_count as usize, names.len());
        assert_eq!(info.previous_marker.as_ref(), names.first());
        seen.extend(names);
        match info.next_marker {
            Some(next) => marker = next,
            None => break,
        }
    }
    assert_eq!(seen, ["s0", "s1", "s3", "s4", "s5", "s6"], "waiting ones are listed, those gone are not");
}

#[tokio::test]
async fn a_marker_at_the_end_or_of_a_deleted_secret_still_works() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("a", "x"), text("c", "x")]).await;
    let after_b = page(&strongroom, 10, "b").await;
    assert_eq!(after_b.secrets.len(), 1);
    let end = page(&strongroom, 10, "c").await;
    assert!(end.secrets.is_empty());
    assert_eq!(end.page_info.unwrap(), v1::PageInfo::default());
}
