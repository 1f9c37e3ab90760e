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
    from gitdraft.api.doctor import Finding
    from gitdraft.api.history import EntityHistory, EntityRevision, RevisionDiff
    from gitdraft.api.init import Initialised, InitReport
    from gitdraft.api.sync import Tracking
    from gitdraft.api.undo import UndoReport
    from gitdraft.canonical.layout import LayoutReport
    from gitdraft.canonical.merge_entities import Keep, MergeEntitiesReport
    from gitdraft.canonical.redirect import RedirectReport
    from gitdraft.canonical.unmerged_files import FileResolveReport, UnmergedFile
    from gitdraft.documents.inheritance import MemberChange
    from gitdraft.drafts.create import NewReport
    from gitdraft.drafts.impact import Classification
    from gitdraft.drafts.lifecycle import StatusReport, ValidationReport
    from gitdraft.drafts.overlaps import Overlap, Pair
    from gitdraft.drafts.resolve import ResolveReport
    from gitdraft.drafts.worktree import CheckoutReport
    from gitdraft.drafts.worktree_check import CheckedFile, FileProblem
    from gitdraft.formats.configuration import Configuration
    from gitdraft.git.objects import Commit
    from gitdraft.git.repository import GitRepository
    from gitdraft.index.verify import Comparison
    from gitdraft.purge.purge import Purgeable, PurgeReport
    from gitdraft.rebase.follow_canonical import CatchUpReport
    from gitdraft.rebase.stack import ParentState
    from gitdraft.store.hooks.install import Hooks
    from gitdraft.store.repository import Store
    from gitdraft.sync.fast_forward import Forwarding
    from gitdraft.sync.outgoing import Outgoing
    from gitdraft.sync.pull import DraftSync
    from gitdraft.sync.sync import SyncReport
    from gitdraft.transfer.import_entities import ImportReport
    from gitdraft.transfer.sources import EntitySource
    from gitdraft.validation.locations import Problem
    from gitdraft.validation.receive import Refusal
    from gitdraft.validation.staged import Staged
    from gitdraft.views.audit import AuditEntry, AuditKind
    from gitdraft.views.blame import BlamedPlace
    from gitdraft.views.effective_view import EffectiveView
    from gitdraft.views.inheritance import AffectedEntity, EffectiveMembers, InheritanceImpact
    from gitdraft.views.redirects import RedirectCounts
    from gitdraft.views.references import References
    from gitdraft.views.summaries import DraftDetails

__all__ = [
    "AffectedEntity",
    "AuditEntry",
    "AuditKind",
    "BlamedPlace",
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
    "NewReport",
    "Outgoing",
    "Overlap",
    "Pair",
    "ParentState",
    "Problem",
    "PurgeReport",
    "Purgeable",
    "RedirectCounts",
    "RedirectReport",
    "References",
    "Refusal",
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
