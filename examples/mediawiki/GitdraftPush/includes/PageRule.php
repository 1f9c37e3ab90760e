<?php

namespace MediaWiki\Extension\GitdraftPush;

use MediaWiki\Page\PageReference;
use stdClass;

/**
 * An entry of $wgGitdraftPages: pages that are entities of one type.
 */
class PageRule {
	private string $type;
	private string $titleKey;
	private ?string $member;

	private function __construct( string $type, string $titleKey, ?string $member ) {
		$this->type = $type;
		$this->titleKey = $titleKey;
		$this->member = $member;
	}

	/**
	 * The first rule that a page meets.
	 *
	 * @param array[] $rules $wgGitdraftPages
	 * @param PageReference $page
	 * @return self|null Null for a page that is not configured
	 */
	public static function of( array $rules, PageReference $page ): ?self {
		foreach ( $rules as $rule ) {
			$title = $page->getDBkey();
			if (
				( $rule['namespace'] ?? NS_MAIN ) === $page->getNamespace() &&
				preg_match( $rule['title'] ?? '/^/', $title, $found )
			) {
				return new self( $rule['type'], $found['key'] ?? $title, $rule['member'] ?? null );
			}
		}
		return null;
	}

	/**
	 * What a payload calls the page's entity. Its key is the member that says it, else the title.
	 *
	 * @param stdClass $entity
	 * @return string[]
	 */
	public function place( stdClass $entity ): array {
		$said = $this->member === null ? null : $entity->{$this->member} ?? null;
		return [ 'entity_type' => $this->type, 'entity_key' => is_string( $said ) ? $said : $this->titleKey ];
	}
}
