"""Releases of canonical: named, listed, made; and the net changes between two states."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from gitdraft.api.views import OneOrMore, open_effective
from gitdraft.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from gitdraft.api.session import Session
    from gitdraft.model.bundles import Bundle
    from gitdraft.model.releases import Changelog, Release, ReleaseReport


@dataclass(frozen=True, slots=True)
class Releases:
    """The releases: tags that are named as gitdraft.yaml says (`release: {tag, scheme}`)."""

    session: Session

    def all(self) -> list[Release]:
        """Returns the releases that canonical has, the oldest version first."""
        from gitdraft.releases.releases import releases

        return releases(self.session.store)

    def create(
        self, version: str | None = None, *, sign: bool = False, dry_run: bool = False
    ) -> ReleaseReport:
        """Makes an annotated tag of canonical, whose message says what the step from the last release means; without a version it
        is the one that the step asks for. Raises InvalidInput (``invalid-version``), AlreadyExists
        (``release-already-exists``), StateRefused (``nothing-to-release``)."""
        from gitdraft.releases.releases import ReleaseOptions, plan_release

        options = ReleaseOptions(version, sign)
        return self.session.run(
            "release create", lambda transaction: plan_release(transaction, options), dry_run=dry_run
        )

    def changelog(self, before: str = "", after: str = "", *, of_canonical: bool = False) -> Changelog:
        """Returns the net changes from one state to another, each a version, a tag or a revision: without ``before`` from the last
        release, without ``after`` to canonical's tip. Raises NotFound, with ``of_canonical`` for what canonical does not have too."""
        from gitdraft.releases.releases import changelog

        return changelog(self.session.store, before, after, of_canonical=of_canonical)

    def bundle(
        self, module: str, draft: OneOrMore = None, at: str | None = None, *, of_canonical: bool = False
    ) -> Bundle:
        """Returns a module and everything that it needs, effective members included: what it names as members, refers to and
        inherits from, and these in turn. Any other entity is taken as a module of itself.

        Raises NotFound, with ``of_canonical`` for a commit that canonical does not have too, StateRefused (``entity-deleted``).
        """
        from gitdraft.releases.bundle import bundle

        view = open_effective(self.session.store, draft, at)
        if of_canonical and at is not None:
            self.session.store.require_of_canonical(at, view.canonical.commit)
        return bundle(view, module)

    def write_bundle(self, bundle: Bundle, stream: IO[bytes]) -> None:
        """Writes a bundle as one JSON-LD document, the entities with what they inherit, as `rdf:` in gitdraft.yaml says. Raises
        InvalidInput (``no-rdf-mapping``), RepositoryError (``not-installed``)."""
        from gitdraft.api.rdf import open_rdf
        from gitdraft.rdf.export import Selection
        from gitdraft.rdf.syntaxes import write

        exporter = open_rdf(
            self.session, draft=bundle.draft, at=None if bundle.draft else bundle.commit, effective=True
        )
        write(exporter.some(bundle.all(), Selection(())), "jsonld", stream, exporter.prefixes)
