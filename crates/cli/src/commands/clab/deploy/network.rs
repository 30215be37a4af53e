//! `--network`, `-4` and `-6`: the management network otherwise than the topology has it.

use model::Lab;
use model::lab::{Gateway, Subnet};

use crate::failure::{Exit, Failure};

#[derive(Debug, Default, clap::Args)]
pub struct Management {
    /// The management network's name
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// The management network's IPv4 subnet
    #[arg(short = '4', long, value_name = "SUBNET")]
    ipv4_subnet: Option<Subnet>,
    /// The management network's IPv6 subnet
    #[arg(short = '6', long, value_name = "SUBNET")]
    ipv6_subnet: Option<Subnet>,
}

impl Management {
    pub fn put(&self, lab: &mut Lab) -> Result<(), Failure> {
        if self.network.is_none() && self.ipv4_subnet.is_none() && self.ipv6_subnet.is_none() {
            return Ok(());
        }
        let is_it = |gateway: &Gateway| gateway.management;
        let mut networks = lab.networks.values_mut();
        let found = networks.find(|network| network.gateway.as_ref().is_some_and(is_it));
        let Some(network) = found else {
            let message = "no node of the lab is on a management network";
            return Err(Failure::new(Exit::USAGE, message).hint("leave --network, -4 and -6 away"));
        };
        if let Some(name) = &self.network {
            network.name.clone_from(name);
        }
        if let Some(gateway) = &mut network.gateway {
            gateway.ipv4 = self.ipv4_subnet.or(gateway.ipv4);
            gateway.ipv6 = self.ipv6_subnet.or(gateway.ipv6);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::commands::clab::rows::tests::detail;

    #[test]
    fn the_management_network_is_the_one_that_is_changed() {
        let mut lab = detail().lab;
        let wish = Management {
            network: Some("mgmt".into()),
            ipv4_subnet: Some("10.9.0.0/24".parse().unwrap()),
            ipv6_subnet: None,
        };
        wish.put(&mut lab).unwrap();
        let network = lab.networks.values().next().unwrap();
        let gateway = network.gateway.as_ref().unwrap();
        assert_eq!(network.name, "mgmt");
        assert_eq!(gateway.ipv4.unwrap().to_string(), "10.9.0.1/24");
        assert_eq!(gateway.ipv6, Some(Subnet::Auto));
        lab.networks.clear();
        assert!(wish.put(&mut lab).is_err());
        assert!(Management::default().put(&mut lab).is_ok());
    }
}
