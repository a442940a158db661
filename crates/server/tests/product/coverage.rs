//! Every rpc of the contract is tested.

use std::collections::HashSet;
use std::path::Path;

use crate::transports::methods;

fn snake(name: &str) -> String {
    let spread = name
        .chars()
        .flat_map(|letter| letter.is_uppercase().then_some('_').into_iter().chain(letter.to_lowercase()));
    spread.collect::<String>().trim_start_matches('_').to_owned()
}

#[test]
fn every_rpc_has_a_test_through_all_transports() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/product");
    for method in methods() {
        let file = folder.join(format!("{}.rs", snake(method.name())));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("write {}", file.display()));
        assert!(
            text.contains("through_all_transports"),
            "{} does not go through all transports",
            file.display()
        );
        assert!(text.contains(&format!("\"{}\"", method.name())), "{} does not call it", file.display());
    }
}

#[test]
fn every_rpc_has_a_compatibility_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility");
    let files = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let cases = files.filter(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    let text: String = cases.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let played: HashSet<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix("- operation: ")).collect();
    let all: Vec<_> = methods().into_iter().map(|method| method.name().to_owned()).collect();
    let missing: Vec<_> = all.iter().filter(|name| !played.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{} has no case with {missing:?}; its README tells how", folder.display());
}
