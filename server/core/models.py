"""Tables that every business app stands on: number series, the outbox of events, idempotency keys, drafts."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from .tenancy import TenantManager, TenantModel

MOST_DIGITS = 15


class NumberSeries(TenantModel):
    """The numbers of one kind of document, given in the committing transaction and never twice."""

    lock_rank = 90  # the last lock of every transaction: a series is the one row that all its writers share

    code = models.CharField(_("code"), max_length=50)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True, default="")
    padding = models.PositiveSmallIntegerField(_("digits"), default=5)
    next_value = models.BigIntegerField(_("next number"), default=1)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [models.UniqueConstraint(fields=["organization", "code"], name="number_series_code")]

    def clean(self) -> None:
        """Raises `ValidationError` for a series that would give a number twice, or one that fits nowhere."""
        super().clean()
        given = type(self)._base_manager.filter(pk=self.pk).values_list("next_value", flat=True).first()
        if given is not None and self.next_value < given:
            raise ValidationError(
                {
                    "next_value": _(
                        "Numbers below %(next)d may have been given; none is given twice. Go on from there."
                    )
                    % {"next": given}
                }
            )
        if self.padding > MOST_DIGITS:
            raise ValidationError(
                {"padding": _("A number is filled up to at most %(limit)d digits.") % {"limit": MOST_DIGITS}}
            )


class DomainEvent(TenantModel):
    """One row of the outbox (E-017, E-018).

    `sequence` is given after the commit, by the one dispatcher: on PostgreSQL keys commit out of order, so
    a reader of `id > last` would lose some. It is also the change feed of the clients.
    """

    type = models.CharField(max_length=60)
    entity_type = models.CharField(max_length=60)
    entity_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    change_set = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sequence = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization", "sequence"], name="event_feed"),
            models.Index(fields=["id"], condition=models.Q(sequence__isnull=True), name="event_undispatched"),
        ]


class EventDelivery(models.Model):
    """One event for one handler: delivered at least once, kept with its error where it failed for good."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        DEAD = "dead", _("failed for good")

    event = models.ForeignKey(DomainEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "handler"], name="event_delivery_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(state="pending"), name="event_delivery_due"
            )
        ]


class IdempotencyRecord(models.Model):
    """One idempotency key of one actor. The answer is written in the transaction of its effect.

    On SQLite an uncommitted row is invisible, so a row without an answer, under a lease, marks the request
    that is in flight; on PostgreSQL an advisory lock does, and rows always have their answer.
    """

    organization = models.ForeignKey(
        "organizations.Organization", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    actor = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    request_digest = models.BinaryField(max_length=32)
    lease_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "actor", "key"], name="idempotency_key")
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class Draft(TenantModel):
    """What a person has typed and not yet sent, so that another terminal of the same person can go on.

    `copy` is the piece of work, named by the terminal that began it: two orders begun on two terminals are two
    copies of one form, and neither overwrites the other. A copy that was sent or thrown away stays, `finished`
    and empty, so that no terminal offers its own remains of it again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=200)
    copy = models.CharField(max_length=36, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=200, blank=True, default="")
    terminal = models.CharField(max_length=100, blank=True, default="")
    finished = models.BooleanField(default=False)
    data = models.JSONField()
    saved_at = models.DateTimeField(auto_now=True)

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user", "form", "copy"], name="draft_copy")
        ]
