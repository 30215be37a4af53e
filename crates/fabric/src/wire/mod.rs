//! Messages in the kernel's bytes: what we send is built with the netlink crates' types, what we read
//! is picked out of the raw attributes, because a dump of thousands of devices carries some 1.5 KiB
//! for each and we need a handful of fields.

pub(crate) mod address;
pub(crate) mod device;
pub(crate) mod nft;
pub(crate) mod qdisc;
pub(crate) mod read;
pub(crate) mod redirect;
pub(crate) mod route;
pub(crate) mod stats;

#[cfg(test)]
mod tests;
