//! The secrets of sessions and tokens: 256 random bits as hex, and the cookie that carries one.

use sha2::{Digest, Sha256};
use store::{SessionKey, TokenKey};

use super::ABSOLUTE_MS;

/// What the client holds. The store knows its SHA-256 alone.
pub struct SessionSecret(String);

impl SessionSecret {
    pub fn draw() -> Result<Self, getrandom::Error> {
        Ok(Self(draw_hex()?))
    }

    /// A text that can be a secret.
    pub fn parse(text: &str) -> Option<Self> {
        is_secret(text).then(|| Self(text.to_owned()))
    }

    pub fn key(&self) -> SessionKey {
        SessionKey(Sha256::digest(&self.0).into())
    }
}

impl std::fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

/// What the bearer of a token holds: `nvt_` and 64 digits, so that leaked ones are found.
pub struct TokenSecret(String);

const TOKEN_PREFIX: &str = "nvt_";

impl TokenSecret {
    pub fn draw() -> Result<Self, getrandom::Error> {
        Ok(Self(format!("{TOKEN_PREFIX}{}", draw_hex()?)))
    }

    /// A text that can be a token.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(TOKEN_PREFIX)?;
        is_secret(digits).then(|| Self(text.to_owned()))
    }

    pub fn key(&self) -> TokenKey {
        TokenKey(Sha256::digest(&self.0).into())
    }

    /// For the one answer that shows it.
    pub fn into_shown(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

fn draw_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `Path=/api/` by the deployment contract; WebSockets live there too.
pub fn session_cookie(secret: &SessionSecret, secure: bool) -> String {
    cookie(&secret.0, ABSOLUTE_MS / 1000, secure)
}

/// Makes the browser forget the cookie.
pub fn expired_cookie(secure: bool) -> String {
    cookie("", 0, secure)
}

fn cookie(value: &str, max_age_s: u64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("nova_session={value}; Path=/api/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
}

/// Two digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes every write");
    }
    text
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_secret_is_read_back_from_its_cookie() {
        let secret = SessionSecret::draw().unwrap();
        let cookie = session_cookie(&secret, true);
        let value = cookie.strip_prefix("nova_session=").unwrap();
        let value = value.split(';').next().unwrap();
        assert_eq!(SessionSecret::parse(value).unwrap().key(), secret.key());
        assert!(cookie.ends_with("HttpOnly; SameSite=Lax; Secure"));
    }

    #[test]
    fn a_secret_does_not_show_in_logs() {
        let secret = SessionSecret::draw().unwrap();
        assert!(!format!("{secret:?}").contains(&secret.0));
        let token = TokenSecret::draw().unwrap();
        assert!(!format!("{token:?}").contains(&token.0));
    }
}
