//! Writing down who did what, and what was refused.
//!
//! The action is the operation's id in the API's document. Never written: passwords, secrets, and
//! names at log-in that are nobody's, since people type passwords into the wrong field.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

use agent_api::RequestId;
use api::audit::{AuditItem, AuditOutcome, AuditPage, AuditQuery};
use api::page::Paging;
use model::access::SystemAction;
use model::words::one_line;
use store::{AuditEntry, AuditFilter, UserId};
use uuid::Uuid;

use super::Caller;
use crate::app::App;
use crate::error::Error;
use crate::extract::store_page;

/// The same refusal is written down once in this time: a program that asks in a circle is no flood.
const REFUSAL_EVERY_MS: u64 = 60_000;
/// Refusals that are remembered for that.
const REFUSALS_KEPT: usize = 10_000;
/// Refusals of one user, or of strangers at one address, that are written in that time.
const REFUSALS_OF_ONE: u32 = 20;
/// Subjects come from paths that anybody can send.
const SUBJECT_CHARS: usize = 100;
/// Details repeat names that people gave.
const DETAIL_CHARS: usize = 400;

/// Which refusals were written down lately, and how many of whom.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When it was written last.
    at_ms: BTreeMap<Refused, u64>,
    /// Since when, and how many since then.
    of_one: BTreeMap<Whose, (u64, u32)>,
}

/// Whose refusals are counted together, so that nobody crowds out another's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    User(UserId),
    /// Log-ins, whoever they were meant for.
    Address(IpAddr),
    Nobody,
}

#[derive(Debug, PartialEq, Eq)]
enum News {
    Yes,
    /// The first one that is too many: what is written is that more are not.
    Flood,
    No,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    user: Option<UserId>,
    /// Of a stranger: whoever sits at one address is one person here.
    address: Option<IpAddr>,
    action: &'static str,
    subject: String,
}

impl Refused {
    fn whose(&self) -> Whose {
        let user = self.user.map_or(Whose::Nobody, Whose::User);
        self.address.map_or(user, Whose::Address)
    }
}

impl Refusals {
    fn news(&self, refused: Refused, now_ms: u64) -> News {
        let is_late = |at_ms: u64| now_ms < at_ms + REFUSAL_EVERY_MS;
        let mut seen = self.0.lock().expect("no holder panics");
        let Seen { at_ms, of_one } = &mut *seen;
        if at_ms.len() >= REFUSALS_KEPT {
            at_ms.retain(|_, at| is_late(*at));
            of_one.retain(|_, (since, _)| is_late(*since));
        }
        let is_known = at_ms.get(&refused).is_some_and(|at| is_late(*at));
        if is_known || at_ms.len() >= REFUSALS_KEPT {
            return News::No;
        }
        let (since_ms, count) = of_one.entry(refused.whose()).or_insert((now_ms, 0));
        if !is_late(*since_ms) {
            (*since_ms, *count) = (now_ms, 0);
        }
        *count = count.saturating_add(1);
        match (*count).cmp(&(REFUSALS_OF_ONE + 1)) {
            Ordering::Less => {
                at_ms.insert(refused, now_ms);
                News::Yes
            }
            Ordering::Equal => News::Flood,
            Ordering::Greater => News::No,
        }
    }
}

impl App {
    /// Writes down what the caller did.
    pub async fn audit(&self, caller: &Caller, subject: &str, detail: &str) -> Result<(), Error> {
        let entry = self.audit_entry(caller, subject, detail);
        Ok(self.store.audit(entry).await?)
    }

    /// Writes down that the caller may not. That this fails does not change the refusal.
    pub async fn audit_refusal(&self, caller: &Caller, subject: &str, why: &str) {
        let entry = AuditEntry {
            is_refused: true,
            ..self.audit_entry(caller, subject, why)
        };
        let refused = Refused {
            user: entry.user,
            address: None,
            action: caller.asked.operation,
            subject: entry.subject.clone(),
        };
        self.keep_refusal(refused, entry).await;
    }

    /// Writes down a log-in that was refused; `user` where the name was somebody's.
    pub async fn audit_log_in_refusal(
        &self,
        user: Option<&store::User>,
        address: IpAddr,
        why: &str,
    ) {
        let entry = self.log_in_entry(user, address, true, why);
        let refused = Refused {
            user: entry.user,
            address: Some(address),
            action: LOG_IN,
            subject: why.into(),
        };
        self.keep_refusal(refused, entry).await;
    }

    pub async fn audit_log_in(&self, user: &store::User, address: IpAddr) -> Result<(), Error> {
        let entry = self.log_in_entry(Some(user), address, false, "");
        Ok(self.store.audit(entry).await?)
    }

    async fn keep_refusal(&self, refused: Refused, entry: AuditEntry) {
        let entry = match self.refusals.news(refused, entry.at_ms) {
            News::Yes => entry,
            News::Flood => AuditEntry {
                subject: String::new(),
                detail: "and more refusals, which are not written for a minute".into(),
                ..entry
            },
            News::No => return,
        };
        if let Err(error) = self.store.audit(entry).await {
            tracing::warn!(%error, "a refusal was not written into the audit log");
        }
    }

