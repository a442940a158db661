//! Which secrets a command is about: those it names, those a query finds, those with a tag.

use strongroom_contract::v1;

use crate::connection::Session;
use crate::failure::CommandError;
use crate::output::counted;

/// The largest page there is; ShowLimits tells it too, and a round trip more costs as much as it would save.
const PAGE: i32 = 1_000;

#[derive(clap::Args, Default)]
pub struct Selection {
    /// Secrets that the query finds, for example `web state:ENABLED used<2026-01-01`
    #[arg(long, short)]
    pub query: Option<String>,
    /// Secrets with this tag, given as KEY or KEY=VALUE; several must all hold
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
}

impl Selection {
    pub fn is_empty(&self) -> bool {
        self.query.is_none() && self.tags.is_empty()
    }

    /// The tags as a selection of the contract. A key that comes twice has two values of which one must hold.
    pub fn tag_values(&self) -> Vec<v1::TagValues> {
        let mut known: Vec<v1::TagValues> = Vec::new();
        for tag in &self.tags {
            let (key, value) =
                tag.split_once('=').map_or((tag.as_str(), None), |(key, value)| (key, Some(value)));
            let values: Vec<String> = value.map(str::to_owned).into_iter().collect();
            match known.iter_mut().find(|tag| tag.key == key) {
                Some(tag) => tag.values.extend(values),
                None => known.push(v1::TagValues { key: key.to_owned(), values }),
            }
        }
        known
    }

    /// Both conditions as one query.
    fn words(&self) -> String {
        let mut words: Vec<String> = self.query.iter().cloned().collect();
        words.extend(self.tags.iter().map(|tag| match tag.split_once('=') {
            Some((key, value)) => format!("tag:{}={}", quoted(key), quoted(value)),
            None => format!("tag:{}", quoted(tag)),
        }));
        words.join(" ")
    }

    /// The names that were given, or without any those of what the query finds and is meant; `none` says that there is
    /// nothing. Tags the server looks up itself.
    pub async fn names(
        &self,
        session: &mut Session,
        given: Vec<String>,
        is_meant: impl Fn(&v1::Secret) -> bool,
        none: &str,
    ) -> Result<Vec<String>, CommandError> {
        if self.query.is_none() {
            return Ok(given);
        }
        let found = self.secrets(session).await?.into_iter().filter(is_meant);
        let names: Vec<_> = found.map(|secret| secret.name).collect();
        if names.is_empty() { Err(CommandError::NotFound(none.to_owned())) } else { Ok(names) }
    }

    /// More names than one call takes are told to whoever gave them or looked for them; `other_ways` are flags that take
    /// more.
    pub async fn explained(
        &self,
        session: &mut Session,
        names: usize,
        other_ways: &str,
        failure: CommandError,
    ) -> CommandError {
        if !failure.is_wrong_use() {
            return failure;
        }
        let Ok(limits) = session.limits().await else { return failure };
        let v1::ShowLimitsResponse { import_entries: most, selected_secrets, .. } = limits;
        if usize::try_from(most).is_ok_and(|most| names <= most) {
            return failure;
        }
        let (are, narrower) = match self.query {
            Some(_) => (counted(names, "secret was found", "secrets were found"), "Narrow the query"),
            None => (counted(names, "name is given", "names are given"), "Give fewer at a time"),
        };
        CommandError::Usage(format!(
            "{are}, and one call takes {most}; nothing was changed. {narrower}, or say which secrets with {other_ways}: up to \
             {selected_secrets} at once."
        ))
    }

    /// Every secret that is meant, by name, page by page.
    pub async fn secrets(&self, session: &mut Session) -> Result<Vec<v1::Secret>, CommandError> {
        let (query, mut found, mut marker) = (self.words(), Vec::new(), String::new());
        loop {
            let request = v1::SearchSecretsRequest {
                query: query.clone(),
                limit: Some(PAGE),
                marker,
                ..v1::SearchSecretsRequest::default()
            };
            let page: v1::SearchSecretsResponse =
                session.call("/strongroom.v1.Secrets/SearchSecrets", request).await?;
            found.extend(page.secrets);
            match page.page_info.and_then(|info| info.next_marker) {
                Some(next) => marker = next,
                None => return Ok(found),
            }
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(query: Option<&str>, tags: &[&str]) -> Selection {
        Selection {
            query: query.map(str::to_owned),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        }
    }

    #[test]
    fn tags_mean_the_same_in_a_query_whatever_signs_they_have() {
        let given = selection(Some("web"), &["team", "cost=R & \"D\"", "empty="]);
        assert_eq!(given.words(), r#"web tag:"team" tag:"cost"="R & \"D\"" tag:"empty"="""#);
    }

    #[test]
    fn a_key_given_twice_has_either_value() {
        let tags = selection(None, &["team=a", "team=b", "live"]).tag_values();
        let seen: Vec<_> = tags.iter().map(|tag| (tag.key.as_str(), tag.values.len())).collect();
        assert_eq!(seen, [("team", 2), ("live", 0)]);
    }
}
