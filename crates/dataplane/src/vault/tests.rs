//! Receipt and destruction, with crashes.

use std::os::unix::fs::PermissionsExt as _;

use futures::stream;

use super::*;

const CONTRACT: &str = "../../etc/contract 1";

fn pieces(content: &'static [u8]) -> impl Stream<Item = Result<Bytes, String>> + Unpin {
    stream::iter(content.chunks(3).map(|chunk| Ok(Bytes::from_static(chunk))))
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| name_of(&entry.unwrap().path())).collect();
    names.sort();
    names
}

fn vault() -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("vault")).unwrap();
    (dir, vault)
}

#[tokio::test]
async fn files_are_the_owners_alone_and_stay_in_the_vault() {
    let (_dir, vault) = vault();
    let received = vault.receive(CONTRACT, Suite::Sm, pieces(b"sealed bytes")).await.unwrap();
    assert_eq!((received.bytes, received.digest), (12, Suite::Sm.hash(b"sealed bytes").to_string()));
    assert_eq!(names(&vault.dir), [received.file.as_str()]);
    assert_eq!(fs::read(vault.dir.join(&received.file)).unwrap(), b"sealed bytes");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&vault.dir), mode(&vault.dir.join(&received.file))), (0o700, 0o600));
}

#[tokio::test]
async fn what_breaks_off_leaves_what_was_held() {
    let (_dir, vault) = vault();
    let held = vault.receive(CONTRACT, Suite::Sm, pieces(b"first")).await.unwrap();
    let cut = stream::iter([Ok(Bytes::from_static(b"second")), Err("connection reset")]);
    let error = vault.receive(CONTRACT, Suite::Sm, cut).await.unwrap_err();
    assert_eq!(error.to_string(), "delivery broke off: connection reset");
    assert_eq!(names(&vault.dir), [held.file.as_str()]);
    assert_eq!(fs::read(vault.dir.join(&held.file)).unwrap(), b"first");
}

#[tokio::test]
async fn a_new_delivery_takes_the_place_of_the_old_which_is_overwritten() {
    let (_dir, vault) = vault();
    let held = vault.receive(CONTRACT, Suite::Sm, pieces(b"first")).await.unwrap();
    let mut before = File::open(vault.dir.join(&held.file)).unwrap();
    vault.receive(CONTRACT, Suite::Sm, pieces(b"second")).await.unwrap();
    assert_eq!(fs::read(vault.dir.join(&held.file)).unwrap(), b"second");
    let mut content = Vec::new();
    before.read_to_end(&mut content).unwrap();
    assert_eq!(content.len(), 5);
    assert_ne!(content, b"first");
}

#[tokio::test]
async fn destruction_overwrites_removes_and_repeats_itself() {
    let (_dir, vault) = vault();
    let nothing = vault.destroy(CONTRACT).unwrap();
    assert_eq!(nothing, Destruction::default());
    let held = vault.receive(CONTRACT, Suite::Sm, pieces(b"sealed bytes")).await.unwrap();
    let other = vault.receive("other", Suite::Sm, pieces(b"stays")).await.unwrap();
    let mut open = File::open(vault.dir.join(&held.file)).unwrap();
    let destroyed = vault.destroy(CONTRACT).unwrap();
    assert_eq!(destroyed, Destruction { files: vec![(held.file.clone(), 12)], overwritten: true });
    assert!(!vault.dir.join(&held.file).exists());
    assert!(vault.dir.join(&other.file).exists());
    let mut content = Vec::new();
    open.read_to_end(&mut content).unwrap();
    assert_eq!(content.len(), 12);
    assert_ne!(content, b"sealed bytes");
    assert_eq!(vault.destroy(CONTRACT).unwrap(), destroyed);
    // Received anew, it is held anew, and destroyed for what it then is.
    vault.receive(CONTRACT, Suite::Sm, pieces(b"again")).await.unwrap();
    let again = Destruction { files: vec![(held.file, 5)], overwritten: true };
    assert_eq!(vault.destroy(CONTRACT).unwrap(), again);
}

#[tokio::test]
async fn destruction_goes_on_after_a_crash() {
    let content = b"sealed bytes";
    let path = |vault: &Vault, ending: &str| vault.dir.join(format!("{}.{ending}", stem(CONTRACT)));
    let expect = Destruction { files: vec![(format!("{}.{HELD}", stem(CONTRACT)), 12)], overwritten: true };
    let note = serde_json::to_vec(&expect).unwrap();
    // What the crash left: the data as it was, or overwritten, or gone; and the note, none or cut off or whole.
    let check = async |left: Option<&[u8]>, noted: Option<&[u8]>| {
        let (dir, vault) = vault();
        vault.receive(CONTRACT, Suite::Sm, pieces(content)).await.unwrap();
        match left {
            Some(left) => fs::write(path(&vault, HELD), left).unwrap(),
            None => fs::remove_file(path(&vault, HELD)).unwrap(),
        }
        if let Some(noted) = noted {
            fs::write(path(&vault, NOTE), noted).unwrap();
        }
        drop(vault);
        let vault = Vault::open(&dir.path().join("vault")).unwrap();
        for _ in 0..2 {
            assert_eq!(vault.destroy(CONTRACT).unwrap(), expect);
            assert_eq!(names(&vault.dir), [name_of(&path(&vault, NOTE))]);
        }
    };
    check(Some(content), None).await;
    check(Some(content), Some(&note[..note.len() / 2])).await;
    check(Some(content), Some(b"")).await;
    check(Some(content), Some(&note)).await;
    check(Some(b"half noise.."), Some(&note)).await;
    check(None, Some(&note)).await;
}

#[tokio::test]
async fn what_a_crash_left_of_a_receipt_is_removed() {
    let (dir, vault) = vault();
    let part = vault.dir.join(format!("{}.0011.{PART}", stem(CONTRACT)));
    fs::write(&part, "left").unwrap();
    let held = vault.receive("other", Suite::Sm, pieces(b"stays")).await.unwrap();
    drop(vault);
    let vault = Vault::open(&dir.path().join("vault")).unwrap();
    assert_eq!(names(&vault.dir), [held.file]);
}

#[tokio::test]
async fn destruction_takes_a_receipt_under_way_with_it() {
    let (_dir, vault) = vault();
    let arriving = stream::iter([0, 1]).map(|piece| {
        if piece == 1 {
            vault.destroy(CONTRACT).unwrap();
        }
        Ok::<_, String>(Bytes::from_static(b"bytes"))
    });
    let error = vault.receive(CONTRACT, Suite::Sm, arriving).await.unwrap_err();
    assert!(matches!(error, VaultError::Io(_)), "{error}");
    assert!(names(&vault.dir).iter().all(|name| name.ends_with(NOTE)));
}

#[test]
fn what_is_not_held_is_missing() {
    let (_dir, vault) = vault();
    let mut rng: rand::rngs::StdRng = rand::SeedableRng::seed_from_u64(1);
    let key = OpeningKey::generate(Suite::Sm, &mut rng);
    assert!(matches!(vault.count_rows(CONTRACT, key), Err(VaultError::Missing(_))));
}
