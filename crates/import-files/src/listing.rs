//! Tables that programs print for people, and pages of HTML: nothing in them can be read without guessing.

use crate::lines::each_line;

/// What printed the text, and the command whose output can be read.
pub fn of_text(text: &str) -> Option<&'static str> {
    let line = each_line(text).map(|(_, line)| line.trim()).find(|line| !line.is_empty())?;
    let titles = || line.split_whitespace();
    let starts =
        |words: &[&str]| titles().zip(words).filter(|(title, word)| title == *word).count() == words.len();
    if line.starts_with("arn:aws:") && line.contains('\t') {
        return Some(
            "The file is the text output of the AWS command line, which does not quote values. Use --output json.",
        );
    }
    if line.starts_with("---") && line.ends_with("--") && text.contains("\n|") {
        return Some("The file is the table output of the AWS command line. Use --output json.");
    }
    if line.trim_matches('=').trim() == "Secret Path"
        || line.trim_matches('=').trim() == "Data"
        || starts(&["Key", "Value"])
    {
        return Some("The file is the table that `vault kv get` prints. Use `vault kv get -format=json`.");
    }
    if starts(&["NAME", "TYPE", "DATA", "AGE"]) || starts(&["NAMESPACE", "NAME", "TYPE"]) {
        return Some(
            "The output of `kubectl get secret` has no values. Use `kubectl get secret --output json`.",
        );
    }
    if starts(&["NAME", "CREATED", "REPLICATION_POLICY"]) || starts(&["NAME", "STATE", "CREATED"]) {
        return Some(
            "The output of `gcloud secrets list` has no values. Use `gcloud secrets versions access latest --secret=NAME \
             --format=json` for each.",
        );
    }
    if starts(&["ID", "TITLE", "VAULT"]) {
        return Some(
            "The output of `op item list` has no values. Use `op item list --format json | op item get - --format json --reveal`.",
        );
    }
    if starts(&["NAME", "UPDATED"]) || starts(&["NAME", "VALUE", "UPDATED"]) {
        return Some(
            "The file is the table that `gh secret list` prints, which has no values. GitHub does not give them out.",
        );
    }
    if line.starts_with(['┌', '╭']) || line.starts_with("+--") {
        return Some("The file is a table for people. Use the option of the program that prints JSON.");
    }
    let lower: String = line.chars().take(16).collect::<String>().to_ascii_lowercase();
    (lower.starts_with("<!doctype html") || lower.starts_with("<html"))
        .then_some("The file is a page of HTML, perhaps of a log-in. Download the file itself.")
}
