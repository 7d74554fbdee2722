"""The container deployment against the code: what `docker-compose.yml` and `Dockerfile` say holds, its commands run.

No container engine is needed: the exact commands run here, with the same environment, against the tests' own servers.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml
from sqlalchemy.engine import make_url

from api.routes import health
from arena.core.settings import Settings
from arena.embedded.launch import free_port
from tests.deployed import IMAGE, SECRET_NAME, arena_words, check_rotation, check_variables, check_words
from tests.patience import until

COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == IMAGE]
INTERPOLATED = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[?-])(?P<rest>[^}]*))?\}")
ROUTES = {getattr(route, "path", "") for route in health.router.routes}


def filled(text: str, given: dict[str, str]) -> str:
    """As compose fills a value in: a variable that is required and not given raises KeyError."""

    def value(found: re.Match[str]) -> str:
        return given.get(found["name"]) or (found["rest"] if found["how"] == "-" else given[found["name"]])

    return INTERPOLATED.sub(value, text).replace("$$", "$")


def words(name: str) -> list[str] | None:
    return arena_words(SERVICES[name].get("entrypoint"), SERVICES[name]["command"])


def test_the_services_are_the_arena_s_processes_and_what_they_need() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "api", "desk", "pool", "jobs", "ray-head", "ray-worker"}
    spoken = {name: words(name) for name in OURS}
    assert {name: w for name, w in spoken.items() if w is not None} == {
        "migrate": ["init"], "api": ["run", "api"], "desk": ["run", "desk"], "pool": ["run", "pool"],
        "jobs": ["run", "jobs"],
    }  # fmt: skip


@pytest.mark.parametrize("name", OURS)
def test_commands_are_words_the_arena_or_ray_knows(name: str) -> None:
    if (spoken := words(name)) is not None:
        check_words(spoken)
    text = " ".join([*(SERVICES[name].get("entrypoint") or []), *SERVICES[name]["command"]])
    options = set(re.findall(r"--[a-z-]+", text)) if "ray" in text.split() else set()
    if options:
        known = subprocess.run(
            [Path(sys.executable).with_name("ray"), "start", "--help"], capture_output=True, text=True, check=True
        )
        assert options <= set(re.findall(r"--[a-z-]+", known.stdout))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_names_only_what_is_declared(name: str) -> None:
    service = SERVICES[name]
    for other, on in service.get("depends_on", {}).items():
        assert on["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
        assert on["condition"] != "service_completed_successfully" or SERVICES[other]["restart"] == "no"
    assert {v.partition(":")[0] for v in service.get("volumes", [])} <= set(COMPOSE["volumes"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert service["mem_limit"]
    check_variables(list(service.get("environment", {})))


def size_mb(service: dict[str, Any]) -> int:
    """What a container's log may take on disk."""
    assert service["logging"]["driver"] == "json-file"
    options = service["logging"]["options"]
    return int(options["max-file"]) * int(options["max-size"].removesuffix("m"))


@pytest.mark.parametrize("name", SERVICES)
def test_logs_are_bounded(name: str) -> None:
    assert size_mb(SERVICES[name]) <= 100
    if "ray" in " ".join([*SERVICES[name].get("entrypoint", []), *SERVICES[name].get("command", [])]).split():
        assert check_rotation(SERVICES[name]["environment"])


