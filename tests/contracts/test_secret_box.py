import stat

import pytest

from ragapp.adapters.secret_box import AesSecretBox, open_secret_box
from ragapp.core.errors import ConfigurationError, InvariantBroken

SECRET = "a secret of at least thirty-two characters"


def test_what_is_encrypted_comes_back_for_the_same_context_only():
    box = AesSecretBox(SECRET)
    sealed = box.encrypt("šifra", context="totp:ana")
    assert box.decrypt(sealed, context="totp:ana") == "šifra"
    with pytest.raises(InvariantBroken):
        box.decrypt(sealed, context="totp:iva")


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base64!", "A" * 64])
def test_what_was_not_made_here_is_refused(sealed):
    with pytest.raises(InvariantBroken):
        AesSecretBox(SECRET).decrypt(sealed, context="totp:ana")


def test_another_secret_reads_and_vouches_for_nothing():
    ours, theirs = AesSecretBox(SECRET), AesSecretBox(SECRET + "!")
    with pytest.raises(InvariantBroken):
        theirs.decrypt(ours.encrypt("x", context="c"), context="c")
    assert ours.seal(b"event") != theirs.seal(b"event")
    assert ours.signing_key("tokens") != ours.signing_key("audit")


def test_a_made_secret_is_kept_and_private(tmp_path):
    first, second = open_secret_box(tmp_path, ""), open_secret_box(tmp_path, "")
    assert first.signing_key("x") == second.signing_key("x")
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_short_secret_stops_the_start(tmp_path):
    with pytest.raises(ConfigurationError, match="RAGAPP_SECRET_KEY"):
        open_secret_box(tmp_path, "short")
