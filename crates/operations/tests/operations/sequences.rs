//! Whatever is done in whatever order, the product and a plain model of it say the same, and the records stay sound.

mod checks;
mod found;
mod model;
mod product;
mod stack;
mod steps;
mod undone;

use proptest::prelude::*;

use crate::strongroom::Strongroom;
use checks::Checks;
use model::{LIMITS, Model};
use steps::{How, Step, any_step};

/// What every sequence starts with, so that most of its steps meet something.
fn first() -> Step {
    Step::Import(vec![("a", None), ("b", Some("one"))], How::default())
}

async fn run(steps: &[Step]) {
    let mut strongroom = Strongroom::with(strongroom_storage::MemoryEngine::new(), LIMITS);
    let (mut model, mut checks) = (Model::new(), Checks::default());
    for (number, step) in [first()].iter().chain(steps).enumerate() {
        let value = format!("value {number}");
        if matches!(step, Step::Restart) {
            strongroom = strongroom.again();
        }
        let done = product::take(&strongroom, &mut model, step, &value).await;
        let expected = model.take(step, &value);
        assert_eq!(done, expected, "step {number}: {step:?}");
        checks.all(&strongroom, &mut model).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_sequence_of_operations_does_what_a_plain_model_does(steps in prop::collection::vec(any_step(), 1..100)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(&steps));
    }
}
