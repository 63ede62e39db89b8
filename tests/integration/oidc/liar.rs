//! An OpenID Connect provider in this process, which lies as it is told to.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(super) const CLIENT: &str = "ondeck";
pub(super) const SECRET: &str = "hush";
/// Of a token that holds.
const YEAR_2100: i64 = 4_102_444_800;

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// By the key of this number.
    By(u8),
    /// With what the client knows as well.
    WithTheSecret,
    /// Not at all.
    Not,
}

/// How an address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Honestly,
    /// More than anybody asked for.
    Hugely,
    Never,
    /// By sending whoever asks somewhere else.
    Elsewhere,
    WithAnError,
}

/// What it says.
pub(super) struct Script {
    /// What stands in the token; the fields of an honest one are laid under it, `null` takes one away.
    pub(super) claims: Value,
    pub(super) signed: Signed,
    /// Numbers of the keys that it says are its own.
    pub(super) keys: Vec<u8>,
    /// What it says when it is asked for somebody.
    pub(super) user_info: Value,
    /// Who it says it is.
    pub(super) issuer: Option<String>,
    pub(super) page: Option<String>,
    pub(super) discovery: Answers,
    pub(super) tokens: Answers,
    /// From the address to which it was sent: of the sign-in that is going on.
    pub(super) nonce: String,
    pub(super) challenge: String,
    /// How often it was asked for its keys.
    pub(super) key_requests: usize,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            claims: json!({}),
            signed: Signed::By(1),
            keys: vec![1],
            user_info: json!({"sub": "ada", "name": "Ada"}),
            issuer: None,
            page: None,
            discovery: Answers::Honestly,
            tokens: Answers::Honestly,
            nonce: String::new(),
            challenge: String::new(),
            key_requests: 0,
        }
    }
}

#[derive(Clone)]
struct Shared {
    issuer: String,
    script: Arc<Mutex<Script>>,
}

/// A provider that listens.
pub(super) struct Liar {
    pub(super) issuer: String,
    script: Arc<Mutex<Script>>,
    serving: JoinHandle<()>,
}

impl Liar {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let shared = Shared { issuer: issuer.clone(), script: script.clone() };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(shared);
        #[expect(clippy::disallowed_methods, reason = "ended in `drop`")]
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { issuer, script, serving }
    }

    /// Tells it what to say from now on.
    pub(super) fn told<T>(&self, how: impl FnOnce(&mut Script) -> T) -> T {
        how(&mut self.script.lock().unwrap())
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn misbehave(answers: Answers, shared: &Shared) -> Option<Response> {
    match answers {
        Answers::Honestly => None,
        Answers::Hugely => Some(Json(json!({"padding": "x".repeat(200_000)})).into_response()),
        Answers::Never => std::future::pending().await,
        Answers::Elsewhere => {
            let to = [(header::LOCATION, format!("{}/honest", shared.issuer))];
            Some((StatusCode::TEMPORARY_REDIRECT, to).into_response())
        }
        Answers::WithAnError => {
            Some((StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response())
        }
    }
}

async fn discovery(State(shared): State<Shared>) -> Response {
    let answers = shared.script.lock().unwrap().discovery;
    if let Some(answer) = misbehave(answers, &shared).await {
        return answer;
    }
    let own = &shared.issuer;
    let script = shared.script.lock().unwrap();
    let (issuer, page) = (script.issuer.as_ref().unwrap_or(own), script.page.as_ref());
    let page = page.cloned().unwrap_or_else(|| format!("{own}/auth"));
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": page,
        "token_endpoint": format!("{own}/token"),
        "userinfo_endpoint": format!("{own}/me"),
        "jwks_uri": format!("{own}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // All that it could ask us to accept.
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
    .into_response()
}

fn key(number: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap()
}

async fn jwks(State(shared): State<Shared>) -> Json<Value> {
    let mut script = shared.script.lock().unwrap();
    script.key_requests += 1;
    let keys = script.keys.iter().map(|&number| {
        let public = URL_SAFE_NO_PAD.encode(key(number).public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": number.to_string(), "x": public})
    });
    Json(json!({"keys": keys.collect::<Vec<_>>()}))
}

async fn token(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let answers = shared.script.lock().unwrap().tokens;
    if let Some(answer) = misbehave(answers, &shared).await {
        return answer;
    }
    let script = shared.script.lock().unwrap();
    // It keeps to the protocol itself: who cannot prove that they began gets nothing.
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    assert_eq!(headers[header::AUTHORIZATION], basic);
    let body = String::from_utf8(body.to_vec()).unwrap();
    let verifier = body.split('&').find_map(|field| field.strip_prefix("code_verifier="));
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.unwrap())), script.challenge);
    let mut claims = json!({
        "iss": shared.issuer, "aud": CLIENT, "sub": "ada", "nonce": script.nonce,
        "iat": 1_700_000_000, "exp": YEAR_2100,
    });
    for (name, value) in script.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    Json(json!({
        "access_token": "access", "token_type": "Bearer", "id_token": signed(&claims, script.signed),
    }))
    .into_response()
}

fn signed(claims: &Value, how: Signed) -> String {
    let header = match how {
        Signed::By(number) => json!({"alg": "EdDSA", "kid": number.to_string()}),
        Signed::WithTheSecret => json!({"alg": "HS256"}),
        Signed::Not => json!({"alg": "none"}),
    };
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!("{}.{}", part(&header), part(claims));
    let signature = match how {
        Signed::By(number) => key(number).sign(text.as_bytes()).as_ref().to_vec(),
        Signed::WithTheSecret => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
        }
        Signed::Not => Vec::new(),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn user_info(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer access");
    let told = shared.script.lock().unwrap().user_info.clone();
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, Body::from(told.to_string())).into_response()
}
