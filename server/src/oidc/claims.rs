//! What a provider says of somebody, as far as we use it.

use collab::wire::Profile;
use serde_json::Value;

/// Groups that are kept of one person: more is a directory gone wrong.
const MAX_GROUPS: usize = 1_000;
/// Longer ones are left out: no operator types such a name.
const MAX_GROUP_BYTES: usize = 256;
/// The longest address that mail can have.
const MAX_EMAIL_BYTES: usize = 254;

/// What one document says: a token, or the answer of the address for user information.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    name: Option<String>,
    user_name: Option<String>,
    /// Verified, in lower case.
    email: Option<String>,
    groups: Option<Vec<String>>,
}

impl Told {
    /// Reads the claims of a document.
    pub(super) fn read(claims: &Value, groups_claim: &str) -> Self {
        let text = |key: &str| claims[key].as_str().filter(|text| !text.trim().is_empty());
        let verified = claims["email_verified"].as_bool() == Some(true);
        Self {
            name: text("name").map(ToOwned::to_owned),
            user_name: text("preferred_username").map(ToOwned::to_owned),
            email: text("email").filter(|_| verified).and_then(email),
            groups: claims.get(groups_claim).and_then(groups),
        }
    }

    /// There is nothing to ask for any more.
    pub(super) fn is_complete(&self) -> bool {
        self.name.is_some() && self.email.is_some() && self.groups.is_some()
    }

    /// What this one left open, as another document says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            user_name: self.user_name.or(other.user_name),
            email: self.email.or(other.email),
            groups: self.groups.or(other.groups),
        }
    }

    /// Name, e-mail address and groups. Somebody without a name gets what they type to sign in.
    pub(super) fn into_parts(self) -> (String, Option<String>, Vec<String>) {
        let local = self.email.as_deref().and_then(|email| email.split('@').next());
        let name = self.name.as_deref().or(self.user_name.as_deref()).or(local);
        let name = Profile { name: name.unwrap_or_default().to_owned(), color: 0 }.cleaned().name;
        (name, self.email, self.groups.unwrap_or_default())
    }
}

/// An address by which a deck can be shared.
fn email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    let visible = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    (visible && !local.is_empty() && !domain.is_empty() && text.len() <= MAX_EMAIL_BYTES)
        .then_some(text)
}

/// A list of names; some providers write a single one without a list.
fn groups(claim: &Value) -> Option<Vec<String>> {
    let names: Vec<&str> = match claim {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let usable = |name: &&str| !name.is_empty() && name.len() <= MAX_GROUP_BYTES;
    Some(names.into_iter().filter(usable).take(MAX_GROUPS).map(ToOwned::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parts(claims: Value) -> (String, Option<String>, Vec<String>) {
        Told::read(&claims, "groups").into_parts()
    }

    #[test]
    fn an_address_counts_only_when_the_provider_has_verified_it() {
        let address = |claims| parts(claims).1;
        let verified = json!({"email": " Ada@Example.org ", "email_verified": true});
        assert_eq!(address(verified).as_deref(), Some("ada@example.org"));
        for claims in [
            json!({"email": "ada@example.org"}),
            json!({"email": "ada@example.org", "email_verified": false}),
            json!({"email": "ada@example.org", "email_verified": "yes"}),
            json!({"email": "ada", "email_verified": true}),
            json!({"email": "@example.org", "email_verified": true}),
            json!({"email": "a b@example.org", "email_verified": true}),
            json!({"email": 5, "email_verified": true}),
            json!({"email_verified": true}),
        ] {
            assert_eq!(address(claims.clone()), None, "{claims}");
        }
    }

    #[test]
    fn somebody_without_a_name_is_called_as_they_sign_in() {
        let name = |claims| parts(claims).0;
        assert_eq!(name(json!({"name": "Ada L.", "preferred_username": "ada"})), "Ada L.");
        assert_eq!(name(json!({"name": " ", "preferred_username": "ada"})), "ada");
        assert_eq!(name(json!({"email": "ada@x.org", "email_verified": true})), "ada");
        assert_eq!(name(json!({"name": "A\u{202e}d\na"})), "Ada");
        assert_eq!(name(json!({})), "Guest");
    }

    #[test]
    fn groups_are_a_list_or_one_name() {
        let groups = |claims| parts(claims).2;
        assert_eq!(groups(json!({"groups": ["a", "b", 5, ""]})), ["a", "b"]);
        assert_eq!(groups(json!({"groups": "a"})), ["a"]);
        assert!(groups(json!({"groups": {"a": true}})).is_empty());
        assert!(groups(json!({"roles": ["a"]})).is_empty());
        assert_eq!(Told::read(&json!({"roles": ["a"]}), "roles").into_parts().2, ["a"]);
        assert_eq!(groups(json!({"groups": vec!["g"; 5_000]})).len(), MAX_GROUPS);
    }

    #[test]
    fn the_token_wins_over_what_is_asked_for_later() {
        let token = Told::read(&json!({"name": "Ada", "groups": []}), "groups");
        assert!(!token.is_complete());
        let more =
            json!({"name": "Eve", "email": "a@x.org", "email_verified": true, "groups": ["g"]});
        let both = token.or(Told::read(&more, "groups"));
        assert!(both.is_complete());
        assert_eq!(both.into_parts(), ("Ada".to_owned(), Some("a@x.org".to_owned()), vec![]));
    }
}
