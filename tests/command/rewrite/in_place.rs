//! In-place rewriting of files, and outputs that are also inputs.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command as Process;

use tempfile::tempdir;

use super::{message, names, process, rewrite};
use crate::process::make_fifo;

#[test]
fn in_place_keeps_mode_and_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "elvis and elvis").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let run = rewrite()
        .args(["-i", "--count"])
        .arg(&file)
        .assert()
        .success()
        .stdout("");
    assert!(message(&run).ends_with("file: 2\n"), "{}", message(&run));
    assert_eq!(fs::read_to_string(&file).unwrap(), "Elvis and Elvis");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn in_place_without_a_match_leaves_the_file_alone() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "nobody").unwrap();
    let before = fs::metadata(&file).unwrap().ino();
    rewrite().arg("-i").arg(&file).assert().success();
    assert_eq!(fs::metadata(&file).unwrap().ino(), before);
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn in_place_without_a_match_writes_not_even_a_temporary_file() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    let run = |options: &[&str]| {
        let mut command = Process::new("sh");
        command.args(["-c", "ulimit -f 0; exec \"$@\"", "sh"]);
        command.arg(assert_cmd::cargo::cargo_bin("benchlens"));
        command.args(["rewrite", "-i"]).args(options).arg(&file);
        command.output().unwrap().status.code()
    };
    let one = ["--find", "elvis", "--replace", "Elvis"];
    let two = [&one[..], &["--find", "cash", "--replace", "Cash"]].concat();
    for options in [&one[..], &two] {
        for text in ["", "nobody", &"elvi".repeat(1_000_000)] {
            fs::write(&file, text).unwrap();
            assert_eq!(run(options), Some(0));
        }
        fs::write(&file, "an elvis").unwrap();
        assert_eq!(run(options), Some(1), "a file of one byte could be written");
        assert_eq!(fs::read_to_string(&file).unwrap(), "an elvis");
    }
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn in_place_goes_through_a_symbolic_link() {
    let folder = tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "elvis").unwrap();
    symlink("file", &link).unwrap();
    rewrite().arg("-i").arg(&link).assert().success();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), "Elvis");
}

#[test]
fn in_place_refuses_what_it_would_break() {
    let folder = tempdir().unwrap();
    let (file, other) = (folder.path().join("file"), folder.path().join("other"));
    fs::write(&file, "elvis").unwrap();
    fs::hard_link(&file, &other).unwrap();
    let fifo = folder.path().join("fifo");
    make_fifo(&fifo);
    let refused = [
        (file.as_path(), "hard links"),
        (fifo.as_path(), "no regular file"),
        (Path::new("/dev/null"), "no regular file"),
        (folder.path(), "folder"),
    ];
    for (path, reason) in refused {
        let run = rewrite().arg("-i").arg(path).assert().code(1);
        assert!(message(&run).contains(reason), "{}", message(&run));
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "elvis");
    assert_eq!(names(folder.path()), ["fifo", "file", "other"]);
}

#[test]
fn a_signal_removes_the_temporary_file_and_keeps_the_original() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        let text = b"elvis ".repeat(4 << 20);
        fs::write(&file, &text).unwrap();
        let mut child = process()
            .args(["--algorithm", "alg_one", "-i"])
            .arg(&file)
            .spawn()
            .unwrap();
        while names(folder.path()).len() < 2 {
            assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        }
        let id = child.id().to_string();
        assert!(
            Process::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(!child.wait().unwrap().success());
        assert_eq!(names(folder.path()), ["file"]);
        assert!(fs::read(&file).unwrap() == text);
    }
}

/// An access control list as the kernel stores it: owner, user 1000, group, mask and others.
fn list(named: u16) -> Vec<u8> {
    let entries = [
        (0x01, 6, u32::MAX),
        (0x02, named, 1000),
        (0x04, 4, u32::MAX),
        (0x10, 4, u32::MAX),
        (0x20, 4, u32::MAX),
    ];
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(u16::to_le_bytes(tag));
        bytes.extend(u16::to_le_bytes(permissions));
        bytes.extend(u32::to_le_bytes(id));
    }
    bytes
}

#[test]
fn in_place_keeps_access_control_and_attributes() {
    const ACCESS: &str = "system.posix_acl_access";
    // In the target folder, since an in-memory file system may not support attributes.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "elvis").unwrap();
    // The folder's default for new files differs from this file's list.
    xattr::set(folder.path(), "system.posix_acl_default", &list(4)).unwrap();
    xattr::set(&file, "user.note", b"a\0b").unwrap();
    xattr::set(&file, ACCESS, &list(0)).unwrap();
    let mode = fs::metadata(&file).unwrap().mode();
    rewrite().arg("-i").arg(&file).assert().success();
    assert_eq!(fs::read_to_string(&file).unwrap(), "Elvis");
    assert_eq!(
        xattr::get(&file, "user.note").unwrap(),
        Some(b"a\0b".to_vec())
    );
    assert_eq!(xattr::get(&file, ACCESS).unwrap(), Some(list(0)));
    assert_eq!(fs::metadata(&file).unwrap().mode(), mode);
    xattr::remove(&file, ACCESS).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    rewrite()
        .args(["--find", "E", "--replace", "e", "-i"])
        .arg(&file)
        .assert()
        .success();
    assert_eq!(xattr::get(&file, ACCESS).unwrap(), None);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
}

#[test]
fn a_file_is_not_rewritten_into_itself() {
    let folder = tempdir().unwrap();
    let (file, other) = (folder.path().join("file"), folder.path().join("other"));
    fs::write(&file, "elvis").unwrap();
    fs::hard_link(&file, &other).unwrap();
    let append = || File::options().append(true).open(&file).unwrap();
    for (input, arguments) in [
        (None, Some(&file)),
        (None, Some(&other)),
        (Some(&file), None),
    ] {
        let mut command = process();
        command.args(arguments).stdout(append());
        if let Some(input) = input {
            command.stdin(File::open(input).unwrap());
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("it is the output, too"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "elvis");
    }
    // A truncated file has nothing that could be read again.
    let output = process()
        .arg(&file)
        .stdout(File::create(&file).unwrap())
        .output();
    assert!(output.unwrap().status.success());
}
