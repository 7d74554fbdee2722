"""Every setting there is, read once at an entry point from `ARENA_*` variables. `docs/settings.md` lists them."""

import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from arena.core.egress import Network, networks
from arena.core.errors import BadConfiguration
from arena.core.terms import Terms

TERMS = Terms()
LEAST = 32
"""Characters of a key that seals."""
SCHEMES = {
    "database_url": ("postgresql", "postgres", "postgresql+psycopg"), "redis_url": ("redis", "rediss", "unix"),
    "url": ("http", "https"),
}  # fmt: skip


class Settings(BaseSettings):
    """The arena's configuration. A plug-in's own parameters are not here: they live in the plug-in's file."""

    model_config = SettingsConfigDict(env_prefix="ARENA_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(Path("~/.arena"), description="Folder of everything the arena keeps on this machine.")
    database_url: str | None = Field(None, description="PostgreSQL to use instead of the embedded one.")
    redis_url: str | None = Field(None, description="Redis or Valkey to use instead of the embedded one.")
    ray_address: str | None = Field(None, description="Ray cluster to use instead of a local one.")
    artifacts_url: str | None = Field(
        None, description="Where data sets and checkpoints go (any fsspec URL) instead of a folder in the home."
    )
    url: str | None = Field(None, description="Arena that the reading commands ask; else the one run here.")
    api_key: str | None = Field(None, description="Key of the commands that need one; else the admin key in the home.")
    api_host: str = Field("127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port the API listens on.")
    public: bool = Field(False, description="Allow an address other than loopback (put TLS in front of it).")
    key_rate: int = Field(1200, ge=1, le=10**9, description="Requests a minute that one key may make.")
    address_rate: int = Field(
        600, ge=1, le=10**9, description="Requests a minute that one address may make without a key; this machine any."
    )
    hosts: int = Field(1, ge=1, le=1024, description="Match hosts the pool keeps on Ray, and tasks a job does.")
    host_cpus: float = Field(0.5, gt=0, le=64, description="CPUs a host, or a task, asks of Ray; a fraction is fine.")
    host_matches: int = Field(128, ge=1, le=4096, description="Matches one host plays at once.")
    pace: float = Field(
        30.0, ge=0, le=1e6, description="Rated matches a minute for each ladder, when intervals are wide."
    )
    daily: int = Field(20_000, ge=0, description="Rated matches a day for each ladder, at most.")
    lease_s: float = Field(20.0, ge=1, le=3600, description="Seconds a host keeps a match, a runner a job, unheard.")
    attempts: int = Field(5, ge=1, le=100, description="Leases a match, or a job that stands still, gets.")
    ply_clock_s: float = Field(
        TERMS.ply_clock_ms / 1000, gt=0, le=86_400, description="Seconds a seat has for one action."
    )
    match_clock_s: float = Field(
        TERMS.match_clock_ms / 1000, gt=0, le=1e6, description="Seconds a seat has for a whole match."
    )
    illegal_budget: int = Field(
        TERMS.illegal_budget, ge=0, le=1000, description="Illegal actions a seat may try in a whole match."
    )
    settle_batch: int = Field(256, ge=1, le=10_000, description="Results settled in one transaction, at most.")
    feed_keep: int = Field(100_000, ge=100, description="Feed events kept in Redis; older ones come from PostgreSQL.")
    uploads_mb: int = Field(4096, ge=0, le=10**9, description="Megabytes of uploaded weights that one owner may keep.")
    bases: dict[str, str] | None = Field(
        None,
        description='Models that uploaded adapters may be for: JSON of names and places, `{"smollm2": "smollm2"}`.'
        " The hosts and the API read it.",
    )
    log_json: bool = Field(False, description="Log JSON, an object a line, instead of text.")
    keep_days: int | None = Field(
        None, ge=1, le=9999, description="Days that transcripts and feed events are kept; unset, for ever."
    )
    secrets_key: str | None = Field(
        None,
        min_length=LEAST,
        max_length=1000,
        repr=False,
        description="Seals what owners tell in confidence: 32 characters or more, drawn at random; else"
        " `secrets.key` in the home. While it is replaced, the new one, a comma and the old one.",
    )
    private_endpoints: str | None = Field(
        None, description="Networks beyond the open Internet that endpoints may be in, as `127.0.0.0/8,10.0.0.0/8`."
    )

    @field_validator(*SCHEMES)
    @classmethod
    def _leads_somewhere(cls, given: str | None, field: ValidationInfo) -> str | None:
        schemes = SCHEMES[field.field_name or ""]
        if given is None:
            return None
        parts = urlsplit(given)  # a port that is none raises, too
        if parts.scheme not in schemes or not (parts.netloc or parts.path) or (parts.port or 1) < 1:
            raise ValueError(f"it should begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return given

    @field_validator("private_endpoints")
    @classmethod
    def _are_networks(cls, given: str | None) -> str | None:
        networks(given)
        return given

    @property
    def endpoint_networks(self) -> tuple[Network, ...]:
        """Networks beyond the open Internet where endpoints may be."""
        return networks(self.private_endpoints)

    @property
    def terms(self) -> Terms:
        """The terms of matches made from now on."""
        return Terms(round(self.ply_clock_s * 1000), round(self.match_clock_s * 1000), self.illegal_budget)

    @property
    def artifacts(self) -> str:
        """The URL of the artifact store."""
        return self.artifacts_url or (self.home.expanduser().absolute() / "artifacts").as_uri()

    @property
    def listed(self) -> dict[str, str]:
        """The bases that there are here: none, where nothing is told of them."""
        return self.bases or {}

    @classmethod
    def read(cls) -> Self:
        """The settings of this process.

        Raises:
            BadConfiguration: a variable cannot be read, naming it.
        """
        try:
            settings = cls()  # pyright: ignore[reportCallIssue]  # every field has a default
        except ValidationError as error:
            first = error.errors()[0]
            name = "ARENA_" + "_".join(str(p) for p in first["loc"]).upper()
            told = re.sub(r"//[^@/]*@", "//…@", repr(first["input"]))  # a URL may hold a password
            told = "…" if name.endswith("_KEY") else told
            why = first["msg"].removeprefix("Value error, ").lower()
            what = f"{name}={told} cannot be used: {why}."
            raise BadConfiguration(what, todo="Correct the variable; docs/settings.md lists them all.") from None
        settings.home = settings.home.expanduser().resolve()
        return settings
