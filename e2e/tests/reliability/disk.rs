//! A disk whose power can be cut: ext4 on a loop file, shut down without writing its journal.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use vidimus_e2e::process::Leash;

/// Set on a machine that cannot mount; without it such a machine fails the test.
pub const WITHOUT: &str = "VIDIMUS_WITHOUT_LOOP_MOUNTS";

const BYTES: u64 = 256 << 20;
/// `EXT4_IOC_SHUTDOWN` is `_IOR('X', 125, __u32)`; 2 is `EXT4_GOING_FLAGS_NOLOGFLUSH`.
const CUT: &str = r#"open(my $disk, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
my $flags = pack("L", 2);
$| = 1;
print "ready\n";
my $end = <STDIN>;
ioctl($disk, (2 << 30) | (4 << 16) | (ord("X") << 8) | 125, $flags) or die "ioctl: $!\n";"#;

pub struct Disk {
    directory: TempDir,
    // After the directory's name is no longer needed: the leash unmounts if this process dies.
    leash: Option<Leash>,
}

impl Disk {
    /// `Err` names what is missing.
    pub fn make() -> Result<Self, String> {
        let directory = tempfile::Builder::new().prefix("vidimus-disk-").tempdir();
        let directory = directory.map_err(|fault| format!("temporary directory: {fault}"))?;
        let image = directory.path().join("image");
        let sized = File::create(&image).and_then(|file| file.set_len(BYTES));
        sized.map_err(|fault| format!("{}: {fault}", image.display()))?;
        let arguments = ["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
        run(Command::new("mkfs.ext4").args(arguments).arg(&image))?;
        std::fs::create_dir(directory.path().join("mounted")).map_err(|fault| fault.to_string())?;
        let script = r#"umount "$1/mounted" || umount -l "$1/mounted"; rm -rf -- "$1""#;
        let leash = Leash::run(script, &[directory.path().as_os_str()]);
        let disk = Self { directory, leash: Some(leash.map_err(|fault| fault.to_string())?) };
        disk.mount()?;
        Ok(disk)
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("mounted")
    }

    /// From now on nothing reaches the disk, not even what the journal holds in memory.
    pub fn cut(&self) {
        self.switch().cut();
    }

    /// What cuts it, with a finger on it: the cut itself takes no time.
    pub fn switch(&self) -> Switch {
        let mut command = Command::new("perl");
        command.args(["-e", CUT]).arg(self.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("perl");
        let mut ready = [0; 6];
        child.stdout.take().expect("its output").read_exact(&mut ready).expect("ready");
        Switch(child)
    }

    /// The power is back: whatever nobody had synced is gone. Nobody has the disk open any more.
    pub fn restore(&self) {
        run(Command::new("umount").arg(self.path())).expect("unmounted");
        self.mount().expect("mounted again");
    }

    fn mount(&self) -> Result<(), String> {
        let image = self.directory.path().join("image");
        run(Command::new("mount").args(["-o", "loop"]).arg(image).arg(self.path()))
    }
}

pub struct Switch(Child);

impl Switch {
    pub fn cut(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("perl ends").success(), "the power stays");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = run(Command::new("umount").arg(self.path()));
        if unmounted.is_ok() {
            drop(self.leash.take());
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    let output = command.output().map_err(|fault| format!("{name}: {fault}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim_end()))
}

/// The file's own word on its state.
pub fn assert_intact(database: &Path) {
    let db = rusqlite::Connection::open(database).expect("the database");
    let verdict: String =
        db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a verdict");
    assert_eq!(verdict, "ok");
}

/// A disk that lost nothing would prove nothing.
#[test]
fn what_was_synced_is_kept_and_the_rest_is_lost() {
    use std::io::Write;

    if std::env::var_os(WITHOUT).is_some() {
        return;
    }
    let disk = Disk::make().unwrap_or_else(|missing| panic!("{missing}; or set {WITHOUT}=1"));
    let (synced, not) = (disk.path().join("synced"), disk.path().join("not"));
    let mut file = File::create(&synced).expect("a file");
    file.write_all(b"kept").and_then(|()| file.sync_all()).expect("synced");
    std::fs::write(&not, b"lost").expect("written");
    disk.cut();
    assert!(file.write_all(b"more").and_then(|()| file.sync_all()).is_err(), "no power");
    drop(file);
    disk.restore();
    assert_eq!(std::fs::read(&synced).expect("the file"), b"kept");
    assert!(!not.exists(), "a file that nobody synced survived");
}
