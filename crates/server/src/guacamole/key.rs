//! The secrets of a user and of a connection, good for nothing else.

use model::InstanceId;
use sha2::{Digest, Sha256};
use store::ConnectionUser;

use crate::auth::hex;

/// Never shown: no `Debug`.
pub struct OneTime {
    /// Of the connection, among ours.
    pub name: String,
    /// The log-in at the door.
    pub door_user: String,
    pub door_password: String,
}

impl OneTime {
    pub fn draw(instance: &InstanceId) -> Result<Self, getrandom::Error> {
        Ok(Self {
            name: draw_name(instance)?,
            door_user: draw::<8>()?,
            door_password: draw::<32>()?,
        })
    }
}

/// A user of Guacamole's; the password gets tokens of the web application.
pub fn draw_user(instance: &InstanceId) -> Result<ConnectionUser, getrandom::Error> {
    Ok(ConnectionUser {
        name: draw_name(instance)?,
        password: draw::<32>()?,
        salt: random()?,
    })
}

fn draw_name(instance: &InstanceId) -> Result<String, getrandom::Error> {
    Ok(format!("{}{}", prefix(instance), draw::<12>()?))
}

/// How the names of all users and the keys of all connections of this installation begin. Of fixed length, so that no
/// instance's is the beginning of another's.
pub fn prefix(instance: &InstanceId) -> String {
    let hash = Sha256::digest(instance.to_string());
    format!("nova-ve-{}-", hex(&hash[..4]))
}

fn draw<const BYTES: usize>() -> Result<String, getrandom::Error> {
    Ok(hex(&random::<BYTES>()?))
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES], getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn names_begin_with_the_instances_own_and_no_two_are_equal() {
        let instance = |id: &str| InstanceId(id.into());
        let (a, b) = (instance("a"), instance("a-b"));
        assert!(!prefix(&b).starts_with(&prefix(&a)));
        let (first, second) = (OneTime::draw(&a).unwrap(), OneTime::draw(&a).unwrap());
        assert!(first.name.starts_with(&prefix(&a)) && second.name.starts_with(&prefix(&a)));
        assert_ne!(first.name, second.name);
        let user = draw_user(&a).unwrap();
        assert!(user.name.starts_with(&prefix(&a)) && user.name != first.name);
        assert!(user.name.len() <= 128 && !user.name.contains(' '));
    }
}