    /// The row that says so, for whoever writes it together with what was done.
    pub fn audit_entry(&self, caller: &Caller, subject: &str, detail: &str) -> AuditEntry {
        let request_id = caller.asked.request_id.as_ref();
        let by_token = caller.token.as_ref().map(|name| format!("by token {name}"));
        let detail = [Some(detail.to_owned()), by_token].into_iter().flatten();
        let detail: Vec<String> = detail.filter(|part| !part.is_empty()).collect();
        AuditEntry {
            id: Uuid::new_v4(),
            at_ms: self.clock.now_ms(),
            user: Some(caller.user.id),
            username: caller.user.username.clone(),
            action: caller.asked.operation.into(),
            subject: one_line(subject, SUBJECT_CHARS),
            is_refused: false,
            detail: one_line(&detail.join(", "), DETAIL_CHARS),
            address: caller.asked.address.to_string(),
            request_id: request_id.map(ToString::to_string).unwrap_or_default(),
        }
    }

    fn log_in_entry(
        &self,
        user: Option<&store::User>,
        address: IpAddr,
        is_refused: bool,
        detail: &str,
    ) -> AuditEntry {
        let request_id = RequestId::current().map(String::from);
        AuditEntry {
            id: Uuid::new_v4(),
            at_ms: self.clock.now_ms(),
            user: user.map(|user| user.id),
            username: user.map(|user| user.username.clone()).unwrap_or_default(),
            action: LOG_IN.into(),
            subject: String::new(),
            is_refused,
            detail: detail.into(),
            address: address.to_string(),
            request_id: request_id.unwrap_or_default(),
        }
    }

    pub async fn audit_log(&self, caller: &Caller, query: AuditQuery) -> Result<AuditPage, Error> {
        self.require_in_system(caller, SystemAction::ReadAudit, "")
            .await?;
        let page = store_page(&Paging {
            limit: query.limit,
            cursor: query.cursor,
        })?;
        let filter = AuditFilter {
            username: self.name_as_kept(query.user).await?,
            action: query.action.unwrap_or_default(),
            since_ms: query.since_ms,
            until_ms: query.until_ms,
        };
        let page = self.store.audit_log(&filter, &page).await?;
        Ok(AuditPage {
            items: page.items.into_iter().map(wire).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    /// People type names in any case; the log has them as they were given.
    async fn name_as_kept(&self, name: Option<String>) -> Result<String, Error> {
        let Some(name) = name else {
            return Ok(String::new());
        };
        let user = self.store.user_named(&name).await?;
        Ok(user.map_or(name, |user| user.username))
    }
}

const LOG_IN: &str = "create_session";

fn wire(entry: AuditEntry) -> AuditItem {
    AuditItem {
        id: entry.id,
        at_ms: entry.at_ms,
        user: Some(entry.username).filter(|name| !name.is_empty()),
        action: entry.action,
        subject: entry.subject,
        outcome: if entry.is_refused {
            AuditOutcome::Refused
        } else {
            AuditOutcome::Done
        },
        detail: entry.detail,
        address: entry.address,
        request_id: entry.request_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(user: u128, subject: &str) -> Refused {
        Refused {
            user: Some(UserId(Uuid::from_u128(user))),
            address: None,
            action: "start_lab",
            subject: subject.into(),
        }
    }

    #[test]
    fn the_same_refusal_is_news_once_a_minute() {
        let refusals = Refusals::default();
        assert_eq!(refusals.news(refused(1, "a"), 1_000), News::Yes);
        assert_eq!(refusals.news(refused(1, "a"), 60_999), News::No);
        assert_eq!(refusals.news(refused(1, "b"), 60_999), News::Yes);
        assert_eq!(refusals.news(refused(1, "a"), 61_000), News::Yes);
    }

    #[test]
    fn a_flood_of_one_user_is_cut_off_and_hides_nobody_elses() {
        let refusals = Refusals::default();
        let flood = |now_ms| {
            let all = (0..100).map(|n| refusals.news(refused(1, &format!("{n}")), now_ms));
            let all: Vec<News> = all.collect();
            let count = |news: News| all.iter().filter(|one| **one == news).count();
            (count(News::Yes), count(News::Flood))
        };
        assert_eq!(flood(0), (20, 1));
        assert_eq!(flood(1), (0, 0));
        assert_eq!(refusals.news(refused(2, "a"), 1), News::Yes);
        assert_eq!(flood(REFUSAL_EVERY_MS), (20, 1));
    }

    #[test]
    fn a_flood_of_many_users_is_bounded_and_ends() {
        let refusals = Refusals::default();
        let told = |now_ms| {
            let flood = 0..REFUSALS_KEPT as u128 + 100;
            flood
                .filter(|n| refusals.news(refused(*n, ""), now_ms) == News::Yes)
                .count()
        };
        assert_eq!(told(0), REFUSALS_KEPT);
        assert_eq!(told(1), 0);
        assert_eq!(told(REFUSAL_EVERY_MS), REFUSALS_KEPT);
    }
}
