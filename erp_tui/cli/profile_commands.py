"""`erp profile list`, `add`, `use`."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from erp_tui.cli.output import chosen_format, print_json, print_table
from erp_tui.core.i18n import _
from erp_tui.core.sessions.profiles import Profile, all_profiles, choose_profile, save_profile
from erp_tui.core.settings import Settings


def add_profile(parser: argparse.ArgumentParser) -> None:
    """The actions of `erp profile`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|add|use")
    listing = actions.add_parser("list", allow_abbrev=False, help=_("the servers that are known"))
    listing.add_argument("--format", choices=("json", "table"))
    adding = actions.add_parser("add", allow_abbrev=False, help=_("add a server, or change one"))
    adding.add_argument("name")
    adding.add_argument("url")
    adding.add_argument("--organization", default="", help=_("code of the organization"))
    adding.add_argument("--username", default="")
    adding.add_argument("--production", action="store_true", help=_("mark it so that it is never mistaken"))
    adding.add_argument("--colour", default="", help=_("colour of its mark"))
    using = actions.add_parser("use", allow_abbrev=False, help=_("choose the server used from now on"))
    using.add_argument("name")


async def profile(options: argparse.Namespace) -> int:
    """Run one action on the profiles."""
    settings = Settings.load()
    if options.action == "add":
        given = Profile(
            options.name,
            options.url.rstrip("/"),
            options.organization,
            options.username,
            options.production,
            options.colour,
        )
        save_profile(settings, given)
        print(_("Profile {name} is {url}. Sign in with erp login.").format(name=given.name, url=given.url))
    elif options.action == "use":
        chosen = choose_profile(settings, options.name)
        print(_("Profile {name} ({url}) is used from now on.").format(name=chosen.name, url=chosen.url))
    else:
        _list(settings, options.format)
    return 0


def _list(settings: Settings, wanted: str | None) -> None:
    current = settings.get("profile")
    rows = [{**asdict(one), "current": one.name == current} for one in all_profiles(settings)]
    if chosen_format(wanted, settings) == "json":
        print_json(rows, settings)
        return
    titles = {
        "name": _("Name"),
        "url": _("Server"),
        "organization": _("Organization"),
        "username": _("User"),
        "production": _("Production"),
        "current": _("In use"),
    }
    print_table(rows, list(titles.items()))
