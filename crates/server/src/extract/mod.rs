//! Extractors that answer problem documents where axum's own answer plain text.

mod body;
mod if_match;
mod page;
mod path;
mod query;
mod upgrade;

pub use body::{BodyLimit, Json, LIMIT_BYTES, OptionalJson};
pub use if_match::{IfMatch, etag};
pub use page::{page_of, store_page};
pub use path::Path;
pub use query::Query;
pub use upgrade::Upgrade;
