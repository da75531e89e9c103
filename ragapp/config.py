"""Settings: each knob typed, its unit in its name. The only reader of the environment."""

import os
from collections.abc import Mapping
from enum import Enum, StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ragapp.core.addresses import TrustedProxies, parse_networks

VERSION = "0.1.0"


class EmbedderKind(StrEnum):
    """Which embedder turns text into vectors."""

    E5 = "e5"
    MINILM = "minilm"
    SENTENCE_TRANSFORMERS = "sentence-transformers"
    OLLAMA = "ollama"


class MailSecurity(StrEnum):
    """How a connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class GeneratorKind(StrEnum):
    """Who writes answers; `AUTO` is Ollama while it answers and has the model, exact passages otherwise."""

    AUTO = "auto"
    EXTRACTIVE = "extractive"
    OLLAMA = "ollama"


def _named(name: str) -> AliasChoices:
    """Accept RAGAPP_<NAME> first, then the name other tools use."""
    return AliasChoices(f"RAGAPP_{name}", name)


class Settings(BaseSettings):
    """Everything an operator can set; each field is the environment variable RAGAPP_<FIELD> unless said otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="RAGAPP_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(default=Path(".data"), description="Database, files and indexes of the embedded default.")
    models_dir: Path = Field(default=Path(".models"), description="Embedding model files made by `make setup`.")
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    port: int = Field(default=3000, ge=1, le=65535, description="Port of the app, the API and the socket.")
    public_url: str = Field(default="", description="Address people use, if it is not http://localhost:PORT.")
    allowed_origins: str = Field(default="", description="Further origins of browsers, comma-separated.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses or CIDRs of your proxies, comma-separated; their X-Forwarded-* headers are believed.",
    )
    connections_per_address: int = Field(
        default=256, ge=8, description="Connections of one address at once; trusted proxies may have any number."
    )
    database_url: str = Field(
        default="",
        validation_alias=_named("DATABASE_URL"),
        description="sqlite:///path or postgresql://…; default: a file in RAGAPP_DATA_DIR. Also DATABASE_URL.",
    )
    migration_database_url: str = Field(
        default="", description="The same PostgreSQL database as the role that owns its tables; used to migrate only."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 characters, the same on every replica; default: made once, in RAGAPP_DATA_DIR.",
    )
    chroma_url: str = Field(default="", description="http://host:port of a Chroma server; default: embedded.")

    embedder: EmbedderKind = Field(
        default=EmbedderKind.E5,
        description="e5 (many languages), minilm (English, faster), sentence-transformers or ollama.",
    )
    embedder_model: str = Field(default="", description="Model name; default BAAI/bge-m3, with Ollama bge-m3.")
    embedder_dimension: int = Field(default=1024, ge=1, description="Vector length of that model.")
    embedder_threads: int = Field(default=0, ge=0, description="Threads of a built-in embedder; 0: one per core.")
    max_file_passages: int = Field(
        default=50_000, ge=1, description="Passages of one file that are embedded; rows of big tables count by group."
    )

    exact_search_passages: int = Field(
        default=5000, ge=0, description="Knowledge bases up to this size are searched without the vector index."
    )

    generator: GeneratorKind = Field(default=GeneratorKind.AUTO, description="auto, extractive or ollama.")
    generator_model: str = Field(default="qwen2.5:7b-instruct", description="Model Ollama writes answers with.")
    ollama_host: str = Field(
        default="http://127.0.0.1:11434",
        validation_alias=_named("OLLAMA_HOST"),
        description="Address of Ollama. Also OLLAMA_HOST.",
    )
    ollama_keep_alive: str = Field(default="30m", description="How long Ollama keeps the model in memory.")
    max_context_tokens: int = Field(default=8192, ge=2048, description="Largest num_ctx asked of the model.")
    connect_timeout_s: float = Field(default=2.0, gt=0, description="Time to reach the model server.")
    first_token_timeout_s: float = Field(default=120.0, gt=0, description="Time until the model's first word.")
    idle_timeout_s: float = Field(default=30.0, gt=0, description="Longest pause between words.")
    generation_timeout_s: float = Field(default=600.0, gt=0, description="Longest answer.")

    max_upload_bytes: int = Field(default=100 * 1024 * 1024, ge=1024, description="Largest file.")
    max_question_characters: int = Field(default=4000, ge=100, description="Longest question.")
    fetch_private_hosts: str = Field(
        default="", description="Hosts (host or host:port, comma-separated) that imports may read though not public."
    )
    fetch_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, description="Largest page that is imported.")
    fetch_timeout_s: float = Field(default=30.0, gt=0, description="Longest time reading one page may take.")
    fetches_per_minute: int = Field(default=60, ge=1, description="Pages read for one tenant in a minute.")
    watch_dir: Path | None = Field(default=None, description="Folder whose subfolders, named like tenants, are read.")

    task_concurrency: int = Field(default=4, ge=1, description="Documents processed at once.")
    parse_timeout_s: float = Field(default=60.0, gt=0, description="Longest time one file may take to read.")
    parse_memory_bytes: int = Field(default=1024**3, ge=2**26, description="Most memory one file may take to read.")
    identity_private_hosts: str = Field(
        default="",
        description="host or host:port of sign-in services in your own network, comma-separated; else public ones.",
    )
    redis_url: str = Field(default="", description="redis://… keeps page state for several replicas; default: memory.")
    smtp_host: str = Field(default="", description="Mail server; default: mail is written to RAGAPP_DATA_DIR/mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: MailSecurity = Field(default=MailSecurity.STARTTLS, description="starttls, tls or none.")
    smtp_username: str = Field(default="", description="Name to sign in to it with, if it asks.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password to sign in to it with.")
    smtp_timeout_s: float = Field(default=20.0, gt=0, description="Longest time one step of a delivery may take.")
    mail_from: str = Field(default="ragapp <ragapp@localhost>", description="Sender of invitations and links.")
    asks_per_minute: int = Field(default=300, ge=0, description="Questions one person may ask in a minute; 0: any.")
    searches_per_minute: int = Field(default=20_000, ge=0, description="Searches of one person in a minute; 0: any.")
    uploads_per_minute: int = Field(default=3_000, ge=0, description="Uploads of one person in a minute; 0: any.")
    exports_per_hour: int = Field(default=60, ge=0, description="Exports of one person in an hour; 0: any.")
    metrics_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token of /metrics; without one there is no such page."
    )
    metrics_per_tenant: bool = Field(default=False, description="Name tenants in /metrics.")
    log_level: str = Field(default="info", description="debug, info, warning or error.")

    @field_validator("ollama_host")
    @classmethod
    def _complete_ollama_host(cls, value: str) -> str:
        """Ollama's own variable may be a bare host or host:port."""
        address = value.strip().rstrip("/").replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - being read, not bound
        if "://" not in address:
            address = f"http://{address}"
        return address if ":" in address.split("://", 1)[1] else f"{address}:11434"

    @field_validator("trusted_proxies")
    @classmethod
    def _check_trusted_proxies(cls, value: str) -> str:
        parse_networks(value)
        return value

    @cached_property
    def effective_database_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'ragapp.db').resolve()}"

    @property
    def half_restored_mark(self) -> Path:
        """There while a backup is being restored, and after a restore that did not come to its end."""
        return self.data_dir / "half-restored"

    @cached_property
    def effective_public_url(self) -> str:
        """The address people use, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """Origins trusted besides the one a page was served from."""
        extra = (origin.strip().rstrip("/") for origin in self.allowed_origins.split(","))
        return (self.effective_public_url, *(origin for origin in extra if origin))

    @cached_property
    def proxies(self) -> TrustedProxies:
        """The proxies that are believed about whom they ask for."""
        return TrustedProxies(parse_networks(self.trusted_proxies))

    @cached_property
    def private_hosts(self) -> tuple[str, ...]:
        """Hosts that the operator opens to imports."""
        return tuple(host.strip().lower() for host in self.fetch_private_hosts.split(",") if host.strip())

    @cached_property
    def identity_hosts(self) -> tuple[str, ...]:
        """Hosts in the operator's own network where sign-in services may be."""
        return tuple(host.strip().lower() for host in self.identity_private_hosts.split(",") if host.strip())

    @cached_property
    def effective_embedder_model(self) -> str:
        """The embedding model by its name at the server or hub."""
        default = "bge-m3" if self.embedder is EmbedderKind.OLLAMA else "BAAI/bge-m3"
        return self.embedder_model or default


def replace_settings(values: Mapping[str, Any]) -> Settings:
    """Make these the settings of this process and of those it starts, defaults for all others, and return them."""
    for name, field in Settings.model_fields.items():
        value = values.get(name, field.get_default())
        os.environ[f"RAGAPP_{name.upper()}"] = str(value.value if isinstance(value, Enum) else value)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    return Settings()


def desktop_language() -> str:
    """Return the language of whoever runs this on a desktop: Croatian where the desktop is, else English."""
    return "hr" if os.environ.get("LANG", "").startswith("hr") else "en"


def has_display() -> bool:
    """Return whether there is a screen that a program of this Unix process can show something on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
