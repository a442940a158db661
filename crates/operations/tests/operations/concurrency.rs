//! Many callers at once: whoever loses is told, and nothing is half done.

use std::sync::Arc;

use strongroom_operations::Code;

use crate::strongroom::{Strongroom, rejection, text};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_imports_of_one_name_exactly_one_wins() {
    let strongroom = Arc::new(Strongroom::new());
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let strongroom = strongroom.clone();
            tokio::spawn(
                async move { strongroom.import(vec![text("db", &number.to_string())]).await.success },
            )
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += task.await.unwrap();
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_schedules_and_cancels_each_follows_the_one_before() {
    let strongroom = Arc::new(Strongroom::new());
    strongroom.import(vec![text("db", "x")]).await;
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let strongroom = strongroom.clone();
            tokio::spawn(async move {
                match number % 2 {
                    0 => strongroom
                        .schedule("db", 7)
                        .await
                        .map(|_| 1)
                        .or_else(|denial| expected(denial, Code::AlreadyScheduled)),
                    _ => strongroom
                        .cancel("db")
                        .await
                        .map(|_| -1)
                        .or_else(|denial| expected(denial, Code::NotScheduled)),
                }
            })
        })
        .collect();
    let mut balance = 0;
    for task in tasks {
        balance += task.await.unwrap().unwrap();
    }
    let waiting = strongroom.show("db").await.unwrap().secret.unwrap().scheduled_delete_time.is_some();
    assert_eq!(balance, i32::from(waiting));
}

fn expected(
    denial: strongroom_operations::OperationError,
    code: Code,
) -> Result<i32, strongroom_operations::OperationError> {
    assert_eq!(rejection::<()>(Err(denial)).code(), code);
    Ok(0)
}
