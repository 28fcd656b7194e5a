"""The mapping as a document that a person can read, keep and give to another: one schema, in YAML or JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Literal

import yaml
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from rest_framework.parsers import BaseParser

from server.core.context import SecurityContext
from server.core.errors import FieldError, Invalid
from server.imports.mapping.columns import plain_name
from server.imports.mapping.suggesting import DOCUMENT, forget, suggest_mapping
from server.imports.mapping.targets import importable, targets_of
from server.imports.models import ImportSession
from server.imports.planning.problems import problems_of
from server.imports.reading.tables import is_named
from server.imports.services import require_open, set_mapping, set_match, start_over

VERSION = 1
LARGEST = 1 << 20
DEEPEST = 20
MOST_NAMED = 12
Texts = dict[str, str]


class FieldSource(BaseModel):
    """Where one field comes from: a column by its name, by its number from 1, or one constant."""

    model_config = ConfigDict(extra="forbid")

    column: str | None = None
    number: int | None = Field(default=None, ge=1)
    constant: str | None = None
    by: str | None = None
    values: Texts = {}
    create: dict[str, dict[str, Any]] = {}
    skip: dict[str, Literal["cell", "row"]] = {}
    date_order: Literal["DMY", "MDY", "YMD"] | None = None
    decimal_mark: Literal[".", ","] | None = None

    @field_validator("column", "constant", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A number in the document is the text that a cell would hold."""
        return str(value) if type(value) is int else value

    @field_validator("values", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            str(key): "" if text is None else str(text) if type(text) in (int, bool) else text
            for key, text in value.items()
        }

    @model_validator(mode="after")
    def _one_place(self) -> FieldSource:
        if sum(each is not None for each in (self.column, self.number, self.constant)) != 1:
            raise ValueError(_("Give one of column, number and constant."))
        return self


