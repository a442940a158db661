//! The types that the page sees.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

#[cfg(test)]
mod tests {
    use strongroom_import_files::{Code, Field, Format};

    const TYPES: &str = include_str!("types.d.ts");

    fn declared(of: &str) -> Vec<&'static str> {
        let union = TYPES.split(&format!("export type {of} =")).nth(1).unwrap().split(';').next().unwrap();
        union.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_format_and_no_other_is_declared() {
        assert_eq!(declared("Format"), Format::ALL.map(Format::word));
    }

    #[test]
    fn every_field_and_no_other_is_declared() {
        assert_eq!(declared("Field"), Field::ALL.map(Field::as_str));
        for field in Field::ALL {
            assert!(TYPES.contains(&format!("  {}", field.as_str())), "{field:?}");
        }
    }

    #[test]
    fn every_code_of_reading_and_no_other_is_declared() {
        assert_eq!(declared("ReadingCode"), Code::OF_READING.map(Code::as_str));
    }
}
