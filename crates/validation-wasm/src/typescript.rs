//! The types that the page sees.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

#[cfg(test)]
mod tests {
    use crate::write::LIMITS;
    use strongroom_validation::Code;

    const TYPES: &str = include_str!("types.d.ts");

    #[test]
    fn every_code_and_no_other_is_declared() {
        for code in Code::ALL {
            assert!(TYPES.contains(&format!("  | \"{}\"", code.as_str())), "{}", code.as_str());
        }
        assert_eq!(TYPES.matches("\n  | \"").count(), Code::ALL.len());
    }

    #[test]
    fn every_limit_and_no_other_is_declared() {
        let declared = TYPES.split("interface Limits {").nth(1).unwrap().split('}').next().unwrap();
        for (name, _) in LIMITS {
            assert!(declared.contains(&format!("  {name}: number;")), "{name}");
        }
        assert_eq!(declared.matches(": number;").count(), LIMITS.len());
    }
}
