"""What differs between systems: what can be seen from here, and what can be read."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from importer import systems
from importer.systems import network_of_linux, network_of_macos

TOP = Path(__file__).parent.parent
ASKS = ("sys.platform", "os.name", "fcntl", "msvcrt", "platform.system", "O_CLOEXEC")
ALONE = ("systems.py", "readers/workbook_cells.py")


def test_only_one_module_asks_which_system_this_is() -> None:
    for path in (TOP / "importer").rglob("*.py"):
        if not path.as_posix().endswith(ALONE):
            text = path.read_text(encoding="utf-8")
            assert not [one for one in ASKS if one in text], path


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:30 / /mnt/share rw shared:2 - cifs //server/share rw
31 22 0:31 / /mnt/share/local rw shared:3 - ext4 /dev/sdb1 rw
32 22 0:32 / /mnt/my\\040files rw shared:4 - nfs4 server:/x rw
33 22 0:33 / /mnt/ssh rw shared:5 - fuse.sshfs me@host: rw
34 22 0:34 / /box rw shared:6 - fuse.fuse-overlayfs x rw
35 22 0:35 / /twice rw shared:7 - ext4 /dev/sdc1 rw
36 22 0:36 / /twice rw shared:8 - nfs server:/y rw
"""


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("/srv/journal.db", ""),
        ("/mnt/share/journal.db", "cifs"),
        ("/mnt/share/local/journal.db", ""),
        ("/mnt/shared/journal.db", ""),
        ("/mnt/my files/journal.db", "nfs4"),
        ("/mnt/ssh/deep/down/journal.db", "fuse.sshfs"),
        ("/box/journal.db", ""),
        ("/twice/journal.db", "nfs"),
    ],
)
def test_a_network_file_system_of_linux_is_recognised(where: str, kind: str) -> None:
    assert network_of_linux(MOUNTS, Path(where)) == kind


MOUNTED = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
devfs on /dev (devfs, local, nobrowse)
//ana@nas._smb._tcp.local/books on /Volumes/books (smbfs, nodev, nosuid, mounted by ana)
nas:/volume1/ar on /Volumes/a r (nfs, nodev, nosuid)
/dev/disk5s1 on /Volumes/stick (msdos, local, nodev)
"""


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        ("/Users/ana/journal.db", ""),
        ("/Volumes/books/acme/journal.db", "smbfs"),
        ("/Volumes/a r/journal.db", "nfs"),
        ("/Volumes/stick/journal.db", ""),
    ],
)
def test_a_network_file_system_of_macos_is_recognised(where: str, kind: str) -> None:
    assert network_of_macos(MOUNTED, Path(where)) == kind


def test_a_folder_of_this_machine_is_none_of_a_network(tmp_path: Path) -> None:
    assert systems.network_type(tmp_path) == ""


def test_a_private_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    before = os.umask(0)
    try:
        systems.make_private(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert systems.is_private(path)
    path.chmod(0o640)
    assert not systems.is_private(path)


def test_what_was_written_stays_when_a_file_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text("kept", encoding="utf-8")
    systems.make_private(path)
    assert path.read_text("utf-8") == "kept"


def test_a_lock_is_one_process_s_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    hold = (
        "import sys; from importer import systems;"
        "file = open(sys.argv[1], 'a+'); print(systems.locked(file), flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TOP)},
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"True\n"
        with path.open("a+") as file:
            assert not systems.locked(file)
            other.kill()
            other.wait()
            assert systems.locked(file)


def test_who_has_no_name_here_is_a_number() -> None:
    ask = (
        "import os; from importer import systems; os.getuid() or os.setuid(54321);"
        "print(systems.person())"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={"PYTHONPATH": str(TOP), "PATH": os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    name = systems.person() if os.getuid() else "user 54321"
    assert done.stdout.strip() == name, done.stderr


def test_a_person_and_a_service_can_ask_to_end() -> None:
    assert len(systems.stop_signals()) >= 2
