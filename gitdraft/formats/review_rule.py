"""`review` in gitdraft.yaml: what merging a draft needs."""

from __future__ import annotations

from typing import Any, NamedTuple

from gitdraft.formats.rdf_profile import Reader
from gitdraft.formats.yaml_document import shown

MOST_APPROVALS = 100


class ReviewRule(NamedTuple):
    """What merging a draft needs: so many ``approvals``, ``by`` these mail addresses (none: by anybody)."""

    approvals: int = 0
    by: tuple[str, ...] = ()


NO_REVIEW = ReviewRule()


def read_review_rule(reader: Reader, declared: Any) -> ReviewRule:
    """Returns the rule; mistakes are recorded."""
    given = reader.mapping(("review",), declared or {}, ("approvals", "by"))
    approvals, mails = given.get("approvals", 1 if given else 0), given.get("by", [])
    if type(approvals) is not int or not 0 <= approvals <= MOST_APPROVALS:
        reader.problem(("review", "approvals"), f"expected a number from 0 to {MOST_APPROVALS}")
        approvals = 0
    if not isinstance(mails, list) or not all(isinstance(mail, str) and "@" in mail for mail in mails):
        reader.problem(("review", "by"), f"expected a list of mail addresses, found {shown(mails)}")
        mails = []
    by = tuple(dict.fromkeys(mail.casefold() for mail in mails))
    if by and len(by) < approvals:
        reader.problem(("review", "by"), f"expected at least {approvals} of them, as many as the approvals")
    return ReviewRule(approvals, by)