class MappingDocument(BaseModel):
    """A mapping that fits any file with these columns."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    into: str
    mode: Literal["insert", "update", "upsert"] | None = None
    on_duplicate: Literal["refuse", "skip", "update"] | None = None
    match_on: str | None = None
    fields: dict[str, FieldSource]


def document_of(session: ImportSession, match_on: str) -> dict[str, Any]:
    """Returns the mapping of a session as docs/api.md shows the document."""
    names = [column["name"] for column in session.columns]
    named = is_named(session)
    fields = {}
    for name, entry in session.mapping.items():
        place: dict[str, Any]
        if entry.get("column") is None:
            place = {"constant": entry.get("constant")}
        elif named and names.count(names[entry["column"]]) == 1:
            place = {"column": names[entry["column"]]}
        else:
            place = {"number": entry["column"] + 1}
        rest = {member: value for member, value in entry.items() if member not in ("column", "constant")}
        fields[name] = {**place, **rest}
    return {
        "version": VERSION,
        "into": session.into,
        "mode": session.mode,
        "on_duplicate": session.on_duplicate,
        "match_on": match_on,
        "fields": fields,
    }


def as_yaml(document: Mapping[str, Any]) -> str:
    """Returns a document as YAML, in the order in which a person reads it."""
    return yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=110)


def read_yaml(text: str) -> Any:
    """Returns what a document in YAML says. Raises `Invalid` naming the line that it breaks off at."""
    if len(text) > LARGEST:
        raise Invalid.field("", "too_large", _("A mapping has at most 1 MB."))
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that knows less
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = _("line %(line)d") % {"line": mark.line + 1} if mark is not None else _("its beginning")
        problem = getattr(error, "problem", None) or _("it is no document")
        raise Invalid.field(
            "",
            "malformed",
            _("The mapping cannot be read at %(where)s: %(problem)s.") % {"where": where, "problem": problem},
        ) from error
    except RecursionError as error:
        raise Invalid.field("", "malformed", _("The mapping is nested too deeply.")) from error


def lay_down(actor: SecurityContext, session: ImportSession, data: Any) -> ImportSession:
    """Gives the session the mapping of a document. Raises `Invalid` with a path for every error, `Conflict`."""
    require_open(session)
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    try:
        document = MappingDocument.model_validate(data)
    except ValidationError as error:
        raise Invalid([_as_error(each) for each in error.errors()]) from error
    errors = []
    if document.into != session.into:
        message = _("The mapping is one for %(theirs)s, the file goes into %(ours)s.") % {
            "theirs": document.into[:60],
            "ours": session.into,
        }
        errors.append(FieldError("into", "contradiction", message))
    mapping: dict[str, Any] = {}
    for name, source in document.fields.items():
        path = f"fields.{name}"
        if name not in targets:
            near = get_close_matches(name, targets, n=3, cutoff=0.6)
            message = _("There is no importable field “%(name)s”.") % {"name": name[:60]}
            if near:
                message += " " + _("Near to it: %(near)s.") % {"near": ", ".join(near)}
            errors.append(FieldError(path, "unknown", message))
            continue
        place = _place(session.columns, source, path)
        if isinstance(place, FieldError):
            errors.append(place)
            continue
        members = source.model_dump(
            include={"values", "create", "skip", "by", "date_order", "decimal_mark"}, exclude_defaults=True
        )
        mapping[name] = {**place, **members}
    if document.match_on is not None:
        errors += set_match(session, resource, targets, document.match_on)
    if not errors:
        found = set_mapping(actor, session, targets, mapping, origin=DOCUMENT)
        errors += [
            FieldError(f"fields{error.field.removeprefix('mapping')}", error.code, error.message)
            for error in found
        ]
    if errors:
        raise Invalid(errors)
    session.mode = document.mode or session.mode
    session.on_duplicate = document.on_duplicate or session.on_duplicate
    start_over(session)
    session.problems = problems_of(session, resource, targets)
    session.save()
    return session


def _place(
    columns: Sequence[Mapping[str, Any]], source: FieldSource, path: str
) -> dict[str, Any] | FieldError:
    """Returns the column or the constant as a session keeps it."""
    if source.constant is not None:
        return {"constant": source.constant}
    if source.number is not None:
        if source.number <= len(columns):
            return {"column": source.number - 1}
        message = _("The file has %(count)d columns.") % {"count": len(columns)}
        return FieldError(f"{path}.number", "unknown", message)
    wanted = str(source.column)
    exact = [column["index"] for column in columns if column["name"] == wanted.strip()]
    alike = [column["index"] for column in columns if plain_name(column["name"]) == plain_name(wanted)]
    found = exact or alike
    if len(found) == 1:
        return {"column": found[0]}
    if found:
        message = _("%(count)d columns are called “%(name)s”; give the number of one.") % {
            "count": len(found),
            "name": wanted[:60],
        }
        return FieldError(f"{path}.column", "ambiguous", message)
    names = [column["name"] for column in columns]
    shown = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    message = _("The file has no column “%(name)s”. It has: %(names)s.") % {
        "name": wanted[:60],
        "names": shown,
    }
    return FieldError(f"{path}.column", "unknown", message)


def _as_error(error: Any) -> FieldError:
    path = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return FieldError(path, "required", _("This must be given."))
    if error["type"] == "extra_forbidden":
        return FieldError(path, "unknown", _("There is no such member."))
    if error["type"] == "literal_error":
        message = _("Choose one of: %(known)s.") % {"known": error["ctx"]["expected"].replace(" or ", ", ")}
        return FieldError(path, "not_a_choice", message)
    if error["type"] == "value_error":
        return FieldError(path, "invalid", str(error["ctx"]["error"]))
    return FieldError(path, "invalid", _("This is not of the right kind."))


def map_anew(actor: SecurityContext, session: ImportSession) -> ImportSession:
    """Forgets what is remembered of this layout and maps the session as if it were the first. Raises `Conflict`."""
    require_open(session)
    resource = importable(session.into, actor)
    targets = targets_of(actor, resource)
    forget(session)
    session.match_on = ""
    suggest_mapping(actor, session, resource, targets)
    start_over(session)
    session.problems = problems_of(session, resource, targets)
    session.save()
    return session


class YamlParser(BaseParser):
    """Takes a document in YAML."""

    media_type = "application/yaml"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Returns what the body says. Raises `Invalid`."""
        try:
            text = stream.read(LARGEST + 1).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Invalid.field("", "malformed", _("A mapping is written in UTF-8.")) from error
        return read_yaml(text)


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: `NO`, `on` and `1.50` are texts; nothing refers to anything, nothing stands twice."""

    yaml_implicit_resolvers: dict[Any, Any] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuses aliases, by which a small document can become an endless one, and endless nesting."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, _("an alias has no place here"), event.start_mark)
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(
                None, None, _("it is nested too deeply"), self.peek_event().start_mark
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Refuses a name that stands twice, of which one would be lost."""
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, _("a name that is no text, or stands twice"), key.start_mark
                )
            seen.add(key.value)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
