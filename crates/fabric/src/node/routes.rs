//! Default gateways and static routes of a node.

use std::net::IpAddr;

use model::spec::RouteSpec;
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::Inside;
use crate::error::{Failure, Outcome, Result, tolerate};
use crate::wire::route::{self, RouteSeen};

/// A default gateway is a route to everything. Routes are written with their network's address, as
/// the kernel shows them.
pub(super) fn all(gateways: &[IpAddr], routes: &[RouteSpec]) -> Vec<RouteSpec> {
    let by_gateway = gateways.iter().map(|via| RouteSpec {
        to: route::everything(*via),
        via: *via,
    });
    let given = routes.iter().map(|route| RouteSpec {
        to: route.to.trunc(),
        via: route.via,
    });
    given.chain(by_gateway).collect()
}

impl Inside {
    pub(super) fn ensure_routes(&mut self, wanted: &[RouteSpec]) -> Result<Vec<String>> {
        let there = self.socket.dump(&route::get_all(), RouteSeen::read);
        let there = there.on("look at the node's routes")?;
        let is_stale = |seen: &&RouteSeen| seen.ours && !wanted.contains(&seen.route);
        for seen in there.iter().filter(is_stale) {
            let outcome = self.socket.change(route::delete(&seen.route), 0);
            tolerate(outcome, &[Errno::SRCH])
                .on(format_args!("remove the route to {}", seen.route.to))?;
        }
        let is_there = |route: &RouteSpec| there.iter().any(|seen| seen.route == *route);
        let missing = wanted.iter().filter(|route| !is_there(route));
        let told: Result<Vec<_>> = missing.map(|route| self.add_route(route)).collect();
        Ok(told?.into_iter().flatten().collect())
    }

    /// What stands in the way now, when it is the lab's own doing.
    fn add_route(&mut self, route: &RouteSpec) -> Result<Option<String>> {
        let RouteSpec { to, via } = route;
        let made = self
            .socket
            .change(route::make(route), NLM_F_CREATE | NLM_F_EXCL);
        match made {
            Err(failure) if failure.is(Errno::NETUNREACH) || failure.is(Errno::HOSTUNREACH) => {
                Ok(Some(format!(
                    "no route to {to}: gateway {via} is in no network of a linked interface"
                )))
            }
            Err(failure) if failure.is(Errno::EXIST) => Ok(Some(format!(
                "no route to {to} by {via}: the node has another route to it"
            ))),
            // The node's own address as its gateway, say.
            Err(Failure::Refused {
                errno: Errno::INVAL,
                said,
            }) => Ok(Some(format!("no route to {to} by {via}: {said}"))),
            outcome => {
                outcome.on(format_args!("add the route to {to} by {via}"))?;
                Ok(None)
            }
        }
    }
}
