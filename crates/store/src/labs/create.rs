//! A new lab: row `writing`, file, row `ok`.

use model::access::Role;
use model::{Lab, LabId, Problem, Revision, validate};

use super::commit::give_up;
use super::folder::{Place, Stamp, sha256_hex};
use super::index::{self, Contents, State};
use super::inner::{Inner, Step};
use super::{CreateError, FileState, LABS_MAX, LabRecord, parse};
use crate::db::Tx;
use crate::{StoreError, User, UserId, specs};

pub(super) async fn create(
    inner: &Inner,
    lab: Lab,
    owner: UserId,
    now_ms: u64,
) -> Result<LabRecord, CreateError> {
    let lab = Lab {
        revision: Revision(1),
        ..lab
    };
    let text = checked(&lab).map_err(CreateError::Invalid)?;
    let owner = inner
        .store
        .user(owner)
        .await?
        .ok_or(StoreError::NoSuchUser)?;
    let _held = inner.lock(lab.id).await;
    let hash = sha256_hex(text.as_bytes());
    begin(inner, &lab, &owner, &text, &hash, now_ms).await?;
    inner.reach(Step::Row)?;
    match write(inner, lab.id, text, now_ms).await {
        Ok(Some(stamp)) => end(inner, lab.id, &stamp).await?,
        Ok(None) => {
            forget(inner, lab.id).await?;
            return Err(CreateError::Exists(lab.id));
        }
        Err(error) => return Err(give_up(inner, lab.id, error, now_ms).await.into()),
    }
    let (lab, file) = (inner.remember(lab, &hash), FileState::Ok);
    Ok(LabRecord {
        lab,
        owner,
        file,
        changed_ms: now_ms,
    })
}

fn checked(lab: &Lab) -> Result<String, Vec<Problem>> {
    let problems = validate::validate(lab);
    if !problems.is_empty() {
        return Err(problems);
    }
    parse::text(lab).map_err(|problem| vec![problem])
}

async fn end(inner: &Inner, id: LabId, stamp: &Stamp) -> Result<(), StoreError> {
    inner.reach(Step::File)?;
    let mut tx = inner.store.db.write().await?;
    index::set_state(&mut tx, id, &State::Ok, stamp).await?;
    specs::unbury(&mut tx, id).await?;
    tx.commit().await?;
    inner.reach(Step::Index)
}

async fn begin(
    inner: &Inner,
    lab: &Lab,
    owner: &User,
    text: &str,
    hash: &str,
    now_ms: u64,
) -> Result<(), CreateError> {
    let stamp = Stamp::unsure();
    let contents = Contents::new(lab, text, hash, &stamp, now_ms);
    let mut tx = inner.store.db.write().await?;
    has_room(&mut tx, owner).await?;
    match index::insert(&mut tx, owner.id, &State::Writing, &contents).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(error) if error.is_duplicate() => Err(CreateError::Exists(lab.id)),
        Err(error) => Err(error.into()),
    }
}

/// Whether the user may have one more.
async fn has_room(tx: &mut Tx, owner: &User) -> Result<(), StoreError> {
    match owner.role {
        Role::Admin => Ok(()),
        Role::Member if index::count_of(tx, owner.id).await? < LABS_MAX => Ok(()),
        Role::Member => Err(StoreError::TooMany {
            what: "labs",
            most: LABS_MAX,
        }),
    }
}

/// `None`: a file that no scan has seen yet lies in the place.
async fn write(
    inner: &Inner,
    id: LabId,
    text: String,
    now_ms: u64,
) -> Result<Option<Stamp>, StoreError> {
    inner
        .in_folder(move |folder| folder.write_temp(id, &text))
        .await?;
    inner.reach(Step::Temp)?;
    inner
        .in_folder(move |folder| folder.put_in_place(id, &Place::Free, now_ms))
        .await
}

async fn forget(inner: &Inner, id: LabId) -> Result<(), StoreError> {
    let mut tx = inner.store.db.write().await?;
    index::remove(&mut tx, id).await?;
    tx.commit().await
}
