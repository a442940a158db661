//! Reading the value of a version.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_contract::v1::{ShowSecretVersionRequest, ShowSecretVersionResponse, Version};
use strongroom_sealing::Place;
use strongroom_storage::Id;

use crate::{Answer, Call, Denial, Operations, Refusal, describe, life_cycle};

impl Operations {
    pub async fn show_secret_version(
        &self,
        call: &Call,
        request: ShowSecretVersionRequest,
    ) -> Answer<ShowSecretVersionResponse> {
        let project = self.project(call, &request.project_id)?;
        let name = request.secret_name;
        let problems = [
            strongroom_validation::secret_name(&name),
            strongroom_validation::version_id(&request.version_id),
        ];
        let problems: Vec<_> = problems.into_iter().flatten().collect();
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }

        let view = self.view().await?;
        let secret = self.secret(&view, call, project, &name).await?.record;
        life_cycle::may_read(&secret)?;
        let version = life_cycle::version(&secret, &request.version_id)?;
        let cannot_open = || Refusal::CannotOpen { name: name.clone() };
        let id = Id::from_stored(&secret.id).map_err(Denial::fault("reading the id of a secret"))?;
        let sealed = view.value(id, version.number).await.map_err(Denial::fault("reading a value"))?;
        let sealed = sealed.ok_or_else(cannot_open)?;
        let key = self.keys.to_open(&view, project, &version.kms_key_id, sealed.term()).await?;
        let place = Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: version.number };
        let value = key.open(&place, &sealed).map_err(|_| cannot_open())?;

        let metadata = Some(describe::version(&secret, version));
        let version = if version.binary {
            Version {
                version_metadata: metadata,
                secret_binary: Some(STANDARD.encode(value.expose())),
                secret_string: None,
            }
        } else {
            let text = String::from_utf8(value.into_bytes()).map_err(|_| cannot_open())?;
            Version { version_metadata: metadata, secret_binary: None, secret_string: Some(text) }
        };
        Ok(ShowSecretVersionResponse { version: Some(version) })
    }
}
