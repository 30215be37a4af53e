//! argon2id in memory that goes back to the kernel at once.
//!
//! glibc raises its threshold for `mmap` to the size of the largest block that was ever freed, up
//! to 32 MiB (`mallopt(3)`, `M_MMAP_THRESHOLD`): after the first log-in its 19 MiB would stay
//! resident for ever. A larger block is mapped and unmapped each time, and what is not touched of
//! it costs nothing.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, Result, generate_salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

const BEYOND_THRESHOLD_BYTES: usize = 33 << 20;

/// By `CustomizedPasswordHasher` it is a `PasswordVerifier`, too.
pub(super) struct Argon;

impl Argon {
    pub fn hash(password: &str, params: Params) -> Result<PasswordHash> {
        Self.hash_password_with_params(password.as_bytes(), &generate_salt(), params)
    }
}

impl CustomizedPasswordHasher<PasswordHash> for Argon {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map_or(Ok(Algorithm::Argon2id), Algorithm::try_from)?;
        let version = version.map_or(Ok(Version::V0x13), Version::try_from)?;
        let mut output = [0; Output::MAX_LENGTH];
        let output = output
            .get_mut(..params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN))
            .ok_or(Error::OutputSize)?;
        let mut blocks = Vec::with_capacity(BEYOND_THRESHOLD_BYTES / Block::SIZE);
        blocks.resize(params.block_count(), Block::new());
        let names = ParamsString::try_from(&params)?;
        Argon2::new(algorithm, version, params).hash_password_into_with_memory(
            password,
            salt,
            output,
            &mut blocks,
        )?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: names,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use argon2::password_hash::PasswordVerifier;

    use super::*;

    #[test]
    fn it_is_the_same_argon2id_as_everybodys() {
        let ours = Argon::hash("secret", Params::default()).unwrap();
        let theirs = Argon2::default();
        theirs.verify_password(b"secret", &ours).unwrap();
        Argon.verify_password(b"secret", &ours).unwrap();
        Argon.verify_password(b"Secret", &ours).unwrap_err();
    }
}
