"""Rules, routines and loops as they run, checked and changed: for the pages and the API.

What a twin's file says holds until somebody writes an entry of the same name. Each change
is a version with its author; giving an entry back to the file is a version too.
"""

import re
from collections.abc import Mapping

import msgspec

from dt import plugins
from dt.errors import ConflictError, NotFoundError, RuleError
from dt.rules.reading import Context as RuleContext
from dt.rules.reading import rule_of
from dt.rules.rule import Rule
from dt.store.automation import Entry, Kind, effective
from dt.twin.description import TwinDescription
from dt.twin.document import Problem, Reader
from webapp.context import Context

Body = dict[str, object]
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
_INDEX = re.compile(r"\[\d+\].*")
_LARGEST = 20_000


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, routine or loop as it runs.

    Attributes:
        twin: Id of the twin.
        kind: ``rule``, ``routine`` or ``loop``.
        name: Of it in its twin.
        entry: What it says, without the name.
        in_file: The twin's file has one of this name.
        version: The newest one that was written here, which a change must name; 0: none.
        by: Who wrote it; empty: the file.
        at: UTC ms when; 0: the file.
    """

    twin: str
    kind: Kind
    name: str
    entry: Body
    in_file: bool
    version: int = 0
    by: str = ""
    at: int = 0

    @property
    def target(self) -> str:
        """What the audit calls it."""
        return target_of(self.twin, self.kind, self.name)

    @property
    def enabled(self) -> bool:
        """Whether it may run."""
        return self.entry.get("enabled", True) is not False


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with an entry.

    Attributes:
        path: Within the entry: ``for``, ``then[0].command``; empty: the whole.
    """

    path: str
    seen: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path or 'the entry'}: saw {self.seen}, expected {self.expected}"
        return f"{text} ({self.hint})" if self.hint else text


def target_of(twin: str, kind: Kind, name: str) -> str:
    """Return what the audit calls an entry: ``dt:Box/rules/too-dry``."""
    return f"{twin}/{kind}s/{name}"


def running(context: Context) -> dict[str, TwinDescription]:
    """Return the twins by id with what people wrote in place of what their files say."""
    entries = context.appliance.automation.current()
    return {id_: effective(twin, entries) for id_, twin in context.twins().items()}


def twin_of(context: Context, twin_id: str) -> TwinDescription:
    """Return a twin as its file declares it.

    Raises:
        NotFoundError: There is none.
    """
    twin = context.twins().get(twin_id)
    if twin is None:
        raise NotFoundError(f"there is no twin {twin_id!r}", hint="see the list of twins")
    return twin


def all_of(context: Context, kind: Kind, twin_id: str = "") -> list[Written]:
    """Return every entry of a kind as it runs, by twin, in the order of the files."""
    written = context.appliance.automation.current(kind=kind)
    found: list[Written] = []
    for twin in context.twins().values():
        if twin_id in {"", twin.id}:
            in_file = declared(twin, kind)
            mine = {entry.name: entry for entry in written if entry.twin == twin.id}
            found += [
                _written(twin.id, kind, name, in_file.get(name), mine.get(name))
                for name in dict.fromkeys([*in_file, *mine])
            ]
    return found


def find(context: Context, kind: Kind, twin_id: str, name: str) -> Written | None:
    """Return an entry as it runs, or None.

    Raises:
        NotFoundError: There is no such twin.
    """
    twin = twin_of(context, twin_id)
    in_file = declared(twin, kind).get(name)
    entry = context.appliance.automation.get(twin_id, kind, name)
    if in_file is None and (entry is None or entry.body is None):
        return None
    return _written(twin_id, kind, name, in_file, entry)


def get(context: Context, kind: Kind, twin_id: str, name: str) -> Written:
    """Return an entry as it runs.

    Raises:
        NotFoundError: There is no such twin or entry.
    """
    found = find(context, kind, twin_id, name)
    if found is None:
        raise NotFoundError(f"{twin_id} has no {kind} {name!r}")
    return found


def version_of(context: Context, kind: Kind, twin_id: str, name: str) -> int:
    """Return the version that the next change must name; 0: nobody wrote it here."""
    entry = context.appliance.automation.get(twin_id, kind, name)
    return 0 if entry is None else entry.version


def with_draft(twin: TwinDescription, draft: Written) -> TwinDescription:
    """Return a twin as it would run with an entry that is not kept yet."""
    entry = Entry(
        twin=twin.id,
        kind=draft.kind,
        name=draft.name,
        version=0,
        body=draft.entry,
        changed_at=0,
        changed_by="",
    )
    return effective(twin, [entry])


def wrongs(context: Context, draft: Written) -> list[Wrong]:
    """Return all that is wrong with an entry, as the checker of the controller says it.

    The checker looks no further at an entry with a key that cannot be read; so it is
    asked once more without the keys that it complained of.

    Raises:
        NotFoundError: There is no such twin.
    """
    twin_of(context, draft.twin)
    twin = running(context)[draft.twin]
    found = [] if _NAME.fullmatch(draft.name) else [_odd_name(draft.name)]
    found += _checked(twin, draft)
    left_out = {_top(one) for one in found} - {"", "id"}
    if not left_out or "kind" in left_out:
        return found
    rest = {key: value for key, value in draft.entry.items() if key not in left_out}
    further = _checked(twin, msgspec.structs.replace(draft, entry=rest))
    return found + [one for one in further if _top(one) not in {*left_out, ""}]


