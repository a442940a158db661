//! Replacing and revoking tokens, passwords and access keys, and recovering the administrator.

use crate::strongroom::{Ran, Strongroom, finish, mode};

fn with(strongroom: &Strongroom, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = strongroom.command(words);
    command.envs(variables.iter().copied());
    finish(command, b"")
}

fn known(strongroom: &Strongroom, name: &str) -> String {
    strongroom.credentials()[name].as_str().unwrap().to_owned()
}

/// The variables that log the first user in with this password.
fn as_admin(password: &str) -> [(&str, &str); 3] {
    [
        ("STRONGROOM_PASSWORD", password),
        ("STRONGROOM_USER_NAME", "admin"),
        ("STRONGROOM_DOMAIN_NAME", "strongroom"),
    ]
}

#[test]
fn token_works_for_many_commands_until_logout() {
    let strongroom = Strongroom::start();
    let token = strongroom.run(["login"]).done().out.trim().to_owned();
    let json = strongroom.run(["login", "--output", "json"]).done().json();
    assert_eq!(json["token"].as_str().unwrap().len(), token.len());
    let variables = [("STRONGROOM_TOKEN", token.as_str())];
    with(&strongroom, &["list"], &variables).done();
    let rejected = with(&strongroom, &["login"], &variables).ended(2);
    assert!(rejected.err.contains("token already") && !rejected.err.contains(&token), "{}", rejected.err);
    with(&strongroom, &["logout"], &variables).done();
    with(&strongroom, &["list"], &variables).ended(5);
    with(&strongroom, &["logout"], &variables).ended(5);
    let rejected = strongroom.run(["logout"]).ended(2);
    assert!(rejected.err.contains("STRONGROOM_TOKEN"), "{}", rejected.err);
}

#[test]
fn changing_the_password_from_a_file_or_standard_input_revokes_all_tokens() {
    let strongroom = Strongroom::start();
    let old = known(&strongroom, "password");
    let token = strongroom.run(["login"]).done().out.trim().to_owned();
    let (first, second) = ("first new password", "second new password");

    strongroom.feed(["password", "change", "--file", "-"], b"").ended(2);
    strongroom.feed(["password", "change", "--file", "-"], b"1\n2\n3\n").ended(2);
    strongroom.feed(["password", "change", "--file", "-"], b"VALUE-x\n").ended(2);
    let rejected =
        strongroom.feed(["password", "change", "--file", "-"], b"VALUE-wrong\nVALUE-new-1\n").ended(2);
    assert!(rejected.err.contains("not the password in use"), "{}", rejected.err);
    with(&strongroom, &["list"], &[("STRONGROOM_TOKEN", &token)]).done();

    let changed =
        strongroom.feed(["password", "change", "--file", "-"], format!("{first}\n").as_bytes()).done();
    assert!(!changed.err.contains(first) && changed.err.contains("tokens have ended"), "{}", changed.err);
    with(&strongroom, &["list"], &[("STRONGROOM_TOKEN", &token)]).ended(5);
    with(&strongroom, &["list"], &as_admin(&old)).ended(5);
    with(&strongroom, &["list"], &as_admin(first)).done();

    // With a token the file needs the current password too.
    let token = with(&strongroom, &["login"], &as_admin(first)).done().out.trim().to_owned();
    let by_token = [("STRONGROOM_TOKEN", token.as_str())];
    strongroom.file("alone", second);
    strongroom.file("both", format!("{first}\n{second}\n"));
    for file in ["alone", "both"] {
        let readable = with(&strongroom, &["password", "change", "--file", file], &by_token).ended(2);
        assert!(readable.err.contains("chmod 600"), "{}", readable.err);
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(strongroom.path(file), private).unwrap();
    }
    with(&strongroom, &["password", "change", "--file", "alone"], &by_token).ended(2);
    with(&strongroom, &["password", "change", "--file", "both", "--output", "json"], &by_token).done().json();
    with(&strongroom, &["list"], &as_admin(second)).done();
    with(&strongroom, &["password", "change"], &as_admin(second)).ended(2);
}

