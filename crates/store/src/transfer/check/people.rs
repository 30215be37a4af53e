//! Users, tokens, and what was written down about them.

use model::words::{is_kept_username, is_odd, is_token_name};

use super::cells::{Cells, shown};
use super::{Check, SeenUser};
use crate::{TOKENS_MAX, UserId};

/// How the hash of a password begins, whatever it cost.
const ARGON2ID: &str = "$argon2id$v=19$";

impl Check {
    pub(super) fn user(&mut self, cells: &mut Cells<'_>) {
        let id = cells.id("id").map(UserId);
        cells.word("role", &["admin", "member"]);
        match cells.number_or_null("removed_ms") {
            None => live_user(cells),
            Some(_) => removed_user(cells),
        }
        let key = cells.text("username_key");
        self.must_be_first(cells, "username_key", "user names", key.into());
        let Some(id) = id else { return };
        let seen = SeenUser {
            is_removed: cells.number_or_null("removed_ms").is_some(),
            is_admin: cells.text("role") == "admin",
        };
        if self.users.insert(id, seen).is_some() {
            cells.wrong("id", "was there before".into());
        }
    }

    pub(super) fn token(&mut self, cells: &mut Cells<'_>) {
        let (id, owner) = (cells.text("id"), cells.text("user_id"));
        cells.id("id");
        cells.hash("key");
        self.must_be_live(cells, "user_id");
        cells.must(
            is_token_name(cells.text("name")),
            "name",
            "is no name of a token",
        );
        cells.must_be_key_of("name_key", "name");
        let lives = cells.number("expires_ms") > cells.number("created_ms");
        cells.must(lives, "expires_ms", "is before created_ms");
        self.must_be_first(cells, "id", "tokens", id.into());
        self.must_be_first(cells, "key", "secrets", cells.text("key").into());
        let name = format!("{owner} {}", cells.text("name_key"));
        self.must_be_first(cells, "name_key", "token names", name);
        self.must_have_room(cells, "user_id", ("tokens", owner, TOKENS_MAX));
    }

    pub(super) fn audit(&mut self, cells: &mut Cells<'_>) {
        cells.id("id");
        if cells.text_or_null("user_id").is_some() {
            self.must_be_known(cells, "user_id");
        }
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        let action = cells.text("action");
        cells.must(
            !action.is_empty() && action.chars().all(plain),
            "action",
            "is no word",
        );
        cells.word("outcome", &["done", "refused"]);
        self.must_be_first(cells, "id", "audit rows", cells.text("id").into());
    }

    /// A user that is there, perhaps removed.
    pub(super) fn must_be_known(&self, cells: &mut Cells<'_>, column: &str) {
        if let Some(id) = cells.id(column) {
            let known = self.users.contains_key(&UserId(id));
            cells.must(known, column, "is no user of this document");
        }
    }

    /// A user who may log in.
    pub(super) fn must_be_live(&self, cells: &mut Cells<'_>, column: &str) {
        let Some(id) = cells.id(column) else { return };
        match self.users.get(&UserId(id)) {
            Some(user) => cells.must(!user.is_removed, column, "is a removed user"),
            None => cells.wrong(column, "is no user of this document".into()),
        }
    }
}

fn live_user(cells: &mut Cells<'_>) {
    let name = cells.text("username");
    if !is_kept_username(name) {
        cells.wrong("username", format!("{} is no name of a user", shown(name)));
    }
    cells.must_be_key_of("username_key", "username");
    let hash = cells.text("password_hash");
    cells.must(
        hash.starts_with(ARGON2ID),
        "password_hash",
        "is no argon2id hash",
    );
}

/// As `Store::remove_user` leaves the row.
fn removed_user(cells: &mut Cells<'_>) {
    cells.must(
        !cells.text("username").contains(is_odd),
        "username",
        "is no name of a user",
    );
    let is_free = cells.text("username_key") == format!("\n{}", cells.text("id"));
    cells.must(
        is_free,
        "username_key",
        "is a name although the user is removed",
    );
    let is_nobody = cells.text("role") == "member" && cells.text("password_hash").is_empty();
    cells.must(is_nobody, "role", "a removed user has a way in");
}
