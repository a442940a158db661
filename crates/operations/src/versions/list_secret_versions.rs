//! Listing the versions of a secret without their values.

use strongroom_contract::v1::{ListSecretVersionsRequest, ListSecretVersionsResponse};
use strongroom_storage::records::SecretRecord;

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, describe, lifecycle};

impl Operations {
    pub async fn list_secret_versions(
        &self,
        call: &Call,
        request: ListSecretVersionsRequest,
    ) -> Answer<ListSecretVersionsResponse> {
        let limit = strongroom_validation::list_limit(request.limit);
        let problems = [
            strongroom_validation::secret_name(&request.secret_name),
            limit.as_ref().err().cloned(),
            strongroom_validation::version_marker(&request.marker),
        ];
        let (Ok(limit), [None, None, None]) = (limit, &problems) else {
            return Err(Rejection::Invalid(problems.into_iter().flatten().collect()).into());
        };
        let secret =
            self.secret(&self.view().await?, call, SecretRef::Name(&request.secret_name)).await?.record;
        let after = after(&secret, &request.marker)?;
        let mut rest = secret.versions.iter().filter(|version| u64::from(version.number) > after);
        let page: Vec<_> =
            rest.by_ref().take(limit as usize).map(|version| describe::version(&secret, version)).collect();
        let page_info = describe::page_info(&page, rest.next().is_some(), |version| &version.id);
        Ok(ListSecretVersionsResponse { version_metadatas: page, page_info: Some(page_info) })
    }
}

/// The number after which the page starts. It need not exist any more, and ten digits may be more than any number has.
fn after(secret: &SecretRecord, marker: &str) -> Result<u64, Rejection> {
    if marker == "latest" {
        return Ok(lifecycle::version(secret, marker)?.number.into());
    }
    Ok(marker.trim_start_matches('v').parse().unwrap_or_default())
}
