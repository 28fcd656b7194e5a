"""The shell completes `erp` from what is kept on disk: no request, no screen, and nothing that a shell would run."""

from __future__ import annotations

import os
import pty
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from erp_tui.cli import completing
from erp_tui.cli.completing import OWN_WORDS, completed
from erp_tui.cli.completion_scripts import SCRIPTS
from erp_tui.core.remote.description_cache import Cached, DescriptionCache
from erp_tui.main import _parser

URL = "http://127.0.0.1:1"
META: dict[str, Any] = {
    "resources": {
        "suppliers": {
            "title": "Suppliers",
            "may": {"list": True, "create": True, "update": True, "import": True},
        },
        "stock": {"title": "Stock", "may": {"list": True}},
        "evil$(touch pwned)": {"title": "x", "may": {}},
    },
    "operations": {
        "purchasing.confirm": {"title": "Confirm", "flags": ["order"]},
        "purchasing.cancel-remaining": {"title": "Cancel what remains\x1b]0;x\x07", "flags": ["order"]},
        "inventory.move": {"title": "Move stock", "flags": ["product", "from_location", "x; rm -rf"]},
        "user.sync.azure": {"title": "Sync", "flags": ["all"]},
        "broken": "not a description",
    },
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client that has looked at its server once, and cannot reach it any more."""
    monkeypatch.setenv("ERP_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("ERP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ERP_URL", URL)
    monkeypatch.setenv("ERP_LANGUAGE", "en")
    monkeypatch.delenv("ERP_API_KEY", raising=False)
    DescriptionCache(tmp_path / "data" / "descriptions").put((URL, "", "", "es"), "/meta/", Cached("x", META))
    return tmp_path


def words(*typed: str) -> list[str]:
    return [found.word for found in completed(typed)]


def test_the_first_word_is_a_command_a_resource_or_a_module(kept: Path) -> None:
    assert {"login", "suppliers", "stock", "purchasing", "inventory", "completion"} <= set(words(""))
    assert words("s") == ["serve", "stock", "suppliers"]
    assert words("--p") == ["--plain", "--profile"]


def test_every_command_that_the_help_names_is_completed() -> None:
    named = set()
    for line in _parser().format_help().partition("commands:\n")[2].splitlines():
        if match := re.match(r"  ([a-z].*?)(?:  |$)", line):
            named |= {word.split()[0] for word in match[1].split(", ")}
    assert len(named) > 10 and named - {"RESOURCE", "MODULE", "imports"} <= set(OWN_WORDS)


def test_the_second_word_is_what_this_person_may_do(kept: Path) -> None:
    assert {"list", "get", "create", "update", "import", "template"} <= set(words("suppliers", ""))
    assert "delete" not in words("suppliers", "") and "create" not in words("stock", "")
    assert words("purchasing", "") == ["cancel-remaining", "confirm"]
    assert words("user", "sync", "azure", "--a") == ["--all"]


def test_flags_are_those_of_the_operation_and_of_every_one(kept: Path) -> None:
    offered = words("inventory", "move", "--")
    assert {"--product", "--from-location", "--dry-run", "--reason", "--yes"} <= set(offered)
    assert words("inventory", "move", "--pro") == ["--product"]
    assert words("inventory", "move", "--format", "") == ["json", "table"]
    assert words("inventory", "move", "--product", "") == []


def test_flags_of_records_are_those_of_their_parser(kept: Path) -> None:
    assert {"--filter", "--format", "--limit"} <= set(words("suppliers", "list", "--"))
    assert "json" in words("suppliers", "list", "--format", "js")
    assert "--data" in words("suppliers", "create", "--d")
    assert set(words("profile", "")) >= {"add", "list", "use"}
    assert words("completion", "") == ["bash", "fish", "zsh"]


def test_options_before_the_command_are_passed_over_and_their_values_are_not_guessed(kept: Path) -> None:
    assert words("--plain", "purchasing", "con") == ["confirm"]
    assert words("--language", "es", "purchasing", "con") == ["confirm"]
    assert words("--profile", "") == []


def test_nothing_that_a_shell_or_a_terminal_would_act_on_is_offered(kept: Path) -> None:
    every = [*completed([""]), *completed(["purchasing", ""]), *completed(["inventory", "move", "--"])]
    assert not [found for found in every if re.search(r"[^\w.=-]", found.word)]
    assert not [found for found in every if not found.title.isprintable()]


def test_without_anything_kept_or_with_what_is_broken_the_own_words_are_still_there(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_URL", "http://127.0.0.1:2")
    assert set(words("")) == set(OWN_WORDS)
    for file in (kept / "data" / "descriptions").iterdir():
        file.write_text("{broken")
    monkeypatch.setenv("ERP_URL", URL)
    assert set(words("")) == set(OWN_WORDS)


def test_a_completion_sends_nothing_and_loads_neither_the_screen_nor_what_sends(kept: Path) -> None:
    program = (
        "import sys, socket\n"
        "socket.socket.connect = lambda *a: (_ for _ in ()).throw(AssertionError('a request'))\n"
        "from erp_tui.main import main\n"
        "main(['__complete', 'purchasing', ''])\n"
        "main(['__complete', ''])\n"
        "main(['__complete', 'inventory', 'move', '--'])\n"
        "heavy = {'textual', 'httpx', 'pydantic', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "confirm\tConfirm\n" in done.stdout


@pytest.fixture
def erp(kept: Path) -> Path:
    """An `erp` on the path of a shell."""
    folder = kept / "bin"
    folder.mkdir()
    program = folder / "erp"
    root = Path(completing.__file__).resolve().parents[2]
    program.write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} -m erp_tui.main "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def run_shell(erp: Path, command: list[str], script: str) -> str:
    environment = {
        **os.environ,
        "PATH": f"{erp}:{os.environ['PATH']}",
        "HOME": str(erp.parent),
        "TERM": "xterm",
    }
    done = subprocess.run(
        [*command, script], capture_output=True, text=True, timeout=120, env=environment, cwd=erp.parent
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("erp purchasing co", "confirm"),
        ("erp inventory move --from", "--from-location"),
        ("erp sup", "suppliers"),
        ("erp completion z", "zsh"),
    ],
)
def test_bash_completes(erp: Path, typed: str, offered: str) -> None:
    script = (
        'eval "$(erp completion bash)"\n'
        f"COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        "_erp\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    assert run_shell(erp, ["bash", "--norc", "-c"], script).split() == [offered]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_a_tab_in_a_real_bash_finishes_the_word(erp: Path) -> None:
    """Typed at a pseudo-terminal: Tab completes the action, Enter runs the line."""
    (erp / "shown").write_text('#!/bin/sh\nprintf "GOT:%s\\n" "$*"\n')
    (erp / "shown").chmod(0o755)
    main, other = pty.openpty()
    environment = {
        **os.environ,
        "PATH": f"{erp}:{os.environ['PATH']}",
        "HOME": str(erp.parent),
        "TERM": "dumb",
        "PS1": "$ ",
    }
    shell = subprocess.Popen(
        ["bash", "--norc", "--noprofile", "-i"],
        stdin=other,
        stdout=other,
        stderr=other,
        env=environment,
        cwd=erp.parent,
        start_new_session=True,
    )
    os.close(other)
    try:
        os.write(main, b"eval \"$(erp completion bash)\"; printf '%s%s\\n' RE ADY\n")
        read_until(main, b"READY")
        # `shown` is completed as erp is, by a function that asks `erp`.
        os.write(
            main,
            b"_erp_of() { COMP_WORDS[0]=erp; _erp; }; complete -F _erp_of shown; printf '%s%s\\n' RE ADY2\n",
        )
        read_until(main, b"READY2")
        os.write(main, b"shown purchasing conf\t\n")
        assert b"GOT:purchasing confirm" in read_until(main, b"GOT:purchasing confirm")
    finally:
        # An interactive bash takes no other signal.
        shell.kill()
        shell.wait(timeout=60)
        os.close(main)


def read_until(terminal: int, awaited: bytes) -> bytes:
    """What the terminal shows up to what is awaited; the test's own time limit ends a wait that is in vain."""
    shown = b""
    while awaited not in shown:
        shown += os.read(terminal, 4096)
    return shown


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
@pytest.mark.parametrize(("typed", "offered"), [("erp purchasing co", "confirm"), ("erp sup", "suppliers")])
def test_fish_completes(erp: Path, typed: str, offered: str) -> None:
    script = f"erp completion fish | source; complete -C '{typed}'"
    assert [
        line.split("\t")[0] for line in run_shell(erp, ["fish", "--no-config", "-c"], script).splitlines()
    ] == [offered]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
def test_fish_completes_where_nothing_is_typed_yet(erp: Path) -> None:
    shown = run_shell(
        erp, ["fish", "--no-config", "-c"], "erp completion fish | source; complete -C 'erp purchasing '"
    )
    assert [line.split("\t")[0] for line in shown.splitlines()] == ["cancel-remaining", "confirm"]


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish here")
def test_fish_offers_files_where_nothing_is_known(erp: Path) -> None:
    script = "erp completion fish | source; complete -C 'erp inventory move --params bi'"
    assert [
        line.split("\t")[0] for line in run_shell(erp, ["fish", "--no-config", "-c"], script).splitlines()
    ] == ["bin/"]


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
def test_zsh_completes(erp: Path) -> None:
    script = (
        'eval "$(erp completion zsh)"\n'
        "_describe() { print -l -- ${found[@]} }\n"
        "_files() { print FILES }\n"
        "words=(erp purchasing co); CURRENT=3; _erp\n"
        'words=(erp inventory move --product ""); CURRENT=5; _erp\n'
    )
    assert run_shell(erp, ["zsh", "-f", "-c"], script).splitlines() == ["confirm:Confirm", "FILES"]


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_a_script_is_printed_for_each_shell_and_an_unknown_one_is_refused(erp: Path, shell: str) -> None:
    assert run_shell(erp, ["sh", "-c"], f"erp completion {shell}") == SCRIPTS[shell]
    refused = subprocess.run(
        [str(erp / "erp"), "completion", "tcsh"], capture_output=True, text=True, timeout=120
    )
    assert refused.returncode == 2 and "tcsh" in refused.stderr
