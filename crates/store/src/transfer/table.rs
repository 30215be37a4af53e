//! The tables that are moved, in an order in which every row finds the rows that it names.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde_json::{Map, Value as Json};

use crate::StoreError;
use crate::db::{Row, Value};

/// Labs are up to some MiB each.
const ROWS_A_PAGE: usize = 50;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The first `key` of them are the primary key.
    columns: &'static [Column],
    key: usize,
}

#[derive(Debug)]
enum Column {
    Text(&'static str),
    Number(&'static str),
}

use Column::{Number, Text};

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "settings",
        key: 1,
        columns: &[Text("key"), Text("value")],
    },
    Table {
        name: "users",
        key: 1,
        columns: &[
            Text("id"),
            Text("username"),
            Text("username_key"),
            Text("password_hash"),
            Text("role"),
            Number("created_ms"),
            Number("removed_ms"),
        ],
    },
    Table {
        name: "tokens",
        key: 1,
        columns: &[
            Text("id"),
            Text("key"),
            Text("user_id"),
            Text("name"),
            Text("name_key"),
            Number("created_ms"),
            Number("expires_ms"),
            Number("last_used_ms"),
        ],
    },
    Table {
        name: "labs",
        key: 1,
        columns: &[
            Text("id"),
            Text("name"),
            Text("name_key"),
            Text("owner_id"),
            Number("revision"),
            Number("changed_ms"),
            Text("state"),
            Text("state_why"),
            Text("file_stamp"),
            Text("file_hash"),
            Text("contents"),
        ],
    },
    Table {
        name: "allowances",
        key: 3,
        columns: &[
            Text("lab_id"),
            Text("reach"),
            Text("what"),
            Text("allowed_by"),
            Number("since_ms"),
        ],
    },
    Table {
        name: "shares",
        key: 2,
        columns: &[
            Text("lab_id"),
            Text("user_id"),
            Text("granted"),
            Number("since_ms"),
        ],
    },
    Table {
        name: "edits",
        key: 2,
        columns: &[
            Text("lab_id"),
            Number("revision"),
            Text("author_id"),
            Text("kind"),
            Number("of_revision"),
            Number("superseded"),
            Text("words"),
            Text("edit"),
            Text("inverse"),
            Text("file_hash"),
            Number("at_ms"),
        ],
    },
    Table {
        name: "run_wishes",
        key: 2,
        columns: &[
            Text("lab_id"),
            Number("node"),
            Number("is_on"),
            Number("start_count"),
            Number("wipe_count"),
            Text("changed_by"),
            Number("changed_ms"),
        ],
    },
    Table {
        name: "specs",
        key: 1,
        columns: &[
            Text("lab_id"),
            Number("generation"),
            Text("contents_hash"),
            Text("state"),
        ],
    },
    Table {
        name: "audit",
        key: 1,
        columns: &[
            Text("id"),
            Number("at_ms"),
            Text("user_id"),
            Text("action"),
            Text("subject"),
            Text("detail"),
            Text("username"),
            Text("outcome"),
            Text("address"),
            Text("request_id"),
        ],
    },
];

impl Column {
    fn name(&self) -> &'static str {
        match self {
            Text(name) | Number(name) => name,
        }
    }

    fn read(&self, row: &Row) -> Result<Json, StoreError> {
        Ok(match self {
            Text(name) => row.text_or_null(name)?.map_or(Json::Null, Json::from),
            Number(name) => row.number_or_null(name)?.map_or(Json::Null, Json::from),
        })
    }

    fn value(&self, json: Option<&Json>) -> Result<Value, String> {
        match (self, json) {
            (_, None) => Err("is missing".into()),
            (Text(_), Some(Json::Null)) => Ok(Value::Text(None)),
            (Text(_), Some(Json::String(text))) => Ok(Value::Text(Some(text.clone()))),
            (Number(_), Some(Json::Null)) => Ok(Value::Int(None)),
            (Number(_), Some(Json::Number(number))) => match number.as_i64() {
                Some(number) if number >= 0 => Ok(Value::Int(Some(number))),
                Some(_) | None => Err(format!("is no count: {number}")),
            },
            (Text(_), Some(_)) => Err("is no text".into()),
            (Number(_), Some(_)) => Err("is no number".into()),
        }
    }
}