#[test]
fn access_key_is_created_listed_deactivated_and_deleted() {
    let strongroom = Strongroom::start();
    let made = strongroom.run(["access-key", "create", "--description", "for the \u{1b}[2Jshop"]).done();
    assert!(made.out.contains("secret key: ") && made.err.contains("not shown again"), "{}", made.err);
    let access_key = made.out.lines().next().unwrap().strip_prefix("access key: ").unwrap().to_owned();
    let second = strongroom.run(["access-key", "create", "--output", "json"]).done().json();
    assert_eq!(second["secret"].as_str().unwrap().len(), 40);

    let listed = strongroom.run(["access-key", "list"]).done();
    let row = listed.out.lines().find(|line| line.starts_with(&access_key)).unwrap();
    assert!(row.contains("active") && row.ends_with("for the  [2Jshop"), "{row}");
    let json = strongroom.run(["access-key", "list", "--output", "json"]).done().json();
    assert_eq!(json["credentials"].as_array().unwrap().len(), 3);
    assert!(!json.to_string().contains("secret"));

    let off = strongroom.run(["access-key", "deactivate", &access_key]).done();
    assert_eq!(off.out.trim(), format!("{access_key} is inactive"));
    strongroom.run(["access-key", "activate", &access_key]).done();
    let unsure = strongroom.run(["access-key", "delete", &access_key]).ended(2);
    assert!(unsure.err.contains("--yes"), "{}", unsure.err);
    strongroom.run(["access-key", "delete", &access_key, "--yes"]).done();
    strongroom.run(["access-key", "delete", &access_key, "--yes"]).ended(4);
    strongroom.run(["access-key", "deactivate", "AKUNKNOWN"]).ended(4);
}

fn recover(strongroom: &Strongroom, words: &[&str]) -> Ran {
    let command = strongroom.command([&["admin", "recover"], words].concat());
    finish(command, b"")
}

#[test]
fn administrator_is_recovered_while_the_server_is_stopped() {
    let mut strongroom = Strongroom::start();
    strongroom.feed(["put", "kept"], b"VALUE-1").done();
    let token = strongroom.run(["login"]).done().out.trim().to_owned();
    let old = strongroom.credentials();

    let running = recover(&strongroom, &[]).ended(1);
    assert!(running.err.contains("the server is running"), "{}", running.err);
    strongroom.stop();
    let nowhere = recover(&strongroom, &["--data-dir", "elsewhere"]).ended(1);
    assert!(nowhere.err.contains("--data-dir") && !strongroom.path("elsewhere").exists(), "{}", nowhere.err);
    let nobody = recover(&strongroom, &["--user", "nobody"]).ended(1);
    assert!(nobody.err.contains("admin"), "{}", nobody.err);
    std::fs::rename(strongroom.path("data/root.key"), strongroom.path("away")).unwrap();
    recover(&strongroom, &[]).ended(1);
    std::fs::rename(strongroom.path("away"), strongroom.path("data/root.key")).unwrap();

    let done = recover(&strongroom, &[]).done();
    let file = strongroom.path("data/recovered-credentials.json");
    assert_eq!(mode(&file), 0o600);
    let text = std::fs::read_to_string(&file).unwrap();
    let new: serde_json::Value = serde_json::from_str(&text).unwrap();
    for member in ["password", "secret_key"] {
        let secret = new[member].as_str().unwrap();
        assert!(!done.out.contains(secret) && !done.err.contains(secret), "{member} is shown");
        assert_ne!(new[member], old[member]);
    }
    // An existing credentials file is not replaced.
    let again = recover(&strongroom, &[]).ended(2);
    assert!(again.err.contains("exists already"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    strongroom.restart();
    with(&strongroom, &["list"], &[("STRONGROOM_TOKEN", &token)]).ended(5);
    strongroom.run(["list"]).ended(5);
    strongroom.run(["list", "--credentials", "data/recovered-credentials.json"]).done();
    with(&strongroom, &["get", "kept"], &as_admin(new["password"].as_str().unwrap())).done();
    let keys = |credentials: &str| {
        let words = ["access-key", "list", "--output", "json", "--credentials", credentials];
        let listed = strongroom.run(words).done().json();
        let keys = listed["credentials"].as_array().unwrap().clone();
        keys.iter().map(|key| key["access"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let both = keys("data/recovered-credentials.json");
    assert_eq!(both, [old["access_key"].as_str().unwrap(), new["access_key"].as_str().unwrap()]);
}

#[test]
fn recovery_can_revoke_all_access_keys_and_print_the_credentials() {
    let mut strongroom = Strongroom::start();
    strongroom.stop();
    let printed = recover(&strongroom, &["--revoke-access-keys", "--file", "-"]).done().json();
    assert!(!strongroom.path("data/recovered-credentials.json").exists());
    let answer = recover(&strongroom, &["--revoke-access-keys", "--file", "new.json", "--output", "json"])
        .done()
        .json();
    assert_eq!(answer["revoked_access_keys"], serde_json::json!([printed["access_key"]]));
    assert_eq!(
        (answer["user_name"].as_str(), answer["credentials_file"].as_str()),
        (Some("admin"), Some("new.json"))
    );
    strongroom.restart();
    let words = ["access-key", "list", "--output", "json", "--credentials", "new.json"];
    let listed = strongroom.run(words).done().json();
    assert_eq!(listed["credentials"][0]["access"], answer["access_key"]);
    assert_eq!(listed["credentials"].as_array().unwrap().len(), 1);
}
