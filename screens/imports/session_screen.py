"""What the parts of the import wizard share: the session on the server, its description, and the three steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual import work

from erp_tui.core.errors import ErpError, InvalidError, OutcomeUnknown
from erp_tui.core.i18n import _
from erp_tui.core.transfer.import_mapping import JOINT
from erp_tui.core.transfer.importing import target_fields
from screens.forms.drafting import DraftingScreen
from screens.forms.sending import SendingScreen
from screens.generic.labels import titles_of
from screens.imports.check_step import CheckStep
from screens.imports.file_step import FileStep
from screens.imports.mapping_step import MappingStep
from widgets.waiting import LOOK_UP_GROUP
from widgets.wizard_frame import WizardFrame

if TYPE_CHECKING:
    from pathlib import Path

    from erp_tui.core.remote.import_models import ImportSession
    from erp_tui.core.remote.models import Description

FILE, COLUMNS, CHECK = range(3)
NAMELESS: Final = frozenset({"", "file", "into", "session", "mapping", "values", "from", "to"})
"""Last parts of paths that say no more than the message does."""


class Way(NamedTuple):
    """What a person chose for a session: that it goes in as a whole, or in parts."""

    session: int
    atomic: bool


class SessionScreen(SendingScreen, DraftingScreen):
    """Each part of the wizard is a subclass with one idea."""

    def __init__(self) -> None:
        super().__init__()
        self.into = ""
        self.session: ImportSession | None = None
        self.description: Description | None = None
        self.columns = MappingStep()
        self.check = CheckStep()
        self.file: FileStep | None = None
        self.frame: WizardFrame | None = None
        self.way: Way | None = None

    @abstractmethod
    def validate(self) -> None:
        """Has every row checked, and shows what they would do."""

    @abstractmethod
    def ask_way(self) -> None:
        """Asks whether the file goes in as a whole or in parts."""

    @abstractmethod
    def follow(self, job: int) -> None:
        """Shows the progress of a job until it ends."""

    @property
    def on_columns(self) -> bool:
        """Whether the columns are shown, and may be changed."""
        return self.frame is not None and self.frame.index == COLUMNS and not self.frame.succeeded

    @property
    def on_check(self) -> bool:
        """Whether the rows are shown, and may be changed."""
        return self.frame is not None and self.frame.index == CHECK and not self.frame.succeeded

    @property
    def chosen_way(self) -> bool | None:
        """Whether this file shall go in as a whole; None where nobody has chosen."""
        if self.way is None or self.session is None or self.way.session != self.session.id:
            return None
        return self.way.atomic

    @property
    def key_field(self) -> str:
        """The field by which a row is known: that by which it finds its record, where the file gives it."""
        parts = self.session.match_on.split(JOINT) if self.session is not None else ()
        given = [part for part in parts if self.session is not None and part in self.session.mapping]
        return given[0] if given else (self.description.key or "code") if self.description else "code"

    @property
    def titles(self) -> dict[str, str]:
        """The titles of the fields by their names, those of lines as `lines.product`."""
        if self.description is None:
            return {}
        return titles_of(self.description) | {
            each.name: each.title for each in target_fields(self.description)
        }

    @property
    def folder(self) -> Path:
        """Where the file lies, so that what comes of it lies beside it."""
        from pathlib import Path

        if self.file is None or not self.file.path.text.strip():
            return Path.cwd()
        path = self.file.path.path
        # What was pasted lies where nobody looks.
        return Path.cwd() if self.host.outbox.pasted.holds(path) else path.parent

    async def take(self, session: ImportSession) -> None:
        """The session as it is now."""
        if self.description is None or self.description.name != session.into:
            self.description = await self.api.describe_resource(session.into)
            self.check.fields = {each.name: each for each in target_fields(self.description)}
        self.session, self.into = session, session.into
        self.retitle(_("Take in {title}").format(title=self.description.title))
        self.columns.show(session, self.description)
        if self.frame is not None and not self.frame.succeeded:
            # What was refused before is put right or asked anew.
            self.frame.mended()
        self.refresh_keys()

    @work(group=LOOK_UP_GROUP, exit_on_error=False)
    async def patch(self, changes: Mapping[str, Any]) -> None:
        """Changes how the file is read, or what its columns mean."""
        await self.patched(changes)

    async def patched(self, changes: Mapping[str, Any]) -> bool:
        """The same, in a worker. Whether the server took it."""
        session = self.session
        if session is None:
            return False
        return await self.changed(lambda: self.api.patch_import(session.id, changes, version=session.version))

    async def changed(self, change: Callable[[], Awaitable[ImportSession]]) -> bool:
        """Lets the session become what `change` answers. Whether the server took it; else it is told why not."""
        try:
            await self.take(await change())
        except ErpError as error:
            self.refused(error)
            return False
        return True

    def source_with(self, name: str, **more: Any) -> dict[str, Any]:
        """The mapping with other members of one field's source; None takes a member away."""
        assert self.session is not None
        source = {**self.session.mapping[name], **more}
        kept = {member: value for member, value in source.items() if value is not None}
        return {"mapping": {**self.session.mapping, name: kept}}

    def show_check(self) -> None:
        """The outcome of the last validation."""
        if self.session is not None:
            self.check.show(self.api, self.session, self.key_field, self.titles, self.chosen_way)
            self.refresh_keys()

    # What goes wrong

    def show_problem(self, problem: ErpError | str) -> None:
        """Above the step that is shown."""
        if self.frame is None:
            self.problem.show(problem)
        else:
            self.frame.fail(problem)
            self.frame.busy = isinstance(problem, OutcomeUnknown)

    def refused(self, error: ErpError) -> None:
        """Says it where it can be mended."""
        self.keys.flush(error.sentence(), shown=True)
        asked = isinstance(error, InvalidError) and error.errors
        self.show_problem(sentence_of(error, self.titles) if asked else error)


def given(act: Callable[[Path], Any]) -> Callable[[Path | None], None]:
    """What a dialog calls back that asks for a path: does it with the path that was given, if one was."""

    def answered(path: Path | None) -> None:
        if path is not None:
            act(path)

    return answered


def sentence_of(error: ErpError, titles: Mapping[str, str]) -> str:
    """The messages of a refusal, each once, with what they are about, by its title; else the sentence of the error."""
    if not isinstance(error, InvalidError) or not error.errors:
        return error.sentence()
    return "\n".join(dict.fromkeys(_with_title(each.field, each.message, titles) for each in error.errors))


def _with_title(path: str, message: str, titles: Mapping[str, str]) -> str:
    name = path.rpartition(".")[2].partition("[")[0]
    title = titles.get(path.partition(".")[2], titles.get(name, name))
    return message if name in NAMELESS or title in message else f"{title}: {message}"
