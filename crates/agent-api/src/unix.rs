//! The real client: a unix socket, reconnecting.
