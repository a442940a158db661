//! The secrets that a command selects: by name, by query or by tag.

use strongroom_contract::v1;

use crate::connection::Session;
use crate::failure::CommandError;
use crate::output::counted;

/// The largest page, as in ShowLimits. It is a constant because asking would cost a round trip.
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

    /// The tags as a selection of the contract. A key given twice matches either value.
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

    /// The query and the tags as one query.
    fn combined_query(&self) -> String {
        let mut words: Vec<String> = self.query.iter().cloned().collect();
        words.extend(self.tags.iter().map(|tag| match tag.split_once('=') {
            Some((key, value)) => format!("tag:{}={}", quoted(key), quoted(value)),
            None => format!("tag:{}", quoted(tag)),
        }));
        words.join(" ")
    }

    /// The given names or, with a query, the names of the secrets it finds that pass `filter`.
    ///
    /// # Errors
    /// `nothing_found` if no secret passes. Tags are not resolved here: the server selects by them.
    pub async fn names(
        &self,
        session: &mut Session,
        given: Vec<String>,
        filter: impl Fn(&v1::Secret) -> bool,
        nothing_found: &str,
    ) -> Result<Vec<String>, CommandError> {
        if self.query.is_none() {
            return Ok(given);
        }
        let found = self.secrets(session).await?.into_iter().filter(filter);
        let names: Vec<_> = found.map(|secret| secret.name).collect();
        if names.is_empty() { Err(CommandError::NotFound(nothing_found.to_owned())) } else { Ok(names) }
    }

    /// Explains a rejected call with more names than one call takes; `other_ways` are flags that select more secrets.
    pub async fn explain_too_many_names(
        &self,
        session: &mut Session,
        names: usize,
        other_ways: &str,
        failure: CommandError,
    ) -> CommandError {
        if !failure.is_usage_error() {
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
            "{are}; one call takes at most {most}. Nothing was changed. {narrower}, or select up to {selected_secrets} \
             secrets with {other_ways}."
        ))
    }

    /// All selected secrets, ordered by name.
    pub async fn secrets(&self, session: &mut Session) -> Result<Vec<v1::Secret>, CommandError> {
        let (query, mut found, mut marker) = (self.combined_query(), Vec::new(), String::new());
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
    fn tags_are_quoted_in_the_combined_query() {
        let given = selection(Some("web"), &["team", "cost=R & \"D\"", "empty="]);
        assert_eq!(given.combined_query(), r#"web tag:"team" tag:"cost"="R & \"D\"" tag:"empty"="""#);
    }

    #[test]
    fn tag_key_given_twice_matches_either_value() {
        let tags = selection(None, &["team=a", "team=b", "live"]).tag_values();
        let seen: Vec<_> = tags.iter().map(|tag| (tag.key.as_str(), tag.values.len())).collect();
        assert_eq!(seen, [("team", 2), ("live", 0)]);
    }
}
