//! What a node may use of the host.

use model::lab::Resources;

use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

pub fn read(def: &Def<'_>, reading: &mut Reading<'_>) -> Resources {
    let cpus = def.first("cpu", &mut reading.ledger);
    let memory = def.first("memory", &mut reading.ledger);
    let shm = def.first("shm-size", &mut reading.ledger);
    Resources {
        cpus: cpus
            .and_then(|node| reading.number(node, "a number of processors, as 1.5"))
            .filter(|cpus| *cpus != 0.0),
        cpu_set: super::run::word(def, "cpu-set", reading),
        memory_bytes: memory.and_then(|node| size(node, reading)),
        shm_bytes: shm.and_then(|node| size(node, reading)),
        pids: None,
    }
}

fn size(node: Node<'_>, reading: &mut Reading<'_>) -> Option<u64> {
    let bytes = bytes_of(&text(node));
    if bytes.is_none() {
        let message = format!("{:?} is no size, as 512mb or 1Gib", node.short());
        reading.ledger.wrong(node, "size_odd", message);
    }
    bytes.filter(|bytes| *bytes != 0)
}

/// `1Gb`, `512 MiB`, `1.5g`, `1048576`, as the library that containerlab reads sizes with has them: powers of
/// 1024 with an `i`, else of 1000.
fn bytes_of(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim().trim_end_matches('b');
    let (letter, base) = match unit.strip_suffix('i') {
        Some(letter) => (letter, 1024.0_f64),
        None => (unit, 1000.0),
    };
    let power = match letter {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    whole(number.parse::<f64>().ok()? * base.powi(power))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and what a u64 holds"
)]
fn whole(bytes: f64) -> Option<u64> {
    (0.0..1e18).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::bytes_of;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("1048576", Some(1 << 20)),
            ("1Gb", Some(1_000_000_000)),
            ("1 GiB", Some(1 << 30)),
            ("512m", Some(512_000_000)),
            ("1.5Gi", Some(3 << 29)),
            ("100 b", Some(100)),
            ("big", None),
            ("1.2.3", None),
            ("-1", None),
            ("99999999tb", None),
        ] {
            assert_eq!(bytes_of(text), bytes, "{text}");
        }
    }
}
