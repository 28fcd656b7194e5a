"""The scene of every operation: the records on which its declared examples can be run.

An operation is tested through all of its faces with its own examples; what it needs here is its scene alone, and
`test_operation_contract.py` fails for an operation that has none.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from server.accounts.badges import assign_badge
from server.accounts.models import Membership, Role, User
from server.accounts.permissions import synchronize_permissions
from server.accounts.pins import encode
from server.accounts.services import create_user, disable_user
from server.accounts.terminals import enrol_terminal
from server.core.operations import run
from server.imports.models import ImportSession
from server.inventory.opening import create_opening
from server.inventory.services import move_stock
from server.jobs.queue import enqueue
from server.purchasing.models import PurchaseOrder, Receipt
from tests.server.accounts.test_sign_in import with_authenticator
from tests.server.imports import sessions
from tests.server.shop import Arrival, Shop

Words = dict[str, str]
"""What stands in the examples, by what it is called in this scene."""
Scene = Callable[[Shop], Words]

SCENES: dict[str, Scene] = {}
STDIN = {"accounts.set-password": "cold store at seven\n"}
"""What is typed unseen."""
SUPPLIERS = "code,name\nS-100,Prairie\nS-101,Coast\n"


def scene(*operations: str) -> Callable[[Scene], Scene]:
    """This function sets the scene of these operations."""

    def keep(build: Scene) -> Scene:
        SCENES.update(dict.fromkeys(operations, build))
        return build

    return keep


def set_scene(name: str, shop: Shop, words: str) -> str:
    """Build the scene of an operation; its example's words with what they are called there."""
    for written, meant in SCENES[name](shop).items():
        assert written in words, f"The scene of {name} has {written}, its example has not."
        words = words.replace(written, meant)
    return words


def clara(shop: Shop, *names: str) -> User:
    """A clerk called clara, with the named roles of the system."""
    synchronize_permissions()
    roles = Role.objects.within(shop.actor).filter(name__in=names)
    assert len(roles) == len(names)
    return create_user(actor=shop.fresh(), username="clara", password="cold store at six", roles=list(roles))


@scene(
    "accounts.disable-user", "accounts.set-password", "accounts.reset-second-factor", "accounts.grant-role"
)
def _clerk(shop: Shop) -> Words:
    clara(shop)
    return {}


@scene("accounts.reset-second-factor")
def _two_factors(shop: Shop) -> Words:
    with_authenticator(clara(shop))
    return {}


@scene("accounts.revoke-role")
def _buyer(shop: Shop) -> Words:
    clara(shop, "Buyer")
    return {}


@scene("accounts.enable-user")
def _disabled(shop: Shop) -> Words:
    disable_user(actor=shop.fresh(), user=clara(shop))
    return {}


@scene("accounts.assign-badge")
def _with_badge(shop: Shop) -> Words:
    assign_badge(actor=shop.fresh(), user=clara(shop), badge="B-7")
    return {}


@scene("accounts.clear-pin")
def _with_pin(shop: Shop) -> Words:
    member = Membership.objects.within(shop.actor).get(user=clara(shop))
    member.pin = encode(member, "735191")
    member.save(update_fields=["pin"])
    return {}


@scene("accounts.revoke-terminal")
def _terminal(shop: Shop) -> Words:
    terminal, _token = enrol_terminal(actor=shop.fresh(), name="Gate 3")
    return {"'Gate 3'": f"id:{terminal.pk}"}


@scene("audit.undo")
def _changed(shop: Shop) -> Words:
    actor = shop.fresh()
    run(
        actor,
        "inventory.adjust",
        {"product": shop.product("BEEF").pk, "location": shop.main.pk, "quantity": "5", "reason": "Found"},
    )
    return {"018f7c1e-0000-7000-8000-000000000001": str(actor.change_set)}


def _uploaded(shop: Shop) -> ImportSession:
    session = sessions.upload(shop.fresh(), SUPPLIERS)
    assert not session.problems
    return session


@scene("imports.validate")
def _mapped(shop: Shop) -> Words:
    return {"17": str(_uploaded(shop).pk)}


@scene("imports.apply")
def _validated(shop: Shop) -> Words:
    return {"17": str(sessions.validate(shop.fresh(), _uploaded(shop)).pk)}


@scene("imports.undo")
def _applied(shop: Shop) -> Words:
    return {"17": str(sessions.take_in(shop.fresh(), SUPPLIERS).pk)}


@scene("inventory.move", "inventory.adjust")
def _stock(shop: Shop) -> Words:
    shop.stock_up(shop.product("BEEF"), "10")
    return {}


@scene("inventory.reverse-move")
def _moved(shop: Shop) -> Words:
    shop.stock_up(shop.product("BEEF"), "10")
    move = move_stock(
        actor=shop.fresh(),
        product_id=shop.product("BEEF").pk,
        from_location_id=shop.main.pk,
        to_location_id=shop.locations["BACK"].pk,
        quantity=Decimal(2),
        unit_id=None,
        lot=None,
    )
    return {"id:4711": f"id:{move.pk}"}


@scene("inventory.take-back-opening")
def _opened(shop: Shop) -> Words:
    opening = create_opening(
        actor=shop.fresh(),
        data={"product": shop.product("BEEF").pk, "location": shop.main.pk, "quantity": Decimal(2)},
        lines=None,
    )
    return {"OS-00017": opening.number}


@scene("jobs.cancel")
def _queued(shop: Shop) -> Words:
    job = enqueue(actor=shop.fresh(), kind="imports.apply", params={"session": 1}, unique_key="scene")
    return {"id:17": f"id:{job.pk}"}


def _numbered(order: PurchaseOrder) -> Words:
    return {"10023": order.number}


@scene("purchasing.confirm")
def _draft(shop: Shop) -> Words:
    return _numbered(shop.order((shop.product("BEEF"), "10"), confirm=False))


@scene("purchasing.reopen", "purchasing.receive", "purchasing.cancel")
def _confirmed(shop: Shop) -> Words:
    return _numbered(shop.order((shop.product("BEEF"), "10")))


def _received(shop: Shop, accepted: str) -> Receipt:
    order = shop.order((shop.product("BEEF"), "10"))
    return shop.receive(order, Arrival(line=1, accepted=Decimal(accepted)))


@scene("purchasing.cancel-remaining")
def _partly(shop: Shop) -> Words:
    return _numbered(_received(shop, "4").order)


@scene("purchasing.close")
def _wholly(shop: Shop) -> Words:
    return _numbered(_received(shop, "10").order)


@scene("purchasing.reorder")
def _low(shop: Shop) -> Words:
    shop.product("BEEF", minimum_level=Decimal(10), maximum_level=Decimal(40))
    return {}


@scene("purchasing.reverse-receipt")
def _receipt(shop: Shop) -> Words:
    return {"7001": _received(shop, "10").number}


@scene("system.validate-data", "purchasing.validate-orders", "sales.validate-orders")
def _in_order(shop: Shop) -> Words:
    _received(shop, "4")
    return {}
