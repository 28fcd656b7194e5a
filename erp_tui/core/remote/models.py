"""What the server answers, as pydantic models (docs/api.md).

Members that a newer server adds are ignored; a member that is missing has the meaning of its default.
Exact decimals stay the strings that were sent: ``erp_tui.core.entry.values`` turns them into ``Decimal``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

Row = dict[str, Any]
"""One record as listed or detailed: ``id``, ``version``, its fields, and their display columns."""

Action = Literal["create", "update", "delete"]


class Answer(BaseModel):
    """The base of everything that comes from the server."""

    # Most runs meet few of these: each is built when it is first used.
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class User(Answer):
    """The person who is signed in."""

    id: int
    username: str
    full_name: str = ""
    language: str = ""
    time_zone: str = "UTC"


class Organization(Answer):
    """A tenant that the person belongs to."""

    id: int
    code: str = ""
    name: str = ""
    lock_after_minutes: int = 0


class SignedIn(Answer):
    """The answer of sign-in, refresh and switch. Its tokens are never shown by ``repr``."""

    access_token: str = Field(repr=False)
    expires_in: float
    refresh_token: str = Field(repr=False)
    user: User
    organization: Organization
    organizations: list[Organization] = []


class Unlocked(Answer):
    """By what the person of a session was recognised: ``pin`` or ``password``."""

    by: str


class EnrolledTerminal(Answer):
    """A shared terminal and its token, which the server shows this once."""

    id: int
    name: str
    organization: Organization
    token: str = Field(repr=False)


class Identity(Answer):
    """Who the server says is calling, and what that person may do."""

    user: User
    organization: Organization
    organizations: list[Organization] = []
    roles: list[str] = []
    permissions: list[str] = []
    session: Any = None


class Page(Answer):
    """One page of a list. ``count`` is at least the number when ``count_capped``; None when not counted."""

    rows: list[Row] = Field(default=[], alias="results")
    count: int | None = None
    count_capped: bool = False
    next: str | None = None
    previous: str | None = None
    totals: Totals | None = None


class Total(Answer):
    """A sum over a list: of how many rows, and in which currency or unit (None: the field has none)."""

    of: str | None = None
    sum: str
    rows: int = 0


class Totals(Answer):
    """The sums under a list, by field; ``absent`` says why some or all are not there."""

    sums: dict[str, list[Total]] | None = None
    absent: str = ""


class Record(Answer):
    """One record and the version to name in ``If-Match`` when it is written."""

    data: Row
    version: int

    @property
    def id(self) -> int:
        """The record's key."""
        return int(self.data["id"])

    @property
    def actions(self) -> dict[str, ActionState]:
        """What may be done to this record now, and why not where it may not."""
        return {
            name: ActionState.model_validate(state)
            for name, state in (self.data.get("_actions") or {}).items()
        }


class ActionState(Answer):
    """Whether an action is possible on one record now; ``reason`` says why not."""

    enabled: bool
    reason: str = ""


class FieldChange(Answer):
    """The value of one field before and after."""

    old: Any = None
    new: Any = None


class Change(Answer):
    """What a write does, or would do, to one record."""

    resource: str
    id: int | None = None
    label: str = ""
    action: Action
    fields: dict[str, FieldChange] = {}


class Preview(Answer):
    """The answer of a dry run: what would happen. Nothing has happened."""

    changes: list[Change] = []
    result: Row | None = None
    warnings: list[str] = []


class OperationResult(Answer):
    """What an operation did. ``change_set`` is what ``audit.undo`` takes."""

    operation: str
    dry_run: bool = False
    message: str = ""
    result: Row | None = None
    changes: list[Change] = []
    change_set: str | None = None
    warnings: list[str] = []


class JobStarted(Answer):
    """The operation goes on as a job; ``Api.job`` follows it."""

    operation: str
    job: int
    message: str = ""


class TimelineEntry(Answer):
    """One change of a record, or of one of its lines: ``resource``, ``id`` and ``label`` say of which."""

    at: datetime
    user: str | None = None
    resource: str = ""
    id: int | None = None
    label: str = ""
    action: str
    change_set: str | None = None
    reason: str | None = None
    fields: dict[str, FieldChange] = {}
    undoable: bool = False
    why_not: str = ""


class ChangeSet(Answer):
    """One piece of work: what it did to how many records, and whether it can be taken back. ``label`` and ``title``
    name its first record; ``takes_back`` is the change set that it took back, where it was an undo."""

    change_set: str
    at: datetime
    user: str | None = None
    reason: str = ""
    action: str
    resource: str = ""
    title: str = ""
    id: int | None = None
    label: str = ""
    records: int = 1
    records_capped: bool = False
    takes_back: str | None = None
    undone: bool = False
    undoable: bool = False
    why_not: str = ""


class ChangeSets(Answer):
    """The last change sets, newest first."""

    change_sets: list[ChangeSet] = Field(default=[], alias="results")


class Timeline(Answer):
    """The changes of a record, newest first; ``next`` asks for older ones."""

    entries: list[TimelineEntry] = Field(default=[], alias="results")
    next: str | None = None


class Choice(Answer):
    """One allowed value of a choice field."""

    value: Any
    title: str = ""


class FieldDescription(Answer):
    """One field of a resource or parameter of an operation. ``scale`` is the number of decimals."""

    name: str
    title: str
    help: str = ""
    type: str
    required: bool = False
    read_only: bool = False
    create_only: bool = False
    nullable: bool = False
    max_length: int | None = None
    scale: int | None = None
    minimum: Any = None
    positive: bool = False
    choices: list[Choice] | None = None
    reference: str | None = None
    display: list[str] = []
    currency: str | None = None
    unit: str | None = None
    default: Any = None
    sortable: bool = False
    filterable: bool = False
    personal: bool = False
    copied: bool = True
    """Whether a copy of the record begins with this value."""