def _top(wrong: Wrong) -> str:
    """Return the key of the entry in which something is wrong; empty: in the whole."""
    return _INDEX.sub("", wrong.path).partition(".")[0]


def _checked(twin: TwinDescription, draft: Written) -> list[Wrong]:
    shown = with_draft(twin, draft)
    prefix = _path(shown, draft)
    check = plugins.load("dt.checks", "control")
    problems: tuple[Problem, ...] = check(shown)
    return [
        Wrong(
            path=one.path.removeprefix(prefix).lstrip("."),
            seen=one.seen,
            expected=one.expected,
            hint=one.hint,
        )
        for one in problems
        if one.path == prefix or one.path.startswith((f"{prefix}.", f"{prefix}["))
    ]


def rule_from(context: Context, draft: Written) -> Rule:
    """Return the rule that an entry says.

    Raises:
        NotFoundError: There is no such twin.
        RuleError: Something is wrong with it; all of that is told.
    """
    found = wrongs(context, draft)
    twin = twin_of(context, draft.twin)
    reader = Reader(twin.source)
    where = RuleContext(twin=twin, kinds=plugins.instances("dt.rules"), reader=reader)
    rule = None if found else rule_of(where, {"id": draft.name, **draft.entry}, "rules[-1]")
    if rule is None:
        raise refusal(draft, found)
    return rule


def refusal(draft: Written, found: list[Wrong]) -> RuleError:
    """Return what to tell somebody whose entry is wrong."""
    said = "; ".join(str(one) for one in found) or "it cannot be read"
    return RuleError(f"{draft.kind} {draft.name}: {said}"[:2000])


def put(context: Context, draft: Written, who: str) -> Written:
    """Keep an entry as the next version, with a line in the audit.

    Args:
        context: Where.
        draft: Its `version` is the one that its author saw.
        who: The author.

    Raises:
        NotFoundError: There is no such twin.
        RuleError: Something is wrong with it.
        ConflictError: Somebody else changed it meanwhile.
    """
    found = wrongs(context, draft)
    if found:
        raise refusal(draft, found)
    return _keep(context, draft, draft.entry, who)


def give_back(
    context: Context, kind: Kind, place: tuple[str, str], seen: int, who: str
) -> Written | None:
    """Give an entry back to the twin's file; return it as it runs then, or None.

    Args:
        context: Where.
        kind: Of the entry.
        place: Id of the twin, and name.
        seen: The version that this person saw.
        who: The person.

    Raises:
        NotFoundError: There is no such twin or entry.
        ConflictError: Somebody else changed it meanwhile, or it is the file's already.
    """
    before = get(context, kind, *place)
    if not before.by:
        raise ConflictError(
            f"{kind} {before.name} is as the twin's file says",
            hint="change the file to remove it, or disable it here",
        )
    _keep(context, msgspec.structs.replace(before, version=seen), None, who)
    return find(context, kind, *place)


def entry_of(body: Mapping[str, object], name: str) -> Body:
    """Return what somebody sent as an entry without its name.

    Raises:
        RuleError: It names another, or is too large.
    """
    if body.get("id", name) != name:
        raise RuleError(f"id: saw {body['id']!r}, expected {name!r} as in the address")
    if len(msgspec.json.encode(body)) > _LARGEST:
        raise RuleError(f"the entry is too large: expected {_LARGEST} bytes at most")
    return {key: value for key, value in body.items() if key != "id"}


def _keep(context: Context, draft: Written, body: Body | None, who: str) -> Written:
    appliance = context.appliance
    with appliance.database.transaction():
        before = find(context, draft.kind, draft.twin, draft.name)
        new = Entry(
            twin=draft.twin,
            kind=draft.kind,
            name=draft.name,
            version=draft.version,
            body=body,
            changed_at=0,
            changed_by=who,
        )
        kept = appliance.automation.put(new)
        after = find(context, draft.kind, draft.twin, draft.name)
        appliance.audit.add(
            who,
            f"{draft.kind}.{'put' if body is not None else 'remove'}",
            draft.target,
            before and before.entry,
            after and after.entry,
        )
    return msgspec.structs.replace(draft, version=kept.version, by=who, at=kept.changed_at)


def declared(twin: TwinDescription, kind: Kind) -> dict[str, Body]:
    """Return what the file of a twin says of a kind, by name."""
    if kind is Kind.LOOP:
        return dict(twin.loops)
    entries = twin.rules if kind is Kind.RULE else twin.routines
    return {
        str(entry.get("id", index)): {k: v for k, v in entry.items() if k != "id"}
        for index, entry in enumerate(entries)
    }


def _written(
    twin: str, kind: Kind, name: str, in_file: Body | None, entry: Entry | None
) -> Written:
    body = entry.body if entry is not None else None
    return Written(
        twin=twin,
        kind=kind,
        name=name,
        entry=in_file or {} if body is None else body,
        in_file=in_file is not None,
        version=0 if entry is None else entry.version,
        by="" if entry is None or body is None else entry.changed_by,
        at=0 if entry is None or body is None else entry.changed_at,
    )


def _path(twin: TwinDescription, draft: Written) -> str:
    if draft.kind is Kind.LOOP:
        return f"loops.{draft.name}"
    entries = twin.rules if draft.kind is Kind.RULE else twin.routines
    at = [str(entry.get("id", i)) for i, entry in enumerate(entries)].index(draft.name)
    return f"{draft.kind}s[{at}]"


def _odd_name(name: str) -> Wrong:
    return Wrong(path="id", seen=repr(name[:80]), expected="a word like too-dry")
