"""Production, but nobody waits a minute for the key of a request whose server was killed: see test_promise_p6."""

from server.config.settings.prod import *  # noqa: F403

IDEMPOTENCY_LEASE_SECONDS = 4
