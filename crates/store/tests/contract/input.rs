//! Files and labs that are wrong on purpose.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use model::Lab;
use store::{CreateError, FileState, MAX_LAB_BYTES};

use crate::fresh::{Bench, Fresh, NOW, a_lab, add};

/// The file becomes `bytes`; says why the lab is broken now. What was good stays in force.
async fn broken_by(bench: &Bench, bytes: &[u8]) -> String {
    fs::write(bench.file(), bytes).unwrap();
    why_broken(bench).await
}

async fn why_broken(bench: &Bench) -> String {
    bench.labs.rescan(NOW).await.unwrap();
    let record = bench.record().await;
    assert_eq!(record.lab.name, "Bench");
    match record.file {
        FileState::Broken { why } => why,
        other => panic!("{other:?}"),
    }
}

on_every_engine! {
    async fn odd_contents_are_told_in_words(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let good = bench.file_text();
        let deep = format!("{{\"x\":{}", "[".repeat(100_000));
        let deep_but_closed = good.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(200), "]".repeat(200)), 1);
        for (bytes, words) in [
            (b"".as_slice(), "EOF"),
            (b"null", "invalid type"),
            (deep.as_bytes(), "nested deeper than 32 levels"),
            (deep_but_closed.as_bytes(), "nested deeper than 32 levels"),
            (b"\xff\xfe{\0}\0", "no UTF-8 text from byte 1 on"),
            (b"{\"schema\":1}", "missing field"),
            (good.replace(&bench.lab.to_string(), &a_lab("x").id.to_string()).as_bytes(), "the id inside"),
            (good.replace("\"revision\": 1", "\"revision\": 18446744073709551615").as_bytes(), "too high"),
            (good.replace("\"schema\": 1", "\"schema\": 999").as_bytes(), "schema"),
        ] {
            let why = broken_by(&bench, bytes).await;
            assert!(why.contains(words), "{why:?} lacks {words:?}");
        }
        fs::write(bench.file(), good).unwrap();
        bench.must(bench.anna, add(1, "r1")).await;
    }

    async fn a_huge_file_is_refused_unread(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        File::create(bench.file()).unwrap().set_len(100 << 30).unwrap();
        let before = Instant::now();
        assert!(why_broken(&bench).await.contains("too large"));
        assert!(before.elapsed() < Duration::from_secs(5));
        File::create(bench.file()).unwrap().set_len(MAX_LAB_BYTES).unwrap();
        assert!(!why_broken(&bench).await.contains("too large"));
    }

    async fn links_pipes_and_folders_are_not_followed(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let aside = bench.fresh.labs_folder().join("aside");
        fs::rename(bench.file(), &aside).unwrap();
        symlink(&aside, bench.file()).unwrap();
        assert!(why_broken(&bench).await.contains("symbolic link"));
        fs::remove_file(bench.file()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            bench.file(),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(why_broken(&bench).await.contains("no ordinary file"));
        fs::remove_file(bench.file()).unwrap();
        fs::create_dir(bench.file()).unwrap();
        assert!(why_broken(&bench).await.contains("no ordinary file"));
        fs::remove_dir(bench.file()).unwrap();
        fs::rename(&aside, bench.file()).unwrap();
        bench.must(bench.anna, add(1, "r1")).await;
    }

    async fn a_lab_too_large_for_its_file_is_not_made(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let mut lab = a_lab("Large");
        lab.extra.insert("x".into(), "y".repeat(usize::try_from(MAX_LAB_BYTES).unwrap()).into());
        let error = bench.labs.create(lab.clone(), bench.anna, NOW).await.unwrap_err();
        assert!(matches!(&error, CreateError::Invalid(problems) if problems[0].code == "lab_too_large"), "{error}");
        lab.extra.clear();
        bench.labs.create(lab, bench.anna, NOW).await.unwrap();
    }

    async fn an_invalid_lab_is_not_made_and_every_problem_is_named(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bad = Lab { schema: 999, name: String::new(), ..a_lab("x") };
        match bench.labs.create(bad, bench.anna, NOW).await.unwrap_err() {
            CreateError::Invalid(problems) => assert!(problems.len() >= 2, "{problems:?}"),
            other => panic!("{other}"),
        }
        assert_eq!(bench.labs.ids().await.unwrap().len(), 1);
    }

    async fn names_with_odd_bytes_sort_and_page(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        for name in ["'; DROP TABLE labs; --", "ÄÖ", "😀", "a\"b\\c", "%_"] {
            bench.labs.create(a_lab(name), bench.anna, NOW).await.unwrap();
        }
        let mut page = store::Page { after: None, limit: 1 };
        let mut seen = 1;
        while let Some(next) = bench.labs.list(None, &page).await.unwrap().next {
            (page.after, seen) = (Some(next.to_string().parse().unwrap()), seen + 1);
        }
        assert_eq!(seen, 6);
    }
}
