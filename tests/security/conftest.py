"""The fixtures of the server's tests, for what is tested across all apps."""

from tests.server.conftest import actor, make_actor, organization, other_organization, stranger

__all__ = ["actor", "make_actor", "organization", "other_organization", "stranger"]
