"""Who may open connections: one fetcher for addresses that users give, adapters for those the operator sets."""

from tests.architecture.sources import imports, modules

_CLIENTS = {"httpx", "httpcore", "aiohttp", "requests", "urllib3", "ftplib", "smtplib", "websockets", "anyio"}
_CLIENT_MODULES = ("http.client", "urllib.request")
_CONFIGURED = {
    "adapters/ollama_client.py",
    "adapters/ollama_embedder.py",
    "adapters/ollama_generator.py",
}
"""Modules that only know addresses out of the settings."""
_FETCHER = {f"adapters/fetching/{name}.py" for name in ("calls", "connections", "fetcher")}


def _is_client(name: str) -> bool:
    return name.split(".")[0] in _CLIENTS or name.startswith(_CLIENT_MODULES)


def test_no_other_module_opens_a_client() -> None:
    opening = {path for path, tree in modules().items() if any(_is_client(name) for _, name in imports(tree))}
    assert opening >= _FETCHER
    assert opening - _FETCHER - _CONFIGURED == set()


def test_modules_with_configured_addresses_never_meet_a_users_address() -> None:
    meeting = {
        path
        for path in _CONFIGURED
        for _, name in imports(modules()[path])
        if "fetching" in name or name.endswith((".Fetcher", ".WebFetcher"))
    }
    assert not meeting


def test_only_the_composition_root_knows_the_fetcher() -> None:
    knowing = {
        path
        for path, tree in modules().items()
        for _, name in imports(tree)
        if name.startswith("ragapp.adapters.fetching") and not path.startswith("adapters/fetching/")
    }
    assert all(path.startswith("bootstrap") for path in knowing)