impl Table {
    pub(super) fn to_json(&self, row: &Row) -> Result<Map<String, Json>, StoreError> {
        let read = |column: &Column| Ok((column.name().to_owned(), column.read(row)?));
        self.columns.iter().map(read).collect()
    }

    /// In the order of `insert`; every column and no other. Else what is wrong with which column.
    pub(super) fn values_of(
        &self,
        row: &Map<String, Json>,
    ) -> Result<Vec<Value>, Vec<(String, String)>> {
        let (mut values, mut wrong) = (Vec::new(), Vec::new());
        for column in self.columns {
            match column.value(row.get(column.name())) {
                Ok(value) => values.push(value),
                Err(why) => wrong.push((column.name().to_owned(), why)),
            }
        }
        let is_known = |name: &String| self.columns.iter().any(|column| column.name() == name);
        let odd = row.keys().filter(|name| !is_known(name)).cloned();
        wrong.extend(odd.map(|name| (name, "is no column".to_owned())));
        if wrong.is_empty() {
            Ok(values)
        } else {
            Err(wrong)
        }
    }

    pub(super) fn key_of(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        let read = |column: &Column| match column {
            Text(name) => row.text(name).map(Value::from),
            Number(name) => row.number(name).map(Value::from),
        };
        self.columns[..self.key].iter().map(read).collect()
    }

    pub(super) fn first_page(&self) -> &'static str {
        self.page("")
    }

    /// After the row whose key is `$1`, `$2`.
    pub(super) fn next_page(&self) -> &'static str {
        let places = places(self.key);
        self.page(&format!("WHERE ({}) > ({places})", self.names(self.key)))
    }

    fn page(&self, condition: &str) -> &'static str {
        let (columns, key) = (self.names(self.columns.len()), self.names(self.key));
        let table = self.name;
        kept(format!(
            "SELECT {columns} FROM {table} {condition} ORDER BY {key} LIMIT {ROWS_A_PAGE}"
        ))
    }

    pub(super) fn insert(&self) -> &'static str {
        let (columns, places) = (self.names(self.columns.len()), places(self.columns.len()));
        kept(format!(
            "INSERT INTO {} ({columns}) VALUES ({places})",
            self.name
        ))
    }

    pub(super) fn any_row(&self) -> &'static str {
        kept(format!("SELECT 1 AS yes FROM {} LIMIT 1", self.name))
    }

    fn names(&self, count: usize) -> String {
        let names: Vec<&str> = self.columns[..count].iter().map(Column::name).collect();
        names.join(", ")
    }
}

pub(super) fn is_full_page(rows: &[Row]) -> bool {
    rows.len() == ROWS_A_PAGE
}

fn places(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    places.join(", ")
}

/// The door takes texts of the program alone. These are: they come from the table above, a few dozen
/// of them, each kept once.
fn kept(statement: String) -> &'static str {
    static KEPT: LazyLock<Mutex<BTreeMap<String, &'static str>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(statement)
        .or_insert_with_key(|statement| statement.clone().leak())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::db::args;
    use crate::{Config, Store};

    const NOT_MOVED: [&str; 3] = ["sessions", "jobs", "schema_migrations"];

    #[tokio::test]
    async fn every_column_of_every_table_is_moved() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Store::migrate(&config, 1).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let mut there = BTreeSet::new();
        let columns = store.db.rows(
            "SELECT t.name AS of_table, c.name AS of_column
             FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
            args![],
        );
        for row in columns.await.unwrap() {
            let table = row.text("of_table").unwrap();
            if !NOT_MOVED.contains(&&*table) {
                there.insert((table, row.text("of_column").unwrap()));
            }
        }
        let moved = TABLES.iter().flat_map(|table| {
            let names = table.columns.iter().map(Column::name);
            names.map(|column| (table.name.to_owned(), column.to_owned()))
        });
        assert_eq!(moved.collect::<BTreeSet<_>>(), there);
        store.close().await;
    }
}
