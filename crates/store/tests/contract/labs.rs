//! Making, listing and deleting labs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use model::access::Role;
use model::{Lab, Revision};
use store::{CreateError, FileState, Labs, Page, StoreError, TRASH_KEPT_MS};

use crate::fresh::{Fresh, NOW, a_lab, add, file_of, names_in};

on_every_engine! {
    async fn a_new_lab_is_a_file_and_a_row(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let record = bench.record().await;
        assert_eq!((record.lab.revision, record.file.clone()), (Revision(1), FileState::Ok));
        assert_eq!(record.owner.username, "anna");
        let in_file: Lab = serde_json::from_str(&bench.file_text()).unwrap();
        assert_eq!(in_file, *record.lab);
        let mode = fs::metadata(bench.file()).unwrap().permissions().mode();
        assert_eq!(mode & 0o137, 0, "{mode:o}");
    }

    async fn an_id_is_given_once(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let same = Lab::new(bench.lab, "Another");
        let error = bench.labs.create(same, bench.anna, NOW).await.unwrap_err();
        assert!(matches!(error, CreateError::Exists(id) if id == bench.lab), "{error}");
        assert_eq!(bench.record().await.lab.name, "Bench");
    }

    async fn a_file_nobody_saw_yet_is_not_overwritten(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let lab = a_lab("Mine");
        let file = file_of(&bench.fresh.labs_folder(), lab.id);
        fs::write(&file, "precious").unwrap();
        let error = bench.labs.create(lab.clone(), bench.anna, NOW).await.unwrap_err();
        assert!(matches!(error, CreateError::Exists(_)), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
        assert_eq!(bench.labs.get(lab.id).await.unwrap(), None);
    }

    async fn labs_are_listed_by_name_and_by_owner(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let bob = bench.bob().await;
        for name in ["alpha", "Gamma", "beta", "delta"] {
            bench.labs.create(a_lab(name), bob, NOW).await.unwrap();
        }
        let mut page = Page { after: None, limit: 2 };
        let mut names = Vec::new();
        loop {
            let listed = bench.labs.list(Some(bob), &page).await.unwrap();
            names.extend(listed.items.iter().map(|record| record.lab.name.clone()));
            let Some(next) = listed.next else { break };
            page.after = Some(next);
        }
        assert_eq!(names, ["alpha", "beta", "delta", "Gamma"]);
        let all = bench.labs.list(None, &Page::default()).await.unwrap();
        assert_eq!((all.items.len(), bench.labs.ids().await.unwrap().len()), (5, 5));
    }

    async fn a_deleted_lab_lies_in_the_trash(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let text = bench.file_text();
        assert!(bench.labs.delete(bench.lab, 77).await.unwrap());
        assert!(!bench.labs.delete(bench.lab, 78).await.unwrap());
        assert_eq!(bench.labs.get(bench.lab).await.unwrap(), None);
        let trash = bench.fresh.labs_folder().join(".trash");
        assert_eq!(names_in(&trash), [format!("{}-77.json", bench.lab)]);
        assert_eq!(fs::read_to_string(trash.join(&bench.trash()[0])).unwrap(), text);
        assert_eq!(bench.labs.rescan(NOW).await.unwrap(), []);
    }

    async fn the_trash_keeps_a_lab_for_thirty_days_and_what_is_not_ours_for_ever(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.labs.delete(bench.lab, 77).await.unwrap();
        let trash = bench.fresh.labs_folder().join(".trash");
        let theirs = ["notes.txt".to_owned(), format!("{}-old.json", bench.lab)];
        for name in &theirs {
            fs::write(trash.join(name), "mine").unwrap();
        }
        assert_eq!(bench.labs.prune_trash(77 + TRASH_KEPT_MS).await.unwrap(), 0);
        assert_eq!(bench.trash().len(), 3);
        assert_eq!(bench.labs.prune_trash(78 + TRASH_KEPT_MS).await.unwrap(), 1);
        let mut left = theirs.to_vec();
        left.sort();
        assert_eq!(bench.trash(), left);
    }

    async fn a_deleted_lab_whose_file_was_broken_leaves_both_in_the_trash(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let good = bench.file_text();
        fs::write(bench.file(), "{").unwrap();
        bench.labs.delete(bench.lab, 77).await.unwrap();
        let (id, trash) = (bench.lab, bench.fresh.labs_folder().join(".trash"));
        assert_eq!(fs::read_to_string(trash.join(format!("{id}-77.json"))).unwrap(), "{");
        assert_eq!(fs::read_to_string(trash.join(format!("{id}-77-last-good.json"))).unwrap(), good);
    }

    async fn two_servers_do_not_share_a_folder(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let folder = bench.fresh.labs_folder();
        let second = Labs::open(bench.fresh.store.clone(), folder, uuid::Uuid::new_v4(), NOW).await;
        assert!(matches!(second, Err(StoreError::FolderInUse { .. })));
        bench.restarted().await;
    }

    async fn a_database_takes_no_other_folder_than_its_own(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        let (folder, store) = (bench.fresh.labs_folder(), bench.fresh.store.clone());
        drop(bench.labs);
        let open = async |folder: &Path| {
            Labs::open(store.clone(), folder.into(), uuid::Uuid::new_v4(), NOW).await
        };
        let moved = folder.with_file_name("moved");
        fs::rename(&folder, &moved).unwrap();
        drop(open(&moved).await.unwrap());
        let refused = open(&folder).await.unwrap_err();
        assert!(matches!(refused, StoreError::OtherFolder { .. }), "{refused}");
        let labs = open(&moved).await.unwrap();
        let lab = labs.get(bench.lab).await.unwrap().unwrap();
        assert_eq!(lab.file, store::FileState::Ok, "nothing of the other was looked at");
        drop(labs);
        // As the refusal says.
        let words = refused.to_string();
        let (_, command) = words.rsplit_once("echo ").unwrap();
        let (id, place) = command.split_once(" > ").unwrap();
        fs::write(place, id).unwrap();
        open(&folder).await.unwrap();
    }

    async fn labs_survive_a_restart(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let before = bench.record().await;
        let bench = bench.restarted().await;
        assert_eq!(bench.record().await, before);
        assert_eq!(bench.labs.rescan(NOW).await.unwrap(), []);
    }

    async fn an_empty_database_takes_in_the_labs_it_finds(fresh: Fresh) {
        let bench = fresh.with_a_lab().await;
        bench.must(bench.anna, add(1, "r1")).await;
        let other = Fresh::sqlite().await;
        let admin = other.user("root", Role::Admin).await;
        fs::create_dir(other.labs_folder()).unwrap();
        fs::copy(bench.file(), file_of(&other.labs_folder(), bench.lab)).unwrap();
        let record = other.labs().await.get(bench.lab).await.unwrap().unwrap();
        assert_eq!((record.lab.revision, record.owner.id), (Revision(2), admin.id));
        assert!(other.store.tombstones().await.unwrap().is_empty());
    }
}
