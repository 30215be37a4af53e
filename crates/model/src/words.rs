//! What may stand in the words that people give and others read: in a terminal, a log, a page.

pub const USERNAME_MAX_CHARS: usize = 64;
pub const TOKEN_NAME_MAX_CHARS: usize = 64;

/// Acts on a terminal or turns the direction of the words around it.
pub fn acts(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || turns
}

/// Has no place in one line of words: it acts, begins a line, or takes no room, so that two names
/// would look the same.
pub fn is_odd(c: char) -> bool {
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    acts(c) || is_hidden
}

/// What of a text may stand in one line, cut to so many characters.
pub fn one_line(text: &str, most_chars: usize) -> String {
    let plain = text.chars().filter(|c| !is_odd(*c));
    plain.take(most_chars).collect()
}

/// Whether a new user may have this name. ASCII alone: `аdmin` with a Cyrillic а and `ａdmin` in
/// full width look like `admin` where rights are given.
pub fn is_username(name: &str) -> bool {
    name.is_ascii() && is_kept_username(name)
}

/// Whether a user of an earlier program may keep this name.
pub fn is_kept_username(name: &str) -> bool {
    let begins = name.chars().next().is_some_and(char::is_alphanumeric);
    let plain = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
    begins && name.chars().count() <= USERNAME_MAX_CHARS && name.chars().all(plain)
}

/// Whether a token may have this name.
pub fn is_token_name(name: &str) -> bool {
    let chars = name.chars().count();
    (1..=TOKEN_NAME_MAX_CHARS).contains(&chars) && name.trim() == name && !name.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_like_another_are_no_users() {
        for name in ["admin", "a", "7", "Eve.O-Neil_2@lab+x", &"x".repeat(64)] {
            assert!(is_username(name), "{name}");
        }
        let cyrillic_a = "\u{430}dmin";
        let full_width = "\u{ff41}dmin";
        let dotless = "adm\u{131}n";
        let composed = "ade\u{301}";
        for name in [
            cyrillic_a,
            full_width,
            dotless,
            composed,
            "名前",
            "admin\u{200b}",
            "adm\u{ad}in",
        ] {
            assert!(!is_username(name), "{name:?}");
        }
        for name in [
            "",
            ".a",
            "-a",
            "a b",
            "a/b",
            "a\n",
            "a\u{202e}b",
            &"x".repeat(65),
        ] {
            assert!(!is_username(name), "{name:?}");
            assert!(!is_kept_username(name), "{name:?}");
        }
        // They were possible once, and must still log in and move.
        for name in [cyrillic_a, "名前", "rené"] {
            assert!(is_kept_username(name), "{name}");
        }
    }

    #[test]
    fn what_acts_or_hides_has_no_place_in_one_line() {
        for odd in [
            '\0',
            '\u{1b}',
            '\n',
            '\u{85}',
            '\u{202e}',
            '\u{2066}',
            '\u{200b}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_odd(odd), "{odd:?}");
            assert!(!is_token_name(&format!("a{odd}b")), "{odd:?}");
            assert_eq!(one_line(&format!("a{odd}bc"), 2), "ab");
        }
        for name in ["my laptop", "ノート", "rené 👩\u{200d}💻", &"ö".repeat(64)] {
            assert!(is_token_name(name), "{name}");
            assert_eq!(one_line(name, 100), name);
        }
        for name in ["", " a", "a ", &"ö".repeat(65)] {
            assert!(!is_token_name(name), "{name:?}");
        }
    }
}
