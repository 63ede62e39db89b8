//! Signing in with a provider: an honest one lets people in, one that lies lets nobody in.

mod liar;

use std::time::Duration;

use ondeck_server::oidc::{OidcOptions, ProviderLimits};
use ondeck_server::{Options, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Response, http};

use crate::soon;
use liar::{Answers, CLIENT, Liar, SECRET, Script, Signed};

/// Long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(50);
/// Short enough for who waits for [`Answers::Never`].
const IMPATIENCE: Duration = Duration::from_secs(2);
const LIMIT: usize = 100_000;

struct Stage {
    liar: Liar,
    server: Server,
    _dir: TempDir,
}

/// A browser at the provider: what it brings back.
struct Away {
    state: String,
    cookie: String,
}

/// The value of a cookie that an answer sets.
fn cookie<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let set = answer.headers.iter().filter(|(header, _)| header == "set-cookie");
    let mut pairs = set.filter_map(|(_, line)| line.split(';').next()?.split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn field(url: &str, name: &str) -> String {
    let found = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("no {name} in {url}")).to_owned()
}

impl Stage {
    async fn set() -> Self {
        Self::set_with(|_| ()).await
    }

    async fn set_with(change: impl FnOnce(&mut Options)) -> Self {
        let (liar, dir) = (Liar::start().await, tempfile::tempdir().unwrap());
        let secret = dir.path().join("secret");
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        let mut oidc = OidcOptions::new(liar.issuer.clone(), CLIENT.to_owned());
        oidc.client_secret_file = Some(secret);
        oidc.limits = ProviderLimits { time: PATIENCE, bytes: LIMIT };
        let mut options = Options::local(dir.path().join("data"));
        options.oidc = Some(oidc);
        change(&mut options);
        let server = Server::listen(options).await.unwrap();
        Self { liar, server, _dir: dir }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        soon(http(&self.server.address().to_string(), "GET", path, headers, "")).await.unwrap()
    }

    async fn login(&self, to: &str) -> Response {
        self.get(&format!("/auth/login?to={to}"), &[]).await
    }

    /// Somebody goes to the provider, which hears what comes with them.
    async fn leaves(&self) -> Away {
        let answer = self.login("/d/abc").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let url = answer.header("location").to_owned();
        assert!(url.starts_with(&format!("{}/auth?", self.liar.issuer)), "{url}");
        assert_eq!(field(&url, "code_challenge_method"), "S256");
        self.liar.told(|script| {
            script.nonce = field(&url, "nonce");
            script.challenge = field(&url, "code_challenge");
        });
        let cookie = format!("ondeck-login={}", cookie(&answer, "ondeck-login").unwrap());
        Away { state: field(&url, "state"), cookie }
    }

    async fn comes_back(&self, away: &Away) -> Response {
        let path = format!("/auth/callback?code=c0de&state={}", away.state);
        self.get(&path, &[("cookie", &away.cookie)]).await
    }

    /// From the first click to the answer.
    async fn signs_in(&self) -> Response {
        let away = self.leaves().await;
        self.comes_back(&away).await
    }

    /// Who somebody is with what an answer gave them.
    async fn session(&self, answer: &Response) -> Value {
        let cookie = format!("ondeck={}", cookie(answer, "ondeck").expect("no session"));
        let address = self.server.address().to_string();
        let origin = format!("http://{address}");
        let headers = [("cookie", &cookie[..]), ("origin", &origin)];
        let told = http(&address, "POST", "/api/session", &headers, "").await.unwrap();
        serde_json::from_str(&told.body).unwrap()
    }

    async fn end(self) {
        self.server.shutdown().await.unwrap();
    }
}

/// A page with a sentence, and nobody is signed in.
fn assert_refused(answer: &Response, status: u16, why: &str) {
    assert_eq!(answer.status, status, "{why}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{why}");
    assert_eq!(cookie(answer, "ondeck"), None, "{why}");
    assert!(answer.body.contains("/auth/login?to="), "{why}: {}", answer.body);
}