@pytest.mark.parametrize(
    ("given", "as_json", "days"),
    [({}, False, None), ({"ARENA_LOG_JSON": "1", "ARENA_KEEP_DAYS": "90"}, True, 90)],
)
def test_logs_and_retention_are_chosen_in_the_env_file(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], as_json: bool, days: int | None
) -> None:
    given = {"POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r", "ARENA_SECRETS_KEY": "s" * 64, **given}
    for name in OURS:
        if words(name) is None:
            continue
        with monkeypatch.context() as patch:
            for variable, value in SERVICES[name]["environment"].items():
                patch.setenv(variable, filled(value, given))
            settings = Settings.read()
        assert settings.log_json == as_json
        assert settings.keep_days == (days if name == "desk" else None)


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    assert SERVICES[name]["image"] in {IMAGE, "postgres:18", "redis:8"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_written_down(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET_NAME.search(variable) and not value.startswith("/run/secrets/"):
            with pytest.raises(KeyError):  # it must be given
                filled(value, {})


def test_every_declared_volume_and_secret_is_used() -> None:
    mounted = {v.partition(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])
    assert {x for s in SERVICES.values() for x in s.get("secrets", [])} == set(COMPOSE["secrets"])


def test_who_writes_tidies_and_plays_with_weights_shares_them() -> None:
    """The same folder in each container, on the one volume that it lies on; the image lets its user write there."""
    sharing = {"api", "desk", "jobs", "ray-worker"}
    told = {n: SERVICES[n].get("environment", {}) for n in OURS}
    assert {n for n in OURS if "ARENA_ARTIFACTS_URL" in told[n]} == sharing
    (url,) = {filled(told[n]["ARENA_ARTIFACTS_URL"], {}) for n in sharing}
    assert len({filled(told[n]["ARENA_BASES"], {"ARENA_BASES": "b"}) for n in sharing}) == 1
    folder = url.removeprefix("file://")
    assert {n for n in OURS if f"artifacts:{folder}" in SERVICES[n].get("volumes", [])} == sharing
    assert any(f"--owner=arena --group=arena --mode=0700 /var/lib/arena {folder}" in run for run in told_of("RUN"))


def test_only_the_api_is_published_and_only_on_loopback() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    (port,) = SERVICES["api"]["ports"]
    assert filled(port, {}) == f"127.0.0.1:8000:{SERVICES['api']['environment']['ARENA_API_PORT']}"


def test_health_checks_ask_what_is_there() -> None:
    port = SERVICES["api"]["environment"]["ARENA_API_PORT"]
    (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", SERVICES["api"]["healthcheck"]["test"][-1])
    assert asked[0] == port
    assert asked[1] in ROUTES
    at = SERVICES["pool"]["environment"]["ARENA_RAY_ADDRESS"]
    head, _, head_port = at.partition(":")
    assert head in SERVICES
    assert f"--port={head_port}" in SERVICES["ray-head"]["command"]
    assert f"--address={at}" in SERVICES["ray-worker"]["command"]
    for name in ("ray-head", "ray-worker", "pool"):
        assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "ray", "health-check", f"--address={at}"]
        assert SERVICES[name]["environment"]["RAY_AUTH_MODE"] == "token"
        assert SERVICES[name]["environment"]["RAY_AUTH_TOKEN_PATH"] == "/run/secrets/ray_token"


def test_redis_keeps_what_it_is_told() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"


def environment(name: str, database_url: str, redis_url: str, home: Path, port: int) -> dict[str, str]:
    """The service's own environment, with this machine's addresses in place of the containers'."""
    theirs = {
        variable: filled(value, {"POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r", "ARENA_SECRETS_KEY": "s" * 64})
        for variable, value in SERVICES[name]["environment"].items()
    }
    here = {
        "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url,
        "ARENA_HOME": str(home), "ARENA_API_PORT": str(port),
    }  # fmt: skip
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    return {**clean, **theirs, **{k: v for k, v in here.items() if k in theirs}, "HOME": str(home)}


@contextmanager
def running(name: str, given: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "arena.cli.main", *(words(name) or [])],
        env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_services_commands_run_and_stop(empty_url: str, redis_url: str, tmp_path: Path) -> None:
    port, home = free_port(), tmp_path / "home"
    given = {n: environment(n, empty_url, redis_url, home, port) for n in ("migrate", "api", "desk")}
    for _ in range(2):  # the second time changes nothing
        with running("migrate", given["migrate"]) as init:
            said, _ = init.communicate(timeout=60)
            assert init.returncode == 0, said
        key = (home / "admin.key").read_text()
        assert (home / "admin.key").stat().st_mode & 0o777 == 0o600
        assert key.strip() not in said
    assert "admin key" not in said
    with running("api", given["api"]) as api, running("desk", given["desk"]) as desk:
        url = f"http://127.0.0.1:{port}"
        until("the API to be ready", lambda: api.poll() is not None or ready(url), 60)
        players = httpx.get(f"{url}/api/v1/players", headers={"Authorization": f"Bearer {key.strip()}"})
        assert "minimax" in players.text
        until("the desk to ask for matches", lambda: desk.poll() is not None or queued(empty_url), 60)
        for process in (api, desk):
            assert process.poll() is None, process.communicate()[0]
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=15)
            assert process.returncode == 0, said


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).is_success
    except httpx.TransportError:
        return False


def queued(database_url: str) -> bool:
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        return bool((connection.execute("SELECT count(*) FROM match_queue").fetchone() or (0,))[0])


def test_init_says_what_it_needs(tmp_path: Path) -> None:
    with running("migrate", {**os.environ, "ARENA_HOME": str(tmp_path / "home"), "ARENA_DATABASE_URL": ""}) as init:
        said, _ = init.communicate(timeout=60)
    assert init.returncode == 1, said
    assert not (tmp_path / "home" / "admin.key").exists()


DOCKERFILE = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n", " ", Path("Dockerfile").read_text()).splitlines()
    if line.strip() and not line.startswith("#")
]


def told_of(instruction: str) -> list[str]:
    return [rest for first, rest in DOCKERFILE if first == instruction]


def test_the_image_is_small_and_not_root_s() -> None:
    build, final = told_of("FROM")
    assert build == "python:3.11-slim AS build"
    assert final == "python:3.11-slim"
    assert "latest" not in Path("Dockerfile").read_text()
    assert told_of("USER") == ["10001:10001"]
    after = [first for first, _ in DOCKERFILE[DOCKERFILE.index(["FROM", final]) :]]
    assert after.index("USER") > max(i for i, first in enumerate(after) if first in {"RUN", "COPY"})
    assert told_of("ENTRYPOINT") == ['["arena"]']
    assert "HEALTHCHECK" not in dict(DOCKERFILE)


def test_the_image_holds_what_is_imported_at_the_locked_versions() -> None:
    copied = {word for rest in told_of("COPY") if "--from" not in rest for word in rest.split()[:-1]}
    assert {"api", "arena", "games", "migrations", "workers", "pyproject.toml", "requirements.lock"} <= copied
    let_in = {line[1:] for line in Path(".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == copied
    assert all(Path(name).exists() for name in copied)
    assert any("--torch-backend=cpu" in run and "requirements.lock" in run for run in told_of("RUN"))