class LinesDescription(Answer):
    """The lines of a document, or of an operation's parameters: the member's name and its fields."""

    name: str
    fields: list[FieldDescription]


class NamedFilter(Answer):
    """A filter that has a name: typed as a bare word."""

    name: str
    title: str = ""


class Permissions(Answer):
    """What this person may do with a resource."""

    list: bool = False
    create: bool = False
    update: bool = False
    delete: bool = False
    import_: bool = Field(default=False, alias="import")
    export: bool = False


class Related(Answer):
    """A list that belongs to a record; ``filter`` holds ``{id}`` and other fields of the record in braces."""

    resource: str
    title: str
    filter: str


class Description(Answer):
    """One resource: everything that a list, a detail, a form and the command line need."""

    name: str
    title: str
    title_one: str = ""
    module: str = ""
    key: str | None = None
    label: list[str] = []
    document: bool = False
    may: Permissions = Permissions()
    fields: list[FieldDescription] = []
    columns: list[str] = []
    lines: LinesDescription | None = None
    filters: list[NamedFilter] = []
    default_ordering: str | None = None
    totals: list[str] = []
    row_actions: list[str] = []
    related: list[Related] = []
    etag: str = ""

    def field(self, name: str) -> FieldDescription | None:
        """The field called ``name``, or None where there is none for this person."""
        return next((field for field in self.fields if field.name == name), None)


class OperationTarget(Answer):
    """The record that an operation works on and the parameter that names it."""

    resource: str
    parameter: str


class OperationExample(Answer):
    """What may follow ``erp <module> <action>``, and what that does."""

    words: str
    purpose: str = ""


class OperationDescription(Answer):
    """One operation: its form, its confirmation, whether it runs as a job, and what to mind."""

    name: str
    title: str
    help: str = ""
    module: str = ""
    target: OperationTarget | None = None
    kind: Literal["reads", "changes", "destroys", "critical"] = "changes"
    job: bool = False
    confirm: Literal["none", "simple", "typed"] = "simple"
    parameters: list[FieldDescription] = []
    lines: LinesDescription | None = None
    inverse: str | None = None
    category: str = ""
    examples: list[OperationExample] = []
    prerequisites: str = ""
    risks: str = ""
    rollback: str = ""
    etag: str = ""


class Versions(Answer):
    """What the server is, and the oldest client that it lets write."""

    server: str
    api: int = 1
    oldest_client: str = ""


class Module(Answer):
    """A part of the system and what this person sees of it."""

    name: str
    title: str
    resources: list[str] = []
    operations: list[str] = []


class ResourceEntry(Answer):
    """One resource in the index of descriptions."""

    title: str
    title_one: str = ""
    module: str = ""
    etag: str = ""
    may: Permissions = Permissions()


class OperationEntry(Answer):
    """One operation in the index of descriptions."""

    title: str
    module: str = ""
    etag: str = ""
    flags: list[str] = []


class Meta(Answer):
    """The index of what this person, in this organization and language, may see and do."""

    versions: Versions
    user: User
    organization: Organization
    modules: list[Module] = []
    resources: dict[str, ResourceEntry] = {}
    operations: dict[str, OperationEntry] = {}
    flags: dict[str, Any] = {}


class Job(Answer):
    """A piece of work on the server."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    id: int
    state: str
    operation: str = ""
    current: int | None = None
    total: int | None = None
    message: str = ""
    result: Any = None
    error: str | None = None
    change_set: str | None = None

    @property
    def finished(self) -> bool:
        """True once nothing more will happen to it."""
        return self.state in {"succeeded", "failed", "cancelled"}


class Hit(Answer):
    """One record that answers to what was asked for; ``field_title`` names where it was found."""

    id: int
    code: str = ""
    label: str = ""
    exact: bool = False
    field: str = ""
    field_title: str = ""


class HitGroup(Answer):
    """The records of one resource; ``more`` where there are others that are not listed."""

    resource: str
    title: str
    title_one: str = ""
    hits: list[Hit] = []
    more: bool = False


class Findings(Answer):
    """What a text may be: groups of records, the likeliest first; ``unsearched`` names resources for which
    there was no time."""

    q: str
    groups: list[HitGroup] = []
    unsearched: list[str] = []


class ChangeEvent(Answer):
    """One entry of the change feed."""

    sequence: int
    type: str
    resource: str | None = None
    record: int | None = None
    at: datetime


class ChangeFeed(Answer):
    """What happened after a sequence number; ``next`` is the number to ask with next time."""

    next: int
    events: list[ChangeEvent] = Field(default=[], alias="results")


class ServerDraft(Answer):
    """A form as the person left it, on this or another terminal; a list of all forms gives no ``data``."""

    form: str
    copy_name: str = Field(default="", alias="copy")
    revision: int = 1
    title: str = ""
    terminal: str = ""
    data: Row = {}
    saved_at: datetime


class FinishedDraft(Answer):
    """A draft that was sent or thrown away on some terminal."""

    form: str
    copy_name: str = Field(default="", alias="copy")


class ServerDrafts(Answer):
    """Drafts, the latest first; ``finished`` are those that were sent or thrown away lately."""

    drafts: list[ServerDraft] = Field(default=[], alias="results")
    finished: list[FinishedDraft] = []


class Health(RootModel[dict[str, Any]]):
    """The server's own account of its health."""

    @property
    def status(self) -> str:
        """``ok``, or what is wrong."""
        return str(self.root.get("status", ""))
