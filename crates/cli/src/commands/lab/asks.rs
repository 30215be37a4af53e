//! What a new lab asks of its host and nobody allowed yet, told with the way to it.

use api::ask::AskRow;
use api::client::Client;
use model::Lab;

use crate::output::{remark, table};

pub async fn tell(client: &Client, lab: &Lab) -> anyhow::Result<()> {
    let asks = client.asks(lab.id).await?;
    if let Some(words) = words(&asks, &lab.name) {
        remark(&words);
    }
    Ok(())
}

fn words(asks: &[AskRow], lab: &str) -> Option<String> {
    let open = asks.iter().filter(|ask| !ask.allowed);
    let rows: Vec<[String; 2]> = open
        .map(|ask| [ask.who.clone(), ask.words.clone()])
        .collect();
    if rows.is_empty() {
        return None;
    }
    let table = table(["WHO", "ASKS FOR"], rows);
    Some(format!(
        "{lab} asks for things of its host, which an administrator is to allow:\n{table}\n\
         allow them: nova-ve lab allow {lab:?} --all"
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn only_what_is_not_allowed_is_told() {
        let asks: Vec<AskRow> = serde_json::from_value(serde_json::json!([
            {"who": "node r1", "reach": "capability", "what": "SYS_ADMIN",
             "words": "the capability \"SYS_ADMIN\"", "allowed": false},
            {"who": "node r2", "reach": "device", "what": "/dev/kvm",
             "words": "the device \"/dev/kvm\"", "allowed": true},
        ]))
        .unwrap();
        insta::assert_snapshot!(words(&asks, "bgp").unwrap(), @r#"
        bgp asks for things of its host, which an administrator is to allow:
        WHO      ASKS FOR
        node r1  the capability "SYS_ADMIN"
        allow them: nova-ve lab allow "bgp" --all
        "#);
        assert_eq!(words(&asks[1..], "bgp"), None);
    }
}
