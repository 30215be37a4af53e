//! Addresses of a node's interfaces.

use model::lab::Address;
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::Inside;
use crate::error::{Outcome, Result, tolerate};
use crate::wire::address::{self, AddressSeen};

impl Inside {
    pub(super) fn ensure_addresses(&mut self, name: &str, wanted: &[Address]) -> Result<()> {
        let index = self.find_ours(name)?.index;
        let mut there = self.addresses_of(index)?;
        let stale: Vec<Address> = there
            .iter()
            .filter(|seen| seen.ours && !wanted.contains(&seen.address))
            .map(|seen| seen.address)
            .collect();
        for address in &stale {
            let outcome = self.socket.change(address::delete(index, *address), 0);
            tolerate(outcome, &[Errno::ADDRNOTAVAIL])
                .on(format_args!("take {} off {name}", address.0))?;
        }
        if !stale.is_empty() {
            // The first address of an IPv4 network takes the others of it along.
            there = self.addresses_of(index)?;
        }
        let is_there = |address: &Address| there.iter().any(|seen| seen.address == *address);
        for address in wanted.iter().filter(|address| !is_there(address)) {
            let making = address::make(index, *address);
            let outcome = self.socket.change(making, NLM_F_CREATE | NLM_F_EXCL);
            tolerate(outcome, &[Errno::EXIST])
                .on(format_args!("give {name} the address {}", address.0))?;
        }
        Ok(())
    }

    fn addresses_of(&mut self, index: u32) -> Result<Vec<AddressSeen>> {
        let mut found = self.addresses()?;
        found.retain(|seen| seen.index == index);
        Ok(found)
    }
}
