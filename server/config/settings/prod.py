"""Production, and the embedded default of `erp serve`: the key comes from the environment or the launcher."""

from .base import *  # noqa: F403
from .base import env

SECRET_KEY = env.str("ERP_SECRET_KEY")
