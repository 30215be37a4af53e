//! What a lab or a file does not have of the other, as a table that is read before anything happens.

use formats::Loss;

use crate::failure::{Exit, Failure};
use crate::output::{page_width, remark, wrapped_table};

/// On standard error, so that it stands in nobody's way who reads the answer.
pub fn tell(losses: &[Loss], whose: &str) {
    if !losses.is_empty() {
        remark(&page(losses, whose, page_width()));
    }
}

/// `--strict`: nothing is done with losses.
pub fn must_be_none(losses: &[Loss]) -> anyhow::Result<()> {
    if losses.is_empty() {
        return Ok(());
    }
    let message = format!(
        "{} would be lost, and --strict takes nothing less",
        count(losses)
    );
    Err(Failure::new(Exit::BAD_DATA, message)
        .hint("mend the file as the table says, or leave --strict away")
        .into())
}

fn count(losses: &[Loss]) -> String {
    match losses.len() {
        1 => "one thing".into(),
        many => format!("{many} things"),
    }
}

fn page(losses: &[Loss], whose: &str, width: Option<u16>) -> String {
    let row = |loss: &Loss| {
        let line = loss.place.map(|place| place.line.to_string());
        [
            line.unwrap_or_default(),
            loss.path.clone(),
            loss.value.clone(),
            loss.consequence.clone(),
            loss.cure.clone(),
        ]
    };
    let header = ["LINE", "WHAT", "VALUE", "SO", "DO"];
    let rows = losses.iter().map(row).collect();
    let verb = if losses.len() == 1 { "is" } else { "are" };
    let table = wrapped_table(header, rows, width);
    format!("{} of {whose} {verb} left out:\n{table}", count(losses))
}

#[cfg(test)]
mod tests {
    use formats::Place;

    use super::*;

    #[test]
    fn each_loss_is_a_row_with_its_line_and_its_cure() {
        let loss = |line, path: &str, value: &str| Loss {
            place: Some(Place { line, column: 3 }),
            path: path.into(),
            value: value.into(),
            consequence: "no port of the host leads into the node".into(),
            cure: "nova-ve forward t/r1:22".into(),
        };
        let losses = [
            loss(7, "topology.nodes.r1.ports[0]", "2211:22"),
            loss(12, "topology.nodes.r2.ports[0]", "2212:22"),
        ];
        insta::assert_snapshot!(page(&losses, "t.clab.yml", None));
        insta::assert_snapshot!(page(&losses, "t.clab.yml", Some(72)));
        assert!(must_be_none(&losses).is_err() && must_be_none(&[]).is_ok());
    }
}
