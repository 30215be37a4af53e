//! The address of a PostgreSQL database. There may be a password in it, so it is shown without.

use std::fmt;

use sqlx::postgres::PgConnectOptions;

use crate::StoreError;

const APPLICATION: &str = "nova-ve-server";
/// Parameters that mean something here. Any other is refused by its name: a misspelt one would be
/// overlooked.
const PARAMETERS: [&str; 9] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslmode",
    "user",
];

/// An address that was looked at; `Display` and `Debug` leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let name = parameter.split('=').next().unwrap_or(parameter);
            if !PARAMETERS.contains(&name) {
                return Err(unknown(query, parameter));
            }
        }
        let url = Self(url.to_owned());
        let options = url.options()?;
        if options.get_database().is_none() {
            return Err(bad("it names no database"));
        }
        Ok(url)
    }

    pub(super) fn options(&self) -> Result<PgConnectOptions, StoreError> {
        let options: PgConnectOptions = with_a_host(&self.0).parse().map_err(bad)?;
        Ok(match options.get_application_name() {
            Some(_) => options,
            None => options.application_name(APPLICATION),
        })
    }
}

/// `postgres://user@/database?host=…`, as PostgreSQL's own programs take it, has no host in its place.
fn with_a_host(url: &str) -> String {
    match url.split_once("@/") {
        Some((before, after)) if !before.contains('?') => format!("{before}@localhost/{after}"),
        Some(_) | None => url.to_owned(),
    }
}

/// A password with `?` or `&` in it looks like parameters, so only what can be nothing else is shown.
fn unknown(query: &str, parameter: &str) -> StoreError {
    let plain =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match parameter.split_once('=') {
        // The host comes after a password, and so does its `@`.
        Some((name, _)) if plain(name) && !query.contains('@') => {
            bad(format!("the parameter {name:?} is not known"))
        }
        Some(_) | None => bad(
            "one of its parameters is not known; in a password, ? is written %3F and & is written %26",
        ),
    }
}

fn bad(why: impl fmt::Display) -> StoreError {
    let why = why.to_string();
    StoreError::BadAddress { why }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = self.options() else {
            return f.write_str("postgres://…");
        };
        let (user, database) = (options.get_username(), options.get_database().unwrap_or(""));
        match options.get_socket() {
            Some(socket) => write!(f, "postgres://{user}@/{database}?host={}", socket.display()),
            None => write!(
                f,
                "postgres://{user}@{}:{}/{database}",
                options.get_host(),
                options.get_port()
            ),
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (given, shown) in [
            (
                "postgres://nova:s3cret@db.lan:5433/novadb",
                "postgres://nova@db.lan:5433/novadb",
            ),
            (
                "postgresql://nova:s3cret@127.0.0.1/novadb",
                "postgres://nova@127.0.0.1:5432/novadb",
            ),
            (
                "postgres:///novadb?host=/run/postgresql&user=nova&password=s3cret",
                "postgres://nova@/novadb?host=/run/postgresql",
            ),
            (
                "postgres://nova:s3cret@/novadb?host=/run/postgresql",
                "postgres://nova@/novadb?host=/run/postgresql",
            ),
            (
                "postgres://nova:s3cret@%2Frun%2Fpostgresql/novadb",
                "postgres://nova@/novadb?host=/run/postgresql",
            ),
        ] {
            let url = PostgresUrl::parse(given).unwrap();
            assert_eq!(
                (url.to_string(), format!("{url:?}")),
                (shown.into(), shown.into())
            );
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_its_password() {
        for (given, expected) in [
            ("postgres://nova:s3cret@host:port/novadb", "port"),
            (
                "postgres://nova:s3cret@host/novadb?pasword=s3cret",
                "pasword",
            ),
            ("postgres://nova:s3cret@host/novadb?sslmode=odd", "ssl"),
            ("postgres://nova:s3cret@host", "database"),
            ("postgres://nova:why?s3cret@host/novadb", "%3f"),
            ("postgres://nova:why?s3cret=@host/novadb", "%3f"),
            ("postgres://nova:why?user=a&s3cret@host/novadb", "%26"),
            ("postgres://nova@host/novadb?password=a&s3cret", "%26"),
            ("postgres://nova@host/novadb?password=a&S3cret=b", "%26"),
        ] {
            let told = PostgresUrl::parse(given).unwrap_err().to_string();
            assert!(told.to_lowercase().contains(expected), "{told}");
            assert!(!told.to_lowercase().contains("s3cret"), "{told}");
        }
    }
}
