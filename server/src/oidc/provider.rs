//! The provider: where it is, which keys it signs with, and what it says of somebody.

use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthorizationCode, ClaimsVerificationError, Client,
    ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
    UserInfoError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::RwLock;
use tokio::time::Instant;

use super::claims::Told;
use super::http::Http;
use super::{OidcOptions, SignInError, chain, is_safe};
use crate::store::access::SignedIn;

/// Providers move and change their keys; once an hour is enough to notice, and unknown keys are looked
/// up at once.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);
/// Of who somebody is to the provider; the standard allows no more.
const MAX_SUBJECT_BYTES: usize = 255;

/// With a pair of keys. With a shared secret, whoever knows it could sign, and `none` proves nothing.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond the standard ones: the one with groups is among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct MoreClaims(Map<String, Value>);

impl AdditionalClaims for MoreClaims {}

type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;
type Fields = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
/// As the library makes it of what a provider says of itself.
type ProviderClient = Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A sign-in that begins: where to send the browser, and what to remember until it is back.
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

/// A browser that is back, and what was remembered.
pub(crate) struct CameBack<'a> {
    pub(crate) code: &'a str,
    /// Who the provider says it is; many do not.
    pub(crate) issuer: Option<&'a str>,
    pub(crate) nonce: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) redirect: &'a str,
}

struct Known {
    metadata: CoreProviderMetadata,
    since: Instant,
}

/// See above.
pub(super) struct Provider {
    options: OidcOptions,
    secret: Option<ClientSecret>,
    issuer: IssuerUrl,
    http: Http,
    /// What it said of itself.
    known: RwLock<Option<Arc<Known>>>,
}

impl Provider {
    pub(super) fn new(options: OidcOptions, secret: Option<String>) -> anyhow::Result<Self> {
        let issuer = IssuerUrl::new(options.issuer.clone())?;
        let http = Http::new(options.limits, issuer.url().scheme() == "https")?;
        let secret = secret.map(ClientSecret::new);
        Ok(Self { options, secret, issuer, http, known: RwLock::new(None) })
    }

    pub(super) async fn begin(&self, redirect: &str) -> Result<Begun, SignInError> {
        let known = self.known().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let client = self.client(&known.metadata, redirect)?;
        let scopes = self.options.scopes.split_whitespace().filter(|scope| *scope != "openid");
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        if !is_safe(&url) {
            return Err(SignInError::Provider("its page is not served over TLS".into()));
        }
        Ok(Begun {
            url: url.into(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    pub(super) async fn finish(&self, back: CameBack<'_>) -> Result<SignedIn, SignInError> {
        if back.issuer.is_some_and(|issuer| issuer != self.options.issuer) {
            return Err(SignInError::Refused("the answer comes from another issuer".into()));
        }
        let known = self.known().await?;
        let client = self.client(&known.metadata, back.redirect)?;
        let tokens = self.exchange(&client, &back).await?;
        let nonce = Nonce::new(back.nonce.to_owned());
        let claims = match verified(&client, &tokens, &nonce) {
            // It has changed its keys since we asked for them.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let known = self.discover().await?;
                let client = self.client(&known.metadata, back.redirect)?;
                verified(&client, &tokens, &nonce)
            }
            other => other,
        };
        let claims = claims.map_err(|error| does_not_hold(&error))?;
        self.person(&client, &tokens, &claims).await
    }

    /// Trades a code for tokens.
    async fn exchange(
        &self,
        client: &ProviderClient,
        back: &CameBack<'_>,
    ) -> Result<Tokens, SignInError> {
        let request = client
            .exchange_code(AuthorizationCode::new(back.code.to_owned()))
            .map_err(|error| SignInError::provider(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(back.verifier.to_owned()));
        request.request_async(&self.http).await.map_err(|error| match error {
            openidconnect::RequestTokenError::ServerResponse(said) => {
                SignInError::Refused(format!("the provider refuses the code: {said}"))
            }
            other => SignInError::provider(&other),
        })
    }

    /// Who a token is about. What it does not say the provider is asked for, if it takes such questions.
    async fn person(
        &self,
        client: &ProviderClient,
        tokens: &Tokens,
        claims: &Claims,
    ) -> Result<SignedIn, SignInError> {
        let subject = claims.subject();
        if subject.is_empty() || subject.len() > MAX_SUBJECT_BYTES {
            return Err(SignInError::Refused("the token names nobody".into()));
        }
        let mut told = self.told(claims)?;
        if !told.is_complete()
            && let Ok(request) =
                client.user_info(tokens.access_token().clone(), Some(subject.clone()))
        {
            let more = request.request_async(&self.http).await;
            let more: UserInfoClaims<MoreClaims, CoreGenderClaim> =
                more.map_err(|error| match error {
                    UserInfoError::ClaimsVerification(error) => does_not_hold(&error),
                    other => SignInError::provider(&other),
                })?;
            told = told.or(self.told(&more)?);
        }
        let (name, email, groups) = told.into_parts();
        let (issuer, subject) = (self.options.issuer.clone(), subject.to_string());
        Ok(SignedIn { issuer, subject, name, email, groups })
    }

    fn told(&self, claims: &impl Serialize) -> Result<Told, SignInError> {
        let claims = serde_json::to_value(claims).map_err(|error| SignInError::provider(&error))?;
        Ok(Told::read(&claims, &self.options.groups_claim))
    }

    fn client(
        &self,
        metadata: &CoreProviderMetadata,
        redirect: &str,
    ) -> Result<ProviderClient, SignInError> {
        let id = ClientId::new(self.options.client_id.clone());
        let client = Client::from_provider_metadata(metadata.clone(), id, self.secret.clone());
        let redirect = RedirectUrl::new(redirect.to_owned())
            .map_err(|error| SignInError::Refused(format!("our own address is odd: {error}")))?;
        Ok(client.set_redirect_uri(redirect))
    }

    async fn known(&self) -> Result<Arc<Known>, SignInError> {
        let known = self.known.read().await.clone();
        match known {
            Some(known) if known.since.elapsed() < KNOWN_FOR => Ok(known),
            _ => self.discover().await,
        }
    }

    /// Asks the provider where it is and which keys it has. Nothing is kept of a failure.
    async fn discover(&self) -> Result<Arc<Known>, SignInError> {
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| SignInError::provider(&error))?;
        let known = Arc::new(Known { metadata, since: Instant::now() });
        *self.known.write().await = Some(Arc::clone(&known));
        Ok(known)
    }
}

fn does_not_hold(error: &ClaimsVerificationError) -> SignInError {
    SignInError::Refused(format!("what the provider says does not hold: {}", chain(error)))
}

/// What a token says, once it is sure that the provider wrote it, now, for us and for this sign-in.
fn verified(
    client: &ProviderClient,
    tokens: &Tokens,
    nonce: &Nonce,
) -> Result<Claims, ClaimsVerificationError> {
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES);
    let other = |text: &str| ClaimsVerificationError::Other(text.to_owned());
    let token = tokens.id_token().ok_or_else(|| other("there is none"))?;
    let claims = token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let (alg, key) = (token.signing_alg(), token.signing_key(&verifier));
        let (alg, key) =
            alg.and_then(|alg| Ok((alg, key?))).map_err(|error| other(&chain(&error)))?;
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key)
            .map_err(|error| other(&chain(&error)))?;
        if hash != *expected {
            return Err(other("it belongs to another access token"));
        }
    }
    Ok(claims.clone())
}
