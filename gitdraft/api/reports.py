"""The types of what the methods return, in one place, for the doors' annotations.

They stand where they are made; here they are names alone, which cost nothing when a command starts: import them under
``TYPE_CHECKING``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitdraft.api.canonical import ChangeOptions
    from gitdraft.api.capabilities import Capability
    from gitdraft.api.checks import CheckReport
    from gitdraft.api.history import EntityHistory, EntityRevision, RevisionDiff
    from gitdraft.api.init import Initialised, InitReport
    from gitdraft.api.sync import Tracking
    from gitdraft.canonical.merge_entities import Keep
    from gitdraft.documents.inheritance import (
        AffectedEntity,
        EffectiveMembers,
        InheritanceImpact,
        MemberChange,
    )
    from gitdraft.drafts.impact import Classification
    from gitdraft.formats.configuration import Configuration
    from gitdraft.formats.proposed_contexts import RdfStyle
    from gitdraft.git.objects import Commit
    from gitdraft.git.repository import GitRepository
    from gitdraft.index.verify import Comparison
    from gitdraft.model.canonical_reports import (
        ImportReport,
        LayoutReport,
        MergeEntitiesReport,
        MigrationReport,
        RedirectReport,
    )
    from gitdraft.model.draft_reports import NewReport, ResolveReport, StatusReport, ValidationReport
    from gitdraft.model.overlaps import Overlap, Pair
    from gitdraft.model.reports import DraftDetails, DraftSummary
    from gitdraft.model.sync_reports import DraftSync, Forwarding, SyncReport
    from gitdraft.model.view_reports import (
        AuditEntry,
        BlamedPlace,
        Finding,
        RedirectCounts,
        References,
        UndoReport,
    )
    from gitdraft.model.violations import Problem
    from gitdraft.model.worktree_reports import (
        CheckedFile,
        CheckoutReport,
        FileProblem,
        FileResolveReport,
        UnmergedFile,
    )
    from gitdraft.purge.purge import PurgePlan, PurgeReport
    from gitdraft.rebase.follow_canonical import CatchUpReport
    from gitdraft.rebase.stack import ParentState
    from gitdraft.store.hooks.install import Hooks
    from gitdraft.store.repository import Store
    from gitdraft.sync.outgoing import Outgoing
    from gitdraft.transfer.import_mediawiki import Bounds
    from gitdraft.transfer.sources import EntitySource
    from gitdraft.validation.receive import Refusal
    from gitdraft.validation.staged import Staged
    from gitdraft.views.audit import AuditKind
    from gitdraft.views.effective_view import EffectiveView
    from gitdraft.views.status import RepositoryStatus

__all__ = [
    "AffectedEntity",
    "AuditEntry",
    "AuditKind",
    "BlamedPlace",
    "Bounds",
    "Capability",
    "CatchUpReport",
    "ChangeOptions",
    "CheckReport",
    "CheckedFile",
    "CheckoutReport",
    "Classification",
    "Commit",
    "Comparison",
    "Configuration",
    "DraftDetails",
    "DraftSummary",
    "DraftSync",
    "EffectiveMembers",
    "EffectiveView",
    "EntityHistory",
    "EntityRevision",
    "EntitySource",
    "FileProblem",
    "FileResolveReport",
    "Finding",
    "Forwarding",
    "GitRepository",
    "Hooks",
    "ImportReport",
    "InheritanceImpact",
    "InitReport",
    "Initialised",
    "Keep",
    "LayoutReport",
    "MemberChange",
    "MergeEntitiesReport",
    "MigrationReport",
    "NewReport",
    "Outgoing",
    "Overlap",
    "Pair",
    "ParentState",
    "Problem",
    "PurgePlan",
    "PurgeReport",
    "RdfStyle",
    "RedirectCounts",
    "RedirectReport",
    "References",
    "Refusal",
    "RepositoryStatus",
    "ResolveReport",
    "RevisionDiff",
    "Staged",
    "StatusReport",
    "Store",
    "SyncReport",
    "Tracking",
    "UndoReport",
    "UnmergedFile",
    "ValidationReport",
]