#[tokio::test]
async fn who_the_provider_knows_is_signed_in_and_comes_back_to_their_page() {
    let stage = Stage::set().await;
    stage.liar.told(|script| {
        script.claims = json!({"email": "Ada@Example.org", "email_verified": true, "name": "Ada"});
    });
    let answer = stage.signs_in().await;
    assert_eq!((answer.status, answer.header("location")), (303, "/d/abc"), "{}", answer.body);
    let session = stage.session(&answer).await;
    assert_eq!((&session["kind"], &session["name"]), (&json!("member"), &json!("Ada")));
    // The same person again, whatever they are called now.
    stage.liar.told(|script| script.claims = json!({"name": "Ada L."}));
    let again = stage.session(&stage.signs_in().await).await;
    assert_eq!((&again["principal"], &again["name"]), (&session["principal"], &json!("Ada L.")));
    // Another one is another one, even with the same address.
    stage.liar.told(|script| {
        script.claims = json!({"sub": "eve", "email": "ada@example.org", "email_verified": true});
        script.user_info = json!({"sub": "eve", "name": "Ada"});
    });
    let eve = stage.session(&stage.signs_in().await).await;
    assert_ne!(eve["principal"], session["principal"]);
    stage.end().await;
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_refused() {
    let stage = Stage::set().await;
    type Lie = (&'static str, fn(&mut Script));
    let lies: [Lie; 13] = [
        ("another issuer", |it| it.claims = json!({"iss": "https://id.example.org"})),
        ("another audience", |it| it.claims = json!({"aud": "somebody"})),
        ("a second audience", |it| it.claims = json!({"aud": [CLIENT, "somebody"]})),
        ("another nonce", |it| it.claims = json!({"nonce": "of another sign-in"})),
        ("no nonce", |it| it.claims = json!({"nonce": null})),
        ("expired", |it| it.claims = json!({"exp": 1_700_000_001})),
        ("no end", |it| it.claims = json!({"exp": null})),
        ("nobody", |it| it.claims = json!({"sub": ""})),
        ("another access token", |it| it.claims = json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})),
        ("not signed", |it| it.signed = Signed::Not),
        ("signed with what we know as well", |it| it.signed = Signed::WithTheSecret),
        ("signed by a key that is not the provider's", |it| it.signed = Signed::By(2)),
        ("somebody else by its own account", |it| it.user_info = json!({"sub": "eve"})),
    ];
    for (lie, tell) in lies {
        stage.liar.told(|script| {
            *script = Script::default();
            tell(script);
        });
        let answer = stage.signs_in().await;
        let status = if lie == "no end" { 503 } else { 403 };
        assert_refused(&answer, status, lie);
        assert!(answer.body.contains("did not work") || status == 503, "{}", answer.body);
    }
    // And then the truth.
    stage.liar.told(|script| *script = Script::default());
    assert_eq!(stage.signs_in().await.status, 303);
    stage.end().await;
}

