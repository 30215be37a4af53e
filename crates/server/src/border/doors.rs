//! Places for connections: so many in all, so many from one address.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::Border;

#[derive(Debug)]
pub struct Doors {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    each: BTreeMap<IpAddr, usize>,
}

/// A place that is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    doors: Arc<Doors>,
    address: IpAddr,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    All,
    Address,
}

impl Doors {
    pub fn new(border: &Border, open_files: usize) -> Arc<Self> {
        // A console takes a second descriptor, and the server's own files need some.
        let affordable = open_files.saturating_sub(64) / 2;
        Arc::new(Self {
            all: border.connections.min(affordable).max(1),
            each: border.connections_an_address,
            taken: Mutex::default(),
        })
    }

    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let address = address.to_canonical();
        let mut taken = self.taken.lock().expect("no holder panics");
        if taken.all >= self.all {
            return Err(Full::All);
        }
        let here = taken.each.get(&address).copied().unwrap_or(0);
        if here >= self.each && !address.is_loopback() {
            return Err(Full::Address);
        }
        taken.all += 1;
        taken.each.insert(address, here + 1);
        Ok(Place {
            doors: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.doors.taken.lock().expect("no holder panics");
        taken.all -= 1;
        match taken.each.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            Some(_) | None => {
                taken.each.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn doors(open_files: usize) -> Arc<Doors> {
        let border = Border {
            connections: 3,
            connections_an_address: 2,
            ..Border::default()
        };
        Doors::new(&border, open_files)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_gets_its_share_and_all_get_what_there_is() {
        let doors = doors(10_000);
        let first = doors.enter(address(1)).unwrap();
        let _second = doors.enter(address(1)).unwrap();
        assert_eq!(doors.enter(address(1)).unwrap_err(), Full::Address);
        let _third = doors.enter(address(2)).unwrap();
        assert_eq!(doors.enter(address(3)).unwrap_err(), Full::All);
        drop(first);
        let _again = doors.enter(address(1)).unwrap();
    }

    #[test]
    fn a_proxy_on_this_host_has_no_share() {
        let doors = doors(10_000);
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let places: Vec<Place> = (0..3).map(|_| doors.enter(loopback).unwrap()).collect();
        assert_eq!(doors.enter(loopback).unwrap_err(), Full::All);
        drop(places);
        assert!(doors.taken.lock().unwrap().each.is_empty());
    }

    #[test]
    fn few_open_files_make_fewer_places() {
        let doors = doors(64 + 4);
        let _places = [doors.enter(address(1)), doors.enter(address(2))];
        assert_eq!(doors.enter(address(3)).unwrap_err(), Full::All);
    }
}
