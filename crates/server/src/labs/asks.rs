//! What of its host a lab reaches for: shown, allowed by an administrator, and else not started.

use std::collections::BTreeSet;

use api::ask::{AskRow, Asks};
use model::access::SystemAction;
use model::edit::Edit;
use model::reach::{Answer, Ask, Asker, asks_of, drawn_by};
use model::spec::RunWishes;
use model::{Lab, LabId, NodeId, Problem};
use store::StoreError;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

impl App {
    pub async fn list_asks(&self, lab: &Lab) -> Result<Asks, Error> {
        let mut allowed = self.store.allowed(lab.id).await?;
        let all = allowed.clone();
        let asked = asks_of(lab, &self.templates);
        let mut items: Vec<AskRow> = asked
            .into_iter()
            .map(|(who, ask)| {
                allowed.remove(&ask);
                row(who.to_string(), &ask, all.contains(&ask))
            })
            .collect();
        items.extend(allowed.iter().map(|ask| row(String::new(), ask, true)));
        Ok(Asks { items })
    }

    /// By somebody who may.
    pub async fn set_allowed(
        &self,
        caller: &Caller,
        lab: &Lab,
        asks: Vec<Ask>,
    ) -> Result<Asks, Error> {
        let subject = lab.id.to_string();
        if let Some(never) = asks.iter().find_map(never) {
            return Err(Error::Unprocessable {
                code: "never_allowed".into(),
                what: never,
            });
        }
        let asks: BTreeSet<Ask> = asks.into_iter().collect();
        let (by, now_ms) = (caller.user.id, self.clock.now_ms());
        let set = self.store.set_allowed(lab.id, &asks, by, now_ms).await;
        set.map_err(not_allowed)?;
        self.audit(caller, &subject, &listed(&asks)).await?;
        self.wake.push_specs.notify_one();
        self.list_asks(lab).await
    }

    /// What an administrator draws himself is allowed by that; what others drew before is not.
    pub async fn drawn_asks(
        &self,
        caller: &Caller,
        lab: LabId,
        edit: &Edit,
    ) -> Result<BTreeSet<Ask>, Error> {
        let drawn = drawn_by(edit, &self.templates);
        if drawn.is_empty() || !caller.may_in_system(SystemAction::AllowHost) {
            return Ok(BTreeSet::new());
        }
        let Some(record) = self.labs.get(lab).await? else {
            return Ok(BTreeSet::new());
        };
        let before = asks_of(&record.lab, &self.templates).into_iter();
        let before: BTreeSet<Ask> = before.map(|(_, ask)| ask).collect();
        Ok(drawn.difference(&before).cloned().collect())
    }

    /// Before these nodes start: a member needs an allowance for what they and the networks ask for, an
    /// administrator gives it by starting them.
    pub async fn require_allowed(
        &self,
        caller: &Caller,
        lab: &Lab,
        nodes: &[NodeId],
    ) -> Result<(), Error> {
        let missing = self.not_allowed(lab, |id| nodes.contains(&id)).await?;
        if missing.is_empty() {
            return Ok(());
        }
        if caller.may_in_system(SystemAction::AllowHost) {
            let asks = missing.into_iter().map(|(_, ask)| ask);
            return self.allow(caller, lab.id, asks.collect()).await;
        }
        Err(Error::InvalidLab {
            title: "The lab reaches for its host; an administrator must allow it first.".into(),
            problems: missing.iter().map(problem).collect(),
        })
    }

    /// What keeps this lab's wishes from being told to its host.
    pub async fn withheld(&self, lab: &Lab, wishes: &RunWishes) -> Result<Vec<Problem>, Error> {
        let on = |id| wishes.get(&id).is_some_and(|wish| wish.on);
        let missing = self.not_allowed(lab, on).await?;
        Ok(missing.iter().map(problem).collect())
    }

    async fn not_allowed(
        &self,
        lab: &Lab,
        counts: impl Fn(NodeId) -> bool,
    ) -> Result<Vec<(Asker, Ask)>, Error> {
        let mut asks = asks_of(lab, &self.templates);
        asks.retain(|(who, _)| match who {
            Asker::Node(id, _) => counts(*id),
            Asker::Network(..) => true,
        });
        if asks.is_empty() {
            return Ok(asks);
        }
        let allowed = self.store.allowed(lab.id).await?;
        asks.retain(|(_, ask)| !allowed.contains(ask));
        Ok(asks)
    }

    pub async fn allow(
        &self,
        caller: &Caller,
        lab: LabId,
        asks: BTreeSet<Ask>,
    ) -> Result<(), Error> {
        if asks.is_empty() {
            return Ok(());
        }
        let (by, now_ms) = (caller.user.id, self.clock.now_ms());
        let allowed = self.store.allow(lab, &asks, by, now_ms).await;
        allowed.map_err(not_allowed)?;
        self.audit(caller, &lab.to_string(), &listed(&asks)).await
    }
}

fn row(who: String, ask: &Ask, allowed: bool) -> AskRow {
    AskRow {
        who,
        reach: ask.reach,
        what: ask.what.clone(),
        words: ask.to_string(),
        allowed,
    }
}

fn never(ask: &Ask) -> Option<String> {
    match ask.reach.answer() {
        Answer::Asked { .. } => None,
        Answer::Never { instead } => Some(format!("Nobody can allow {ask}; {instead}.")),
    }
}

fn problem((who, ask): &(Asker, Ask)) -> Problem {
    let at = match who {
        Asker::Node(id, _) => format!("nodes/{id}"),
        Asker::Network(id, _) => format!("networks/{id}"),
    };
    let message = format!(
        "{who} asks for {ask} of the host; an administrator can allow it for this lab \
         (`nova-ve lab allow`), or starts the lab himself"
    );
    Problem::new(at, "not_allowed", message)
}

fn listed(asks: &BTreeSet<Ask>) -> String {
    let words: Vec<String> = asks.iter().map(Ask::to_string).collect();
    format!("allowed: {}", words.join(", "))
}

fn not_allowed(error: StoreError) -> Error {
    match error {
        StoreError::TooMany { most, .. } => Error::Conflict {
            code: "too_many_allowances",
            what: format!("A lab may be allowed {most} things of its host, which is the limit."),
        },
        other => other.into(),
    }
}
