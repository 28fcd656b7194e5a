"""Who may come in, and what they may do there."""

from .api_keys import ApiKey
from .memberships import Membership
from .rights import FieldRule, Permission, RightsVersion, Role, RolePermission, UserRole
from .second_factor import RecoveryCode, TotpDevice
from .sessions import LoginAttempt, Session
from .terminals import Terminal
from .users import User

__all__ = [
    "ApiKey",
    "FieldRule",
    "LoginAttempt",
    "Membership",
    "Permission",
    "RecoveryCode",
    "RightsVersion",
    "Role",
    "RolePermission",
    "Session",
    "Terminal",
    "TotpDevice",
    "User",
    "UserRole",
]
