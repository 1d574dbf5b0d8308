use super::*;

const HASH: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of "secret"

fn entry(extra: &str) -> String {
    format!(
        r#"{{"tokens":[{{"name":"ci","sha256":"{HASH}","actions":["publish"],"organizations":["acme"]{extra}}}]}}"#
    )
}

fn secret(text: &str) -> Presented {
    Presented::from_secret(text).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

async fn open(content: &str) -> (tempfile::TempDir, PathBuf, Result<Tokens, Unusable>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.json");
    std::fs::write(&path, content).unwrap();
    let tokens = Tokens::open(vec![path.clone()]).await;
    (folder, path, tokens)
}

#[tokio::test]
async fn a_token_is_known_by_its_hash_until_it_expires() {
    let (_folder, _, tokens) = open(&entry(r#","expires":"1970-01-01T00:01:00Z""#)).await;
    let tokens = tokens.unwrap();
    assert_eq!(tokens.identify(secret("secret"), at(59)).unwrap().name, "ci");
    let expired = tokens.identify(secret("secret"), at(60)).unwrap_err();
    assert_eq!(expired.to_string(), "access token \"ci\" expired at 1970-01-01T00:01:00Z");
    assert_eq!(tokens.identify(secret("other"), at(0)), Err(Refused::Unknown));
}

#[tokio::test]
async fn a_changed_file_is_reloaded_and_a_broken_one_is_not() {
    let (_folder, path, tokens) = open(&entry("")).await;
    let tokens = tokens.unwrap();
    std::fs::write(&path, "{").unwrap();
    tokens.reload().await;
    assert!(tokens.identify(secret("secret"), at(0)).is_ok());
    std::fs::remove_file(&path).unwrap();
    tokens.reload().await;
    assert!(tokens.identify(secret("secret"), at(0)).is_ok());
    std::fs::write(&path, r#"{"tokens":[]}"#).unwrap();
    tokens.reload().await;
    assert_eq!(tokens.identify(secret("secret"), at(0)), Err(Refused::Unknown));
    std::fs::write(&path, entry("")).unwrap();
    tokens.reload().await;
    assert!(tokens.identify(secret("secret"), at(0)).is_ok());
}

#[tokio::test]
async fn a_swapped_link_is_a_changed_file() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new, link) =
        (folder.path().join("old"), folder.path().join("new"), folder.path().join("tokens.json"));
    std::fs::write(&old, r#"{"tokens":[]}"#).unwrap();
    std::fs::write(&new, entry("")).unwrap();
    std::os::unix::fs::symlink(&old, &link).unwrap();
    let tokens = Tokens::open(vec![link.clone()]).await.unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&new, &link).unwrap();
    tokens.reload().await;
    assert!(tokens.identify(secret("secret"), at(0)).is_ok());
}

#[tokio::test]
async fn a_start_with_a_wrong_file_says_which_and_why_without_its_content() {
    let cases = [
        ("", "not JSON, at line 1 column 0"),
        ("{\"tokens\":", "not JSON"),
        (r#"{"tokens":"hunter2"}"#, "a value is not what it should be, at line 1 column"),
        (r#"{"tokens":[],"version":1}"#, "unknown field, expected `tokens`"),
        (r#"{"tokens":[{"name":"ci"}]}"#, "missing field `sha256`"),
        (&entry(r#","token":"hunter2""#), "unknown field, expected one of `name`"),
        (&entry("").replace(HASH, "hunter2"), "tokens[0].sha256 must be 64 hex digits"),
        (&entry("").replace("[\"publish\"]", "[\"hunter2\"]"), "a value is not what it should be"),
        (&entry("").replace("[\"publish\"]", "[]"), "tokens[0].actions is empty"),
        (&entry("").replace("\"acme\"", "\"Hunter2\""), "tokens[0].organizations must be names"),
        (&entry(r#","expires":"hunter2""#), "tokens[0].expires must be a time"),
        (&entry("").replace("\"ci\"", "\"\""), "tokens[0].name must have"),
    ];
    for (content, expected) in cases {
        let (_folder, path, tokens) = open(content).await;
        let error = tokens.err().unwrap().to_string();
        assert!(error.contains(expected), "{content}: {error}");
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(!error.to_lowercase().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_start_without_the_file_names_it() {
    let error = Tokens::open(vec!["/nowhere/tokens.json".into()]).await.err().unwrap().to_string();
    assert!(error.starts_with("token file \"/nowhere/tokens.json\": No such file"), "{error}");
}

#[tokio::test]
async fn a_wrong_file_beside_a_sound_one_costs_only_its_own_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let (admin, user) = (folder.path().join("admin.json"), folder.path().join("user.json"));
    std::fs::write(&admin, entry("")).unwrap();
    for broken in [Some("{"), None] {
        if let Some(text) = broken {
            std::fs::write(&user, text).unwrap();
        }
        let tokens = Tokens::open(vec![admin.clone(), user.clone()]).await.unwrap();
        assert!(tokens.identify(secret("secret"), at(0)).is_ok());
        let corrected = entry("").replace(HASH, &Digest::of(b"other").hex());
        std::fs::write(&user, corrected).unwrap();
        tokens.reload().await;
        assert!(tokens.identify(secret("other"), at(0)).is_ok(), "corrected");
        std::fs::remove_file(&user).unwrap();
    }
    std::fs::write(&admin, "{").unwrap();
    assert!(Tokens::open(vec![admin, user]).await.is_err(), "nobody could come in");
}
