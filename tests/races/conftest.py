from tests.tenancy.conftest import wired

__all__ = ["wired"]
