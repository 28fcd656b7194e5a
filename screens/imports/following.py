"""The server's work on a file: shown while it lasts, gone on with when one comes back, and nothing stops by leaving."""

from __future__ import annotations

from textual import work

from erp_tui.core.entry.values import format_count
from erp_tui.core.errors import ErpError
from erp_tui.core.i18n import _
from erp_tui.core.transfer.pace import Pace
from erp_tui.core.transfer.wholeness import when_stopped
from screens.imports.session_screen import SessionScreen


class Following(SessionScreen):
    """A subclass says in `job_over` what comes after."""

    def job_over(self) -> None:
        """Goes on where the session stands."""

    def follow(self, job: int) -> None:
        """Shows the progress until the job ends, and meanwhile what the first rows would do."""
        self.busy = True
        if self.session is not None and self.session.counts is None:
            self._preview()
        self._follow(job)

    @work(group="job", exclusive=True, exit_on_error=False)
    async def _follow(self, job: int) -> None:
        from erp_tui.core.remote.jobs import follow

        applying = self.session is not None and self.session.state in ("validated", "applying")
        error: str | None = None
        pace = Pace()
        try:
            async for state in follow(self.api, job):
                parts = [state.message or _("Working …")]
                if state.current is not None and state.total:
                    parts.append(f"{format_count(state.current)} / {format_count(state.total)}")
                    parts += pace.parts(state.current, state.total)
                told = _(
                    "{progress}\nYou can leave with F3; it goes on, and :import comes back to it."
                ).format(progress=" · ".join(parts))
                if applying and self.session is not None:
                    told += "\n" + when_stopped(self.session, chosen=self.chosen_way)
                self.check.wait(told)
                error = state.error if state.finished and state.state != "succeeded" else None
            assert self.session is not None
            await self.take(await self.api.import_session(self.session.id))
        except ErpError as failure:
            error = failure.sentence()
        finally:
            self.busy = False
        if error:
            self.show_check()
            self.show_problem(error)
        else:
            self.job_over()

    @work(group="page", exit_on_error=False)
    async def _preview(self) -> None:
        """A large file takes its time: its first rows answer at once."""
        session = self.session
        if session is None:
            return
        try:
            page = await self.api.import_preview(session.id)
        except ErpError as error:
            # The whole answer is on its way; this was only to look at meanwhile.
            self.log.info("no preview of the first rows", error)
            return
        if self.busy:
            self.check.show_first(page.rows, self.key_field, self.titles)

    def work_failed(self, work: str, error: ErpError) -> bool:
        """What followed the job stopped at an error in the program: the job itself goes on."""
        if work != self._follow.__name__:
            return super().work_failed(work, error)
        self.show_check()
        self.show_problem(error)
        return True
