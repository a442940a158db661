//! Conflict policies in their JSON spelling.

use crate::problem::{Code, Problem};

/// All problems of the conflict policies of a batch. An empty policy is absent.
#[must_use]
pub fn policies(on_existing: &str, on_pending: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    judge(on_existing, on_pending, &mut problems);
    problems
}

pub(crate) fn judge(on_existing: &str, on_pending: &str, problems: &mut Vec<Problem>) {
    if !matches!(on_existing, "" | "FAIL" | "SKIP" | "NEW_VERSION" | "NEW_VERSION_IF_DIFFERENT") {
        problems.push(Problem::new(
            "on_existing",
            Code::NotOneOf,
            "The on_existing is unknown. Use FAIL, SKIP, NEW_VERSION or NEW_VERSION_IF_DIFFERENT.",
        ));
    }
    if !matches!(on_pending, "" | "FAIL" | "SKIP" | "CANCEL_AND_NEW_VERSION") {
        problems.push(Problem::new(
            "on_pending",
            Code::NotOneOf,
            "The on_pending is unknown. Use FAIL, SKIP or CANCEL_AND_NEW_VERSION.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_conflict_policies_are_rejected() {
        for on_existing in ["", "FAIL", "SKIP", "NEW_VERSION", "NEW_VERSION_IF_DIFFERENT", "?", "skip"] {
            for on_pending in ["", "FAIL", "SKIP", "CANCEL_AND_NEW_VERSION", "NEW_VERSION"] {
                let fields: Vec<_> =
                    policies(on_existing, on_pending).iter().map(|problem| problem.field).collect();
                let mut expected = Vec::new();
                expected.extend(["?", "skip"].contains(&on_existing).then_some("on_existing"));
                expected.extend((on_pending == "NEW_VERSION").then_some("on_pending"));
                assert_eq!(fields, expected, "{on_existing} {on_pending}");
            }
        }
    }
}