#[tokio::test]
async fn an_address_that_the_provider_has_not_verified_is_nobodys() {
    let stage = Stage::set().await;
    let address = stage.server.address().to_string();
    let owner = stage.session(&stage.signs_in().await).await;
    assert_eq!(owner["kind"], "member");
    // Shared with an address: whoever only claims to have it does not get in.
    stage.liar.told(|script| script.claims = json!({"sub": "ada"}));
    let signed_in = stage.signs_in().await;
    let cookie_of = |answer: &Response| format!("ondeck={}", cookie(answer, "ondeck").unwrap());
    let ada = cookie_of(&signed_in);
    let origin = format!("http://{address}");
    let send = async |who: &str, method: &str, path: &str, body: &str| {
        let headers = [("cookie", who), ("origin", &origin), ("content-type", "application/json")];
        http(&address, method, path, &headers, body).await.unwrap()
    };
    let made = send(&ada, "POST", "/api/decks", "{}").await;
    let made: Value = serde_json::from_str(&made.body).unwrap();
    let deck = format!("/api/decks/{}", made["id"].as_str().unwrap());
    let shared = send(&ada, "PUT", &format!("{deck}/level"), r#"{"level":"private"}"#).await;
    assert_eq!(shared.status, 200, "{}", shared.body);
    let person = r#"{"subject":"email:bert@example.org","role":"viewer"}"#;
    assert_eq!(send(&ada, "PUT", &format!("{deck}/people"), person).await.status, 200);
    for (verified, status) in [(json!(false), 403), (json!(null), 403), (json!(true), 200)] {
        stage.liar.told(|script| {
            let claims =
                json!({"sub": "bert", "email": "Bert@Example.org", "email_verified": verified});
            (script.claims, script.user_info) = (claims.clone(), json!({"sub": "bert"}));
        });
        let bert = cookie_of(&stage.signs_in().await);
        assert_eq!(send(&bert, "GET", &deck, "").await.status, status, "{verified}");
    }
    stage.end().await;
}

#[tokio::test]
async fn groups_of_the_provider_say_who_is_a_member() {
    let stage = Stage::set_with(|options| {
        let oidc = options.oidc.as_mut().unwrap();
        oidc.groups_claim = "roles".to_owned();
        oidc.member_groups = vec!["staff".to_owned()];
        oidc.admin_groups = vec!["ops".to_owned()];
    });
    let stage = stage.await;
    for (claims, kind) in [
        (json!({"roles": ["staff"]}), "member"),
        (json!({"roles": "staff"}), "member"),
        (json!({"roles": ["visitors"]}), "guest"),
        (json!({"groups": ["staff"]}), "guest"),
        (json!({"roles": ["ops"]}), "admin"),
    ] {
        stage.liar.told(|script| script.claims = claims.clone());
        let session = stage.session(&stage.signs_in().await).await;
        assert_eq!((&session["kind"], &session["name"]), (&json!(kind), &json!("Ada")), "{claims}");
    }
    stage.end().await;
}

/// Does not wait for long for a provider that says nothing.
fn grow_impatient(options: &mut Options) {
    if let Some(oidc) = &mut options.oidc {
        oidc.limits.time = IMPATIENCE;
    }
}

#[tokio::test]
async fn a_provider_that_fails_fails_with_a_sentence_and_is_asked_again() {
    let stage = Stage::set_with(grow_impatient).await;
    for answers in [Answers::Hugely, Answers::Never, Answers::Elsewhere, Answers::WithAnError] {
        stage.liar.told(|script| script.discovery = answers);
        assert_refused(&stage.login("/d/abc").await, 503, &format!("discovery {answers:?}"));
    }
    // It says that it is somebody else, or that people sign in where others can listen.
    stage.liar.told(|script| {
        (script.discovery, script.issuer) =
            (Answers::Honestly, Some("https://id.example.org".into()));
    });
    assert_refused(&stage.login("/d/abc").await, 503, "another issuer");
    stage.liar.told(|script| {
        (script.issuer, script.page) = (None, Some("http://id.example.org/auth".into()));
    });
    assert_refused(&stage.login("/d/abc").await, 503, "a page without TLS");
    stage.end().await;

    let stage = Stage::set_with(grow_impatient).await;
    for (answers, status) in [
        (Answers::Hugely, 503),
        (Answers::Never, 503),
        (Answers::Elsewhere, 503),
        (Answers::WithAnError, 403),
    ] {
        let away = stage.leaves().await;
        stage.liar.told(|script| script.tokens = answers);
        assert_refused(&stage.comes_back(&away).await, status, &format!("token {answers:?}"));
        stage.liar.told(|script| script.tokens = Answers::Honestly);
    }
    assert_eq!(stage.signs_in().await.status, 303);
    stage.end().await;
}

#[tokio::test]
async fn keys_that_are_new_are_looked_up_and_known_ones_are_not_asked_for_again() {
    let stage = Stage::set().await;
    for _ in 0..3 {
        assert_eq!(stage.signs_in().await.status, 303);
    }
    assert_eq!(stage.liar.told(|script| script.key_requests), 1);
    stage.liar.told(|script| (script.keys, script.signed) = (vec![2], Signed::By(2)));
    assert_eq!(stage.signs_in().await.status, 303);
    assert_eq!(stage.liar.told(|script| script.key_requests), 2);
    // The key from before is none of its own any more.
    stage.liar.told(|script| script.signed = Signed::By(1));
    assert_refused(&stage.signs_in().await, 403, "an old key");
    stage.end().await;
}

#[tokio::test]
async fn a_sign_in_counts_once_and_in_the_browser_that_began_it() {
    let stage = Stage::set().await;
    let away = stage.leaves().await;
    for (path, why) in [
        ("/auth/callback".to_owned(), "nothing"),
        ("/auth/callback?code=c0de&state=guessed".to_owned(), "a state that nobody made"),
        ("/auth/callback?code=c0de&code=c0de&state=x".to_owned(), "a code twice"),
    ] {
        assert_refused(&stage.get(&path, &[("cookie", &away.cookie)]).await, 403, why);
    }
    assert_eq!(stage.comes_back(&away).await.status, 303);
    assert_refused(&stage.comes_back(&away).await, 403, "a second time");
    for cookie in ["", "ondeck-login=", "ondeck-login=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    {
        let stolen = Away { cookie: cookie.to_owned(), ..stage.leaves().await };
        assert_refused(&stage.comes_back(&stolen).await, 403, cookie);
    }
    // The provider says no, or is not the one that was asked.
    for (answer, why) in [
        ("error=access_denied", "cancelled"),
        ("code=c&iss=https://x.org", "mix-up"),
        ("", "no code"),
    ] {
        let away = stage.leaves().await;
        let path = format!("/auth/callback?state={}&{answer}", away.state);
        let answer = stage.get(&path, &[("cookie", &away.cookie)]).await;
        assert_refused(&answer, 403, why);
        assert!(answer.body.contains("/auth/login?to=/d/abc"), "{}", answer.body);
    }
    stage.end().await;
}

#[tokio::test]
async fn two_tabs_of_a_browser_may_both_be_at_the_provider() {
    let stage = Stage::set().await;
    let first = stage.leaves().await;
    let (nonce, challenge) =
        stage.liar.told(|script| (script.nonce.clone(), script.challenge.clone()));
    let second = stage.get("/auth/login?to=/", &[("cookie", &first.cookie)]).await;
    assert_eq!(format!("ondeck-login={}", cookie(&second, "ondeck-login").unwrap()), first.cookie);
    stage.liar.told(|script| (script.nonce, script.challenge) = (nonce, challenge));
    assert_eq!(stage.comes_back(&first).await.status, 303);
    stage.end().await;
}

#[tokio::test]
async fn the_session_after_signing_in_is_another_one_than_before() {
    let stage = Stage::set().await;
    let address = stage.server.address().to_string();
    let origin = format!("http://{address}");
    let guest = http(&address, "POST", "/api/session", &[("origin", &origin)], "").await.unwrap();
    let before = cookie(&guest, "ondeck").unwrap().to_owned();
    let away = stage.leaves().await;
    let path = format!("/auth/callback?code=c0de&state={}", away.state);
    let both = format!("{}; ondeck={before}", away.cookie);
    let answer = stage.get(&path, &[("cookie", &both)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let after = cookie(&answer, "ondeck").unwrap();
    assert!(after != before && after.len() == 43, "{after}");
    // With the old one nobody is anybody.
    let old = format!("ondeck={before}");
    let old = [("cookie", &old[..]), ("origin", &origin)];
    let told = http(&address, "POST", "/api/session", &old, "").await.unwrap();
    let (told, was): (Value, Value) =
        (serde_json::from_str(&told.body).unwrap(), serde_json::from_str(&guest.body).unwrap());
    assert_eq!(told["kind"], "guest");
    assert_ne!(told["principal"], was["principal"]);
    stage.end().await;
}

#[tokio::test]
async fn over_tls_the_cookie_of_a_sign_in_is_this_hosts_alone() {
    let public = "https://decks.example.org";
    let stage = Stage::set_with(|options| options.public_url = Some(public.to_owned())).await;
    let answer = stage.get("/auth/login", &[("host", "decks.example.org")]).await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-ondeck-login="), "{set}");
    assert!(set.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"), "{set}");
    let redirect = field(answer.header("location"), "redirect_uri");
    assert_eq!(redirect, "https%3A%2F%2Fdecks.example.org%2Fauth%2Fcallback");
    stage.end().await;
}

#[tokio::test]
async fn nobody_leaves_this_server_by_signing_in() {
    let stage = Stage::set().await;
    for to in [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "%2F%2Fevil.example",
        "/%09/evil.example",
    ] {
        let answer = stage.login(to).await;
        let url = answer.header("location").to_owned();
        stage.liar.told(|script| {
            (script.nonce, script.challenge) =
                (field(&url, "nonce"), field(&url, "code_challenge"));
        });
        let cookie = format!("ondeck-login={}", cookie(&answer, "ondeck-login").unwrap());
        let back = stage.comes_back(&Away { state: field(&url, "state"), cookie }).await;
        assert_eq!((back.status, back.header("location")), (303, "/"), "{to}");
    }
    stage.end().await;
}

#[tokio::test]
async fn without_a_provider_there_is_no_sign_in() {
    let stage = Stage::set_with(|options| options.oidc = None).await;
    for path in ["/auth/login", "/auth/callback?code=c&state=s"] {
        assert_eq!(stage.get(path, &[]).await.status, 404, "{path}");
    }
    let page = stage.get("/join", &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("data-sign-in=\"\""), "{}", page.body);
    stage.end().await;
}

#[tokio::test]
async fn the_page_behind_a_link_comes_in_the_readers_language_and_runs_only_our_script() {
    let stage = Stage::set().await;
    for (language, title) in [("en", "Opening the deck…"), ("de-AT", "Öffnet das Deck…")] {
        let page = stage.get("/join", &[("accept-language", language)]).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        for has in [title, "data-state=\"opening\"", "data-sign-in=\"/auth/login\""] {
            assert!(page.body.contains(has), "{has}: {}", page.body);
        }
        assert!(!page.body.contains("{{") && !page.body.contains("[["), "{}", page.body);
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    }
    stage.end().await;
}
