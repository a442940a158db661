//! Trees that are no names with values: outputs of programs that print no values, and shapes that nobody knows.
//!
//! Stored as they are, the metadata of such a file would become secrets.

use crate::node::{Member, Node};
use crate::ours::{field_of, is_entry, listed};
use crate::products::objects::items;

/// Where a file is the output of a program that cannot be read as secrets, and what to do.
pub fn rejected(roots: &[Node<'_>]) -> Option<(usize, String)> {
    let first = items(roots).next()?;
    if let Some(message) = without_values(roots, first) {
        return Some((first.at, message.to_owned()));
    }
    let members = first.map().filter(|_| !is_entry(first))?;
    if roots.first().is_some_and(|root| root.list().is_some()) {
        // A list of entries with one typo is a list of entries; one of other fields altogether is not.
        let unknown = || members.iter().filter(|member| field_of(&member.key).is_none());
        (unknown().count() >= 3).then(|| (first.at, unknown_list(unknown().map(|member| &*member.key))))
    } else if first.has("secrets") {
        None
    } else {
        unknown_object(first.at, members)
    }
}

fn unknown_list<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    format!(
        "The file is a list of objects that are no entries: they have {}. An entry has a name and a value. See --format for \
         the programs whose output can be read.",
        listed(keys)
    )
}

/// Keys that are metadata in every API that has them, and hardly ever names of secrets.
const METADATA: [&str; 25] = [
    "RequestId",
    "request_id",
    "requestId",
    "lease_id",
    "createTime",
    "updateTime",
    "createdAt",
    "updatedAt",
    "created_at",
    "updated_at",
    "creationDate",
    "revisionDate",
    "CreatedDate",
    "LastChangedDate",
    "etag",
    "nextPageToken",
    "NextToken",
    "next_page_token",
    "ARN",
    "CreateIndex",
    "ModifyIndex",
    "Namespace",
    "selfLink",
    "status_code",
    "statusCode",
];

/// Keys of which one is enough.
const MARKS: [&str; 4] = ["apiVersion", "ResponseMetadata", "$metadata", "$schema"];

/// Keys under which a program puts the one object that it answers.
const WRAPPERS: [&str; 8] = ["data", "result", "response", "version", "secret", "item", "payload", "body"];

fn unknown_object(at: usize, members: &[Member<'_>]) -> Option<(usize, String)> {
    let objects = members.iter().find(|member| {
        member
            .node
            .list()
            .is_some_and(|items| !items.is_empty() && items.iter().all(|item| item.map().is_some()))
    });
    let metadata = members.iter().filter(|member| METADATA.contains(&&*member.key));
    let marks = members.iter().filter(|member| MARKS.contains(&&*member.key));
    let what = if let Some(list) = objects {
        format!("{} holds a list of objects", listed(std::iter::once(&*list.key)))
    } else if marks.clone().next().is_some() || metadata.clone().count() >= 2 {
        format!("it has {}", listed(metadata.chain(marks).map(|member| &*member.key)))
    } else if let [only] = members
        && WRAPPERS.contains(&&*only.key)
        && only.node.map().is_some()
    {
        format!("everything is inside {}", listed(std::iter::once(&*only.key)))
    } else {
        return None;
    };
    Some((
        at,
        format!(
            "The file looks like the output of a program, not like names with values: {what}. Bring the values in a format \
             that can be read. If each member is a secret, choose the format JSON or YAML (--format json)."
        ),
    ))
}

/// What to do with the list of a program that prints names without values.
fn without_values(roots: &[Node<'_>], first: &Node<'_>) -> Option<&'static str> {
    let root = roots.first()?;
    let has = |key| first.has(key);
    let id = first.filled("id").map(|id| &**id).unwrap_or_default();
    let name = first.filled("name").map(|name| &**name).unwrap_or_default();
    let has_value =
        ["value", "secret_string", "secret_binary", "SecretString", "payload"].iter().any(|key| has(key));
    if root.list().is_some_and(|items| items.iter().all(|item| item.text().is_some())) && root.has_items() {
        return Some(
            "The file is a list of names without values, as `vault kv list` prints. Vault: `vault kv get -format=json` gives the \
             values of each.",
        );
    }
    if has("SecretList") {
        return Some(
            "The output of `aws secretsmanager list-secrets` has no values. Use `aws secretsmanager batch-get-secret-value \
             --filters Key=name,Values=PREFIX --output json`.",
        );
    }
    if has_value {
        return None;
    }
    if id.contains(".vault.azure.net/") || id.contains(".managedhsm.azure.net/") {
        return Some(
            "The output of `az keyvault secret list` has no values. Use `az keyvault secret show --vault-name VAULT --name NAME` \
             for each.",
        );
    }
    let in_google = |name: &str| name.starts_with("projects/") && name.contains("/secrets/");
    let inner =
        first.items_of("secrets").iter().chain(first.items_of("versions")).find(|inner| !is_entry(inner));
    if in_google(name) || inner.and_then(|inner| inner.filled("name")).is_some_and(|name| in_google(name)) {
        return Some(
            "The file lists secrets or versions of Google Secret Manager without values. Use `gcloud secrets versions access \
             latest --secret=NAME --format=json` for each.",
        );
    }
    if has("title") && has("vault") && !has("fields") {
        return Some(
            "The output of `op item list` has no values. Use `op item list --format json | op item get - --format json --reveal`.",
        );
    }
    if (has("Name") && has("Digest")) || (has("name") && has("digest")) {
        return Some(
            "The output of `fly secrets list` has digests and no values. Fly.io does not give them out.",
        );
    }
    if has("Spec") && has("CreatedAt") {
        return Some("The output of `docker secret inspect` has no values. Docker does not give them out.");
    }
    let is_list = root.list().is_some();
    if has("total_count") || (is_list && has("name") && (has("updatedAt") || has("updated_at"))) {
        return Some(
            "The file lists secrets without values, as GitHub answers. GitHub does not give them out: take them from where they \
             were set.",
        );
    }
    let ours = inner.unwrap_or(first);
    if ours.has("name") && ours.has("state") && ours.has("create_time") && !ours.has("secret_string") {
        return Some("The file lists secrets without values. Use `strongroom export` where they are.");
    }
    None
}

impl Node<'_> {
    fn has_items(&self) -> bool {
        self.list().is_some_and(|items| !items.is_empty())
    }
}
