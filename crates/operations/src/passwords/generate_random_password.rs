//! Making a random password.

use strongroom_contract::v1::{GenerateRandomPasswordRequest, GenerateRandomPasswordResponse};
use strongroom_validation::{PasswordForm, PasswordPolicy, password_form};

use crate::{Answer, Call, OperationError, Operations, Rejection};

/// Draws before others get their turn. Chosen by us: a tenth of a millisecond for passwords of the usual length.
const AT_ONCE: usize = 100;

impl Operations {
    pub async fn generate_random_password(
        &self,
        _: &Call,
        request: GenerateRandomPasswordRequest,
    ) -> Answer<GenerateRandomPasswordResponse> {
        let form = password_form(&PasswordPolicy {
            name: &request.password_policy_name,
            length: request.length,
            exclude_characters: &request.exclude_characters,
            exclude_lowercase: request.exclude_lowercase,
            exclude_uppercase: request.exclude_uppercase,
            exclude_numbers: request.exclude_numbers,
            exclude_punctuation: request.exclude_punctuation,
            include_space: request.include_space,
            require_each_included_type: request.require_each_included_type,
        });
        let password = password(&form.map_err(Rejection::Invalid)?).await?;
        Ok(GenerateRandomPasswordResponse { password })
    }
}

/// Draws whole passwords until one has what is required. Putting missing characters in afterwards would make some
/// passwords likelier than others; this leaves every one that is allowed equally likely. The usual policy is met by two
/// draws of three, and the worst there is, five kinds in five characters, four of them kinds of one character beside all
/// punctuation, by one in 16,000, which takes some milliseconds.
async fn password(form: &PasswordForm) -> Answer<String> {
    loop {
        for _ in 0..AT_ONCE {
            let drawn = strongroom_access::random_text(&form.alphabet, form.length);
            let mut drawn = drawn.map_err(OperationError::internal("drawing a password"))?;
            if form.is_met_by(&drawn) {
                return Ok(std::mem::take(&mut *drawn));
            }
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn drawn(form: &PasswordForm) -> String {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(password(form)).unwrap()
    }

    proptest! {
        /// Any policy is either rejected or met in every respect.
        #[test]
        fn every_policy_is_respected(
            length in 1_i32..40, excluded in "[ -~é]{0,40}", kinds in any::<[bool; 6]>(),
        ) {
            let policy = PasswordPolicy {
                name: "",
                length: Some(length),
                exclude_characters: &excluded,
                exclude_lowercase: kinds[0],
                exclude_uppercase: kinds[1],
                exclude_numbers: kinds[2],
                exclude_punctuation: kinds[3],
                include_space: kinds[4],
                require_each_included_type: kinds[5],
            };
            let Ok(form) = password_form(&policy) else { return Ok(()) };
            let password = drawn(&form);
            prop_assert_eq!(password.len(), usize::try_from(length).unwrap());
            prop_assert!(!password.chars().any(|character| excluded.contains(character)));
            for (allowed, is) in [
                (!kinds[0], (|byte| byte.is_ascii_lowercase()) as fn(u8) -> bool),
                (!kinds[1], |byte| byte.is_ascii_uppercase()),
                (!kinds[2], |byte| byte.is_ascii_digit()),
                (!kinds[3], |byte| byte.is_ascii_punctuation()),
                (kinds[4], |byte| byte == b' '),
            ] {
                let has = password.bytes().any(is);
                prop_assert!(if allowed { has || !kinds[5] } else { !has }, "{}", password);
            }
        }
    }

    /// Three characters of which both kinds must be there: six passwords of the eight, each as likely as the others.
    #[test]
    fn what_is_required_favours_nothing() {
        let policy = PasswordPolicy {
            length: Some(3),
            exclude_characters: "bcdefghijklmnopqrstuvwxyz123456789",
            exclude_uppercase: true,
            exclude_punctuation: true,
            require_each_included_type: true,
            ..PasswordPolicy::default()
        };
        let form = password_form(&policy).unwrap();
        let mut counts: HashMap<String, f64> = HashMap::new();
        for _ in 0..6_000 {
            *counts.entry(drawn(&form)).or_default() += 1.0;
        }
        assert_eq!(counts.len(), 6);
        let distance: f64 = counts.values().map(|count| (count - 1_000.0).powi(2) / 1_000.0).sum();
        // Five degrees of freedom: chance goes beyond this once in a thousand million runs.
        assert!(distance < 50.0, "{counts:?}");
    }

    #[test]
    fn every_character_is_equally_likely() {
        let form =
            password_form(&PasswordPolicy { length: Some(4_096), ..PasswordPolicy::default() }).unwrap();
        let mut counts: HashMap<u8, f64> = HashMap::new();
        for _ in 0..50 {
            for byte in drawn(&form).bytes() {
                *counts.entry(byte).or_default() += 1.0;
            }
        }
        assert_eq!(counts.len(), 94);
        let expected = 50.0 * 4_096.0 / 94.0;
        let distance: f64 = counts.values().map(|count| (count - expected).powi(2) / expected).sum();
        // 93 degrees of freedom: chance goes beyond this less than once in a thousand million runs.
        assert!(distance < 200.0, "{distance}");
    }
}
