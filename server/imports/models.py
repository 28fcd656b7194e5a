"""The session that takes a file in: the file as it came, what was said about it, and what will become of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from server.core.tenancy import TenantModel


class ImportFile(TenantModel):
    """The bytes of an uploaded file, kept once an organization whatever it is called. They never change."""

    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size"), help_text=_("In bytes."))
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="imports_file_once"),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class ImportFileChunk(TenantModel):
    """A piece of a file, so that no process ever holds all of it."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "file", "number"], name="imports_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class ImportSession(TenantModel):
    """One file on its way into one resource. What docs/api.md calls an import session.

    `table` holds the rows of a file that is no plain text, as `sources` wrote them down, and `source` what
    that file is. `declared` holds the members of the dialect that a person has set; `styles` how the mapped
    columns write numbers and dates, found by the last validation, which is also what `counts` and the outcomes
    are of. `applied_through` is the last row whose effect is committed, for what is applied in several
    transactions.

    `mapped_by` says how each field came to its column; `replacements` are texts of a column that read otherwise,
    by column and text, in `replaced_cells` cells. `stale` is what a validation must look at again: rows, and texts
    by column, and by which styles the others were read; None where it must look at everything. `refers_within` is
    set where rows refer to rows of the same file, which then goes in as a whole.
    """

    class State(models.TextChoices):
        RECOGNISED = "recognised", _("recognised")
        VALIDATING = "validating", _("being validated")
        VALIDATED = "validated", _("validated")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")
        FAILED = "failed", _("failed")
        UNDONE = "undone", _("undone")

    class Mode(models.TextChoices):
        INSERT = "insert", _("only new records")
        UPDATE = "update", _("only existing records")
        UPSERT = "upsert", _("new and existing records")

    class OnDuplicate(models.TextChoices):
        REFUSE = "refuse", _("refuse the later row")
        SKIP = "skip", _("skip the later row")
        UPDATE = "update", _("let the later row add to the earlier")

    BUSY = (State.VALIDATING, State.APPLYING)
    lock_rank = 5

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    into = models.CharField(_("into"), max_length=100)
    file = models.ForeignKey(
        ImportFile, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("file")
    )
    table = models.ForeignKey(
        ImportFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rows of the file"),
    )
    source = models.JSONField(_("what the file is"), default=dict, blank=True)
    filename = models.CharField(_("file name"), max_length=255)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECOGNISED)
    dialect = models.JSONField(_("dialect"), default=dict)
    declared = models.JSONField(_("declared dialect"), default=dict, blank=True)
    columns = models.JSONField(_("columns"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    styles = models.JSONField(_("styles of columns"), default=dict, blank=True)
    fingerprint = models.CharField(_("fingerprint of the header"), max_length=64)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.UPSERT)
    on_duplicate = models.CharField(
        _("on a duplicate"), max_length=10, choices=OnDuplicate.choices, default=OnDuplicate.REFUSE
    )
    match_on = models.CharField(_("rows are found by"), max_length=100, blank=True, default="")
    mapped_by = models.JSONField(_("how fields were mapped"), default=dict, blank=True)
    replacements = models.JSONField(_("replaced texts"), default=dict, blank=True)
    replaced_cells = models.PositiveIntegerField(_("replaced cells"), default=0)
    stale = models.JSONField(_("to be validated again"), null=True, blank=True)
    refers_within = models.BooleanField(_("rows refer to each other"), default=False)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    atomic = models.BooleanField(_("all or nothing"), default=True)
    applied_through = models.PositiveIntegerField(_("applied up to row"), default=0)
    known_file = models.BooleanField(_("applied before"), default=False)
    job = models.ForeignKey(
        "jobs.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("job")
    )
    change_set = models.UUIDField(_("change set"), null=True, blank=True)
    undo_change_set = models.UUIDField(_("change set of the undo"), null=True, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    problems = models.JSONField(_("problems"), default=list, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)
    validated_at = models.DateTimeField(_("validated"), null=True, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True, editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("import session")
        verbose_name_plural = _("import sessions")
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="imports_newest"),
            models.Index(fields=["organization", "into", "file"], name="imports_known_file"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_worked_on(self) -> bool:
        """Whether a job has the session in hand. One that was dropped, or whose workers all died, has not."""
        return self.state in self.BUSY and self.job is not None and not self.job.is_finished

    @property
    def is_history(self) -> bool:
        """Whether the file, or a part of it, has gone in: nothing about the session can be changed any more."""
        return self.state in (self.State.APPLIED, self.State.UNDONE) or self.applied_through > 0


class ImportCellFix(TenantModel):
    """A corrected value that lies over one cell of the file; the file itself stays as it came."""

    session = models.ForeignKey(ImportSession, on_delete=models.CASCADE, related_name="fixes", db_index=False)
    row = models.PositiveIntegerField(_("row"))
    column = models.PositiveSmallIntegerField(_("column"))
    value = models.TextField(_("value"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "session", "row", "column"], name="imports_fix_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.row}/{self.column}"


class ImportOutcomes(TenantModel):
    """What validation found for a run of rows: their plan, compressed, and how many there are of each kind."""

    session = models.ForeignKey(
        ImportSession, on_delete=models.CASCADE, related_name="outcomes", db_index=False
    )
    first_row = models.PositiveIntegerField()
    last_row = models.PositiveIntegerField()
    created = models.PositiveIntegerField()
    updated = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    warned = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "session", "first_row"], name="imports_outcomes_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.first_row}–{self.last_row}"


class ImportMappingMemory(TenantModel):
    """How a layout of columns was mapped when a file with it was last applied."""

    into = models.CharField(_("into"), max_length=100)
    fingerprint = models.CharField(_("fingerprint of the header"), max_length=64)
    mapping = models.JSONField(_("mapping"))
    mode = models.CharField(_("mode"), max_length=10, choices=ImportSession.Mode.choices)
    on_duplicate = models.CharField(
        _("on a duplicate"), max_length=10, choices=ImportSession.OnDuplicate.choices
    )
    match_on = models.CharField(_("rows are found by"), max_length=100, blank=True, default="")
    updated_at = models.DateTimeField(_("changed"), auto_now=True, editable=False)

    class Meta:
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "into", "fingerprint"], name="imports_mapping_memory_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.into} {self.fingerprint[:12]}"
