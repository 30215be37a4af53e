//! How large things may be. Every limit has a test at its edge, in `validate`.
//!
//! They keep a person's mistake (or a stranger's file) from filling a disk or stalling a browser;
//! none is a limit that a real lab should meet.

pub const LAB_NAME_MAX_CHARS: usize = 128;
pub const DESCRIPTION_MAX_BYTES: usize = 64 << 10;
pub const NETWORK_NAME_MAX_CHARS: usize = 64;
/// The kernel takes host names of 64 bytes, DNS labels of 63.
pub const NODE_NAME_MAX_CHARS: usize = 63;
/// The kernel's IFNAMSIZ without its final zero.
pub const INTERFACE_NAME_MAX_BYTES: usize = 15;

pub const NODES_MAX: usize = 2_000;
pub const NETWORKS_MAX: usize = 5_000;
pub const LINKS_MAX: usize = 20_000;
pub const DRAWINGS_MAX: usize = 5_000;
pub const DRAWING_TEXT_MAX_BYTES: usize = 64 << 10;

/// The name of a container's image, its digest with it.
pub const IMAGE_NAME_MAX_BYTES: usize = 512;
/// The least an IPv4 host may have.
pub const MTU_MIN: u32 = 68;

pub const ADDRESSES_MAX: usize = 64;
pub const ROUTES_MAX: usize = 1_000;
pub const ENV_MAX: usize = 256;
pub const LABELS_MAX: usize = 256;
/// One value of `env` or `labels`.
pub const VALUE_MAX_BYTES: usize = 4 << 10;
pub const PROCESSES_MAX: usize = 32;
pub const EXEC_MAX: usize = 500;
/// One command, or one argument of a process.
pub const COMMAND_MAX_BYTES: usize = 64 << 10;
pub const ARGUMENTS_MAX: usize = 256;
pub const FILES_MAX: usize = 128;
pub const FILE_MAX_BYTES: usize = 1 << 20;
pub const FILE_PATH_MAX_BYTES: usize = 1_024;
/// All files of a node together.
pub const NODE_FILES_MAX_BYTES: usize = 4 << 20;

/// A lab file.
pub const LAB_MAX_BYTES: usize = 16 << 20;
/// Files and folders of the host in one node.
pub const BINDS_MAX: usize = 32;
/// Objects in objects of a lab file.
pub const LAB_MAX_DEPTH: usize = 32;
/// Batches in batches.
pub const BATCH_DEPTH_MAX: usize = 4;

/// The byte at which brackets lie more than `max` deep in one another, if they do. Asked of a JSON text
/// before it is parsed: a parser builds what it reads, and has its own patience.
pub fn too_deep_at(json: &[u8], max: usize) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    json.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > max
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_texts() {
        for (text, depth) in [
            ("1", 0),
            ("{}", 1),
            (r#"{"a":[1,{"b":[]}],"c":{}}"#, 4),
            (r#"{"a":"[[[[\"[[["}"#, 1),
            (r#"{"a":"\\","b":[]}"#, 2),
            ("]]]]{", 1),
        ] {
            assert_eq!(too_deep_at(text.as_bytes(), depth), None, "{text}");
            let above = depth
                .checked_sub(1)
                .map(|less| too_deep_at(text.as_bytes(), less));
            assert!(above.is_none_or(|at| at.is_some()), "{text}");
        }
        assert_eq!(too_deep_at(b"[1,[2]]", 1), Some(3));
    }
}
