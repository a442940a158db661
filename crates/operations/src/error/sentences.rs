//! The sentences of rejections: what is, and then what to do.

use std::borrow::Cow;

use strongroom_contract::v1;
use strongroom_storage::Timestamp;
use strongroom_validation::Problem;

use super::rejection::Rejection;

const IN_SMALLER_STEPS: &str = "Split the batch, or omit dry_run, dry_run_token, request_id and atomic.";

impl Rejection {
    /// What is wrong, field by field; empty when no field is to blame.
    pub fn problems(&self) -> Vec<v1::Problem> {
        let fields = of(self).into_iter().filter(|words| !words.field.is_empty());
        let problem = |words: Words| v1::Problem {
            field: words.field.to_owned(),
            code: words.code.to_owned(),
            message: words.both(),
        };
        fields.map(problem).collect()
    }

    /// What is, and what to do.
    pub fn sentence(&self) -> String {
        joined(self, |words| match words.field {
            "" => words.both(),
            field => format!("{field}: {}", words.both()),
        })
    }

    /// What is.
    pub fn message(&self) -> String {
        joined(self, |words| words.is)
    }

    /// What to do about it; empty when there is nothing to do.
    pub fn next_step(&self) -> String {
        joined(self, |words| words.next)
    }
}

fn joined(rejection: &Rejection, part: impl Fn(Words) -> String) -> String {
    let parts = of(rejection).into_iter().map(part).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// One reason, in words.
struct Words {
    /// The field to blame, and the code of what is wrong with it; empty when none is.
    field: &'static str,
    code: &'static str,
    is: String,
    next: String,
}

impl Words {
    fn both(&self) -> String {
        match self.next.as_str() {
            "" => self.is.clone(),
            next => format!("{} {next}", self.is),
        }
    }

    fn about(self, field: &'static str, code: &'static str) -> Self {
        Self { field, code, ..self }
    }
}

fn words(is: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Words {
    Words { field: "", code: "", is: is.into().into_owned(), next: next.into().into_owned() }
}

/// The shared rules write both in one text: first a sentence that says what is.
fn of_problem(problem: &Problem) -> Words {
    let (is, next) = match problem.message.split_once(". ") {
        Some((is, next)) => (format!("{is}."), next.to_owned()),
        None => (problem.message.clone().into_owned(), String::new()),
    };
    words(is, next).about(problem.field, problem.code.as_str())
}

fn of(rejection: &Rejection) -> Vec<Words> {
    let one = match rejection {
        Rejection::Invalid(problems) => return problems.iter().map(of_problem).collect(),
        Rejection::Several(rejections) => return rejections.iter().flat_map(of).collect(),
        Rejection::NameTaken { name, has_policy } => words(
            format!("A secret named {name} exists already."),
            match has_policy {
                true => "Choose another name, delete that one first, or say with on_existing what becomes of it.",
                false => "Delete that one first.",
            },
        )
        .about("name", "TAKEN"),
        Rejection::NameWaiting { name, until, has_policy } => words(
            format!("A secret named {name} is pending deletion until {}.", date(*until)),
            match has_policy {
                true => {
                    "Cancel its deletion, wait until then, choose another name, or say with on_pending what becomes of it."
                }
                false => "Wait until then.",
            },
        )
        .about("name", "WAITING"),
        Rejection::UnknownEvent { event } => {
            words(format!("There is no event named {event}."), "Create it first, or leave the field out.")
                .about("event_subscriptions", "UNKNOWN")
        }
        Rejection::WeakValue { score, needed, reason, suggestions } => {
            let scores = format!(
                "The value scores {score} of 4 against guessing, and the project takes {needed} at least. {reason}"
            );
            let advice = suggestions.iter().map(String::as_str);
            let advice = advice.chain(["Choose another, or have a random one generated."]);
            words(scores.trim_end().to_owned(), advice.collect::<Vec<_>>().join(" "))
                .about("secret_string", "WEAK")
        }
        Rejection::TooManyTags { name, needed, allowed } => words(
            format!("Secret {name} would have {needed} tags; at most {allowed} are allowed."),
            "Delete some first, or send fewer.",
        )
        .about("tags", "TOO_MANY"),
        Rejection::TooManyKeys { needed, allowed, known } => words(
            format!("The project would have {needed} keys with this one; at most {allowed} are allowed."),
            format!(
                "Name one that is there{}, or none, or have the operator raise the limit. Keys stay, also when what they seal is deleted or undone.",
                match known.as_slice() {
                    [] => String::new(),
                    known => format!(", such as {}", known.join(", ")),
                }
            ),
        )
        .about("kms_key_id", "TOO_MANY"),
        Rejection::TooManyVersions { name, allowed } => words(
            format!("Secret {name} has {allowed} versions, the maximum, and each has a stage."),
            "Delete or move a stage first, so that its version can give way.",
        )
        .about("version_stages", "TOO_MANY"),
        Rejection::SecretNotFound { name } => words(
            format!("There is no secret named {name}."),
            "Check the name, or list the secrets of the project.",
        ),
        Rejection::VersionNotFound { name, version } => words(
            format!("Secret {name} has no version {version}."),
            "Ask for `latest`, or for a version that exists.",
        ),
        Rejection::StageNotFound { name, stage } => words(
            format!("Secret {name} has no stage {stage}."),
            "Check the name of the stage, or list the versions with their stages.",
        ),
        Rejection::SecretIdNotFound { id } => words(
            format!("There is no secret with the id {id}."),
            "Tags stand under the id of a secret, not under its name; show the secret to see it.",
        ),
        Rejection::TagNotFound { key } => {
            words(format!("The secret has no tag {key}."), "List its tags to see which it has.")
        }
        Rejection::BuiltInStage { stage } => words(
            format!("Stage {stage} is built in and cannot be deleted."),
            "Move it to another version instead.",
        ),
        Rejection::TooManySecrets { current, coming, allowed } => words(
            match coming {
                0 => format!(
                    "The project has {}; at most {allowed} are allowed.",
                    counted(*current, "secret", "secrets")
                ),
                _ => format!(
                    "The project had {}, entries before this one ask for {coming} more; at most {allowed} are allowed.",
                    counted(*current, "secret", "secrets")
                ),
            },
            "Delete some first, or have the operator raise the limit.",
        ),
        Rejection::TooManyStages { name, needed, allowed } => words(
            format!("Secret {name} would have {needed} stages; at most {allowed} are allowed."),
            "Delete a stage first.",
        ),
        Rejection::StagesOverQuota { given, allowed } => words(
            format!("The request names {given} stages, and a secret may have {allowed}."),
            "Name fewer.",
        ),
        Rejection::Waiting { name, until } => words(
            format!("Secret {name} is pending deletion until {}.", date(*until)),
            "Cancel the deletion first.",
        ),
        Rejection::AlreadyScheduled { name, until } => words(
            format!("Secret {name} is pending deletion until {} already.", date(*until)),
            "Cancel the deletion first, or wait.",
        ),
        Rejection::NotScheduled { name } => {
            words(format!("Secret {name} is not pending deletion, so there is nothing to cancel."), "")
        }
        Rejection::CannotOpen { name } => words(
            format!(
                "Secret {name} cannot be opened: its record is damaged, or it was sealed under another root key."
            ),
            "Restore the root key or the store from a backup.",
        ),
        Rejection::KeyCannotOpen { key } => words(
            format!(
                "Key {key} cannot be opened: its record is damaged, or it was sealed under another root key."
            ),
            "Restore the root key or the store from a backup.",
        ),
        Rejection::BackupTooLarge { characters, allowed } => words(
            format!(
                "The backup would have {characters} characters; at most {allowed} are allowed."
            ),
            "Take the values out one by one, or copy the store.",
        ),
        Rejection::RootKeyGiven => words(
            "The root key comes from the environment, which the server cannot write.",
            "Start the server with the new key as STRONGROOM_ROOT_KEY and the old one as STRONGROOM_ROOT_KEY_PREVIOUS, or the passphrases as STRONGROOM_ROOT_KEY_PASSPHRASE and STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE; the rotation begins by itself.",
        ),
        Rejection::RootKeyRotating => words(
            "A rotation of the root key is running, or has just ended.",
            "Look at the root key again before you start another.",
        ),
        Rejection::TooLargeForOneStep => words(
            "This is too large for one transaction, so it can be neither previewed nor atomic.",
            IN_SMALLER_STEPS,
        ),
        Rejection::BatchTooLarge { what, needed, allowed } => words(
            format!(
                "The batch has {needed} {what}; one transaction holds {allowed}, so it can be neither previewed nor atomic."
            ),
            IN_SMALLER_STEPS,
        ),
        Rejection::NotListening { seconds } => words(
            format!("No answer was taken for {seconds} seconds, so the stream was ended."),
            "Show the batch to see how far it got, and send the rest in a new stream; read its answers while sending.",
        ),
        Rejection::RequestIdTaken { request_id } => words(
            format!("The request_id {request_id} was sent with another request before."),
            "Send that one again, or choose another request_id.",
        ),
        Rejection::ShownTooLongAgo => {
            words("The dry run was more than ten minutes ago.", "Make a new one and look at what it shows.")
        }
        Rejection::ChangedSinceShown => words(
            "Something has changed since the dry run, or the request is not the one it was made of; nothing was done.",
            "Make a new dry run and look at what it shows.",
        ),
        Rejection::BatchNotFound { batch } => words(
            format!("There is no batch {batch}, or it is older than 30 days."),
            "List the batches to see which can be looked at.",
        ),
        Rejection::BatchUndone { batch, by } => words(
            format!("Batch {batch} was undone by batch {by} already."),
            "Show that one to see what became of each secret.",
        ),
        Rejection::BatchNotUndoable { batch } => words(
            format!("What batch {batch} did does not come back."),
            "Import the secrets again, or restore a backup. Deletions with a recovery window can be undone.",
        ),
        Rejection::BatchScheduledNothing { batch } => words(
            format!("Batch {batch} scheduled no deletion."),
            "Undo it with UndoBatch; ShowBatch tells what it did, and whether that can be undone.",
        ),
        Rejection::SelectionTooLarge { allowed } => words(
            format!(
                "More than {allowed} secrets match; one call changes at most {allowed}. Nothing was changed."
            ),
            "Narrow the selection, or send names in several calls.",
        ),
        Rejection::OtherTotal { expected, found } => words(
            format!(
                "{}, and {expected} should; nothing was deleted.",
                counted(*found, "secret matches", "secrets match")
            ),
            "Make a dry run, look at what matches, and send that number.",
        )
        .about("expect_total", "OTHER_TOTAL"),
        Rejection::ChangedSince { name, in_undo } => words(
            format!("Secret {name} has been changed since, so it was left as it is."),
            match in_undo {
                true => {
                    "Undo first the batches that have written it since, the newest first, and then this one again; or change it by itself."
                }
                false => "Look at it, and change it by itself if need be.",
            },
        ),
        Rejection::ValueGone { name, version } => words(
            format!(
                "Version {version} of secret {name}, its value before, gave way to newer ones and is gone."
            ),
            "Store the value again, or restore a backup.",
        ),
        Rejection::DateHasPassed { name, date: passed } => words(
            format!("Secret {name} would have been gone on {}, which has passed.", date(*passed)),
            "Delete it, or schedule its deletion anew.",
        ),
        Rejection::ClockInDoubt { name } => words(
            format!(
                "The clock of the server is in doubt, and the secret named {name} is past its deletion date by that clock only, so its name is not free yet."
            ),
            "Choose another name, or have the operator look at `strongroom clock show` and correct or confirm the clock.",
        ),
        Rejection::OtherTime { shown } => words(
            format!("The clock of the server shows {}, more than an hour from the time in the request.", date(*shown)),
            "Correct the clock of the server if it is wrong, or send the right time.",
        )
        .about("time", "OTHER_TIME"),
        Rejection::AlreadyDone { time, request_id } => words(
            format!(
                "This signed request was carried out on {} already, as request {request_id}; nothing was done again.",
                date(*time)
            ),
            "Look at what it did. To do it once more, sign it anew.",
        ),
        Rejection::Aborted { attempts } => words(
            format!("Other requests changed the same records during each of {attempts} attempts, so nothing was changed."),
            "Send the request again.",
        ),
        Rejection::OtherProject => words(
            "These credentials are for another project.",
            "Use the project they belong to, or credentials of this one.",
        ),
        Rejection::OtherUser => words(
            "These credentials are another user's.",
            "Name the user they belong to, or leave the user out over gRPC.",
        ),
        Rejection::TokenNotFound => words(
            "The token is not one of yours, or has ended already.",
            "There is nothing left to do, unless it was mistyped.",
        ),
        Rejection::AccessKeyNotFound { access_key } => words(
            format!("You have no access key {access_key}."),
            "List the access keys to see which you have.",
        ),
        Rejection::TooManyAccessKeys { allowed } => words(
            format!("You have {allowed} access keys, the most a user may have."),
            "Delete one that is not used any more.",
        ),
        Rejection::WrongOriginalPassword => {
            words("This is not the password in use.", "Correct it.").about("user.original_password", "WRONG")
        }
        Rejection::SamePassword => words("The new password is the one in use.", "Choose another.")
            .about("user.password", "UNCHANGED"),
        Rejection::WrongPassword { .. } => {
            words("The account name, the user name or the password is wrong.", "Check all three.")
        }
        Rejection::TooManyLogIns { retry_after_seconds } => words(
            "Too many log-ins from your network wait, or had a wrong password.",
            format!("Try again in {retry_after_seconds} s."),
        ),
        Rejection::UnknownScope => {
            words("The user has no such project or account.", "Leave the scope out, or name the user's own.")
        }
        Rejection::UnknownToken => {
            words("The token is unknown or has expired.", "Log in with the password for a new one.")
        }
    };
    vec![one]
}

/// A number and what there is of it.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A moment as people read it.
pub(crate) fn date(moment: Timestamp) -> String {
    let form = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let moment = time::OffsetDateTime::from_unix_timestamp(moment.milliseconds() / 1000);
    moment.ok().and_then(|moment| moment.format(form).ok()).unwrap_or_default()
}
