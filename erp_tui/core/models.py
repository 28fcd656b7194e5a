"""What the server answers, as pydantic models (docs/api.md).

Members that a newer server adds are ignored; a member that is missing has the meaning of its default.
Exact decimals stay the strings that were sent: ``erp_tui.core.values`` turns them into ``Decimal``.
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


class SignedIn(Answer):
    """The answer of sign-in, refresh and switch. Its tokens are never shown by ``repr``."""

    access_token: str = Field(repr=False)
    expires_in: float
    refresh_token: str = Field(repr=False)
    user: User
    organization: Organization
    organizations: list[Organization] = []


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


class OperationDescription(Answer):
    """One operation: its form, its confirmation and whether it runs as a job."""

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


class Dialect(Answer):
    """How a delimited file is to be read; ``header_row`` counts from 1, 0 means that there is none."""

    encoding: str = "utf-8"
    encoding_sure: bool = True
    delimiter: str | None = ","
    quote: str | None = '"'
    newline: str = "\n"
    header_row: int = 1
    has_bom: bool = False


class ImportColumn(Answer):
    """One column of the file, with the first values in it."""

    index: int
    name: str = ""
    samples: list[str] = []


class ImportCounts(Answer):
    """What an import does, or would do, in rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    warnings: int = 0


class ImportProblem(Answer):
    """Something about the whole file."""

    code: str
    message: str


class ImportSession(Answer):
    """One file on its way into a resource."""

    id: int
    version: int
    into: str
    filename: str = ""
    size: int = 0
    sha256: str = ""
    state: Literal["recognised", "validating", "validated", "applying", "applied", "failed", "undone"]
    dialect: Dialect = Dialect()
    columns: list[ImportColumn] = []
    mapping: dict[str, dict[str, Any]] = {}
    mode: Literal["insert", "update", "upsert"] = "upsert"
    on_duplicate: Literal["refuse", "skip", "update"] = "refuse"
    rows: int | None = None
    counts: ImportCounts | None = None
    atomic: bool = True
    job: int | None = None
    change_set: str | None = None
    result: Any = None
    known_file: bool = False
    problems: list[ImportProblem] = []


class ImportIssue(Answer):
    """What is wrong with one cell, and what would mend it."""

    column: int | None = None
    field: str = ""
    value: str | None = None
    code: str = ""
    level: str = "error"
    message: str = ""
    remedy: str | None = None


class ImportRow(Answer):
    """One row of the file; ``row`` is its line number there, the header counted."""

    row: int
    status: str
    values: dict[str, Any] = {}
    old: dict[str, Any] = {}
    issues: list[ImportIssue] = []


class ImportRows(Answer):
    """Some rows of an import session; ``next`` is the ``after_row`` of the following ones."""

    rows: list[ImportRow] = Field(default=[], alias="results")
    next: int | None = None


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
    """A form as the person left it, on this or another terminal."""

    data: Row
    saved_at: datetime


class Health(RootModel[dict[str, Any]]):
    """The server's own account of its health."""

    @property
    def status(self) -> str:
        """``ok``, or what is wrong."""
        return str(self.root.get("status", ""))
