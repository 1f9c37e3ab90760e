<?php

namespace MediaWiki\Extension\GitdraftPush;

use Config;
use DeferredUpdates;
use JobQueueGroup;
use ManualLogEntry;
use MediaWiki\Page\Hook\PageDeleteCompleteHook;
use MediaWiki\Page\PageReference;
use MediaWiki\Page\ProperPageIdentity;
use MediaWiki\Permissions\Authority;
use MediaWiki\Revision\RevisionLookup;
use MediaWiki\Revision\RevisionRecord;
use MediaWiki\Revision\SlotRecord;
use MediaWiki\Storage\Hook\PageSaveCompleteHook;
use stdClass;
use TitleFormatter;
use WikiMap;

/**
 * What is saved or deleted on a configured page becomes a job that pushes it. All of it is done after the save has been
 * answered, which so can neither wait for it nor fail by it.
 */
class Hooks implements PageSaveCompleteHook, PageDeleteCompleteHook {
	private Config $config;
	private RevisionLookup $revisions;
	private JobQueueGroup $jobs;
	private TitleFormatter $titles;

	public function __construct(
		Config $config,
		RevisionLookup $revisions,
		JobQueueGroup $jobs,
		TitleFormatter $titles
	) {
		$this->config = $config;
		$this->revisions = $revisions;
		$this->jobs = $jobs;
		$this->titles = $titles;
	}

	/** @inheritDoc */
	public function onPageSaveComplete( $wikiPage, $user, $summary, $flags, $revisionRecord, $editResult ) {
		if ( $editResult->isNullEdit() ) {
			return;
		}
		$page = $wikiPage->getTitle();
		DeferredUpdates::addCallableUpdate( function () use ( $page, $user, $summary, $revisionRecord ) {
			$rule = $this->rule( $page );
			$new = $rule === null ? null : self::entity( $revisionRecord );
			if ( $new !== null ) {
				$parent = $revisionRecord->getParentId();
				$old = self::entity( $parent ? $this->revisions->getRevisionById( $parent ) : null );
				$said = $this->said( $user->getName(), $summary, $page );
				$this->pushSaved( $said, $rule->place( $new ), $old, $new, self::mark( $revisionRecord ) );
			}
		} );
	}

	/** @inheritDoc */
	public function onPageDeleteComplete(
		ProperPageIdentity $page,
		Authority $deleter,
		string $reason,
		int $pageID,
		RevisionRecord $deletedRev,
		ManualLogEntry $logEntry,
		int $archivedRevisionCount
	) {
		DeferredUpdates::addCallableUpdate( function () use ( $page, $deleter, $reason, $deletedRev ) {
			$rule = $this->rule( $page );
			$old = $rule === null ? null : self::entity( $deletedRev );
			if ( $old !== null ) {
				$said = $this->said( $deleter->getUser()->getName(), $reason, $page );
				$delete = self::payload( $said, 'delete', $rule->place( $old ) );
				$this->push( $delete, self::mark( $deletedRev ) . '-delete' );
			}
		} );
	}

	/**
	 * A page that held no entity before creates one; nothing is pushed where the entity is the same.
	 */
	private function pushSaved( array $said, array $place, ?stdClass $old, stdClass $new, string $mark ): void {
		$create = self::payload( $said, 'create', $place, [ 'entity' => $new ] );
		if ( $old === null ) {
			$this->push( $create, $mark );
			return;
		}
		$patch = Patch::between( $old, $new );
		if ( $patch ) {
			$this->push( self::payload( $said, 'modify', $place, [ 'patch' => $patch ] ), $mark, $create );
		}
	}

	private function rule( PageReference $page ): ?PageRule {
		if ( $this->config->get( 'GitdraftUrl' ) === '' ) {
			return null;
		}
		return PageRule::of( $this->config->get( 'GitdraftPages' ), $page );
	}

	/**
	 * The payload without its changes.
	 */
	private function said( string $user, string $summary, PageReference $page ): array {
		return [
			'source' => 'mediawiki_push',
			'wiki_url' => $this->config->get( 'CanonicalServer' ) . $this->config->get( 'ScriptPath' ),
			'user' => $user,
			'comment' => $summary !== '' ? $summary : $this->titles->getPrefixedText( $page ),
		];
	}

	private static function payload( array $said, string $action, array $place, array $what = [] ): array {
		return $said + [ 'changes' => [ [ 'action' => $action ] + $place + $what ] ];
	}

	private static function entity( ?RevisionRecord $revision ): ?stdClass {
		return $revision === null ? null : Json::ofContent( $revision->getContent( SlotRecord::MAIN ) );
	}

	/**
	 * The idempotency key of a revision: whatever is sent twice becomes one draft.
	 */
	private static function mark( RevisionRecord $revision ): string {
		return rawurlencode( WikiMap::getCurrentWikiId() ) . '-' . $revision->getId();
	}

	private function push( array $payload, string $mark, ?array $instead = null ): void {
		$this->jobs->push( new PushJob( [
			'payload' => Json::text( $payload ),
			'mark' => $mark,
			'instead' => $instead === null ? null : Json::text( $instead ),
		] ) );
	}
}
